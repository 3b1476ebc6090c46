"""From a file to the published index: discover, extract, measure, repair, enrich, store, index.

This package owns the first stretch of the path. `pipeline.py` shows it on one screen; each step is a pure function from
item to item, and no step imports another. It knows no HTTP.
"""

from indexer.discover import check_corpus
from indexer.pipeline import Progress, Report, index_corpus, rebuild_if_stale

__all__ = ["Progress", "Report", "check_corpus", "index_corpus", "rebuild_if_stale"]
