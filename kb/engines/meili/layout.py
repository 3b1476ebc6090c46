"""What lies on the server: the document of an item, the settings of its index, and how values are spelt."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from kb import facets
from kb.engines.scoring import Texts, texts_of
from kb.errors import ServerAwayError
from kb.ports import IndexDocument
from vitext import ANALYSER_VERSION, Analysis, fold

#: Raised whenever documents or settings change: an index of another version is built anew beside the old one, and swapped.
VERSION = 2

KEY = "key"
#: One document of the index tells which generation of the store the others are; every answer is checked against it.
MARKER_KEY = "cachhay-state"
MARKER = "marker"
#: Attributes of keys, as in `tantivy_index`; `p` are pairs of neighbouring raw keys, for phrases typed with accents.
_KINDS = ("f", "r", "b", "p")
WHOLE, PRINTED = "all", "printed"
#: The number of keys in each text that is scored.
LENGTHS = {"title_f": "n_title", "attributes_f": "n_attributes", "all_f": "n_all", "all_r": "n_all", "all_b": "n_pairs"}
#: How much a text is about a key: levels by the share of what BM25 can give for the key's frequency, in a collection of
#: texts of usual length. A key is listed once for every level that it reaches.
LEVEL = "level"
SHARES = (0.55, 0.65, 0.75, 0.85)
_USUAL_LENGTH = 300
#: What the server never compares is stored for our own ranking.
SHOWN = (KEY, "id", "title", "body", "attributes", "printed", "long", MARKER, "phase", "version")
TEXT_ATTRIBUTES = (KEY, "id", "title", "body", "attributes", "printed")

#: Meilisearch cuts a value that is filtered by at 468 bytes of its decomposed form; longer ones go by their digest.
_LONGEST = 400
_PLAIN_ID = re.compile(r"[a-z0-9_-]{1,200}")


def settings() -> dict[str, Any]:
    """The settings of the index, as `PATCH /indexes/{uid}/settings` takes them (Meilisearch 1.14 and later).

    Searching by words only proposes candidates, so it is kept cheap and plain: no typos, no prefixes, no stop words. The
    texts are keys already, so no separator is left in them; numbers of documents are an attribute, compared whole.
    """
    keys = [f"{text}_{kind}" for text in (WHOLE, PRINTED) for kind in _KINDS]
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
        "sortableAttributes": ["n_all", "sort_date"],
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
    return "x-" + _digest(item_id)


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
        out[f"{name}_r"] = _values(r for text in group for f, r in zip(text.folded, text.accented, strict=True) if r != f)
        out[f"{name}_b"] = _values(pair for text in group for pair in text.bigrams)
        raw = ((pair, folded) for text in group for pair, folded in zip(raw_pairs(text), text.bigrams, strict=True))
        out[f"{name}_p"] = _values(pair for pair, folded in raw if pair != folded)
    values = {facet: [spell(value) for value in entry.facets.get(facet, ())] for facet in facets.codes()}
    out |= values
    out["long"] = [v for facet in facets.codes() for v in entry.facets.get(facet, ()) if spell(v).startswith(_DIGEST)]
    return out


def raw_pairs(text: Analysis) -> Iterable[str]:
    """The pairs of neighbouring raw keys of a text."""
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
    """A key at a level (1 and up), as it is listed."""
    return f"{key} {level}"


def marker(generation: str, phase: str) -> dict[str, Any]:
    """The document that tells the state of the others: `phase` is "writing" or "ready"."""
    return {KEY: MARKER_KEY, MARKER: spell(generation), "phase": phase, "version": version(), "access": "public"}


def marker_query() -> dict[str, Any]:
    """The query that finds the marker and nothing else."""
    return {"filter": f"{MARKER} EXISTS", "limit": 1, "attributesToRetrieve": [KEY, MARKER, "phase", "version"]}


def texts_from(hit: Mapping[str, Any]) -> tuple[str, Texts]:
    """(id, texts) of a document as the server shows it. Raises ServerAwayError for what is no document of ours."""
    try:
        whole = tuple(_analysis(str(hit[name])) for name in ("title", "body", "attributes"))
        printed = tuple(_analysis(str(text)) for text in hit["printed"])
        return str(hit["id"]), Texts(whole, printed or whole)
    except (KeyError, TypeError) as error:
        raise ServerAwayError("Máy chủ Meilisearch trả về một tài liệu không đọc được.") from error


def _analysis(keys: str) -> Analysis:
    pairs = [_key(key) for key in keys.split()]
    f = tuple(pair[0] for pair in pairs)
    return Analysis(f, tuple(pair[1] for pair in pairs), tuple(map("_".join, pairwise(f))))


@lru_cache(maxsize=1 << 17)
def _key(raw: str) -> tuple[str, str]:
    """(folded, raw) key; each spelling is kept once."""
    return fold(raw), raw


# Meilisearch compares values trimmed, decomposed (NFKD) and in lower case. Where that would make one of two values, they are
# spelt so that it cannot.
_DIGEST = "=#"
_ASCII = frozenset("abcdefghijklmnopqrstuvwxyz0123456789 _-.,/:;()&+%!?*@#$|~<>[]{}`")
_ESCAPE = re.compile(r"=([0-9a-f]+);|\^(.)", re.DOTALL)


def spell(value: str) -> str:
    """A value so spelt that the server tells it apart from every other; `unspell` gives it back.

    >>> spell("xã An Khánh"), spell("½"), spell("lúa")
    ('xã ^an ^khánh', '=bd;', 'lúa')
    """
    if value.isalnum() and value.isascii() and value == value.lower() and len(value) <= _LONGEST:
        return value
    spelt = "".join(map(_spell, value))
    spelt = re.sub(r"^ +| +$", lambda spaces: "=20;" * len(spaces[0]), spelt)
    if len(unicodedata.normalize("NFKD", spelt).encode()) > _LONGEST:
        return _DIGEST + _digest(value)
    return spelt


@lru_cache(maxsize=1 << 12)
def _spell(character: str) -> str:
    if character in _ASCII:
        return character
    lower = character.lower()
    if lower != character and len(lower) == 1 and lower.upper() == character and (_is_kept(lower) or lower in _ASCII):
        return "^" + lower
    return character if lower == character and _is_kept(character) else f"={ord(character):x};"


def _is_kept(character: str) -> bool:
    """A letter that no normalisation makes another letter of."""
    return (
        not character.isascii()
        and unicodedata.name(character, "").startswith("LATIN ")
        and unicodedata.normalize("NFC", character) == character
        and unicodedata.normalize("NFKD", character) == unicodedata.normalize("NFD", character)
    )


def unspell(spelt: str, long: Sequence[str] = ()) -> str:
    """The value that was spelt; `long` are the long values of an item that has it."""
    if spelt.startswith(_DIGEST):
        return next((value for value in long if spell(value) == spelt), spelt)
    return _ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else m[2].upper(), spelt)


def is_long(spelt: str) -> bool:
    """Spelt as a digest: only an item that has the value tells it."""
    return spelt.startswith(_DIGEST)


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:32]
