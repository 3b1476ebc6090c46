"""Scripts that make what is shipped: models, tables and damaged sample records. They are not installed with the product."""
