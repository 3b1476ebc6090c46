"""Fine-tune the embedding model on the collection (`cachhay adapt`): fine-tune, evaluate, keep or undo."""
