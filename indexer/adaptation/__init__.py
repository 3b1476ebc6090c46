"""Fine-tune the embedding model on the collection (`cachhay adapt`): train, decide, keep or undo."""
