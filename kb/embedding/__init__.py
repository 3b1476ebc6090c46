"""Turn texts into vectors: the embedders, and how the static embedding model is made, fine-tuned, packed and measured."""
