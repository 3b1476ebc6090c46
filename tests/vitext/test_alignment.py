"""Places followed through changes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vitext.alignment import Alignment


def apply(text: str, changes: list[tuple[int, int, str]]) -> str:
    for start, end, new in reversed(changes):
        text = text[:start] + new + text[end:]
    return text


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3), st.text("xyz", max_size=4)), max_size=6))
def test_what_did_not_change_is_found_again(parts: list[tuple[int, int, str]]) -> None:
    changes = []
    at = 0
    for gap, size, new in parts:
        changes.append((at + gap, at + gap + size, new))
        at += gap + size
    text = "".join(chr(0x4E00 + i) for i in range(at + 3))
    changed = apply(text, changes)
    alignment = Alignment(changes)
    kept = [i for i in range(len(text)) if not any(a <= i < b for a, b, _ in changes)]
    for i in kept:
        start, end = alignment.forward(i, i + 1)
        assert changed[start:end] == text[i]
        assert alignment.back(start, end) == (i, i + 1)
    for start, end, new in changes:
        a, b = alignment.forward(start, end)
        assert changed[a:b] == new
