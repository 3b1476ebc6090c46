"""The full-text index on tantivy, inside this process: the one package that knows it.

- `layout` defines the fields and turns a document into what is indexed.
- `builder` writes an index whose files depend only on the documents that it holds, never on earlier states.
- `index` reads, by the queries that `queries` writes.
"""

from kb.engines.tantivy.builder import TantivyBuilder
from kb.engines.tantivy.index import TantivyIndex, open_text
from kb.engines.tantivy.layout import LAYOUT, version

__all__ = ["LAYOUT", "TantivyBuilder", "TantivyIndex", "open_text", "version"]
