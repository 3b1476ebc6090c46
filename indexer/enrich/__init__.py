"""Find the attributes of an official paper in its text, each with its evidence: header, citations, other attributes."""

from indexer.enrich.attributes import enrich

__all__ = ["enrich"]
