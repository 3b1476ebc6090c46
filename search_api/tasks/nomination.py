"""Compare a pasted nomination (Báo cáo thành tích) with the collection: what is like it, what may be the same achievement.

The law forbids several awards for one achievement (Luật Thi đua, khen thưởng 06/2022/QH15), and a nomination retells what
an article told in other words. So the grounds are what survives retelling: the unit's name, the figures, the place, and most
of the words; each is named to the reader, who decides. The thresholds were chosen by `benchmarks/nominations.py`, see
`docs/decisions/0016-already-rewarded.md`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kb.item import Block, Item, Source
from kb.library.library import View, embed_items
from kb.papers import places, vocabulary
from kb.papers.places import places_of
from kb.ports import Clause, Filters, Term, TextQuery, Variant
from search_api.display.cards import card
from search_api.query.parser import clean
from search_api.query.synonyms import find_expansions
from search_api.schema import NominationAnswer, NominationItem
from search_api.tasks.similar import shared_attributes, telling_words
from vitext import analyse, repair_blocks

#: Characters of a nomination that are read: about six pages.
MAX_CHARACTERS = 20_000
#: Candidates by meaning (vectors asked for, for the whole nomination and each passage of it) and by words.
NEAR, BY_WORDS, PASSAGES = 60, 30, 12
#: Of those by meaning, the closest are compared word by word, besides those by words.
COMPARED = 60
#: Distinct words of the nomination that candidates are asked for by, the rarest.
ASKED_WORDS = 40
#: Similar items shown, and the least closeness of one.
SHOWN, FLOOR = 12, 0.30

#: What each ground is worth (see `Likeness.points`), and from how many points on an item may be, or surely is, the same.
UNIT, FIGURES, PLACE, WORDS, MEANING = 1.0, 1.0, 0.4, 2.0, 1.0
POSSIBLE, SURE = 1.75, 2.6
#: Closeness in meaning from which unit and place count fully.
SAME_WORK = 0.55
#: Shared figures that count fully; a figure of two digits counts for less.
ENOUGH_FIGURES, SMALL_FIGURE = 2.5, 0.4
#: Items most like the nomination whose fields are taken for its own.
VOTES = 5
#: Share of a unit's words that a nomination must hold, besides the last two.
UNIT_SHARE = 0.6

_NUMBER = re.compile(r"(?<![\w.,/-])(\d{1,3}(?:\.\d{3})+|\d+)(,\d+)?(\s?%)?(?![\w/])")
_DATE = re.compile(r"(?:năm|tháng|ngày|nam|thang|ngay|số|so)\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Nomination:
    """A nomination as an item that is stored nowhere, with its words: `keys` are folded, abbreviations written out."""

    item: Item
    keys: tuple[str, ...]
    pairs: frozenset[str]
    figures: frozenset[str]
    read: bool
    shortened: bool


@dataclass(frozen=True, slots=True)
class Likeness:
    """What a nomination and an item share. `meaning` is a cosine, `words` the share of the nomination's pairs of words."""

    item: Item
    meaning: float
    words: float
    unit: bool
    figures: tuple[str, ...]
    place: str

    @property
    def points(self) -> float:
        shared = sum(SMALL_FIGURE if len(figure) < 3 else 1.0 for figure in self.figures)
        told = min(1.0, shared / ENOUGH_FIGURES)
        # A unit does many things: that it is the same one counts as far as the work is alike.
        alike = min(1.0, max(0.0, self.meaning) / SAME_WORK) ** 2
        who = alike * (UNIT * self.unit + PLACE * bool(self.place))
        return who + FIGURES * told + WORDS * self.words + MEANING * self.meaning


def check_nomination(view: View, text: str) -> NominationAnswer:
    """The nomination against the collection; any text is answered."""
    nomination = read_nomination(text)
    compared = view.snapshot.count()
    likenesses = sorted(find_alike(view, nomination), key=lambda likeness: -likeness.points)
    repeated = [likeness for likeness in likenesses if likeness.points >= POSSIBLE]
    rest = [likeness for likeness in likenesses if likeness.points < POSSIBLE and likeness.meaning >= FLOOR]
    there = nomination.item.with_(fields=_guess_fields(likenesses))
    rest.sort(key=lambda likeness: -(likeness.meaning + shared_attributes(there, likeness.item)))
    return NominationAnswer(
        compared=compared,
        shortened=nomination.shortened,
        read=nomination.read,
        repeated=[_show(view, nomination, likeness) for likeness in repeated[:SHOWN]],
        similar=[_show(view, nomination, likeness) for likeness in rest[:SHOWN]],
    )


def _guess_fields(likenesses: Sequence[Likeness]) -> tuple[str, ...]:
    """The fields of the items most like the nomination, by how much they are like it: comparable is who does the same kind
    of work."""
    votes: dict[str, float] = {}
    for likeness in likenesses[:VOTES]:
        for at, code in enumerate(likeness.item.fields):
            votes[code] = votes.get(code, 0.0) + likeness.points / (1 + at)
    return tuple(sorted(votes, key=lambda code: -votes[code])[:2])


def read_nomination(text: str) -> Nomination:
    """The nomination, cut where it is too long, with its damaged or accentless letters read."""
    lines = [clean(line)[0] for line in text[:MAX_CHARACTERS].splitlines()]
    lines = [line for line in lines if line]
    repaired = repair_blocks(lines) if lines else []
    blocks = tuple(
        Block(page=1, original=line, repaired=result.text if result.text != line else None)
        for line, result in zip(lines, repaired, strict=True)
    )
    item = Item("", "exemplar", "", Source("", ""), blocks)
    whole = "\n".join(block.best for block in blocks)
    keys = _written_out(whole)
    return Nomination(
        item,
        keys,
        frozenset(analyse(whole).bigrams),
        frozenset(find_numbers(whole)),
        any(result.words for result in repaired),
        len(text) > MAX_CHARACTERS,
    )


def _written_out(text: str) -> tuple[str, ...]:
    """The folded words, each abbreviation followed by what it stands for."""
    words = text.split()
    keys = list(analyse(text).folded)
    for expansion in find_expansions(words) if len(words) < 4000 else ():
        if expansion.kind == "abbreviation":
            keys += ["", *analyse(" ".join(expansion.words)).folded]
    return tuple(keys)


def find_numbers(text: str) -> list[str]:
    """Numbers that tell one achievement from another: years, dates and single digits left out.

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
    """Every candidate with what it shares."""
    if not nomination.keys:
        return []
    _, vectors = embed_items(view.embedder, [nomination.item])
    ids: dict[str, None] = {}
    for vector in vectors[: 1 + PASSAGES]:
        ids.update(dict.fromkeys(hit.key.item_id for hit in view.vectors.search(vector, NEAR)))
    by_words = _by_words(view, nomination)
    ids.update(dict.fromkeys(by_words))
    close = [view.vectors.score_items(vector, list(ids)) for vector in vectors[: 1 + PASSAGES]]
    meanings = {}
    for item_id in ids:
        scores = [scores[item_id] for scores in close if item_id in scores]
        meanings[item_id] = (scores[0].whole + max(score.best for score in scores)) / 2 if scores else 0.0
    nearest = sorted(meanings, key=lambda item_id: -meanings[item_id])[:COMPARED]
    kept = dict.fromkeys([*nearest, *by_words])
    return [_compare(nomination, view.snapshot.item(item_id), meanings[item_id]) for item_id in kept]


def _by_words(view: View, nomination: Nomination) -> list[str]:
    """Items that hold the nomination's rarer words."""
    best = " ".join(block.best for block in nomination.item.blocks)
    words = dict.fromkeys(word.lower() for word in re.findall(r"[^\W\d_]+", best))
    rare = sorted(words, key=lambda word: view.snapshot.word_count(word) or 10**9)[:ASKED_WORDS]
    clauses = tuple(Clause((Term(f, r),)) for word in rare for f, r in zip(*_keys(word), strict=True))
    if not clauses:
        return []
    query = TextQuery((Variant(clauses),), tiered=False)
    return [hit.id for hit in view.text.search(query, Filters(), limit=BY_WORDS).hits]


def _keys(word: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    analysed = analyse(word)
    return analysed.folded, analysed.accented


def _compare(nomination: Nomination, item: Item, meaning: float) -> Likeness:
    text = "\n".join((item.title, item.summary, *(block.best for block in item.blocks)))
    shared = [number for number in dict.fromkeys(find_numbers(text)) if number in nomination.figures]
    pairs = frozenset(analyse(text).bigrams)
    return Likeness(
        item,
        meaning,
        len(nomination.pairs & pairs) / max(1, len(nomination.pairs)),
        names_unit(nomination.keys, item.unit),
        tuple(shared),
        _shared_place(nomination.keys, item),
    )


def names_unit(keys: Sequence[str], unit: str) -> bool:
    """The words hold the unit's name: the two that end it, side by side, and most of the others somewhere.

    >>> names_unit(analyse("HTX rau củ ở bãi sông Thái Bình").folded, "Hợp tác xã rau củ bãi sông Thái Bình")
    True
    >>> names_unit(analyse("Trạm Y tế xã Vĩnh Thuận").folded, "Trạm Y tế xã Đông Sơn Hạ")
    False
    """
    name = analyse(unit).folded
    if len(name) < 2 or not _holds(keys, name[-2:]):
        return False
    there = frozenset(keys)
    return sum(key in there for key in name) >= UNIT_SHARE * len(name)


def _holds(keys: Sequence[str], run: Sequence[str]) -> bool:
    """The run of words stands somewhere in the words."""
    return f" {' '.join(run)} " in f" {' '.join(keys)} "


def _shared_place(keys: Sequence[str], item: Item) -> str:
    """The commune or district of the item, of today or before, that the nomination names; "" for none."""
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
        grounds.append("cùng số liệu: " + ", ".join(_as_written(number) for number in likeness.figures[:6]))
    if likeness.place:
        grounds.append(f"cùng địa bàn: {likeness.place}")
    if likeness.words >= 0.25:
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
        repeats=likeness.points >= POSSIBLE,
        sure=likeness.points >= SURE,
    )


def _as_written(number: str) -> str:
    """A number with its thousands marked, as texts have it."""
    whole, comma, rest = number.rstrip("%").partition(",")
    return f"{int(whole):,}".replace(",", ".") + comma + rest + ("%" if number.endswith("%") else "")
