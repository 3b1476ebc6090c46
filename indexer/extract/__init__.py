"""Read one file into an item, and find the files inside it. How the formats are read is in `indexer.readers`."""

from indexer.extract.extractor import NOT_READ, extract, slug
from indexer.extract.unpack import Leaf, unpack

__all__ = ["NOT_READ", "Leaf", "extract", "slug", "unpack"]
