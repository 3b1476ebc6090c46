"""Let the embedding model learn from the collection (`cachhay adapt`): fine-tune, decide, keep or undo."""
