"""robots.txt as RFC 9309 says it, and no pattern that costs much."""

from __future__ import annotations

import pytest

from indexer.intake.robots import MAX_RULES, Robots, parse_robots
from tests.work import cpu_seconds


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: khac\nDisallow: /", "/a", True),
        ("User-agent: cachhay\nDisallow: /a\n\nUser-agent: *\nDisallow: /", "/b", True),
        ("USER-AGENT: CachHay/1.0\nDISALLOW: /", "/b", False),
        ("User-agent: cachhay-khac\nDisallow: /", "/b", True),
        ("User-agent: a\nUser-agent: *\nSitemap: x\nDisallow: /a", "/a", False),
        ("User-agent: *\nDisallow: /a\nUser-agent: *\nDisallow: /b", "/b", False),
        ("User-agent: *\nDisallow: /\nAllow: /tin", "/tin/1", True),
        ("User-agent: *\nAllow: /tin\nDisallow: /tin", "/tin", True),
        ("User-agent: *\nDisallow: /*?", "/tin?p=1", False),
        ("User-agent: *\nDisallow: /*?", "/tin", True),
        ("User-agent: *\nDisallow: *.pdf$", "/a/b.pdf", False),
        ("User-agent: *\nDisallow: *.pdf$", "/a/b.pdf?x", True),
        ("User-agent: *\nDisallow: /a*b*c", "/a1b2c3", False),
        ("User-agent: *\nDisallow: /a*b*c", "/acb", True),
        ("\ufeffUser-agent: * # all\nDisallow: /a # this", "/a", False),
        ("Disallow: /\nUser-agent: khac", "/a", True),
        ("<html>Disallow: /</html>", "/a", True),
    ],
)
def test_rules(text: str, path: str, allowed: bool) -> None:
    assert parse_robots(text, "CachHay").allow(path) is allowed


@pytest.mark.parametrize(
    ("written", "seconds"), [("3", 3.0), ("0.5", 0.5), ("9999", 30.0), ("-1", 0.0), ("nan", 0.0), ("x", 0.0)]
)
def test_pauses(written: str, seconds: float) -> None:
    assert parse_robots(f"User-agent: *\nCrawl-delay: {written}", "CachHay") == Robots((), seconds)


def test_hostile_rules_cost_little() -> None:
    rules = parse_robots("User-agent: *\n" + f"Disallow: /{'a*' * 200}b$\n" * 2 * MAX_RULES, "CachHay")
    assert len(rules.rules) == MAX_RULES
    few = Robots(rules.rules[:100])
    assert cpu_seconds(lambda: few.allow("/" + "a" * 1_900)) < 1
