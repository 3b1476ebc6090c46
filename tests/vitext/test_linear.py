"""The measure of growth can fail."""

from __future__ import annotations

from tests.vitext.linear import is_linear


def test_quadratic_work_is_not_linear() -> None:
    """The measure can fail: so does comparing every character with every other."""
    assert is_linear(lambda size: "x" * size, lambda text: [c.upper() for c in text], 20_000)
    assert not is_linear(lambda size: "x" * size, lambda text: [text.count(c) for c in text], 6_000)
