"""Text that was written in UTF-8 and read as something else, once or twice, and letters written as entities of HTML."""

from __future__ import annotations

import html
import re

from vitext.alignment import Change
from vitext.chunks import is_address, outside
from vitext.letters import as_printed
from vitext.syllables import is_syllable
from vitext.word_choice import choose_words

#: How often UTF-8 may have been read as Western letters and written as UTF-8 again.
MAX_TIMES = 4
# UTF-8 bytes C2-F4 + 80-BF as Windows-1252 (or Latin-1) shows them; Windows-1258 shows C3 as Ă.
_MOJIBAKE = re.compile("(?:[\u00c2-\u00f4Ă][\u0080-\u00bf\u0152-\u2122]{1,3})+")
_SEQUENCE = re.compile("[\u00e0-\u00ef][\u0080-\u00bf\u0152-\u2122]{2}|[\u00c2-\u00dfĂ][\u0080-\u00bf\u0152-\u2122]")
_ENTITY = re.compile(r"&(?:amp;)*(#[0-9]{2,6}|#[xX][0-9A-Fa-f]{2,5}|[A-Za-z]{2,8});")
#: What is left of a letter that lost its last byte, and the letters that it may have been.
_LOST_LETTERS = {"á»": "ềọỏỐờỠử", "áº": "ậẠ", "Ä": "Đ", "Ã": "àíÁÍÝ", "Æ": "Ơ"}
_ANY_LOST = {"á»": "".join(map(chr, range(0x1EC0, 0x1EFA))), "áº": "".join(map(chr, range(0x1EA0, 0x1EC0)))}
_LOST = re.compile("[áÄÃÆ](?:(?<=á)[»º]|(?<=[ÄÃÆ])(?![\u0080-\u00bf\u0152-\u02dc\u2013-\u2122]))")
# The space after Ã was the no-break space of à where a piece of a syllable follows it.
_PIECE = re.compile("á[»º]|Ã(?: (?=(?:m|n|ng|nh|i|o|u|y|p|t|c|ch)(?![^\\W\\d_])))?|.")
_BROKEN_WORD = re.compile("(?:á[»º]|Ã(?: (?=(?:m|n|ng|nh|i|o|u|y|p|t|c|ch)(?![^\\W\\d_])))?|[^\\W\\d_])+")
_LEAD = re.compile("á[»º]|[ÄÃÆ]")
#: Readings of a word that are followed, at most.
MAX_READINGS = 64
_PRINTED = frozenset("–—‘’“”…")


def resolve_entities(text: str) -> list[Change]:
    """Letters written as entities of HTML: "&#272;&#7841;i h&#7885;c" -> "Đại học".

    Only where one of them stands for a letter that Vietnamese alone has, and then for letters, spaces and quotes; so a text
    that tells how HTML is written is left.
    """
    if "&" not in text:
        return []
    found = [(m.start(), m.end(), new) for m in _ENTITY.finditer(text) if (new := _resolved(m[1])) is not None]
    return found if any(map(only_vietnamese, "".join(new for _, _, new in found))) else []


def _resolved(name: str) -> str | None:
    new = html.unescape(f"&{name};")
    if new == "\xa0":
        return " "
    is_letter = new.isalpha() or new in _PRINTED or "\u0300" <= new[:1] <= "\u036f"
    return new if len(new) == 1 and (is_letter or new in "\"'&") else None


def undo_mojibake(text: str) -> list[Change]:
    """UTF-8 that was read as Windows-1252, Windows-1258 or Latin-1, once or several times: "Ä‘áº©y" -> "đẩy".

    Only runs whose bytes are valid UTF-8, and only where one of them makes a letter that Vietnamese alone has: a French
    "Ã©tude" is left.
    """
    found = [change for run in _MOJIBAKE.finditer(text) for change in _read_run(run)]
    if not any(map(only_vietnamese, "".join(new for _, _, new in found))):
        return []
    return outside(text, found, is_address)


def _read_run(run: re.Match[str]) -> list[Change]:
    """The changes to a run of shown bytes: to all of it, or to the letters that are whole where one of them lost a byte."""
    new = _as_utf8(run[0])
    if new is not None:
        return [(run.start(), run.end(), new)]
    at = run.start()
    pieces = [(at + piece.start(), at + piece.end(), _as_utf8(piece[0])) for piece in _SEQUENCE.finditer(run[0])]
    return [(start, end, new) for start, end, new in pieces if new is not None]


def _as_utf8(run: str) -> str | None:
    """The letters that a run of shown bytes is, None for what is no text."""
    for _ in range(MAX_TIMES):
        read = _read_bytes(run)
        if read is None:
            return None
        if all(c in _PRINTED or c.isalpha() for c in read):
            deeper = _read_bytes(read)
            return read if deeper is None else deeper
        run = read
    return None


def _read_bytes(run: str) -> str | None:
    try:
        data = b"".join(
            bytes([ord(c)]) if 0x80 <= ord(c) < 0xA0 else b"\xc3" if c == "Ă" else c.encode("cp1252") for c in run
        )
        return data.decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return None


def only_vietnamese(c: str) -> bool:
    """Whether a letter is one that no other language has.

    >>> [only_vietnamese(c) for c in "ạđéa"]
    [True, True, False, False]
    """
    return 0x1EA0 <= ord(c) <= 0x1EF9 or c in "ăĂđĐơƠưƯ"


def restore_lost_bytes(text: str) -> list[Change]:
    """The letters of UTF-8 read as Western letters that lost a byte on the way: "truyá»n" -> "truyền".

    Five bytes have no letter in Windows-1252, and the no-break space becomes a space. Every letter that the byte may have
    made is tried; the words must be Vietnamese, and what is commonest beside its neighbours is taken. Not in a text with
    French quotes, whose end ("khá»") looks the same.
    """
    if "«" in text or not _LOST.search(text):
        return []
    words = list(_BROKEN_WORD.finditer(text))
    slots = [_readings(word) for word in words]
    chosen = choose_words([readings or [word[0].lower()] for word, readings in zip(words, slots, strict=True)])
    changes = []
    for word, readings, new in zip(words, slots, chosen, strict=True):
        if readings:
            changes.append((word.start(), word.end(), as_printed(new, word[0])))
    return outside(text, changes, is_address)


def _is_capital(word: str) -> bool:
    return is_syllable(word) and (word.isupper() or word.istitle())


def _readings(word: re.Match[str]) -> list[str]:
    """The words, in lower case, that a word with lost bytes may be; none for a word without."""
    # Ã is a letter too: among capitals, or as one.
    others = _LEAD.sub("", word[0])
    if not _LOST.search(word[0]) or not (others[1:].islower() or len(others) < 2) or _is_capital(word[0]):
        return []
    # A byte that Windows-1252 has no letter for is lost first; any other may be.
    for lost in (_LOST_LETTERS, _LOST_LETTERS | _ANY_LOST):
        found = [""]
        for piece in _PIECE.finditer(word[0]):
            letters = lost.get(piece[0].strip(), piece[0])
            found = [before + letter for before in found[:MAX_READINGS] for letter in letters.lower()]
        if readings := sorted({reading for reading in found if is_syllable(reading)}):
            return readings
    return []
