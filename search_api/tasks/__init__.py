"""What visitors do with the collection besides searching it: one module for each task; no task imports another."""
