"""What visitors do with the collection besides searching it, a module a task; no task imports another."""
