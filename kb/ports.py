"""The ports of the engines: what Cách Hay asks of a full-text index, a vector index and an embedder.

The adapters are in `kb/engines/`, one engine in each module; one contract suite (`tests/kb/engines/`) runs over all of them,
the in-memory fake included. Neither this module nor any layer above it knows an engine's query language or JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
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
    """How well an item agrees with the words of a query. An engine returns higher tiers first; the final order combines the
    tier with the score of the words and with meaning (`search_api.retrieval.ranking`)."""

    PARTIAL = 1
    """Only some of the words; asked for when all of them together find little."""
    SCATTERED = 2
    """All words, every accent agreeing, but far apart. A Vietnamese word has several syllables, and "hợp", "tác" and "xã" in
    three sentences are not "hợp tác xã". See `Variant.proximity`."""
    REPAIRED = 3
    """All words near each other, accents ignored, but of a respelt variant of the query, or in a machine's correction."""
    FOLDED = 4
    """All words near each other as printed, accents ignored or missing in the text."""
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


Accents = Literal["any", "agree", "exact"]
"""What the accents of a clause ask of a text.

`any`: nothing; the folded keys decide, and accents decide only the tier. `agree`: the accents stand in the text as typed, or
the text has none to agree with (`IndexDocument.open`). `exact`: they stand in the text as typed. With the last two a word
typed without accents is meant without them."""


@dataclass(frozen=True, slots=True)
class Clause:
    """What an item must hold: a word, a phrase, or a span that can be written in several ways.

    `terms` is the form as typed, and `others` are other forms of the same meaning ("NTM": "nông thôn mới"). An item holds a
    clause when it holds one of its forms; a form of several terms is a phrase, whose terms stand side by side, in order.
    `accents` holds for the form as typed; the other forms are always asked with `agree`. A `literal` clause was typed in
    quotation marks: it is never given up (see `TextQuery.minimum_should_match`).
    """

    terms: tuple[Term, ...]
    literal: bool = False
    accents: Accents = "any"
    others: tuple[tuple[Term, ...], ...] = ()

    @property
    def is_word(self) -> bool:
        """Whether the clause is one plain word: it has neighbours, and only then bigrams."""
        return len(self.terms) == 1 and not self.literal and not self.others

    @property
    def forms(self) -> tuple[tuple[tuple[Term, ...], Accents], ...]:
        """Every form, with what its accents ask for."""
        return ((self.terms, self.accents), *((form, "agree") for form in self.others))


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to write the query: all its clauses must match. `repaired` marks a respelt one (Tier.REPAIRED).

    The `optional` clauses need not match; they only add to the score.
    """

    clauses: tuple[Clause, ...]
    repaired: bool = False
    optional: tuple[Clause, ...] = ()

    @classmethod
    def of_words(cls, terms: Iterable[Term], *, repaired: bool = False, accents: Accents = "any") -> Variant:
        """The variant of plain words."""
        return cls(tuple(Clause((term,), accents=accents) for term in terms), repaired)

    @property
    def bigrams(self) -> tuple[str, ...]:
        """The folded pairs of neighbouring plain words, spelt as the bigrams of `vitext.analyse`."""
        plain = [clause.terms[0].folded if clause.is_word else "" for clause in self.clauses]
        return tuple(dict.fromkeys(f"{a}_{b}" for a, b in pairwise(plain) if a and b))

    @property
    def needs_pair(self) -> bool:
        """Whether an item that holds only some of the clauses must hold one of the `bigrams`: where there are plain words
        alone. A span is a phrase by itself."""
        return bool(self.bigrams) and all(clause.is_word or clause.literal for clause in self.clauses)

    @property
    def proximity(self) -> int:
        """How many of `bigrams` an item must hold, in one text or another, for its words to count as near each other."""
        return max(1, len(self.bigrams) // 2) if self.bigrams else 0


@dataclass(frozen=True, slots=True)
class Filters:
    """Restrictions of a search. `facets` has the chosen values by the code of their facet (`kb.facets`): values of one
    facet are alternatives (OR), and all facets must be met (AND).

    `ids`, when given, restricts to those items, and `numbers` to documents with one of those number keys. An item that has
    any of the `excluded` values of a facet does not match (Loại trừ).
    """

    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ids: frozenset[str] | None = None
    numbers: tuple[str, ...] = ()
    excluded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def without(self, facet: str) -> Filters:
        """The same filters without the values chosen of one facet. The counts of that facet are taken under these."""
        return replace(self, facets={k: v for k, v in self.facets.items() if k != facet})

    def including(self, facet: str, value: str) -> Filters:
        """The same filters, but one value of a facet is excluded no longer."""
        left = tuple(v for v in self.excluded.get(facet, ()) if v != value)
        return replace(self, excluded={**self.excluded, facet: left})

    def among(self, ids: frozenset[str]) -> Filters:
        """The same filters, restricted to those items."""
        return replace(self, ids=ids)


@dataclass(frozen=True, slots=True)
class TextQuery:
    """Which items match, and with which tier.

    An item matches a variant when it holds all its clauses (`Clause.accents`), and either holds them near each other or,
    where words were typed with accents, has these accents or none: the same syllables with other accents, scattered over a
    text, are other words. The words of a repaired variant must be near each other. With `minimum_should_match`, an item
    also matches that holds so many clauses of the first variant (its literal ones always), and one of its bigrams where it
    needs one. A match holds no `excluded` clause and meets `constraints`. A query without variants matches every item.

    Tiers: `EXACT`, `CORRECTED`, `FOLDED` and `SCATTERED` come from variants as typed, `REPAIRED` from repaired ones and from
    texts that a machine corrected, `PARTIAL` from `minimum_should_match`. Whether a text was corrected never decides what
    matches, only the tier.

    A question or a pasted sentence is not `tiered`: an item matches when it holds any word of the first variant, and every
    match is `PARTIAL`. Such a query is ranked and cut, never counted. A query that is not `scored` gives tiers alone, every
    score 0. What matches one of `besides` is left out.
    """

    variants: tuple[Variant, ...] = ()
    excluded: tuple[Clause, ...] = ()
    minimum_should_match: int | None = None
    constraints: tuple[Filters, ...] = ()
    tiered: bool = True
    scored: bool = True
    besides: tuple[TextQuery, ...] = ()


@dataclass(frozen=True, slots=True)
class IndexDocument:
    """An item as the full-text index takes it. The texts are plain; each adapter analyses them with `vitext.analyse`.

    `facets` maps the code of every facet (`kb.facets`) to its values (strings; several for `field`, none when unknown).
    `printed` are the texts without a machine's corrections, where title or body hold such corrections; empty where they
    hold none. `open` are the runs of words that have no accents to agree with: letters that a machine read, and writing
    without accents. They stand in title or body as well.
    """

    id: str
    title: str
    body: str
    attributes: str
    facets: Mapping[str, tuple[str, ...]]
    number: str = ""
    sort_date: int = 0
    printed: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    internal: bool = False


@dataclass(frozen=True, slots=True)
class TextHit:
    """One match. Its `score` (BM25, >= 0) can be compared only with others of the same answer."""

    id: str
    tier: Tier
    score: float


@dataclass(frozen=True, slots=True)
class TextPage:
    """The `hits` [offset, offset + limit) of the whole order; `total` is the number of all matches."""

    hits: tuple[TextHit, ...]
    total: int


class FullTextIndex(Protocol):
    """A full-text index opened for reading. Its answers are a function of the documents that it holds, whatever it held
    before. The order is total: by tier, then by score (or date alone), then by id. Paging through it visits every match
    exactly once."""

    def search(
        self, query: TextQuery, filters: Filters, *, offset: int = 0, limit: int = 10, sort: Sort = "relevance"
    ) -> TextPage: ...

    def count(self, query: TextQuery, filters: Filters) -> int: ...

    def count_facets(self, query: TextQuery, filters: Filters, codes: Collection[str]) -> dict[str, dict[str, int]]:
        """By facet: the number of matches for each value, in the order of the values, under exactly these filters; values
        without one are absent."""


class FullTextBuilder(Protocol):
    """Writes the next state of a full-text index into a folder of its own."""

    def apply(self, removed: Collection[str], added: Iterable[IndexDocument]) -> None:
        """Delete the ids in `removed`, then add, then commit. An id added that was there before must be in `removed`."""


@dataclass(frozen=True, slots=True)
class ServerContent:
    """What a search server holds: the items of one generation of the store. It is not `ready` while they are being changed;
    `fits` when its documents and settings are of this program's layout."""

    generation: str
    ready: bool
    fits: bool


class FullTextServer(Protocol):
    """A full-text index on a server. Many processes read it and one writes it, in place. Calls raise ServerAwayError."""

    @property
    def address(self) -> str: ...

    @property
    def writes(self) -> bool:
        """Whether this process may write."""

    def content(self) -> ServerContent | None:
        """What the server holds now, None when it holds no index of this program."""

    def open(self, generation: str, *, public: bool = False) -> FullTextIndex:
        """The index of a generation; a `public` one answers as if there were no internal items. Its methods raise
        ServerAwayError when the server holds another generation, or a part of it."""

    def update(self, base: str, generation: str, removed: Collection[str], added: Iterable[IndexDocument]) -> None:
        """Turn the generation `base`, which the server holds, into `generation`. An id that is added and was there before is
        in `removed`. The update can be repeated after one that was cut off: the result is the same."""

    def rebuild(self, generation: str, documents: Iterable[IndexDocument]) -> None:
        """Build an index of all items beside the present one, put it in its place, and delete the old one."""


@dataclass(frozen=True, slots=True)
class VectorKey:
    """Names one vector: `ordinal` 0 is that of the whole item, 1 and up those of its passages."""

    item_id: str
    ordinal: int


@dataclass(frozen=True, slots=True)
class VectorHit:
    """One neighbour; `score` is the cosine (-1 to 1), exact to about 1e-2 in a quantised index."""

    key: VectorKey
    score: float


@dataclass(frozen=True, slots=True)
class ItemScore:
    """How close an item is to a vector: the cosine of the whole item, and that of its best passage.

    `ordinal` is the `VectorKey.ordinal` (1 and up) of the best passage, the first one of equals. For an item that has only
    its whole vector it is 0, and `passage` is the cosine of the whole. For an item without a whole vector, `whole` is the
    cosine of its best passage.
    """

    whole: float
    passage: float
    ordinal: int

    @property
    def best(self) -> float:
        """The better of the two cosines."""
        return max(self.whole, self.passage)


class VectorIndex(Protocol):
    """Nearest neighbours by cosine. Vectors have unit length, shape (dimension,), float32. Answers are a function of the
    vectors that it holds, whatever it held before; of equal scores, the lower id and ordinal come first."""

    def search(self, vector: Vector, limit: int) -> list[VectorHit]:
        """The best `limit` keys, best first."""

    def score_items(self, vector: Vector, ids: Sequence[str]) -> dict[str, ItemScore]:
        """The score of each of these items; ids that the index does not have are absent."""

    def item_vector(self, item_id: str) -> Vector | None:
        """The stored vector of the whole item, None when there is none."""


class VectorBuilder(Protocol):
    """Writes the next state of a vector index into a folder of its own."""

    def apply(self, removed: Collection[str], keys: Sequence[VectorKey], vectors: Vector) -> None:
        """Delete every vector of the items in `removed`, then add `vectors`, shape (len(keys), dimension), then save."""


class Embedder(Protocol):
    """Turns texts into unit vectors. `name` and `digest` distinguish the vectors of different models."""

    @property
    def name(self) -> str: ...

    @property
    def digest(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def encode(self, texts: Sequence[str], *, query: bool = False) -> Vector:
        """Vectors of shape (len(texts), dimension), float32, L2 norm 1. `query` selects a model's query prompt."""


@dataclass(frozen=True, slots=True)
class EngineSet:
    """How to open and build one pair of engines; `kb.library.library` calls these and knows no engine by name.

    Each is given the folder of one part of a generation. What builds is given an empty folder, or a private clone (hard
    links) of the last published state; vectors are built for a dimension. With `shared_vectors` the vectors of all items lie
    in one place, and the public is shown them without those of internal items; otherwise the public has an index of its own.
    """

    open_text: Callable[[Path], FullTextIndex]
    build_text: Callable[[Path], FullTextBuilder]
    open_vectors: Callable[[Path], VectorIndex]
    build_vectors: Callable[[Path, int], VectorBuilder]
    version: str
    """Changes whenever stored data of these engines can no longer be read; part of `Library.fingerprint`."""
    shared_vectors: bool = False
