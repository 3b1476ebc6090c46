"""Read one file into an item: its attributes, and its text as blocks. One file format a module."""

from indexer.extract.extractor import extract, slug

__all__ = ["extract", "slug"]
