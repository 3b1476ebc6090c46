"""Mail of Outlook, made by the tests themselves. Source: [MS-OXMSG]."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from tests.indexer.readers.ole import Tree, compound

#: Types of properties: a number, a moment, a text, bytes.
NUMBER, MOMENT, STRING, BINARY = 0x0003, 0x0040, 0x001F, 0x0102


def _storage(header: int, values: Mapping[tuple[int, int], bytes]) -> dict[str, bytes]:
    """The streams of a storage with these properties; the list of them begins behind a header of so many bytes."""
    listed, streams = bytes(header), {}
    for (number, kind), value in values.items():
        if kind in (STRING, BINARY):
            streams[f"__substg1.0_{number:04X}{kind:04X}"] = value
            listed += struct.pack("<HHIII", kind, number, 6, len(value), 0)
        else:
            listed += struct.pack("<HHI8s", kind, number, 6, value.ljust(8, b"\0"))
    return {"__properties_version1.0": listed, **streams}


def text(words: str) -> bytes:
    return words.encode("utf-16-le")


def outlook_mail(subject: str, body: str, attachments: Mapping[str, bytes], html: bytes = b"") -> bytes:
    """A mail of 2 September 2024, 01:00 UTC, to one recipient."""
    moment = struct.pack("<Q", (11_644_473_600 + 1_725_238_800) * 10_000_000)
    values = {(0x0037, STRING): text(subject), (0x0039, MOMENT): moment}
    values |= {(0x0C1A, STRING): text("Phòng Nội vụ"), (0x0C1F, STRING): text("noivu@haiphong.example")}
    values |= {(0x1000, STRING): text(body)} if body else {}
    values |= {(0x1013, BINARY): html, (0x3FDE, NUMBER): struct.pack("<I", 65001)} if html else {}
    tree: dict[str, bytes | Tree] = {**_storage(32, values)}
    recipient = {(0x3001, STRING): text("Bà Hương"), (0x39FE, STRING): text("huong@xa.example")}
    tree["__recip_version1.0_#00000000"] = _storage(8, recipient)
    for number, (name, data) in enumerate(attachments.items()):
        attached = {(0x3707, STRING): text(name), (0x3705, NUMBER): struct.pack("<I", 1), (0x3701, BINARY): data}
        tree[f"__attach_version1.0_#{number:08X}"] = _storage(8, attached)
    return compound(tree)
