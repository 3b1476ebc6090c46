"""The originals of items in the corpus folder: found, checked, drawn page by page, in a process of their own."""

from indexer.originals.corpus_originals import CorpusOriginals, RecognisedPages

__all__ = ["CorpusOriginals", "RecognisedPages"]
