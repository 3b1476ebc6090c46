"""Tell how badly a recogniser, a font or a typist damaged the letters of a block of Vietnamese.

Judge blocks, not documents: a clean page may carry one destroyed header, and a mean hides it. The measure looks at
letters that no Western recogniser can emit (ă, đ, ơ, ư and every stacked or hooked letter), at the shape of the words
(is it that of a Vietnamese syllable?), at debris: é alone, digits, capitals or signs inside words, and at words that lost
their marks among others that kept them. Not for single lines: under six words nothing can be said, under twelve little.

How good it is, measured: see "Damage measure" in README.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple

from vitext.compose import compose
from vitext.correction.lost_marks import PROOF, weigh_evidence
from vitext.syllables import is_skeleton

#: What happened to the letters of a block; `Damage` explains each.
DamageKind = Literal["clean", "ocr", "unaccented", "legacy", "foreign", "short"]

#: Blocks of fewer words are not judged alone.
MIN_WORDS = 6
#: Share of words with a Vietnamese-only letter in clean text: .49-.72; the LMHTX scan has .000.
CLEAN_LETTER_SHARE = 0.55
#: Below this share a block of Vietnamese is damaged or typed without accents.
MIN_LETTER_SHARE = 0.15
#: Share of words shaped like Vietnamese syllables: English has .29, damaged Vietnamese .55 and more.
MIN_SHAPE_SHARE = 0.45
#: Share of broken words, é words included, from which a text was not merely typed without accents.
MIN_DEBRIS_SHARE = 0.04
#: A block damaged in part has so many broken words,
MIXED_DEBRIS_WORDS = 3
#: so large a share of them,
MIXED_DEBRIS_SHARE = 0.06
#: and fewer Vietnamese letters than clean text has. The three were chosen on 2,360 blocks of two or three damaged lines of
#: four (.86 caught) and 69,920 clean pieces (12 false alarms).
MIXED_LETTER_SHARE = 0.40
#: Below this share of words with a Vietnamese-only letter it is asked whether accents were lost in part.
FEW_LETTERS_SHARE = 0.48
#: Below the share of Vietnamese shapes this much debris is still no English: damaged capitals.
MAX_FOREIGN_DEBRIS = 0.20
#: Share of words with a Western accent other than é: 0 of 1,180 blocks read by an English model has any; French has.
MAX_WESTERN_SHARE = 0.03
#: TCVN3: signs of the upper half of Latin-1 as a share of all characters of words.
LEGACY_SIGN_SHARE = 0.10
#: VNI: share of words with a mark written as a letter after its vowel ("ñaïi hoïc"); clean text has .07 at most.
VNI_WORD_SHARE = 0.20
#: About this share of the syllables of Vietnamese text bears an accent, so is hit when all accents are.
ACCENTED_SHARE = 0.80
#: A text is called damaged from this share of damaged blocks on.
MIN_DAMAGED_SHARE = 0.05
#: Its quality is fair up to this share of damaged syllables, poor above.
MAX_FAIR_SHARE = 0.30
#: Characters of a word of which it is remembered what it shows.
MAX_KEPT_WORD = 64
#: Worst first: what a text of several kinds is called.
_WORST_FIRST: tuple[DamageKind, ...] = ("unaccented", "foreign")

_WORD = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f'’‘`´¢§€£])*")
#: Formulas and codes: CO2, D20, 16B.
_CODE = re.compile(r"[A-Z]{1,4}\d{1,4}[A-Z0-9]{0,6}|\d{1,4}[A-Z]{1,3}\d{0,3}")
_LEGACY = re.compile("[¡-¿×÷]")
_BROKEN = re.compile(r"[^\W\d_][\d¢§€£'’‘`´][^\W\d_]|[^\W\d_][¢§€£]|^[6019][^\W\d_]{1,}$")
_VNI = re.compile("[aeoyôö][ùøûïõåäëúü]|[aeo][âê]|u[ùøûïõ]|öô|\\bñ", re.IGNORECASE)
_OTHER_WESTERN = set("èàáâôíóúãõêìòùýçëïñöü")


@dataclass(frozen=True, slots=True)
class Damage:
    """The measure of a block or of several.

    `kind` says what happened to the letters: "clean"; "ocr" (destroyed by a recogniser); "unaccented" (typed without
    accents); "legacy" (in an encoding before Unicode); "foreign" (another language); "short" (too few words to tell).
    `share` is the estimated share (0..1) of damaged syllables, `syllables` how many were looked at, and `reason` a
    sentence with the figures, in Vietnamese. `quality` is the quality of recognition in one word.

    >>> damage = measure_damage("Pay manh cdng tac tuyén truyén phong trao thi dua")
    >>> damage.kind, damage.share, damage.syllables, damage.quality
    ('ocr', 0.8, 10, 'poor')
    """

    kind: DamageKind
    share: float
    syllables: int
    reason: str

    @property
    def quality(self) -> Literal["good", "fair", "poor"]:
        """The quality of recognition: good (Tốt), fair (Trung bình) or poor (Kém).

        Text typed without accents was not recognised at all: fair.
        """
        if self.kind == "unaccented":
            return "fair"
        if self.kind in ("ocr", "legacy"):
            return "fair" if self.share < MAX_FAIR_SHARE else "poor"
        return "good"


class _Look(NamedTuple):
    """What one word shows, each 0 or 1; summed and divided, what a block shows."""

    vietnamese: float
    shaped: float
    debris: float
    western: float
    vni: float


def _look(word: str) -> _Look:
    # Long words are not kept.
    return _kept_look(word) if len(word) <= MAX_KEPT_WORD else _look_at(word)


def _look_at(word: str) -> _Look:
    composed = compose(word)
    only_here = any(map(_is_vietnamese, composed))
    broken = _BROKEN.search(composed) is not None and _CODE.fullmatch(composed) is None
    broken = broken or any(a.islower() and b.isupper() for a, b in pairwise(composed))
    acute = any(c in "éÉ" for c in composed)
    return _Look(
        vietnamese=only_here,
        shaped=not broken and is_skeleton(composed),
        debris=broken or (acute and not only_here),
        western=not only_here and not _OTHER_WESTERN.isdisjoint(composed.lower()),
        vni=bool(_VNI.search(composed)),
    )


_kept_look = lru_cache(maxsize=1 << 16)(_look_at)


def _is_vietnamese(c: str) -> bool:
    return c in "ăĂđĐơƠưƯĩĨũŨ" or 0x1EA0 <= ord(c) <= 0x1EF9


def measure_damage(block: str) -> Damage:
    """Tell how badly the letters of a block are damaged. Takes a block of text (a paragraph), returns its `Damage`.

    Under six words the answer is "short"; under twelve take it with care.

    >>> measure_damage("Đẩy mạnh công tác tuyên truyền phong trào thi đua").kind
    'clean'
    >>> measure_damage("Pay manh cdng tac tuyén truyén phong trao thi dua").kind
    'ocr'
    >>> measure_damage("Day manh cong tac tuyen truyen phong trao thi dua").kind
    'unaccented'
    """
    words = [word for word in _WORD.findall(block) if not word.isdigit()]
    total = len(words)
    if total < MIN_WORDS:
        return Damage("short", 0.0, total, f"Chỉ có {total} âm tiết, không đủ để đánh giá riêng.")
    seen = _Look(*(sum(column) / total for column in zip(*map(_look, words), strict=True)))
    signs = len(_LEGACY.findall(block)) / sum(map(len, words))
    kind = _judge(seen, signs, total)
    if kind == "clean" and seen.vietnamese < FEW_LETTERS_SHARE and _lost_marks(block):
        kind = "unaccented"
    share = 0.0
    if kind in ("ocr", "legacy"):
        share = ACCENTED_SHARE * max(0.0, 1 - seen.vietnamese / CLEAN_LETTER_SHARE)
        share = max(share, seen.debris, MIN_DAMAGED_SHARE)
    reason = (
        f"{_percent(seen.vietnamese)} âm tiết có chữ cái riêng của tiếng Việt (văn bản lành khoảng 50-70 %); "
        f"{_percent(seen.shaped)} có dạng âm tiết tiếng Việt; {_percent(seen.debris)} có dấu vết nhận dạng hỏng."
    )
    return Damage(kind, round(share, 3), total, reason)


def _lost_marks(block: str) -> bool:
    """Whether a line of the block lost some of its marks."""
    return any(weigh_evidence(line) >= PROOF for line in block.split("\n"))


def _judge(seen: _Look, signs: float, total: int) -> DamageKind:
    if seen.vietnamese >= MIN_LETTER_SHARE:
        enough = seen.debris >= MIXED_DEBRIS_SHARE and round(seen.debris * total) >= MIXED_DEBRIS_WORDS
        return "ocr" if enough and seen.vietnamese < MIXED_LETTER_SHARE else "clean"
    if signs > LEGACY_SIGN_SHARE or seen.vni > VNI_WORD_SHARE:
        return "legacy"
    if seen.shaped < MIN_SHAPE_SHARE and (seen.debris < MAX_FOREIGN_DEBRIS or seen.western > MAX_WESTERN_SHARE):
        return "foreign"
    return "unaccented" if seen.debris < MIN_DEBRIS_SHARE else "ocr"


def _percent(share: float) -> str:
    return f"{round(100 * share)} %"


def combine(damages: Iterable[Damage]) -> Damage:
    """Sum up the measures of several blocks of one document, weighted by syllables. Returns one `Damage`.

    Short blocks go along with their neighbours. The kind is the worst that holds 5 % of the text, so one destroyed page
    of twenty shows: destroyed letters (`ocr` and `legacy` together, named after the larger) before `unaccented` before
    `foreign`. Do not combine whole documents: a mean over papers says nothing of any of them.

    >>> plan = measure_damage("Đẩy mạnh công tác tuyên truyền phong trào thi đua")
    >>> scan = measure_damage("Pay manh cdng tac tuyén truyén phong trao thi dua")
    >>> combine([plan, plan, scan]).kind
    'ocr'
    """
    judged = [damage for damage in damages if damage.kind != "short"]
    total = sum(damage.syllables for damage in judged)
    if not total:
        return Damage("short", 0.0, 0, "Văn bản quá ngắn để đánh giá.")
    by_kind: dict[DamageKind, int] = {}
    for damage in judged:
        by_kind[damage.kind] = by_kind.get(damage.kind, 0) + damage.syllables
    hit = by_kind.get("ocr", 0) + by_kind.get("legacy", 0)
    kind: DamageKind = "clean"
    if hit and hit >= MIN_DAMAGED_SHARE * total:
        kind = "ocr" if by_kind.get("ocr", 0) >= by_kind.get("legacy", 0) else "legacy"
    else:
        large = (name for name in _WORST_FIRST if name in by_kind and by_kind[name] >= MIN_DAMAGED_SHARE * total)
        kind = next(large, "clean")
    share = sum(damage.share * damage.syllables for damage in judged) / total
    if kind == "clean":
        reason = "Chữ lành: có đủ chữ cái riêng của tiếng Việt."
    elif kind == "unaccented":
        reason = f"{_percent(by_kind['unaccented'] / total)} văn bản thiếu dấu."
    elif kind == "foreign":
        reason = f"{_percent(by_kind['foreign'] / total)} văn bản không phải tiếng Việt."
    else:
        damaged = f"ước khoảng {_percent(share)} âm tiết bị hỏng"
        reason = f"{_percent(hit / total)} văn bản mất chữ cái riêng của tiếng Việt; {damaged}."
    return Damage(kind, round(share, 3), total, reason)
