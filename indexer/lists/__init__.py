"""Read lists of awards and exemplars: each row of such a list becomes an item of its own."""

from indexer.lists.divide import divide

__all__ = ["divide"]
