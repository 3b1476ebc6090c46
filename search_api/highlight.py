"""Find what matched inside an item's text: hits with exact spans, segments for display, and snippets.

Spans come from `vitext.tokenise`, so they are exact on the original characters whatever the text holds. A hit is a run of
matching words: with "mô hình trồng lúa" the two words of "mô hình" light up together, and a lone "mô" elsewhere does not,
as long as the item holds any longer run.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from kb.model import Item
from kb.passages import describe
from kb.ports import Clause, Term
from search_api.present import show_title
from search_api.schema import Segment, Snippet
from vitext import Token, tokenise

#: Characters of a snippet, about three lines on a phone.
SNIPPET_LENGTH = 260
#: Snippets shown of one item.
SNIPPETS = 2


@dataclass(frozen=True, slots=True)
class Run:
    """A hit: characters [start, end) of the text, and the folded keys it covers."""

    start: int
    end: int
    keys: frozenset[str]
    length: int


@dataclass(frozen=True, slots=True)
class Text:
    """An item's words, tokenised once: title as shown, best reading of each block, attributes."""

    item: Item
    title: tuple[Token, ...]
    blocks: tuple[tuple[Token, ...], ...]
    attributes: tuple[Token, ...]


def read_text(item: Item) -> Text:
    blocks = tuple(tuple(tokenise(block.best)) for block in item.blocks)
    return Text(item, tuple(tokenise(show_title(item))), blocks, tuple(tokenise(describe(item))))


class Matcher:
    """Recognises the words of a query in one item. A word typed with accents that the item holds with those accents
    (its raw key is in `held`) matches only so; every other word matches folded."""

    def __init__(
        self, terms: Collection[Term], phrases: Collection[Clause] = (), *, held: Collection[str] = frozenset()
    ) -> None:
        exact = [t for t in terms if t.accented and t.r in held]
        self._exact = {t.r for t in exact}
        self._folded = {t.f for t in terms} - {t.f for t in exact}
        self._phrases = [clause.terms for clause in phrases if clause.literal and len(clause.terms) > 1]
        self.minimum = 1

    def matches(self, token: Token) -> bool:
        return token.f in self._folded or token.r in self._exact

    def runs(self, tokens: Sequence[Token]) -> list[Run]:
        """Every maximal run of adjacent matching tokens, at least `minimum` long, in order."""
        found: list[Run] = []
        chain: list[Token] = []
        for token in (*tokens, None):
            if token is not None and self.matches(token):
                chain.append(token)
                continue
            if len(chain) >= self.minimum:
                found.append(_run(chain))
            chain = []
        return found + self._literal(tokens)

    def _literal(self, tokens: Sequence[Token]) -> list[Run]:
        found = []
        for terms in self._phrases:
            by_accent = any(term.accented for term in terms)
            wanted = [term.r if by_accent else term.f for term in terms]
            keys = [token.r if by_accent else token.f for token in tokens]
            for at in range(len(keys) - len(wanted) + 1):
                if keys[at : at + len(wanted)] == wanted:
                    found.append(_run(tokens[at : at + len(wanted)]))
        return found

    def tuned(self, text: Text) -> Matcher:
        """The same matcher, told to leave lone words alone where this item holds runs of two or more."""
        if len(self._exact | self._folded) > 1:
            longest = max((run.length for tokens in text.blocks for run in self.runs(tokens)), default=0)
            self.minimum = 2 if longest >= 2 else 1
        return self


def _run(chain: Sequence[Token]) -> Run:
    return Run(chain[0].start, chain[-1].end, frozenset(token.f for token in chain), len(chain))


def segments(text: str, runs: Sequence[Run], start: int = 0, end: int | None = None) -> list[Segment]:
    """`text[start:end]` as segments, hits marked; overlapping runs are joined."""
    end = len(text) if end is None else end
    out: list[Segment] = []
    at = start
    for run in sorted(runs, key=lambda r: (r.start, -r.end)):
        begin, stop = max(run.start, at), min(run.end, end)
        if begin >= stop:
            continue
        if begin > at:
            out.append(Segment(text=text[at:begin]))
        out.append(Segment(text=text[begin:stop], hit=True))
        at = stop
    if at < end:
        out.append(Segment(text=text[at:end]))
    return out


def snippets(text: Text, matcher: Matcher) -> list[Snippet]:
    """The passages that matched best: most distinct words first, then the longest run, in reading order."""
    scored = []
    for index, tokens in enumerate(text.blocks):
        runs = matcher.runs(tokens)
        if runs:
            covered = frozenset[str]().union(*(run.keys for run in runs))
            scored.append((len(covered), max(run.length for run in runs), -index, covered, runs))
    scored.sort(key=lambda entry: entry[:3], reverse=True)
    chosen: list[tuple[int, int, int, frozenset[str], list[Run]]] = []
    seen = set[str]()
    for entry in scored:
        if len(chosen) < SNIPPETS and not (chosen and entry[3] <= seen and len(seen) > 1):
            chosen.append(entry)
            seen |= entry[3]
    return [_snippet(text.item, -negative, runs) for _, _, negative, _, runs in sorted(chosen, key=lambda e: -e[2])]


def opening(item: Item, block: int = 0) -> Snippet:
    """A snippet without hits: the start of a block."""
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
    """The SNIPPET_LENGTH characters with the most distinct words, moved to word borders."""
    best, best_start = (-1, 0), 0
    for run in runs:
        start = max(0, run.start - SNIPPET_LENGTH // 5)
        inside = [r for r in runs if r.start >= start and r.end <= start + SNIPPET_LENGTH]
        covered = frozenset[str]().union(*(r.keys for r in inside))
        value = (len(covered), max((r.length for r in inside), default=0))
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
