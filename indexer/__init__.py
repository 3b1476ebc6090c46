"""From a file to the published index: discover, extract, measure, repair, enrich, store, index.

`pipeline.py` shows all steps on one screen. Each step is a pure function from item to item, and no step imports another.
This package serves no HTTP; `intake/` fetches what somebody names and puts it into the corpus first.
"""

from indexer.batch import Progress
from indexer.discover import check_corpus
from indexer.pipeline import index_corpus, rebuild_if_stale
from indexer.report import Report

__all__ = ["Progress", "Report", "check_corpus", "index_corpus", "rebuild_if_stale"]
