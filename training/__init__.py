"""Scripts that make what is shipped: damaged sample records now, the models later. Not installed with the product."""
