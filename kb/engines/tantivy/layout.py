"""The fields of the index, and the record of a document: what is indexed of it, analysed.

Texts are stored as the keys of our own analyser, joined by spaces, so that tantivy only splits at spaces. Each text has the
fields `f` (folded keys), `r` (accented keys) and `b` (bigrams). An item with machine corrections has all its texts a second
time without them (`PRINTED`), for the tier only; word frequencies, and so the scores, are those of the whole texts.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from tantivy import Document, Index, Schema, SchemaBuilder, TextAnalyzerBuilder, Tokenizer

from kb import facets
from kb.engines.releases import installed_release
from kb.errors import EngineError
from kb.ports import IndexDocument
from vitext import analyse, fold

#: Raised whenever the fields below change, or what is written into them, or how documents are put into segments.
LAYOUT = 10
#: The fields of title, body and attributes together: tantivy intersects one field many times faster than a union of three.
ALL = "all"
#: The same fields without a machine's corrections.
PRINTED = "printed"
#: The folded keys of the words that have no accents to agree with.
OPEN = "open_f"
#: Value of the field `corrected`, for an item whose text no machine corrected.
NOT_CORRECTED = "no"
#: Characters that are left out of keys: NUL, and surrogates, which are not UTF-8.
BAD = re.compile("[\x00\ud800-\udfff]")
#: Level of the compression of records: the fastest, which makes them three times smaller.
_COMPRESSION = 1
#: Stands between the keys of a text in a record. No key holds it.
_BETWEEN = "\n"


def version() -> str:
    """What an index on the disk depends on: the installed release of tantivy, whose format may change, and our layout."""
    return f"tantivy{installed_release('tantivy')}-{LAYOUT}"


def schema() -> Schema:
    """The fields, for the facets of this program. A query asks for it with every term."""
    if not _made or _made[0][0] is not facets.FACETS:
        _made[:] = [(facets.FACETS, _schema_with(facets.codes()))]
    return _made[0][1]


_made: list[tuple[object, Schema]] = []


@lru_cache(maxsize=2)
def _schema_with(codes: tuple[str, ...]) -> Schema:
    builder = SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", fast=True, index_option="basic")
    for text in ("title", "attributes"):
        builder.add_text_field(f"{text}_f", tokenizer_name="keys", index_option="freq")
    for text in (ALL, PRINTED):
        for kind in ("f", "r"):
            builder.add_text_field(f"{text}_{kind}", tokenizer_name="keys", index_option="position")
        builder.add_text_field(f"{text}_b", tokenizer_name="keys", index_option="freq")
    builder.add_text_field(OPEN, tokenizer_name="keys", index_option="position")
    for facet in codes:
        builder.add_text_field(facet, tokenizer_name="raw", fast=True, index_option="basic")
    builder.add_text_field("number", tokenizer_name="raw", fast=True, index_option="basic")
    builder.add_text_field("corrected", tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("sort_date", fast=True, indexed=True)
    return builder.build()


def open_index(folder: Path) -> Index:
    """The index in a folder, made where there is none. Raises EngineError."""
    try:
        index = Index(schema(), path=str(folder))
    except (ValueError, OSError) as error:
        raise EngineError(f"Không mở được chỉ mục toàn văn {folder}: {error}") from error
    index.register_tokenizer("keys", TextAnalyzerBuilder(Tokenizer.whitespace()).build())
    return index


def record(source: IndexDocument) -> bytes:
    """What is indexed of a document, analysed and compressed. Equal documents give equal bytes.

    Of each text it has the accented keys only: the folded keys and the bigrams follow from these.
    """
    whole = [_keys(text) for text in (source.title, source.body, source.attributes)]
    printed = [_keys(text) for text in source.printed]
    values = [(facet, value) for facet in facets.codes() for value in source.facets.get(facet, ())]
    without_accents = [_keys(text) for text in source.open]
    listed = [source.id, source.number, source.sort_date, values, whole, printed, without_accents]
    text = json.dumps(listed, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode("utf-8", "surrogatepass"), _COMPRESSION)


def _keys(text: str) -> str:
    return _BETWEEN.join(analyse(text).accented)


def from_record(data: bytes) -> Document:
    """The document of a record, as tantivy takes it."""
    text = zlib.decompress(data).decode("utf-8", "surrogatepass")
    item_id, number, sort_date, values, whole, printed, without_accents = json.loads(text)
    document = Document(id=item_id, number=number)
    document.add_unsigned("sort_date", sort_date)
    if not printed:
        document.add_text("corrected", NOT_CORRECTED)
    title, _, attributes = whole
    document.add_text("title_f", _joined(_fold_all(title)))
    document.add_text("attributes_f", _joined(_fold_all(attributes)))
    # Several values of one field: tantivy keeps a gap between them, so that no phrase runs from one into the next.
    for name, keys in (*((ALL, keys) for keys in whole), *((PRINTED, keys) for keys in printed)):
        folded = _fold_all(keys)
        document.add_text(f"{name}_f", _joined(folded))
        document.add_text(f"{name}_r", _joined(keys.split(_BETWEEN)))
        document.add_text(f"{name}_b", _joined(list(map("_".join, pairwise(folded)))))
    for keys in without_accents:
        document.add_text(OPEN, _joined(_fold_all(keys)))
    for facet, value in values:
        document.add_text(facet, value)
    return document


def _fold_all(keys: str) -> list[str]:
    return [_fold(key) for key in keys.split(_BETWEEN)] if keys else []


_fold = lru_cache(maxsize=1 << 17)(fold)


def _joined(keys: Sequence[str]) -> str:
    return BAD.sub("", " ".join(keys))
