"""Tell how badly a recogniser, a font or a typist damaged the letters of a block of Vietnamese.

Judge blocks, not documents: a clean page may carry one destroyed header, and a mean hides it. The measure looks at
three things: letters that no Western recogniser can emit (ă, đ, ơ, ư and every stacked or hooked letter), whether the words
have the shape of Vietnamese syllables, and digits or capitals inside words. It does not look words up.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from vitext.syllables import is_skeleton

DamageKind = Literal["clean", "ocr", "unaccented", "legacy", "foreign", "short"]

#: Blocks of fewer words are not judged alone.
SHORTEST = 6
#: Share of words with a Vietnamese-only letter: .49-.72 in clean text, .000 in the LMHTX scan.
CLEAN_LETTERS = 0.55
#: Below this share a block of Vietnamese is damaged or typed without accents.
FEW_LETTERS = 0.15
#: Share of words shaped like Vietnamese syllables: English has .29, damaged Vietnamese .55 and more.
VIETNAMESE_SHAPE = 0.45
#: An accented or broken word in so many, and the text was not merely typed without accents.
DEBRIS = 0.04
#: Share of letters in the upper half of Latin-1 that shows a legacy font.
LEGACY_LETTERS = 0.10
#: About this share of the syllables of Vietnamese text bears an accent, so is hit when all accents are.
ACCENTED_SHARE = 0.80
#: A text is called damaged from this share of damaged blocks on; its quality is fair up to that share of syllables.
GOOD, FAIR = 0.05, 0.30

_WORD = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f'’‘`´¢§€£])*")
_LEGACY = re.compile("[¡-¿×÷]")
_BROKEN = re.compile(r"[^\W\d_][\d¢§€£'’‘`´][^\W\d_]|[^\W\d_][¢§€£]|^[6019][^\W\d_]{1,}$")
_WESTERN = set("éèàáâôíóúãõêìòùýÉÈÀÁÂÔÍÓÚÃÕÊÌÒÙÝ")


@dataclass(frozen=True, slots=True)
class Damage:
    """The measure of a block or of several. `share` is the estimated share (0..1) of damaged syllables."""

    kind: DamageKind
    share: float
    syllables: int
    reason: str

    @property
    def quality(self) -> Literal["good", "fair", "poor"]:
        """Recognition quality: Tốt, Trung bình, Kém. Text typed without accents was not recognised at all: fair."""
        if self.kind == "unaccented":
            return "fair"
        if self.kind in ("ocr", "legacy"):
            return "fair" if self.share < FAIR else "poor"
        return "good"


@lru_cache(maxsize=1 << 16)
def _look(word: str) -> tuple[bool, bool, bool]:
    """(has a Vietnamese-only letter, is shaped like a syllable, is debris) of one word."""
    composed = unicodedata.normalize("NFC", word)
    only_here = any(not c.isascii() and c.isalpha() and c not in _WESTERN and _is_vietnamese(c) for c in composed)
    broken = bool(_BROKEN.search(composed)) or any(a.islower() and b.isupper() for a, b in pairwise(composed))
    western = any(c in "éÉ" for c in composed)
    return only_here, not broken and is_skeleton(composed), broken or (western and not only_here)


def _is_vietnamese(c: str) -> bool:
    return c in "ăĂđĐơƠưƯĩĨũŨ" or 0x1EA0 <= ord(c) <= 0x1EF9


def measure_damage(block: str) -> Damage:
    """Measure one block.

    >>> measure_damage("Đẩy mạnh công tác tuyên truyền phong trào thi đua").kind
    'clean'
    >>> measure_damage("Pay manh cdng tac tuyén truyén phong trao thi dua").kind
    'ocr'
    >>> measure_damage("Day manh cong tac tuyen truyen phong trao thi dua").kind
    'unaccented'
    """
    words = [word for word in _WORD.findall(block) if not word.isdigit()]
    total = len(words)
    if total < SHORTEST:
        return Damage("short", 0.0, total, f"Chỉ có {total} âm tiết, không đủ để đánh giá riêng.")
    looks = [_look(word) for word in words]
    letters = sum(look[0] for look in looks) / total
    shape = sum(look[1] for look in looks) / total
    debris = sum(look[2] for look in looks) / total
    legacy = len(_LEGACY.findall(block)) / max(1, sum(map(len, words)))
    kind = _judge(letters, shape, debris, legacy)
    share = 0.0
    if kind in ("ocr", "legacy"):
        share = ACCENTED_SHARE * max(0.0, 1 - letters / CLEAN_LETTERS)
        share = max(share, debris, GOOD)
    reason = (
        f"{_percent(letters)} âm tiết có chữ cái riêng của tiếng Việt (văn bản lành khoảng 50-70 %); "
        f"{_percent(shape)} có dạng âm tiết tiếng Việt; {_percent(debris)} có dấu vết nhận dạng hỏng."
    )
    return Damage(kind, round(share, 3), total, reason)


def _judge(letters: float, shape: float, debris: float, legacy: float) -> DamageKind:
    if legacy > LEGACY_LETTERS and letters < FEW_LETTERS:
        return "legacy"
    if letters >= FEW_LETTERS:
        return "ocr" if debris > 0.25 else "clean"
    if shape < VIETNAMESE_SHAPE and debris < 0.2:
        return "foreign"
    return "unaccented" if debris < DEBRIS else "ocr"


def _percent(share: float) -> str:
    return f"{round(100 * share)} %"


def combine(damages: Iterable[Damage]) -> Damage:
    """The measure of several blocks together, weighted by syllables; short blocks go along with their neighbours.

    The kind is that of most syllables among what is not clean, once that is 5 % of the text; so one destroyed page of
    twenty shows.
    """
    judged = [damage for damage in damages if damage.kind != "short"]
    total = sum(damage.syllables for damage in judged)
    if not total:
        return Damage("short", 0.0, 0, "Văn bản quá ngắn để đánh giá.")
    by_kind: dict[DamageKind, int] = {}
    for damage in judged:
        by_kind[damage.kind] = by_kind.get(damage.kind, 0) + damage.syllables
    kind: DamageKind = max((name for name in by_kind if name != "clean"), key=lambda name: by_kind[name], default="clean")
    if by_kind.get(kind, 0) < GOOD * total:
        kind = "clean"
    share = sum(damage.share * damage.syllables for damage in judged) / total
    hit = sum(count for name, count in by_kind.items() if name in ("ocr", "legacy"))
    if kind == "clean":
        reason = "Chữ lành: có đủ chữ cái riêng của tiếng Việt."
    elif kind == "unaccented":
        reason = f"{_percent(by_kind['unaccented'] / total)} văn bản gõ không dấu."
    elif kind == "foreign":
        reason = f"{_percent(by_kind['foreign'] / total)} văn bản không phải tiếng Việt."
    else:
        damaged = f"ước khoảng {_percent(share)} âm tiết bị hỏng"
        reason = f"{_percent(hit / total)} văn bản mất chữ cái riêng của tiếng Việt; {damaged}."
    return Damage(kind, round(share, 3), total, reason)
