"""The sentence that answers a question, from the first results: nothing rather than a wrong one.

The sentences of the first results that could answer are judged by a few features. The best one is shown if its confidence,
the share of such answers that were right, is high enough (docs/decisions/0029-answer-on-top.md).
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from kb.library.library import View
from kb.ports import Vector
from search_api.display import cards
from search_api.display.answer_spans import CAPITALS, Span, find_spans
from search_api.display.item_tokens import ItemTokens
from search_api.display.parts import part_of, split_parts
from search_api.query.interpretation import Interpretation
from search_api.query.questions import Question, read_question
from search_api.schema import AnswerOnTop, Segment
from vitext import Token, Words

#: Results that are read for an answer.
MAX_READ = 5
#: Blocks whose sentences are looked at, and sentences that are judged, the most promising ones.
MAX_BLOCKS = 12
MAX_JUDGED = 10
#: Words on each side of a figure, date or name that tell what it is of.
AROUND = 12
#: What a word of the title is worth beside one of the block or sentence, when those to judge are chosen.
CONTEXT_SHARE = 0.4
#: Characters of a sentence that is shown, at most: a longer one is a table or a list.
MAX_LENGTH = 600
#: Words besides those of the question from which a sentence is new in full.
NEW_WORDS = 8
#: The least weight of any word beside the rarest one.
LEAST_WEIGHT = 0.1
#: The lead of the best sentence, at most, and where there is no other.
MAX_LEAD = 3.0

#: Which of the sentences is the best: the weight of each of `Features`, fitted on two thirds of the questions of
#: `benchmarks/answers.jsonl` and of ALQAC.
SENTENCE_WEIGHTS = {
    "near": 3.61, "known": 4.70, "lacking": -1.60, "item": 2.58, "typed": 4.32, "new": 2.45, "cosine": 4.55, "first": 3.66,
    "listed": 0.61,
}  # fmt: skip
_VALUES = attrgetter(*SENTENCE_WEIGHTS)
#: How likely the best one is right: the weights of a logistic regression on the same questions. `apart` is the weight of the
#: words that only other blocks of the item have, `lead` how far the next best sentence is behind, `name` and `open` tell
#: that a name, place or reason is asked for, or something whose form is not known.
CONFIDENCE_WEIGHTS = {
    "known": 2.00, "apart": -2.31, "lacking": -0.88, "typed": 1.21, "lead": 0.60, "cosine": 1.74, "new": 0.77, "name": 0.42,
    "open": 0.66, "always": -4.04,
}  # fmt: skip
#: An answer is shown from this confidence: of those shown, nine of ten or more are right (decision 0029).
LEAST_CONFIDENCE = 0.85

#: Where a sentence ends. "ông N. họp" and "1. Điều" go on.
_END = re.compile(
    rf"(?<![\s.(][{CAPITALS}])(?<!^[{CAPITALS}])(?<![\s(]\d)(?<!^\d)[.!?…]+[”\"’)]*(?=\s+[\"“‘(]?[{CAPITALS}0-9]|\s*$)"
)
#: The number or letter of a list before a text.
_LISTED = re.compile(r"\s*(?:[a-zđ]{1,2}\)|\d{1,2}[.)])")


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of a sentence as an answer, each value from 0 to 1. Weights of words are shares of the whole question.

    `near`: the words of the question near the figure, date or name that could answer, or in the sentence where its form is
    not known. `known`: those in the sentence, its block, or the title and attributes of the item. `lacking`: the heaviest
    word that none of them has. `item`: those anywhere in the item. `typed`: how far something in it has the form of an
    answer. `new`: how much it says besides the words of the question. `cosine`: how close it is in meaning. `first`: 1 in
    the first result, a half in the second. `listed`: it is an item of a list, whose beginning it may need.
    """

    near: float
    known: float
    lacking: float
    item: float
    typed: float
    new: float
    cosine: float
    first: float
    listed: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of an item: characters [start, end) of a block, and the span in it that could answer, if any."""

    item: ItemTokens
    block: int
    start: int
    end: int
    span: Span | None
    features: Features

    @property
    def text(self) -> str:
        return self.item.item.blocks[self.block].best[self.start : self.end]

    def shown(self, sure: float) -> AnswerOnTop:
        """The sentence as it is shown, with the span marked."""
        text, item = self.text.rstrip(), self.item.item
        first, last = (self.span.start, self.span.end) if self.span else (0, 0)
        pieces = ((text[:first], False), (text[first:last], True), (text[last:], False))
        return AnswerOnTop(
            card=cards.card(item),
            page=item.blocks[self.block].page,
            block=self.block,
            part=part_of(split_parts(item), self.block),
            segments=[Segment(text=piece, hit=hit) for piece, hit in pieces if piece],
            confidence=sure,
        )


def answer_question(
    view: View, meant: Interpretation, ranked: Sequence[ItemTokens], embed: Callable[[str], Vector]
) -> AnswerOnTop | None:
    """The sentence of the first of `ranked` items that answers the question; None where the query is no question, and where
    no sentence is likely enough to answer it. A revoked record answers nothing."""
    typed = meant.read
    # Slips and missing accents are mended before; the words alone have lost the question mark.
    asked = " ".join(meant.words) + "?" * typed.endswith("?") if meant.restored or meant.respelt else typed
    question = read_question(asked)
    if question is None:
        return None
    found = sorted(candidates(view, question, embed(meant.meaning or asked), ranked), key=rate, reverse=True)
    if not found:
        return None
    best = found[0]
    sure = confidence(question, found)
    return best.shown(round(sure, 2)) if sure >= LEAST_CONFIDENCE else None


def confidence(question: Question, ranked: Sequence[Candidate]) -> float:
    """How likely the first of the candidates, which is the best one, answers the question (0 to 1)."""
    values = certainty(question, ranked)
    return 1 / (1 + math.exp(-sum(CONFIDENCE_WEIGHTS[name] * value for name, value in values.items())))


def certainty(question: Question, ranked: Sequence[Candidate]) -> dict[str, float]:
    """What tells how likely the first of the candidates is right, by the names of `CONFIDENCE_WEIGHTS`."""
    best = ranked[0]
    other = next((candidate for candidate in ranked if candidate.text != best.text), None)
    features = best.features
    return {
        "known": features.known,
        "apart": features.item - features.known,
        "lacking": features.lacking,
        "typed": features.typed,
        "lead": min(MAX_LEAD, rate(best) - rate(other)) if other else MAX_LEAD,
        "cosine": features.cosine,
        "new": features.new,
        "name": float(question.sought in ("who", "where", "why")),
        "open": float(question.sought == "what"),
        "always": 1.0,
    }


def rate(candidate: Candidate) -> float:
    """How good an answer it is beside others of the same question."""
    values = _VALUES(candidate.features)
    rated: float = sum(weight * value for weight, value in zip(SENTENCE_WEIGHTS.values(), values, strict=True))
    return rated


def candidates(view: View, question: Question, vector: Vector, ranked: Sequence[ItemTokens]) -> list[Candidate]:
    """The sentences of the first items that could answer a question, with their features; `vector` is the question's."""
    words = _Words.of(view, question)
    blocks = [block for place, item in enumerate(ranked[:MAX_READ]) for block in _blocks(item, place, words)]
    best = sorted(blocks, key=lambda block: -block.promise)[:MAX_BLOCKS]
    sentences = sorted((s for block in best for s in _sentences(block, words)), key=lambda s: -s.promise)[:MAX_JUDGED]
    if not sentences:
        return []
    cosines = view.embedder.encode([sentence.text for sentence in sentences]) @ vector
    return [
        candidate
        for sentence, cosine in zip(sentences, cosines, strict=True)
        for candidate in _judge(question, sentence, words, float(cosine))
    ]


@dataclass(frozen=True, slots=True)
class _Words:
    """The words that a question is about: their weights by accented key, together 1, and their accented keys by folded key.
    `plain`: the question has no accents."""

    weights: Mapping[str, float]
    folded: Mapping[str, str]
    plain: bool

    @classmethod
    def of(cls, view: View, question: Question) -> _Words:
        """Rare words weigh more."""
        folded = {token.folded: token.accented for token in question.about}
        counts = {key: view.snapshot.word_count(key) for key in folded.values()}
        most = max(counts.values()) + view.size
        raw = {key: math.log((most + 2) / (count + 1)) + LEAST_WEIGHT for key, count in counts.items()}
        total = sum(raw.values())
        weights = {key: value / total for key, value in raw.items()}
        return cls(weights, folded, not any(token.has_accents for token in question.about))

    def among(self, tokens: Iterable[Token]) -> frozenset[str]:
        """Which of them are among some words of a text: by their accents, or by their letters where the text or the question
        has none."""
        weights, folded, plain = self.weights, self.folded, self.plain
        held = set()
        for token in tokens:
            if token.accented in weights:
                held.add(token.accented)
            elif token.folded in folded and (plain or not token.has_accents):
                held.add(folded[token.folded])
        return frozenset(held)

    def weigh(self, keys: Iterable[str]) -> float:
        return sum(self.weights[key] for key in keys)


@dataclass(frozen=True, slots=True)
class _Block:
    """A block that holds words of the question (`held`); `about` are those of the title and the attributes of its item."""

    item: ItemTokens
    place: int
    index: int
    held: frozenset[str]
    about: frozenset[str]
    anywhere: float
    promise: float


@dataclass(frozen=True, slots=True)
class _Sentence:
    block: _Block
    start: int
    end: int
    words: tuple[Token, ...]
    held: frozenset[str]
    promise: float

    @property
    def text(self) -> str:
        return self.block.item.item.blocks[self.block.index].best[self.start : self.end]


def _blocks(tokens: ItemTokens, place: int, words: _Words) -> Iterator[_Block]:
    item = tokens.item
    if item.status == "revoked":
        return
    issuer = item.document.issuer if item.document else ""
    named = " ".join((item.unit, issuer, item.place, item.place_former, item.number.text if item.number else ""))
    about = words.among((*tokens.title.keys, *Words(named).keys))
    anywhere = words.weigh({words.folded[key] for key in words.folded.keys() & tokens.folded})
    for index, own in enumerate(tokens.blocks):
        if item.blocks[index].role != "heading" and (held := words.among(own.keys)):
            promise = words.weigh(held) + CONTEXT_SHARE * words.weigh(about - held)
            yield _Block(tokens, place, index, held, about, anywhere, promise)


def _sentences(block: _Block, words: _Words) -> Iterator[_Sentence]:
    text = block.item.item.blocks[block.index].best
    tokens = tuple(block.item.blocks[block.index])
    starts = [token.start for token in tokens]
    first = 0
    for end in (*(found.end() for found in _END.finditer(text)), len(text)):
        last = bisect_left(starts, end, lo=first)
        own = tokens[first:last]
        # What ends with a colon only begins an answer.
        whole = own and end - own[0].start <= MAX_LENGTH and text[end - 1] != ":"
        if whole and (held := words.among(own)):
            promise = words.weigh(held) + CONTEXT_SHARE * words.weigh((block.about | block.held) - held)
            yield _Sentence(block, own[0].start, end, own, held, promise)
        first = last


def _judge(question: Question, sentence: _Sentence, words: _Words, cosine: float) -> Iterator[Candidate]:
    """The sentence once for every span that could answer, or once without one."""
    block = sentence.block
    known = sentence.held | block.held | block.about
    new = len({token.accented for token in sentence.words} - words.weights.keys())
    source = block.item.item.blocks[block.index]
    listed = source.role == "list_item" or _LISTED.match(source.best) is not None

    def made(span: Span | None, near: frozenset[str]) -> Candidate:
        features = Features(
            near=words.weigh(near),
            known=words.weigh(known),
            lacking=max((weight for key, weight in words.weights.items() if key not in known), default=0.0),
            item=block.anywhere,
            typed=span.strength if span else 0.0,
            new=min(1.0, new / NEW_WORDS),
            cosine=cosine,
            first=1 / (1 + block.place),
            listed=float(listed),
        )
        return Candidate(block.item, block.index, sentence.start, sentence.end, span, features)

    spans = list(find_spans(question, sentence.text, sentence.words, sentence.start))
    if not spans:
        yield made(None, sentence.held)
    for span in spans:
        yield made(span, words.among(sentence.words[max(0, span.first - AROUND) : span.last + AROUND]))
