"""Taking in what somebody names: a file, an article, a PDF, a feed."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.discover import discover
from indexer.intake import FeedMemory, IntakeFolder, Outcome, take_address, take_file
from indexer.intake.feed import MAX_ENTRIES, entries_of
from indexer.pipeline import process
from kb.errors import IntakeError
from kb.item import Item
from tests.indexer.intake.site import Page, Site, fetcher_for_tests


def article(title: str, extra: str = "") -> Page:
    body = (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{title}</title>{extra}</head><body><article><h1>{title}</h1>'
        + "<p>Tổ dân phố số 3 vận động 120 hộ phân loại rác tại nhà, mỗi tháng giảm 4 tấn rác chở đi.</p>" * 5
        + "</article></body></html>"
    )
    return Page(body.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


def take(folder: IntakeFolder, memory: FeedMemory, address: str) -> list[Outcome]:
    return list(take_address(folder, fetcher_for_tests(), memory, address))


def items(corpus: Path) -> dict[str, Item]:
    return {found.path: process(found, found.read()) for found in discover(corpus).files}


# Files.


def test_a_file_is_taken_once(folder: IntakeFolder, corpus: Path, tmp_path: Path) -> None:
    paper = tmp_path / "Tờ trình.txt"
    paper.write_text("Tờ trình về việc khen thưởng", "utf-8")
    assert take_file(folder, paper, said="Văn phòng") == Outcome(str(paper), "taken", "da-nap/2026-11/Tờ trình.txt")
    assert take_file(folder, paper).state == "known"
    inside = corpus / "da-nap/2026-11/Tờ trình.txt"
    assert take_file(folder, inside) == Outcome(str(inside), "known", "da-nap/2026-11/Tờ trình.txt")
    assert [item.source.origin for item in items(corpus).values()] == ["Văn phòng"]


def test_what_is_public_already_does_not_become_internal_in_silence(
    folder: IntakeFolder, memory: FeedMemory, corpus: Path, site: Site, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("Biên bản", "utf-8")
    take_file(folder, tmp_path / "a.txt")
    again = take_file(folder, tmp_path / "a.txt", internal=True)
    assert again.state == "known" and "không đổi thành nội bộ" in again.reason
    site.pages["/tin.html"] = article("Tin")
    take(folder, memory, site.url("/tin.html"))
    site.pages["/tin.html"] = article("Tin khác")
    [hidden] = take_address(folder, fetcher_for_tests(), memory, site.url("/tin.html"), internal=True)
    assert hidden.path == "da-nap/noi-bo/2026-11/tin.html", "a public file is not replaced by an internal one"
    assert "Tin khác" not in (corpus / "da-nap/2026-11/tin.html").read_text("utf-8")


def test_a_file_that_cannot_be_taken_says_why(folder: IntakeFolder, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"\0\0\0 ftypisom")
    assert take_file(folder, tmp_path / "a.mp4").reason.startswith("tệp phim")
    assert take_file(folder, tmp_path / "khong-co.txt").reason.startswith("không đọc được")


# Articles and papers.


def test_an_article_is_kept_with_its_address(folder: IntakeFolder, memory: FeedMemory, corpus: Path, site: Site) -> None:
    site.pages["/tin/phan-loai-rac-12.aspx"] = article(
        "Phân loại rác tại nhà", '<meta property="og:site_name" content="Báo Thử">'
    )
    address = site.url("/tin/phan-loai-rac-12.aspx")
    assert take(folder, memory, address) == [Outcome(address, "taken", "da-nap/2026-11/phan-loai-rac-12.html")]
    [item] = items(corpus).values()
    assert item.source.origin == f"Báo Thử, {address}"
    assert "120 hộ phân loại rác" in " ".join(block.best for block in item.blocks)


def test_the_same_address_again_replaces_its_file(
    folder: IntakeFolder, memory: FeedMemory, corpus: Path, site: Site
) -> None:
    address = site.url("/tin.html")
    site.pages["/tin.html"] = article("Bản đầu")
    take(folder, memory, address)
    assert take(folder, memory, address)[0].state == "known"
    site.pages["/tin.html"] = article("Bản đính chính")
    assert take(folder, memory, address) == [Outcome(address, "taken", "da-nap/2026-11/tin.html")]
    assert "Bản đính chính" in (corpus / "da-nap/2026-11/tin.html").read_text("utf-8")
    assert len(items(corpus)) == 1
    site.pages["/khac/tin.html"] = article("Bài khác cùng tên")
    assert take(folder, memory, site.url("/khac/tin.html"))[0].path == "da-nap/2026-11/tin (2).html"


@pytest.mark.parametrize(
    ("path", "headers", "name"),
    [
        (
            "/tai-ve?id=5",
            {"Content-Disposition": "attachment; filename*=UTF-8''K%E1%BA%BF%20ho%E1%BA%A1ch.pdf"},
            "Kế hoạch.pdf",
        ),
        ("/tai-ve?id=5", {"Content-Disposition": 'attachment; filename="../../ke hoach.pdf"'}, "ke hoach.pdf"),
        ("/vb/238-KH-UBND.signed.pdf", {}, "238-KH-UBND.signed.pdf"),
        ("/vb/K%E1%BA%BF%20ho%E1%BA%A1ch", {"Content-Type": "application/pdf"}, "Kế hoạch.pdf"),
        ("/", {}, "bao.example.pdf"),
    ],
)
def test_a_paper_is_called_as_its_server_calls_it(
    path: str, headers: dict[str, str], name: str, folder: IntakeFolder, memory: FeedMemory, site: Site
) -> None:
    site.pages[path] = Page(b"%PDF-1.7\n" + b"x" * 9000, headers=headers)
    assert take(folder, memory, site.url(path))[0].path == f"da-nap/2026-11/{name}"


@pytest.mark.parametrize(
    ("page", "state", "reason"),
    [
        (Page(status=404), "refused", "404"),
        (Page(status=503), "later", "503"),
        (Page(b""), "refused", "rỗng"),
        (Page(b"\0\0\0 ftypisom" + b"\0" * 5000), "refused", "phim"),
        (Page(b"<html>" + b"a" * 21_000_000), "refused", "quá lớn"),
        (Page(b"%PDF-1.7" + b"a" * 9000, announced=900_000), "later", "ngắt giữa chừng"),
    ],
    ids=["none", "busy", "empty", "film", "large", "cut off"],
)
def test_what_is_not_taken_leaves_nothing(
    page: Page, state: str, reason: str, folder: IntakeFolder, memory: FeedMemory, corpus: Path, site: Site
) -> None:
    site.pages["/a"] = page
    [outcome] = take(folder, memory, site.url("/a"))
    assert outcome.state == state and reason in outcome.reason
    assert not [path for path in corpus.rglob("*") if path.is_file() and path.name not in (".khoa",)]


# Feeds.

RSS = '<?xml version="1.0"?>\n<rss version="2.0"><channel><title>T</title><link>http://x/</link>{}</channel></rss>'


def rss(*links: str, **headers: str) -> Page:
    entries = "".join(f"<item><title>&amp;</title><link><![CDATA[{link}]]></link></item>" for link in links)
    return Page(RSS.format(entries).encode(), headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_the_entries_of_a_feed_are_taken_once(folder: IntakeFolder, memory: FeedMemory, corpus: Path, site: Site) -> None:
    for number in range(3):
        site.pages[f"/tin-{number}.html"] = article(f"Tin số {number}")
    site.pages["/rss"] = rss(
        *(site.url(f"/tin-{number}.html") for number in range(2)), site.url("/mat.html"), "http://10.0.0.1/"
    )
    first = take(folder, memory, site.url("/rss"))
    assert [one.state for one in first] == ["taken", "taken", "refused", "later"]
    assert set(items(corpus)) == {"da-nap/2026-11/tin-0.html", "da-nap/2026-11/tin-1.html"}
    (corpus / "da-nap/2026-11/tin-0.html").unlink()
    site.pages["/rss"] = rss(
        site.url("/tin-2.html"), site.url("/tin-1.html"), site.url("/tin-0.html"), site.url("/mat.html")
    )
    again = FeedMemory(memory.path)  # another run
    assert [one.source for one in take(folder, again, site.url("/rss"))] == [site.url("/tin-2.html")]
    assert set(items(corpus)) == {"da-nap/2026-11/tin-1.html", "da-nap/2026-11/tin-2.html"}, "what was deleted stays deleted"


def test_an_unchanged_feed_is_asked_about_only(folder: IntakeFolder, memory: FeedMemory, site: Site) -> None:
    site.pages |= {
        "/rss": rss(site.url("/tin.html"), ETag='"v1"', Last_Modified="Sun, 29 Nov 2026 08:00:00 GMT"),
        "/tin.html": article("Tin"),
    }
    assert len(take(folder, memory, site.url("/rss"))) == 1
    site.pages["/rss"] = Page(status=304)
    assert take(folder, memory, site.url("/rss")) == []
    headers = site.asked[-1][1]
    assert headers["if-none-match"] == '"v1"' and headers["if-modified-since"] == "Sun, 29 Nov 2026 08:00:00 GMT"


def test_an_entry_that_failed_for_now_is_asked_for_again(folder: IntakeFolder, memory: FeedMemory, site: Site) -> None:
    site.pages |= {"/rss": rss(site.url("/tin.html"), ETag='"v1"'), "/tin.html": Page(status=503)}
    assert [one.state for one in take(folder, memory, site.url("/rss"))] == ["later"]
    site.pages["/tin.html"] = article("Tin")
    assert [one.state for one in take(folder, memory, site.url("/rss"))] == ["taken"]
    assert "if-none-match" not in site.asked[1][1], "nothing says that the feed is done with"


def test_the_entries_of_one_visit_are_bounded(folder: IntakeFolder, memory: FeedMemory, site: Site) -> None:
    site.pages["/rss"] = rss(*(site.url(f"/{number}") for number in range(MAX_ENTRIES + 20)), ETag='"v1"')
    assert len(take(folder, memory, site.url("/rss"))) == MAX_ENTRIES
    assert len(take(folder, memory, site.url("/rss"))) == 20


def test_a_feed_in_a_feed_is_not_followed(folder: IntakeFolder, memory: FeedMemory, site: Site) -> None:
    site.pages["/rss"] = rss(site.url("/rss"))
    [outcome] = take(folder, memory, site.url("/rss"))
    assert outcome.state == "refused" and "nguồn tin khác" in outcome.reason


def test_a_memory_that_is_damaged_is_forgotten(folder: IntakeFolder, memory: FeedMemory, site: Site) -> None:
    site.pages |= {"/rss": rss(site.url("/tin.html")), "/tin.html": article("Tin")}
    for text in ("", "{", "[]", '{"a": 1}', '{"a": {"etag": "", "modified": "", "done": "x"}}', "\0"):
        memory.path.parent.mkdir(exist_ok=True)
        memory.path.write_text(text, "utf-8")
        assert len(take(folder, FeedMemory(memory.path), site.url("/rss"))) == 1


@pytest.mark.parametrize(
    ("data", "links"),
    [
        (RSS.format("<item><guid>http://a/1</guid></item><item><guid isPermaLink='false'>http://a/2</guid></item>"), ["http://a/1"]),
        (RSS.format("<item><link>/tin?a=1&amp;b=2#x</link></item><item><link>javascript:alert(1)</link></item>"), ["http://bao.example/tin?a=1&b=2"]),
        (RSS.format("<item><title>a&nbsp;b</title><link>http://a/1</link></item>"), ["http://a/1"]),
        (RSS.format("<item><link>http://a/1</link></item>" * 3)[:-40], ["http://a/1"]),
        ('<feed xmlns="http://www.w3.org/2005/Atom"><link rel="self" href="http://a/f"/><entry><link rel="enclosure" href="http://a/0"/><link href="http://a/1"/></entry></feed>', ["http://a/1"]),
        ('<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><item><link>http://a/1</link></item></rdf:RDF>', ["http://a/1"]),
        (RSS.format(""), []),
    ],
    ids=["identifier", "relative", "entity", "cut off", "Atom", "RSS 1.0", "empty"],
)  # fmt: skip
def test_links_of_feeds(data: str, links: list[str]) -> None:
    assert entries_of(data.encode(), "http://bao.example/rss") == links


def test_a_feed_reads_no_file_and_grows_no_entity(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("http://secret/", "utf-8")
    bomb = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "http://x/"}">' for n in range(12))
    for inside in (f'<!ENTITY s SYSTEM "file://{tmp_path}/secret">', bomb):
        name = "s" if "SYSTEM" in inside else "a11"
        data = f"<!DOCTYPE rss [{inside}]><rss><channel><item><link>&{name};</link></item><item><link>http://a/1</link></item></channel></rss>"
        try:
            found = entries_of(data.encode(), "http://bao.example/")
        except IntakeError:
            continue
        assert [link for link in found if "secret" in link or "http://x/" in link] == []
