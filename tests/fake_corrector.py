"""A corrector that knows a dozen words: what the wiring needs of `vitext.repair_blocks`, whatever the model corrects."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from vitext import CorrectedWord, Repaired, Step

#: Damaged word -> (correction, confidence, alternatives).
WORDS: Mapping[str, tuple[str, float, tuple[tuple[str, float], ...]]] = {
    "Pay": ("Đẩy", 0.999, ()),
    "manh": ("mạnh", 0.999, ()),
    "cdng": ("công", 0.999, ()),
    "tac": ("tác", 0.999, ()),
    "tuyén": ("tuyên", 0.95, (("tuyến", 0.04),)),
    "truyén": ("truyền", 0.999, ()),
    "Quy": ("Quý", 0.5, (("Quỹ", 0.4), ("Quỷ", 0.1))),
    "khen": ("khen", 0.999, ()),
    "thudng": ("thưởng", 0.999, ()),
    "S6:": ("Số:", 0.999, ()),
    "KE": ("KẾ", 0.999, ()),
    "HOACH": ("HOẠCH", 0.999, ()),
    "nghi1em": ("nghiệm", 0.8, (("<b>nghiêm</b>", 0.2),)),
    "<b>xau</b>": ("<i>xấu</i>", 0.6, (('"><script>alert(1)</script>', 0.4),)),
}


def correct_blocks(blocks: Sequence[str], *, max_corrected: int | None = None) -> list[Repaired]:
    """Every block with the corrections of the words that the fake knows."""
    return [correct(block) for block in blocks]


def correct(original: str) -> Repaired:
    text, at, steps, words = "", 0, [], []
    for match in re.finditer(r"\S+", original):
        text += original[at : match.start()]
        found = WORDS.get(match[0])
        if found:
            after, confidence, alternatives = found
            steps.append(Step("correct_letters", match.start(), match.end(), match[0], after))
            start, end = len(text), len(text) + len(after)
            words.append(CorrectedWord(start, end, *match.span(), match[0], after, confidence, alternatives))
        text += found[0] if found else match[0]
        at = match.end()
    return Repaired(original, text + original[at:], tuple(reversed(steps)), tuple(words), original)
