"""Find the hits inside an item's text, and cut segments and snippets around them.

Spans come from `vitext.tokenise`, so they are exact on the original characters of any text. A hit is a run of matching
words: with "mô hình trồng lúa" the two words of "mô hình" are marked together, and a single "mô" elsewhere is not marked if
the item holds any longer run. Where a machine corrected the text, a word is also marked when another version of it matches:
damaged letters that were typed are found in the corrected text, and the other way round.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from kb.item import Item
from kb.ports import Clause, Term
from search_api.display.item_tokens import NO_OTHERS, ItemTokens, Others
from search_api.schema import Segment, Snippet
from vitext import Token, Words

#: Characters of a snippet, about three lines on a phone.
SNIPPET_LENGTH = 260
#: Snippets of one item, at most.
MAX_SNIPPETS = 2


_FOLDED, _ACCENTED = attrgetter("folded"), attrgetter("accented")


@dataclass(frozen=True, slots=True)
class Run:
    """A hit: characters [start, end) of the text, the folded keys that it covers, and its length in words."""

    start: int
    end: int
    keys: frozenset[str]
    length: int


class Matcher:
    """Finds the words and the phrases of a query in one item.

    `held` are accented keys of the item. A word whose accented key is among them matches with these accents only, if it was
    typed with accents or its accents must agree (`strict`); every other word matches by its folded key.
    """

    def __init__(
        self,
        terms: Collection[Term],
        phrases: Collection[Clause] = (),
        *,
        held: Collection[str] = frozenset(),
        strict: bool = False,
    ) -> None:
        exact = [t for t in terms if (strict or t.has_accents) and t.accented in held]
        self._exact = {t.accented for t in exact}
        self._folded = {t.folded for t in terms} - {t.folded for t in exact}
        self._phrases = [form for clause in phrases for form in clause.forms]

    def runs(self, words: Words, others: Others = NO_OTHERS) -> list[Run]:
        """Every longest run of adjacent matching tokens, in order, then every quoted phrase."""
        exact, folded = self._exact, self._folded
        hits = [at for at, word in enumerate(words.keys) if word.folded in folded or word.accented in exact]
        if not others:
            return [_run(run, {word.folded for word in run}) for run in _adjacent(words, hits)] + self._literal(words)
        keys = {at: {words.keys[at].folded} for at in hits}
        for at, versions in others.items():
            if own := {other.folded for other in versions if other.folded in folded or other.accented in exact}:
                keys[at] = own | keys.get(at, set())
        at, found = 0, []
        hits = sorted(keys)
        for run in _adjacent(words, hits):
            found.append(_run(run, set[str]().union(*(keys[hit] for hit in hits[at : at + len(run)]))))
            at += len(run)
        return found + self._literal(words, others)

    def in_blocks(self, text: ItemTokens) -> list[list[Run]]:
        """The runs of each block, without single words where the item holds longer runs."""
        return without_single([self.runs(*words) for words in zip(text.blocks, text.others, strict=True)])

    def _literal(self, words: Words, others: Others = NO_OTHERS) -> list[Run]:
        """Every phrase. One of a single word is what a span stands for ("NTM"): it counts as much as two words."""
        found = []
        for terms, accents in self._phrases:
            by_accent = accents != "any" and any(term.has_accents for term in terms)
            wanted = [term.accented if by_accent else term.folded for term in terms]
            if not wanted:
                continue
            key = _ACCENTED if by_accent else _FOLDED
            starts = {at for at, word in enumerate(words.keys) if key(word) == wanted[0]}
            starts.update(at for at, versions in others.items() if wanted[0] in map(key, versions))
            for at in sorted(starts):
                own = words.keys[at : at + len(wanted)]
                if len(own) == len(wanted) and all(
                    key(word) == want or want in map(key, others.get(place, ()))
                    for place, (word, want) in enumerate(zip(own, wanted, strict=True), at)
                ):
                    run = _run(words[at : at + len(wanted)], {term.folded for term in terms})
                    found.append(replace(run, length=max(2, run.length)))
        return found


def without_single(found: list[list[Run]]) -> list[list[Run]]:
    """The runs of each block without single words, if any block has a longer run."""
    if max((run.length for runs in found for run in runs), default=0) < 2:
        return found
    return [[run for run in runs if run.length > 1] for runs in found]


def _adjacent(words: Words, hits: Sequence[int]) -> Iterator[Sequence[Token]]:
    """The words at `hits`, in order; those side by side together."""
    first = 0
    for at in range(1, len(hits) + 1):
        if at == len(hits) or hits[at] != hits[at - 1] + 1:
            yield words[hits[first] : hits[at - 1] + 1]
            first = at


def _run(chain: Sequence[Token], keys: Collection[str]) -> Run:
    return Run(chain[0].start, chain[-1].end, frozenset(keys), len(chain))


def segments(text: str, runs: Sequence[Run], start: int = 0, end: int | None = None) -> list[Segment]:
    """`text[start:end]` as segments with hits marked; runs that overlap or that only a space parts are joined."""
    end = len(text) if end is None else end
    out: list[Segment] = []
    at = start
    for run in sorted(runs, key=lambda r: (r.start, -r.end)):
        begin, stop = max(run.start, at), min(run.end, end)
        if begin >= stop:
            continue
        if out and out[-1].hit and text[at:begin] in ("", " "):
            out[-1] = Segment(text=out[-1].text + text[at:stop], hit=True)
        else:
            out += [Segment(text=text[at:begin])] if begin > at else []
            out.append(Segment(text=text[begin:stop], hit=True))
        at = stop
    if at < end:
        out.append(Segment(text=text[at:end]))
    return out


def snippets(item: Item, found: Sequence[Sequence[Run]]) -> list[Snippet]:
    """The snippets of the blocks that match best, in the order of the text. `found` has the runs of each block.

    Blocks with more different words come first, then blocks with longer runs. A block that adds no word to the blocks chosen
    before it is left out, unless these hold one word only.
    """
    covered = {index: _keys(runs) for index, runs in enumerate(found) if runs}
    best = sorted(covered, key=lambda index: (-len(covered[index]), -max(run.length for run in found[index]), index))
    chosen: list[int] = []
    seen = set[str]()
    for index in best:
        if len(chosen) < MAX_SNIPPETS and not (chosen and covered[index] <= seen and len(seen) > 1):
            chosen.append(index)
            seen |= covered[index]
    return [_snippet(item, index, found[index]) for index in sorted(chosen)]


def _keys(runs: Sequence[Run]) -> frozenset[str]:
    return frozenset[str]().union(*(run.keys for run in runs))


def opening(item: Item, block: int = 0) -> Snippet:
    """A snippet without hits: the beginning of a block."""
    return _snippet(item, block, [])


def _snippet(item: Item, index: int, runs: Sequence[Run]) -> Snippet:
    block = item.blocks[index]
    text = block.best
    start, end = 0, len(text)
    if end > SNIPPET_LENGTH:
        start, end = _window(text, runs)
    cut = segments(text, runs, start, end)
    if start > 0:
        cut.insert(0, Segment(text="… "))
    if end < len(text):
        cut.append(Segment(text=" …"))
    return Snippet(page=block.page, block=index, segments=cut)


def _window(text: str, runs: Sequence[Run]) -> tuple[int, int]:
    """The window of SNIPPET_LENGTH characters with the most different words, moved to word borders."""
    best, best_start = (-1, 0), 0
    ordered = sorted(runs, key=attrgetter("start"))
    starts = [run.start for run in ordered]
    for run in runs:
        start = max(0, run.start - SNIPPET_LENGTH // 5)
        first = bisect_left(starts, start)
        last = bisect_right(starts, start + SNIPPET_LENGTH, lo=first)
        inside = [r for r in ordered[first:last] if r.end <= start + SNIPPET_LENGTH]
        value = (len(_keys(inside)), max((r.length for r in inside), default=0))
        if value > best:
            best, best_start = value, start
    start = best_start
    if start:
        space = text.find(" ", start, start + 30)
        start = space + 1 if space >= 0 else start
    end = min(len(text), start + SNIPPET_LENGTH)
    if end < len(text):
        space = text.rfind(" ", end - 30, end)
        end = space if space > start else end
    return start, end
