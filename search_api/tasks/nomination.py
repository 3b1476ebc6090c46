"""Compare a pasted nomination (Báo cáo thành tích) with the collection: similar items, and items that may be the same
achievement.

The law forbids several awards for one achievement (Luật Thi đua, khen thưởng 06/2022/QH15), and a nomination often tells in
other words what an article told before. So the grounds are facts that stay the same in other words: the name of the unit,
the figures, the place, and most of the words. The answer names each ground, and the visitor decides.
`benchmarks/nominations.py` chose the thresholds, see `docs/decisions/0016-already-rewarded.md`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from kb.cancellation import check
from kb.item import Block, Item, Source
from kb.library.library import View, embed_items
from kb.library.word_counts import counted_words
from kb.papers import places, vocabulary
from kb.papers.places import places_of
from kb.ports import Clause, Filters, Term, TextQuery, Variant
from search_api.display.cards import card
from search_api.query.parser import clean
from search_api.query.synonyms import find_expansions
from search_api.retrieval.likeness import shared_attributes, telling_words
from search_api.schema import NominationAnswer, NominationItem
from vitext import analyse, repair_blocks

#: Characters of a nomination that are compared: about six pages.
MAX_CHARACTERS = 20_000
#: Words of a nomination up to which its abbreviations are expanded.
MAX_EXPANDED_WORDS = 4000
#: Vectors that are asked for as candidates by meaning, for the whole nomination and for each of its passages.
KNN_LIMIT = 60
#: Passages of the nomination for which candidates are asked, at most.
MAX_PASSAGES = 12
#: Candidates by words, at most.
MAX_BY_WORDS = 30
#: Candidates by meaning that are compared word by word (the closest ones), besides the candidates by words.
MAX_COMPARED = 60
#: Different words of the nomination by which candidates are asked for (the rarest ones).
MAX_ASKED_WORDS = 40
#: Items of each list that are shown, at most.
MAX_SHOWN = 12
#: The least closeness in meaning of a similar item that is shown.
MIN_CLOSENESS = 0.30

#: Points for the same unit (see `Likeness.points`).
UNIT_POINTS = 1.0
#: Points for figures that agree.
FIGURE_POINTS = 1.0
#: Points for the same place.
PLACE_POINTS = 0.4
#: Points for words that agree.
WORD_POINTS = 2.0
#: Points for closeness in meaning.
MEANING_POINTS = 1.0
#: The least points of an item that may be the same achievement.
POSSIBLE_POINTS = 1.75
#: The least points of an item that is very likely the same achievement.
CERTAIN_POINTS = 2.6
#: Closeness in meaning from which unit and place count fully.
SAME_WORK_CLOSENESS = 0.55
#: Number of shared figures from which figures count fully.
ENOUGH_FIGURES = 2.5
#: Weight of a figure of less than three characters among the shared figures.
SMALL_FIGURE_WEIGHT = 0.4
#: The least share of the nomination's bigrams that is named as a ground.
NAMED_WORD_SHARE = 0.25
#: Shared figures that are named as a ground, at most.
MAX_NAMED_FIGURES = 6
#: Items most like the nomination whose fields vote for the nomination's fields.
MAX_VOTES = 5
#: The least share of the words of a unit's name that a nomination must hold, besides the last two words.
MIN_UNIT_SHARE = 0.6

#: A number with dots between thousands, a decimal part and a percent sign.
_NUMBER = re.compile(r"(?<![\w.,/-])(\d{1,3}(?:\.\d{3})+|\d+)(,\d+)?(\s?%)?(?![\w/])")
#: Words before a number that is a date or a number of a paper.
_DATE = re.compile(r"(?:năm|tháng|ngày|nam|thang|ngay|số|so)\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Nomination:
    """A nomination as an item that is stored nowhere.

    `keys` are its folded words with abbreviations expanded, `bigrams` are those of `vitext.analyse`, `figures` those of
    `find_numbers`. `corrected` tells that damaged letters or missing accents were corrected, `shortened` that the text was
    too long.
    """

    item: Item
    keys: tuple[str, ...]
    bigrams: frozenset[str]
    figures: frozenset[str]
    corrected: bool
    shortened: bool


@dataclass(frozen=True, slots=True)
class Likeness:
    """What a nomination and an item share.

    `meaning` is a cosine. `words` is the share of the nomination's bigrams that the item holds. `unit` tells that the
    nomination names the item's unit; `figures` are the shared figures, and `place` is the shared place, "" for none.
    """

    item: Item
    meaning: float
    words: float
    unit: bool
    figures: tuple[str, ...]
    place: str

    @property
    def points(self) -> float:
        """How likely both tell the same achievement; not a probability."""
        shared = sum(SMALL_FIGURE_WEIGHT if len(figure) < 3 else 1.0 for figure in self.figures)
        figures = min(1.0, shared / ENOUGH_FIGURES)
        # A unit does many things, so the same unit counts only as far as the work is alike.
        alike = min(1.0, max(0.0, self.meaning) / SAME_WORK_CLOSENESS) ** 2
        who = alike * (UNIT_POINTS * self.unit + PLACE_POINTS * bool(self.place))
        return who + FIGURE_POINTS * figures + WORD_POINTS * self.words + MEANING_POINTS * self.meaning


def check_nomination(view: View, text: str) -> NominationAnswer:
    """The nomination compared with the collection. No text is an error."""
    nomination = prepare_nomination(text)
    compared = view.size
    likenesses = sorted(find_alike(view, nomination), key=lambda likeness: -likeness.points)
    repeated = [likeness for likeness in likenesses if likeness.points >= POSSIBLE_POINTS]
    rest = [likeness for likeness in likenesses if likeness.points < POSSIBLE_POINTS and likeness.meaning >= MIN_CLOSENESS]
    guessed = nomination.item.with_(fields=_guess_fields(likenesses))
    rest.sort(key=lambda likeness: -(likeness.meaning + shared_attributes(guessed, likeness.item)))
    return NominationAnswer(
        compared=compared,
        shortened=nomination.shortened,
        corrected=nomination.corrected,
        repeated=[_show(view, nomination, likeness) for likeness in repeated[:MAX_SHOWN]],
        similar=[_show(view, nomination, likeness) for likeness in rest[:MAX_SHOWN]],
    )


def _guess_fields(likenesses: Sequence[Likeness]) -> tuple[str, ...]:
    """At most two fields for the nomination, by vote of the items most like it: items of the same work are comparable."""
    votes: dict[str, float] = {}
    for likeness in likenesses[:MAX_VOTES]:
        for at, code in enumerate(likeness.item.fields):
            votes[code] = votes.get(code, 0.0) + likeness.points / (1 + at)
    return tuple(sorted(votes, key=lambda code: -votes[code])[:2])


def prepare_nomination(text: str) -> Nomination:
    """The nomination, cut where it is too long, with damaged letters and missing accents corrected."""
    lines = [clean(line)[0] for line in text[:MAX_CHARACTERS].splitlines()]
    lines = [line for line in lines if line]
    repaired = repair_blocks(lines) if lines else []
    blocks = tuple(
        Block(page=1, original=line, repaired=result.text if result.text != line else None)
        for line, result in zip(lines, repaired, strict=True)
    )
    item = Item("", "exemplar", "", Source("", ""), blocks)
    whole = "\n".join(block.best for block in blocks)
    return Nomination(
        item,
        _expanded_keys(whole),
        frozenset(analyse(whole).bigrams),
        frozenset(find_numbers(whole)),
        any(result.words for result in repaired),
        len(text) > MAX_CHARACTERS,
    )


def _expanded_keys(text: str) -> tuple[str, ...]:
    """The folded words, and after them the words that the abbreviations stand for."""
    words = text.split()
    keys = list(analyse(text).folded)
    for expansion in find_expansions(words) if len(words) <= MAX_EXPANDED_WORDS else ():
        if expansion.kind == "abbreviation":
            keys += ["", *analyse(" ".join(expansion.words)).folded]
    return tuple(keys)


def find_numbers(text: str) -> list[str]:
    """The numbers that distinguish one achievement from another: no years, dates or single digits.

    >>> find_numbers("Năm 2024 có 186 hộ, 7.900 tấn, 82%, 6,3 triệu, 3 xã, ngày 12/5")
    ['186', '7900', '82%', '6,3']
    """
    found = []
    for match in _NUMBER.finditer(text):
        whole = match[1].replace(".", "")
        plain = not match[2] and not match[3]
        year = plain and "." not in match[1] and len(whole) == 4 and whole[:2] in ("19", "20")
        if year or (plain and len(whole) < 2) or _DATE.search(text[max(0, match.start() - 12) : match.start()]):
            continue
        found.append(whole + (match[2] or "") + ("%" if match[3] else ""))
    return found


def find_alike(view: View, nomination: Nomination) -> list[Likeness]:
    """Every candidate with what it shares with the nomination."""
    if not nomination.keys:
        return []
    _, vectors = embed_items(view.embedder, [nomination.item])
    ids: dict[str, None] = {}
    for vector in vectors[: 1 + MAX_PASSAGES]:
        check()
        ids.update(dict.fromkeys(hit.key.item_id for hit in view.vectors.search(vector, KNN_LIMIT)))
    by_words = _by_words(view, nomination)
    ids.update(dict.fromkeys(by_words))
    close = [view.vectors.score_items(vector, list(ids)) for vector in vectors[: 1 + MAX_PASSAGES]]
    meanings = {}
    for item_id in ids:
        scores = [scores[item_id] for scores in close if item_id in scores]
        meanings[item_id] = (scores[0].whole + max(score.best for score in scores)) / 2 if scores else 0.0
    nearest = sorted(meanings, key=lambda item_id: -meanings[item_id])[:MAX_COMPARED]
    kept = dict.fromkeys([*nearest, *by_words])
    return [_compare(nomination, view.snapshot.item(item_id), meanings[item_id]) for item_id in kept]


def _by_words(view: View, nomination: Nomination) -> list[str]:
    """The items that hold any of the nomination's rarest words, the best match first."""
    best = "\n".join(block.best for block in nomination.item.blocks)
    words = {word: Term(token.folded, token.accented) for token, word in counted_words(best) if word.isalpha()}
    rare = sorted(words, key=lambda word: view.snapshot.word_count(word) or math.inf)[:MAX_ASKED_WORDS]
    clauses = tuple(Clause((words[word],)) for word in rare)
    if not clauses:
        return []
    query = TextQuery((Variant(clauses),), tiered=False)
    return [hit.id for hit in view.text.search(query, Filters(), limit=MAX_BY_WORDS).hits]


def _compare(nomination: Nomination, item: Item, meaning: float) -> Likeness:
    check()
    text = "\n".join((item.title, item.summary, *(block.best for block in item.blocks)))
    shared = [number for number in dict.fromkeys(find_numbers(text)) if number in nomination.figures]
    bigrams = frozenset(analyse(text).bigrams)
    return Likeness(
        item,
        meaning,
        len(nomination.bigrams & bigrams) / max(1, len(nomination.bigrams)),
        names_unit(nomination.keys, item.unit),
        tuple(shared),
        _shared_place(nomination.keys, item),
    )


def names_unit(keys: Sequence[str], unit: str) -> bool:
    """Whether the words hold the name of the unit: its last two words side by side, and most of its words anywhere.

    >>> names_unit(analyse("HTX rau củ ở bãi sông Thái Bình").folded, "Hợp tác xã rau củ bãi sông Thái Bình")
    True
    >>> names_unit(analyse("Trạm Y tế xã Vĩnh Thuận").folded, "Trạm Y tế xã Đông Sơn Hạ")
    False
    """
    name = analyse(unit).folded
    if len(name) < 2 or not _holds(keys, name[-2:]):
        return False
    there = frozenset(keys)
    return sum(key in there for key in name) >= MIN_UNIT_SHARE * len(name)


def _holds(keys: Sequence[str], run: Sequence[str]) -> bool:
    """Whether the run of words stands somewhere in the words."""
    return f" {' '.join(run)} " in f" {' '.join(keys)} "


def _shared_place(keys: Sequence[str], item: Item) -> str:
    """The commune or district of the item, today's or a former one, that the nomination names; "" for none."""
    for name in reversed(places_of(item.place, item.place_former)):
        place = places.by_name(name)
        if place and place.parent and _holds(keys, analyse(places.bare_name(place)).folded):
            return place.own_name
    return ""


def _show(view: View, nomination: Nomination, likeness: Likeness) -> NominationItem:
    item = likeness.item
    grounds = []
    if likeness.unit:
        grounds.append(f"cùng đơn vị: {item.unit}")
    if likeness.figures:
        grounds.append("cùng số liệu: " + ", ".join(_as_written(number) for number in likeness.figures[:MAX_NAMED_FIGURES]))
    if likeness.place:
        grounds.append(f"cùng địa bàn: {likeness.place}")
    if likeness.words >= NAMED_WORD_SHARE:
        grounds.append(f"{round(100 * likeness.words)} % cụm từ của dự thảo có trong bản ghi")
    grounds.append(f"gần nghĩa {round(100 * likeness.meaning)} %")
    words = telling_words(view, nomination.item, item)
    reasons = ["cùng nói đến " + ", ".join(f"“{word}”" for word in words)] if words else []
    reasons += [f"lĩnh vực {vocabulary.label('field', code)}" for code in item.fields[:1]]
    return NominationItem(
        card=card(item),
        closeness=round(likeness.meaning, 4),
        reasons=reasons,
        grounds=grounds,
        repeats=likeness.points >= POSSIBLE_POINTS,
        sure=likeness.points >= CERTAIN_POINTS,
    )


def _as_written(number: str) -> str:
    """A number with dots between its thousands."""
    whole, comma, rest = number.rstrip("%").partition(",")
    return f"{int(whole):,}".replace(",", ".") + comma + rest + ("%" if number.endswith("%") else "")
