"""Front matter: what is read, what is refused and with which words, and that a text without any is left in peace."""

from __future__ import annotations

import time

import pytest

from indexer.extract import extract
from indexer.readers.front_matter import MAX_LENGTH, read_front_matter
from kb.errors import ExtractError
from kb.item import Item

BODY = "Thôn góp đất mở đường, xe chở lúa vào tận ruộng.\n"


def read(header: str, name: str = "duong.md") -> Item:
    return extract(name, f"---\n{header}\n---\n{BODY}".encode("utf-8", "surrogatepass"), {})


def refused(header: str) -> str:
    with pytest.raises(ExtractError) as caught:
        read(header)
    assert str(caught.value).startswith("duong.md: ")
    return str(caught.value)


def test_texts_lists_booleans_and_integers() -> None:
    text = '---\ntitle: "Số 5: đường"\nfields:\n  - agriculture\nyear: 2021\nsample: yes\nunit: 1.50\n---\nx'
    declared, rest = read_front_matter("a.md", text)
    assert declared == {"title": "Số 5: đường", "fields": ["agriculture"], "year": 2021, "sample": True, "unit": "1.50"}
    assert rest == "x"


def test_an_empty_text_in_quotes_is_no_value() -> None:
    item = read('title: "Đường hoa"\nunit: ""\nplace: ""\nplace_former: \'\'')
    assert (item.title, item.unit, item.place, item.place_former) == ("Đường hoa", "", "", "")
    assert "unit" in refused("title: x\nunit:"), "nothing at all may be a line that somebody meant to finish"


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("stauts: revoked", "“status”"),
        ("Title: x", "“title”"),
        ("tiêu đề: x", "“title”"),
        ("ngày: 31/02/2024", "“year”"),
        ("title: 30/02/2024", "dd/mm/yyyy"),
        ("unit: 2023-11-31T10:00:00", "yyyy-mm-dd"),
        ("kind:", "kind: practice"),
        ("kind: ~", "kind: practice"),
        ("title: ''", "title"),
        ("year: '2024'", "year: 2024"),
        ("year: true", "year: 2024"),
        (f"year: {'7' * 4000}", "year: 2024"),
        ("fields: agriculture", "[agriculture, social_life]"),
        ("fields: [agriculture, [social_life]]", "fields"),
        ("sample: 'true'", "true hoặc false"),
        ("title: [a, b]", "title"),
        ("title: true", "ngoặc kép"),
        ("status: revoked\nstatus: reviewed", "hai lần"),
        ("place: &a Xã\nunit: *a", "&"),
        ("<<: {title: x}", "lồng"),
        ("year: !!str 2024", "!"),
        ("title: ! x", "!"),
        ("practice: {steps: [a]}", "practice"),
        (r'title: "\uD9AB"', "U+D9AB"),
        (r'unit: "a\0b"', "U+0000"),
        (r'title: "\U00FFFFFF"', "ký tự"),
        (f"title: {'x' * 3000}", "2000"),
        ("title: a\n---\nkind: practice", "phần đầu thứ hai"),
        ("- kind: practice", "khóa: giá trị"),
        ("? [a, b]\n: c", "khóa"),
        ("{" * 700, "khóa"),
        ("title: " + "[" * 700, "danh sách"),
        ("title: " + "{a: " * 700, "lồng"),
        ("- " * 700 + "x", "khóa: giá trị"),
        ("title: x\n\tkind: y", "dòng"),
    ],
    ids=lambda value: value[:24],
)
def test_what_is_refused_says_what_to_write(header: str, said: str) -> None:
    assert said in refused(header)


HEADER = "kind: practice\nstatus: revoked\n"


@pytest.mark.parametrize(
    "text",
    [
        f"\n---\n{HEADER}---\n",
        f"  ---\n{HEADER}---\n",
        f"\ufeff\ufeff---\n{HEADER}---\n",
        f"----\n{HEADER}----\n",
        f"--- # đầu\n{HEADER}---\n",
        f"---\n{HEADER}\n",
        f"---\n{HEADER}===\n",
        f"***\n{HEADER}***\n",
        f"```yaml\n{HEADER}```\n",
        f"<!--\n{HEADER}-->\n",
        '+++\nkind = "practice"\nstatus = "revoked"\n+++\n',
        '{\n"kind": "practice",\n"status": "revoked"\n}\n',
        f"# Tiêu đề\n---\n{HEADER}---\n",
        HEADER,
        f"---\n{HEADER.upper()}",
        "---\n" + f"status: revoked\n{'# x' * MAX_LENGTH}\n---\n",
        "---\n" + "".join(f"x{n}: {n}\n" for n in range(3000)) + "internal: true\n---\n",
    ],
    ids=lambda text: repr(text[:16]),
)
def test_what_looks_like_front_matter_and_is_not_is_an_error(text: str) -> None:
    with pytest.raises(ExtractError, match=r"ba dấu gạch \(---\)"):
        extract("a.md", (text + BODY).encode(), {})
    with pytest.raises(ExtractError, match=r"\.txt không có phần đầu"):
        extract("a.txt", (text + BODY).encode(), {})


@pytest.mark.parametrize(
    "text",
    [
        "---\nỦY BAN NHÂN DÂN XÃ\nSố: 12/KH-UBND\n\nKẾ HOẠCH\n---\nphần sau",
        "-----\nCộng hòa xã hội chủ nghĩa Việt Nam\nĐộc lập: tự do\n",
        "***\n\nMột dòng kẻ.\n",
        "# Kế hoạch\n\n---\n\nNội bộ: đoàn kết, thống nhất, cùng nhau vượt qua mọi khó khăn.\n",
        "Đơn vị: Tổ 5\nĐịa bàn: xã\nNăm: 2020\n",
    ],
)
def test_prose_below_a_line_of_dashes_is_no_front_matter(text: str) -> None:
    for name in ("a.md", "a.txt"):
        item = extract(name, text.encode(), {})
        assert not item.internal and item.kind == "document"


def test_dots_close_front_matter_too() -> None:
    item = extract("a.md", f"---\ntitle: Đường\nkind: practice\n...\n{BODY}".encode(), {})
    assert (item.title, item.kind, item.blocks[0].original) == ("Đường", "practice", BODY.strip())


@pytest.mark.parametrize(
    "piece", ["[", "{a: ", "- ", "? ", "a: b\n", "&a ", '"\\x41', "a: [b, c]\n", "  ", "internal", "\u2028", "- [", "''"]
)
def test_the_cost_of_any_front_matter_is_bounded(piece: str) -> None:
    """Measured in CPU time, with much room: the slowest of these took 0.3 s."""
    text = f"---\nkind: {piece * ((MAX_LENGTH - 100) // len(piece))}\n---\n{BODY}"
    start = time.process_time()
    with pytest.raises(ExtractError):
        extract("a.md", text.encode(), {})
    assert time.process_time() - start < 3
