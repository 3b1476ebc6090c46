"""Read lists of awards and exemplars: each row of such a list becomes an item of its own."""

from indexer.lists.divide import divide, state_of

__all__ = ["divide", "state_of"]
