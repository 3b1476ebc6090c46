"""What a site asks of programs, in its robots.txt (RFC 9309): which paths they leave alone, and how slowly they ask.

The parser of the standard library knows no `*` and `$`, which the rules of most news sites have, and takes the first rule
that fits instead of the longest one: it would fetch what a site forbids.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

#: Bytes of the file that are read; RFC 9309 asks for 500 KiB at least.
MAX_BYTES = 512_000
#: Rules that are kept; a site with more is asked as if the others were not there.
MAX_RULES = 5_000
#: The longest pause, in seconds, that a site may ask for.
MAX_DELAY = 30.0


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules for one program: (pattern of a path, whether it is allowed), and the pause between two requests."""

    rules: tuple[tuple[str, bool], ...] = ()
    delay: float = 0.0

    def allow(self, path: str) -> bool:
        """Whether a path (with its query) may be fetched: the longest rule that fits decides; of equal ones, the mild one.

        >>> rules = Robots((("/", False), ("/tin/", True), ("/*?print=", False)))
        >>> rules.allow("/tin/a.html"), rules.allow("/a.html"), rules.allow("/tin/a.html?print=1")
        (True, False, False)
        """
        fitting = [(len(pattern), allowed) for pattern, allowed in self.rules if _fits(pattern, path)]
        return max(fitting)[1] if fitting else True


def parse_robots(text: str, name: str) -> Robots:
    """The rules of a robots.txt for the program `name`: those that name it, or else those for everybody.

    >>> parse_robots("User-agent: *\\nDisallow: /a\\nCrawl-delay: 2", "cachhay")
    Robots(rules=(('/a', False),), delay=2.0)
    """
    groups: dict[str, tuple[list[tuple[str, bool]], list[float]]] = {}
    agents: list[str] = []
    named = True  # whether the last line was a user-agent line
    count = 0
    for line in text.lstrip("\ufeff").splitlines():
        key, colon, value = line.partition("#")[0].partition(":")
        key, value = key.strip().lower(), value.strip()
        if not colon:
            continue
        if key == "user-agent":
            agent = value.lower().partition("/")[0].strip()
            agents = [*agents, agent] if named else [agent]
            named = True
            groups.setdefault(agent, ([], []))
            continue
        named = named and key not in ("allow", "disallow", "crawl-delay")
        for rules, delays in map(groups.__getitem__, agents):
            if key in ("allow", "disallow") and value and count < MAX_RULES:
                rules.append((value, key == "allow"))
                count += 1
            elif key == "crawl-delay":
                delays.append(_seconds(value))
    rules, delays = groups.get(name.lower()) or groups.get("*", ([], []))
    return Robots(tuple(rules), max(delays, default=0.0))


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        return 0.0
    return min(MAX_DELAY, max(0.0, seconds)) if math.isfinite(seconds) else 0.0


def _fits(pattern: str, path: str) -> bool:
    """Whether a path begins as a pattern says; `*` is any text, and `$` at the end is the end of the path.

    It looks for the pieces one after another, so that no pattern costs more than its length times that of the path.

    >>> _fits("/*.pdf$", "/a/b.pdf"), _fits("/*.pdf$", "/b.pdf?x"), _fits("/a*c", "/abcd")
    (True, False, True)
    """
    ends = pattern.endswith("$")
    first, *pieces = (pattern[:-1] if ends else pattern).split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    if not pieces:
        return not ends or at == len(path)
    last = pieces.pop() if ends else ""
    for piece in pieces:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return not ends or (len(path) - len(last) >= at and path.endswith(last))
