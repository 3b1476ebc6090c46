"""Find the attributes of an official paper in its text, each with its evidence: the head, the citations, the rest."""

from indexer.enrich.attributes import enrich

__all__ = ["enrich"]
