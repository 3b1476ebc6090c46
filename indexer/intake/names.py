"""A name for a file that was given one by somebody else: letters stay, and nothing in it can mean a place or a device."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

from kb.item import PART_JOIN

#: Bytes of a name (UTF-8): a file system takes 255, and a number or the name of a part comes behind it.
MAX_NAME_BYTES = 180
#: Characters of the ending of a name, with its dot.
MAX_ENDING = 12
#: What a file is called whose name holds nothing that can stay.
NAMELESS = "khong-ten"

# What Windows, the shells and our own paths give a meaning to.
_MEANING = re.compile(r'[<>:"|?*\\/' + re.escape(PART_JOIN.strip()) + r"]+")
#: Control and format characters (also those that turn the direction of writing), private and unassigned ones, surrogates.
_UNSEEN = ("Cc", "Cf", "Co", "Cn", "Cs")
_DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])", re.IGNORECASE)


def safe_name(name: str) -> str:
    r"""The name under which a file is kept, in NFC and at most `MAX_NAME_BYTES` long; its ending stays.

    >>> safe_name("../../etc/Kế hoạch 238/KH-UBND.pdf"), safe_name("C:\\Users\\a\\bao cao?.docx"), safe_name("NUL.txt")
    ('KH-UBND.pdf', 'bao cao.docx', '_NUL.txt')
    >>> safe_name("\u202efdp.exe"), safe_name("...hidden"), safe_name("~$to trinh.docx"), safe_name("///")
    ('fdp.exe', 'hidden', 'to trinh.docx', 'khong-ten')
    """
    last = re.split(r"[\\/]", name.rstrip("\\/"))[-1]
    text = unicodedata.normalize("NFC", "".join(" " if c.isspace() else c for c in last))
    text = "".join(c for c in text if unicodedata.category(c) not in _UNSEEN)
    text = _MEANING.sub("-", text)
    text = " ".join(text.split()).lstrip(".~$ -").rstrip(". ")
    path = PurePosixPath(text)
    ending = path.suffix if 1 < len(path.suffix) <= MAX_ENDING else ""
    stem = text.removesuffix(ending).rstrip(". -") or NAMELESS
    if _DEVICES.fullmatch(stem.partition(".")[0].strip()):
        stem = f"_{stem}"
    return _cut(stem, MAX_NAME_BYTES - len(ending.encode())) + ending


def numbered(name: str, number: int) -> str:
    """Another name for a second file of the same name; the first number is 2.

    >>> numbered("to-trinh.pdf", 2), numbered("a.tar.gz", 3)
    ('to-trinh (2).pdf', 'a.tar (3).gz')
    """
    path = PurePosixPath(name)
    return f"{path.stem} ({number}){path.suffix}"


def _cut(text: str, most: int) -> str:
    """The beginning of a text, of so many bytes at most, without half a letter."""
    return text.encode()[:most].decode("utf-8", "ignore").rstrip(". ")
