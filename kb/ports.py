"""The engine ports: what Cách Hay asks of a full-text index, a vector index and an embedder, in its own words.

Adapters live in `kb/engines/`, one engine a file; one contract suite (`tests/kb/engines/`) runs over all of them, the
in-memory fake included. Nothing here, and nothing above, mentions an engine's query language or JSON.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from itertools import pairwise
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float32]
Sort = Literal["relevance", "newest"]


class Tier(IntEnum):
    """How well the words of a query agree. An engine returns higher tiers first; the final order weighs the tier with words
    and meaning (`search_api.retrieval.ranking`)."""

    PARTIAL = 1
    """Some of the words, where all of them found little."""
    SCATTERED = 2
    """All words, accents agreeing, but far apart: Vietnamese words are several syllables, and "hợp", "tác" and "xã" in
    three sentences are not "hợp tác xã". See `Variant.proximity`."""
    REPAIRED = 3
    """All words near each other, accents ignored, but of a respelt variant of the query, or in a machine's correction."""
    FOLDED = 4
    """All words near each other as printed, accents ignored."""
    CORRECTED = 5
    """All words near each other, every accent agreeing, in a machine's correction of damaged letters: likelier than other
    accents in clean print (a corrected "đường" ranks before a printed "Dương"), less certain than the same accents there."""
    EXACT = 6
    """All words near each other as printed, and every word typed with accents agrees."""


@dataclass(frozen=True, slots=True)
class Term:
    """One syllable of a query, by its folded key and its accented key (see `vitext.analyse`)."""

    folded: str
    accented: str

    @property
    def has_accents(self) -> bool:
        """Typed with accents: only then does the accented key count."""
        return self.folded != self.accented


@dataclass(frozen=True, slots=True)
class Clause:
    """One word, or a quoted phrase when `literal`: its terms must then stand side by side, in order, as typed.

    Quotation marks ask for the letters as typed: when any term of a literal clause has accents, all its terms match on
    their accented keys, else on their folded keys. A clause that is not literal has one term, which matches on its folded
    key (accents decide the tier).
    """

    terms: tuple[Term, ...]
    literal: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to write the query: all its clauses must match. `repaired` marks a respelt one (Tier.REPAIRED)."""

    clauses: tuple[Clause, ...]
    repaired: bool = False

    @property
    def bigrams(self) -> tuple[str, ...]:
        """The folded pairs of neighbouring plain words, spelt as the bigrams of `vitext.analyse`."""
        plain = [clause.terms[0].folded if not clause.literal else "" for clause in self.clauses]
        return tuple(dict.fromkeys(f"{a}_{b}" for a, b in pairwise(plain) if a and b))

    @property
    def proximity(self) -> int:
        """How many of `bigrams` an item must hold, in one text or another, for its words to count as near each other."""
        return max(1, len(self.bigrams) // 2) if self.bigrams else 0


@dataclass(frozen=True, slots=True)
class Filters:
    """Chosen facet values, by the code of their facet (`kb.facets`): values of one facet are alternatives, facets restrict
    each other.

    `ids`, when given, restricts to those items; `numbers` to documents with one of those number keys; `public` to items that
    are not internal. An item with any of the `excluded` values of a facet is left out (Loại trừ).
    """

    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ids: frozenset[str] | None = None
    numbers: tuple[str, ...] = ()
    public: bool = False
    excluded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def without(self, facet: str) -> Filters:
        """The same filters but for the choice of one facet; what a facet's own counts are taken under."""
        return replace(self, facets={k: v for k, v in self.facets.items() if k != facet})

    def including(self, facet: str, value: str) -> Filters:
        """The same filters with one value of a facet left out no longer."""
        left = tuple(v for v in self.excluded.get(facet, ()) if v != value)
        return replace(self, excluded={**self.excluded, facet: left})

    def among(self, ids: frozenset[str]) -> Filters:
        """The same filters over those items only."""
        return replace(self, ids=ids)


@dataclass(frozen=True, slots=True)
class TextQuery:
    """What to match.

    An item matches a variant when it holds all its clauses, and either holds them near each other or, where words were
    typed with accents, holds them with those accents: the same syllables with other accents, scattered over a text, are
    other words. The words of a repaired variant must be near each other. With `minimum_should_match`, an item also matches
    that holds so many clauses of the first variant (its literal ones always), and one of its bigrams if it has any. A match
    holds no `excluded` clause and meets `constraints`. A query without variants matches every item.

    Tiers: `EXACT`, `CORRECTED`, `FOLDED` and `SCATTERED` come from variants as typed, `REPAIRED` from repaired ones and from
    texts that a machine corrected, `PARTIAL` from `minimum_should_match`. Whether a text was corrected never decides what
    matches, only the tier.

    A question or a pasted sentence is not `tiered`: an item matches when it holds any word of the first variant, and every
    match is `PARTIAL`. Such a query is ranked and cut, never counted. A query that is not `scored` gives tiers alone, every
    score 0.
    """

    variants: tuple[Variant, ...] = ()
    excluded: tuple[Clause, ...] = ()
    minimum_should_match: int | None = None
    constraints: tuple[Filters, ...] = ()
    tiered: bool = True
    scored: bool = True


@dataclass(frozen=True, slots=True)
class IndexDocument:
    """An item as the full-text index takes it. Texts are plain; the adapter analyses them with `vitext.analyse`.

    `facets` maps the code of every facet (`kb.facets`) to its values (strings; several for `field`, none when unknown).
    `printed` are the texts without a machine's corrections, where title or body hold such corrections; empty where they
    hold none.
    """

    id: str
    title: str
    body: str
    attributes: str
    facets: Mapping[str, tuple[str, ...]]
    number: str = ""
    sort_date: int = 0
    printed: tuple[str, ...] = ()
    internal: bool = False


@dataclass(frozen=True, slots=True)
class TextHit:
    """One match; `score` is comparable within the answer only (BM25-like, >= 0)."""

    id: str
    tier: Tier
    score: float


@dataclass(frozen=True, slots=True)
class TextPage:
    """`hits` for [offset, offset + limit) of a total order; `total` counts every match."""

    hits: tuple[TextHit, ...]
    total: int


class FullTextIndex(Protocol):
    """A full-text index opened for reading. Order is total and repeatable: tier, then score (or date), then id order
    of the engine; paging through it meets every match once."""

    def search(
        self, query: TextQuery, filters: Filters, *, offset: int = 0, limit: int = 10, sort: Sort = "relevance"
    ) -> TextPage: ...

    def count(self, query: TextQuery, filters: Filters) -> int: ...

    def count_facet(self, query: TextQuery, filters: Filters, facet: str) -> dict[str, int]:
        """Matches per value of one facet, under exactly the filters given; values without a match are absent."""
        ...


class FullTextBuilder(Protocol):
    """Writes the next state of a full-text index into a folder of its own."""

    def apply(self, removed: Collection[str], added: Iterable[IndexDocument]) -> None:
        """Delete the ids in `removed`, then add; commit. An id added must be in `removed` if it was there before."""
        ...


@dataclass(frozen=True, slots=True)
class Held:
    """What a server holds: items of a generation of the store, `ready` unless they are being changed. `fits`: laid out as
    this program does it."""

    generation: str
    ready: bool
    fits: bool


class FullTextServer(Protocol):
    """A full-text index on a server: many processes read it, one writes it, in place. Calls raise ServerAwayError."""

    @property
    def address(self) -> str: ...

    @property
    def writes(self) -> bool:
        """Whether this process may write."""
        ...

    def held(self) -> Held | None:
        """What the server holds, None where it holds nothing of ours."""
        ...

    def open(self, generation: str) -> FullTextIndex:
        """The items of a generation. Its methods raise ServerAwayError whenever the server holds others, or half of them."""
        ...

    def update(self, base: str, generation: str, removed: Collection[str], added: Iterable[IndexDocument]) -> None:
        """Make `generation` of the generation `base` that is held. An id added is in `removed` if it was there before. What
        a run that was cut off has done does no harm: a second run makes the same of it."""
        ...

    def rebuild(self, generation: str, entries: Iterable[IndexDocument]) -> None:
        """Build an index of all items beside the one held, put it in its place, and drop the old one."""
        ...


@dataclass(frozen=True, slots=True)
class VectorKey:
    """`ordinal` 0 is the whole item, 1.. its passages."""

    item_id: str
    ordinal: int


@dataclass(frozen=True, slots=True)
class VectorHit:
    """`score` is the cosine (-1..1), exact to about 1e-2 for quantised indexes."""

    key: VectorKey
    score: float


@dataclass(frozen=True, slots=True)
class ItemScore:
    """How close an item is to a vector: the cosine of the whole item, and that of its best passage.

    `ordinal` is the `VectorKey.ordinal` (1 and up) of the best passage, the first one of equals. It is 0 for an item that
    has only its whole vector; `passage` is then that of the whole. An item without a whole vector has the score of its best
    passage in both.
    """

    whole: float
    passage: float
    ordinal: int

    @property
    def best(self) -> float:
        """The better of the two cosines."""
        return max(self.whole, self.passage)


def item_score(cosines: Mapping[int, float]) -> ItemScore:
    """The score of an item from the cosines of its vectors by ordinal, at least one.

    >>> item_score({0: 0.5, 1: 0.2, 2: 0.7})
    ItemScore(whole=0.5, passage=0.7, ordinal=2)
    """
    best = min((-cosine, ordinal) for ordinal, cosine in cosines.items() if ordinal or len(cosines) == 1)
    return ItemScore(cosines.get(0, -best[0]), -best[0], best[1])


class VectorIndex(Protocol):
    """Nearest neighbours by cosine over unit vectors; shape (dimension,), float32."""

    def search(self, vector: Vector, limit: int) -> list[VectorHit]:
        """The best `limit` keys, best first."""
        ...

    def score_items(self, vector: Vector, ids: Sequence[str]) -> dict[str, ItemScore]:
        """The score of each item that is known; unknown ids are absent."""
        ...

    def item_vector(self, item_id: str) -> Vector | None:
        """The stored vector of the whole item."""
        ...


class VectorBuilder(Protocol):
    """Writes the next state of a vector index into a folder of its own."""

    def apply(self, removed: Collection[str], keys: Sequence[VectorKey], vectors: Vector) -> None:
        """Drop every vector of the items in `removed`, then add `vectors` (len(keys), dimension); save."""
        ...


class Embedder(Protocol):
    """Turns texts into unit vectors. `name` and `digest` keep vectors of different models apart."""

    @property
    def name(self) -> str: ...

    @property
    def digest(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def encode(self, texts: Sequence[str], *, query: bool = False) -> Vector:
        """Vectors of shape (len(texts), dimension), float32, L2 norm 1. `query` selects a model's query prompt."""
        ...


@dataclass(frozen=True, slots=True)
class EmbedOptions:
    """How to run an embedding model other than the shipped one. A prefix of None is the model's own (see the adapter)."""

    batch: int = 32
    device: str = "cpu"
    query_prefix: str | None = None
    document_prefix: str | None = None


@dataclass(frozen=True, slots=True)
class EngineSet:
    """How to open and build one pair of engines; `kb.library.library` calls these and knows no engine by name."""

    open_text: OpenText
    build_text: BuildText
    open_vectors: OpenVectors
    build_vectors: BuildVectors
    version: str
    """Changes whenever stored data of these engines can no longer be read: part of the index schema version."""


class OpenText(Protocol):
    def __call__(self, folder: Path) -> FullTextIndex: ...


class BuildText(Protocol):
    def __call__(self, folder: Path) -> FullTextBuilder:
        """`folder` is empty, or a private clone (hard links) of the last published state."""
        ...


class OpenVectors(Protocol):
    def __call__(self, folder: Path) -> VectorIndex: ...


class BuildVectors(Protocol):
    def __call__(self, folder: Path, dimension: int) -> VectorBuilder: ...
