"""The layout on the server: the document of an item, the marker, and the settings of the index."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any

from kb import facets
from kb.engines.meili.spelling import digest, is_long, spell
from kb.engines.scoring import Texts, texts_of
from kb.errors import ServerAwayError
from kb.ports import IndexDocument
from vitext import ANALYSER_VERSION, Analysis, fold

#: Raised whenever documents or settings change: an index of this version is then built beside the old one, and swapped in.
VERSION = 4

#: The primary key of the documents.
KEY = "key"
#: The key of the marker, the document that names the generation of all others; every answer is checked against it.
MARKER_KEY = "cachhay-state"
#: The attribute of the marker that holds the generation.
MARKER = "marker"
#: Holds for every document but the marker.
IS_ITEM = "sort_date EXISTS"
#: Kinds of keys, as in `kb.engines.tantivy`; `p` are pairs of neighbouring accented keys, for phrases typed with accents.
_KINDS = ("f", "r", "b", "p")
#: Attributes begin with this for the keys of title, body and attributes together.
WHOLE = "all"
#: Attributes begin with this for the same keys without a machine's corrections.
PRINTED = "printed"
#: Attributes begin with this for the keys of words that have no accents to agree with.
OPEN = "open"
#: The number of keys in each text that is scored.
LENGTHS = {"title_f": "n_title", "attributes_f": "n_attributes", "all_f": "n_all", "all_r": "n_all", "all_b": "n_pairs"}
#: How much a text is about a key, in levels. A key is listed once for every level that it reaches.
LEVEL = "level"
#: A level is reached by this share of what BM25 can give for the frequency of a key, in a text among texts of usual length.
SHARES = (0.55, 0.65, 0.75, 0.85)
_USUAL_LENGTH = 300
#: Attributes that the server shows; most of them are stored for our own ranking only.
SHOWN = (KEY, "id", "title", "body", "attributes", "printed", OPEN, "long", MARKER, "phase", "version")
#: Attributes that `texts_from` needs.
TEXT_ATTRIBUTES = (KEY, "id", "title", "body", "attributes", "printed", OPEN)

_PLAIN_ID = re.compile(r"[a-z0-9_-]{1,200}")


def settings() -> dict[str, Any]:
    """The settings of the index, as `PATCH /indexes/{uid}/settings` takes them (Meilisearch 1.14 and later).

    The server's search by words only proposes candidates, so it is as cheap and plain as possible: no typos, no prefixes,
    no stop words. The texts consist of keys, so they hold no separators; document numbers are an attribute compared whole.
    """
    keys = [f"{text}_{kind}" for text in (WHOLE, PRINTED) for kind in _KINDS] + [f"{OPEN}_f", f"{OPEN}_b"]
    plain = [KEY, MARKER, "access", "number", "as_printed", "title_f", "attributes_f", LEVEL, "sort_date", *keys]
    plain += facets.codes()
    return {
        "searchableAttributes": ["title", "attributes", "body"],
        "displayedAttributes": list(SHOWN),
        "filterableAttributes": [
            {
                "attributePatterns": [*plain, *dict.fromkeys(LENGTHS.values())],
                "features": {"facetSearch": False, "filter": {"equality": True, "comparison": False}},
            }
        ],
        "sortableAttributes": ["id", "n_all", "sort_date"],
        "rankingRules": ["words", "typo", "proximity", "attribute", "sort", "exactness"],
        "stopWords": [],
        "synonyms": {},
        "distinctAttribute": None,
        "typoTolerance": {"enabled": False},
        "localizedAttributes": [{"attributePatterns": ["*"], "locales": ["vie"]}],
        "separatorTokens": [],
        "nonSeparatorTokens": [],
        "dictionary": [],
        "prefixSearch": "disabled",
        "proximityPrecision": "byAttribute",
        "facetSearch": False,
        "faceting": {"maxValuesPerFacet": 1_000_000},
        "pagination": {"maxTotalHits": 1_000_000_000},
    }


def version() -> str:
    """The version of what lies on the server: another one is built anew."""
    return f"meili{VERSION} analyser{ANALYSER_VERSION} {facets.fingerprint()}"


def document_key(item_id: str) -> str:
    """The primary key of an item: its id where Meilisearch takes that (compared without case), else a digest of it.

    >>> document_key("238-kh-ubnd"), document_key("Số 1")
    ('238-kh-ubnd', 'x-670df70f39284a99bc477970bec0be07')
    """
    if _PLAIN_ID.fullmatch(item_id) and not item_id.startswith("x-") and item_id != MARKER_KEY:
        return item_id
    return "x-" + digest(item_id)


def document(entry: IndexDocument) -> dict[str, Any]:
    """The document of an item."""
    texts = texts_of(entry)
    whole = texts.whole
    out: dict[str, Any] = {
        KEY: document_key(entry.id),
        "id": entry.id,
        "access": "internal" if entry.internal else "public",
        "title": " ".join(whole[0].accented),
        "body": " ".join(whole[1].accented),
        "attributes": " ".join(whole[2].accented),
        "printed": [" ".join(text.accented) for text in texts.printed] if entry.printed else [],
        "as_printed": not entry.printed,
        "title_f": _values(whole[0].folded),
        "attributes_f": _values(whole[2].folded),
        LEVEL: _values(_levels(texts)),
        "sort_date": entry.sort_date,
        "number": spell(entry.number),
        "n_title": texts.length("title_f"),
        "n_attributes": texts.length("attributes_f"),
        "n_all": texts.length("all_f"),
        "n_pairs": texts.length("all_b"),
    }
    for name, group in ((WHOLE, whole), (PRINTED, texts.printed if entry.printed else ())):
        out[f"{name}_f"] = _values(key for text in group for key in text.folded)
        out[f"{name}_r"] = _values(key for text in group for key in text.accented)
        out[f"{name}_b"] = _values(bigram for text in group for bigram in text.bigrams)
        out[f"{name}_p"] = _values(pair for text in group for pair in accented_pairs(text))
    out[OPEN] = [" ".join(text.accented) for text in texts.open]
    out[f"{OPEN}_f"] = _values(key for text in texts.open for key in text.folded)
    out[f"{OPEN}_b"] = _values(bigram for text in texts.open for bigram in text.bigrams)
    values = {facet: [spell(value) for value in entry.facets.get(facet, ())] for facet in facets.codes()}
    out |= values
    out["long"] = [v for facet in facets.codes() for v in entry.facets.get(facet, ()) if is_long(spell(v))]
    return out


def accented_pairs(text: Analysis) -> Iterable[str]:
    """The pairs of neighbouring accented keys of a text."""
    return map("_".join, pairwise(text.accented))


def _values(keys: Iterable[str]) -> list[str]:
    """Distinct keys as values to filter by."""
    return [spell(key) for key in dict.fromkeys(keys)]


def _levels(texts: Texts) -> Iterator[str]:
    norm = 1.2 * (0.25 + 0.75 * texts.length("all_f") / _USUAL_LENGTH)
    counts = Counter(key for text in texts.whole for key in (*text.folded, *text.bigrams))
    for key, seen in counts.items():
        for level, share in enumerate(SHARES, 1):
            if seen / (seen + norm) >= share:
                yield leveled(key, level)


def leveled(key: str, level: int) -> str:
    """A key at a level (1 and up), as the attribute LEVEL lists it."""
    return f"{key} {level}"


def marker(generation: str, phase: str) -> dict[str, Any]:
    """The marker: the document that names the generation of all others. `phase` is "writing" or "ready"."""
    return {KEY: MARKER_KEY, MARKER: spell(generation), "phase": phase, "version": version(), "access": "public"}


def marker_query() -> dict[str, Any]:
    """The query that finds the marker and nothing else."""
    return {"filter": f"{MARKER} EXISTS", "limit": 1, "attributesToRetrieve": [KEY, MARKER, "phase", "version"]}


def texts_from(hit: Mapping[str, Any]) -> tuple[str, Texts]:
    """(id, texts) of a document as the server shows it. Raises ServerAwayError for a document of another layout."""
    try:
        whole = tuple(_analysis(str(hit[name])) for name in ("title", "body", "attributes"))
        printed = tuple(_analysis(str(text)) for text in hit["printed"])
        without_accents = tuple(_analysis(str(text)) for text in hit[OPEN])
        return str(hit["id"]), Texts(whole, printed or whole, without_accents)
    except (KeyError, TypeError) as error:
        raise ServerAwayError("Máy chủ Meilisearch trả về một tài liệu không đọc được.") from error


def _analysis(keys: str) -> Analysis:
    pairs = [_fold(key) for key in keys.split()]
    folded = tuple(pair[0] for pair in pairs)
    return Analysis(folded, tuple(pair[1] for pair in pairs), tuple(map("_".join, pairwise(folded))))


@lru_cache(maxsize=1 << 17)
def _fold(accented: str) -> tuple[str, str]:
    """(folded, accented) key; each spelling is kept in memory once."""
    return fold(accented), accented
