"""How the static embedding model is made: texts to rows, pairs, contrastive training, the model's folder.

Used twice: `training/` makes the shipped model from a data folder, `indexer/adapt.py` lets it study a collection. What
reads the model is `kb/engines/static_model.py`.
"""
