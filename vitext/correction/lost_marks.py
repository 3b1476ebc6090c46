"""Find lines that have some of their accents and lost the others: typed half without, or stripped of their tones only.

A line without any accent shows that it lost them; one with some does not. What shows is how surprising its plain words are:
"trong" is written so nearly always, "nguoi" nearly never. A question mark inside words
("nh?n d?n": an encoding lacked the letter) shows as much. The model's counts say how often each plain form is truly written
plain. The evidence of a word is the logarithm of how much more likely it is in a text of which a share `LOST` of the words
lost their marks; words with marks, and words of other languages, speak against it. The evidence of a line is the largest sum
over words that stand together, so that one quoted sentence shows in a long paragraph and one slip of the pen does not.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from functools import cache
from typing import NamedTuple

from vitext.correction.model import UNIT, shipped_model
from vitext.correction.tokens import ADDRESS, SPECIAL
from vitext.fold import strip_marks
from vitext.syllables import is_skeleton, is_syllable, without_tone

#: The share of the words of a damaged text that are taken to have lost their marks; more show all the better.
LOST = 0.3
#: The most that one word may say, and what a word of another language says against it.
MOST = 5.0
FOREIGN = -2.0
#: Evidence that proves a line by itself. On 3,203 clean paragraphs the largest is 6.8, but for names of files.
PROOF = 10.0
#: Evidence of a line that is proved together with the lines around it: so many before and behind it,
TOGETHER = 1.0
AROUND = 8
#: what they say together, and the share of them that must say something.
PROOF_AROUND = 25.0
SHARE_AROUND = 0.3
#: and the different forms that say something.
FORMS_AROUND = 6
#: Words that must say something in a line that is proved by itself, for two slips are no proof.
MIN_SURPRISES = 3
#: Letters of the longest syllable.
MAX_LETTERS = 7
#: What a word with marks says.
_KEPT = math.log(1 - LOST)
#: A word that no sign joins to another, for such words are names and options of programs ("--quit", "app.quit").
_WORD = re.compile(r"(?<![\w./-])\w+(?![\w/-]|\.\w)")
#: A word with question marks inside or before it.
_LACKING = re.compile(r"[^\W\d_]+\?+[^\W\d_]\w*|(?<![\w?=&/])\?+[^\W\d_]\w*")
#: A name of a file, from the last sign or word with marks before its ending on: "gửi kèm: Phu luc so 05.doc".
# Case is ignored in the ending only: ſ is an s without regard to case, and would be among the letters with marks.
_FILE = re.compile(r"[^\n:;,\"“”()À-ďđ-ɏḀ-ỿ]{0,120}\.(?i:docx?|xlsx?|pptx?|pdf|txt|zip|rar|7z|jpe?g|png|html?)\b")


def find_file_names(text: str) -> list[tuple[int, int]]:
    """Where names of files stand: characters [start, end) each; their words are never corrected.

    >>> find_file_names("Gửi kèm: Phu luc so 05.doc")
    [(8, 26)]
    """
    return [match.span() for match in _FILE.finditer(text)]


def find_lost_marks(text: str) -> list[tuple[int, int]]:
    """The lines that lost marks, characters [start, end) each, in their order.

    >>> find_lost_marks("Uy ban nhân dan xa đã tổ chuc hoi nghi tổng kêt phong trao thi dua")
    [(0, 66)]
    >>> find_lost_marks("Trong năm qua, xã đã tổ chức hai hội nghị; xem tep Phu luc so hai kem theo quy che.doc")
    []
    """
    lines: list[_Line] = []
    at = 0
    for line in text.split("\n"):
        if line and not line.isspace():
            shown = _look(line) if _may_have_lost(line) else _NOTHING
            lines.append(_Line(at, at + len(line), *shown))
        at += len(line) + 1
    if not any(one.evidence for one in lines):
        return []
    found = []
    for n, one in enumerate(lines):
        around = lines[max(0, n - AROUND) : n + AROUND + 1]
        if one.evidence >= PROOF or (one.evidence >= TOGETHER and _is_proved_around(around)):
            found.append((one.start, one.end))
    return found


class _Line(NamedTuple):
    """A line, what it shows, and the forms that show it."""

    start: int
    end: int
    evidence: float
    forms: dict[str, float]


_NOTHING: tuple[float, dict[str, float]] = (0.0, {})


def _is_proved_around(lines: list[_Line]) -> bool:
    """Whether lines that stand together lost marks: enough of them say so, and their forms together leave no doubt.

    A form counts once: a paper on bees ("ong") or meatless food ("chay") uses its rare word in every line.
    """
    showing = [line for line in lines if line.evidence >= TOGETHER]
    forms: dict[str, float] = {}
    for line in showing:
        forms |= line.forms
    enough = len(forms) >= FORMS_AROUND and sum(forms.values()) >= PROOF_AROUND
    return enough and len(showing) >= SHARE_AROUND * len(lines)


def lacks_letters(text: str) -> bool:
    """Whether question marks stand for letters that an encoding lacked: several are inside words or before them.

    >>> lacks_letters("?y ban nhân dân xã ?ã t? ch?c"), lacks_letters("Làm gì? Ai làm?")
    (True, False)
    """
    return len(find_lacking(text)) >= MIN_SURPRISES


def find_lacking(text: str) -> list[str]:
    """The words in which question marks may stand for letters; no syllable is longer than these.

    >>> find_lacking("Nhi?u ng??i h?i gì? Ai bi?t")
    ['Nhi?u', 'ng??i', 'h?i', 'bi?t']
    """
    return [word for word in _LACKING.findall(ADDRESS.sub(" ", text)) if len(word) <= MAX_LETTERS]


def _may_have_lost(line: str) -> bool:
    """A quick look, for most lines are clean: whether a word between spaces is a surprise."""
    words = (line.lower() if line.isupper() else line).split()
    return not _surprises().isdisjoint(words) or ("?" in line and _LACKING.search(line) is not None)


def weigh_evidence(line: str) -> float:
    """The largest sum of the evidence of words that stand together.

    It is less than a proof where too few of them say anything, and nothing in a title in capitals: it may be names.

    >>> weigh_evidence("xã đã tổ chức hội nghị tổng kết")
    0.0
    >>> weigh_evidence("xa đã to chuc hoi nghi tổng ket") > PROOF
    True
    """
    return 0.0 if line.isupper() else _look(line)[0]


def _look(line: str) -> tuple[float, dict[str, float]]:
    """The evidence of a line, and the surprising forms with what each says."""
    if "?" in line and (lacking := find_lacking(line)):
        return PROOF if len(lacking) >= MIN_SURPRISES else TOGETHER, dict.fromkeys(lacking, MOST)
    title = line.isupper()
    if title:
        line = line.lower()
    names = find_file_names(line) if "." in line else []
    said = evidence_of_form()
    best = current = 0.0
    surprises: set[str] = set()
    forms: dict[str, float] = {}
    for match in _WORD.finditer(line):
        word = match[0]
        if not word.islower() or len(word) == 1 or not word.isalpha():
            continue
        if any(start <= match.start() < end for start, end in names):
            continue
        if current <= 0:
            current = 0.0
            surprises.clear()
        here = said.get(word)
        if here is None:
            here = (0.0 if is_skeleton(word) else FOREIGN) if word.isascii() else _KEPT if is_syllable(word) else FOREIGN
        elif here >= 1:
            forms[word] = here
            # Said twice it is a word of the paper's matter as well as a word that lost its marks.
            here = 0.0 if word in surprises else here
            surprises.add(word)
        current += here
        if current > best:
            best = current if len(surprises) >= MIN_SURPRISES and not title else min(current, PROOF - 1)
    return best, forms


@cache
def evidence_of_form() -> dict[str, float]:
    """What the forms say for lost marks that syllables take without their tone or all marks: 0 and up, at most `MOST`.

    Syllables with a tone are not among them.

    >>> evidence = evidence_of_form()
    >>> evidence["nguoi"], evidence["ngươi"] > 2, round(evidence["trong"], 1), "người" in evidence
    (5.0, True, 0.1, False)
    """
    model = shipped_model()
    true: dict[str, float] = defaultdict(float)
    of_form: dict[str, float] = defaultdict(float)
    for word, cost in zip(model.words[len(SPECIAL) :], model.arrays["unigram"][len(SPECIAL) :].tolist(), strict=True):
        if not is_syllable(word) and not word.isascii():
            continue
        share, toneless, plain = math.exp(-cost / UNIT), without_tone(word), strip_marks(word)
        true[word] += share
        for form in {toneless, plain}:
            of_form[form] += share
    found = {}
    for form, total in of_form.items():
        share = true.get(form, 0.0) / total
        found[form] = MOST if not share else min(MOST, math.log((share + (1 - share) * LOST) / share))
    return found


@cache
def _surprises() -> frozenset[str]:
    return frozenset(form for form, said in evidence_of_form().items() if said >= TOGETHER and len(form) > 1)
