"""The original of an item: to download, and page by page beside its text. Nothing internal leaves the house with it."""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote

import pytest
from PIL import Image
from starlette.testclient import TestClient

from indexer import index_corpus
from indexer import repair as repair_step
from indexer.originals import CorpusOriginals
from kb.embedding.open import open_embedder
from kb.engines.open import memory_engines
from kb.library.library import Library
from kb.library.page_store import NAME, PageStore
from kb.library.store import Store
from kb.settings import Settings
from search_api.service import SearchService
from tests.fake_corrector import correct_blocks
from tests.indexer.ocr.scans import Scan, need_tesseract
from tests.indexer.readers.pdf_files import PdfFile, PdfPage, Text, lines
from tests.web.clients import client_of
from web.app import create_app
from web.load import kind_of

PLAN = [
    PdfPage(
        lines(["KẾ HOẠCH", "Phong trào thi đua của hợp tác xã nông nghiệp", "Khen thưởng hợp tác xã An Khánh."], step=40)
    ),
    PdfPage(lines(["Trang hai không có gì."])),
    PdfPage(lines(["Các hợp tác xã nhân rộng mô hình."])),
]
DAMAGED = PdfFile([PdfPage(lines(["Pay manh cdng tac tuyén truyén", "Quy khen thudng cua thanh pho"], step=60))]).data()


def packed(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.txt", "Thư mục hồ sơ của phòng")
        archive.writestr(name, data)
    return out.getvalue()


def mail(subject: str, attachment: bytes, name: str) -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "a@x.example", "b@x.example", subject
    made["Date"], made["MIME-Version"] = "Mon, 02 Sep 2024 08:00:00 +0700", "1.0"
    made.set_content("Gửi kèm danh sách.\n")
    made.add_attachment(attachment, maintype="text", subtype="markdown", filename=name)
    return made.as_bytes()


SECRET = "---\ninternal: true\n---\nNgười tố giác được giữ kín.".encode()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An indexed folder; the fake corrects the damaged paper."""
    home = tmp_path_factory.mktemp("home")
    corpus = home / "corpus"
    corpus.mkdir()
    (corpus / "kế hoạch.pdf").write_bytes(PdfFile(PLAN).data())
    (corpus / "hồ sơ.zip").write_bytes(packed("văn bản/Quyết định số 5.pdf", PdfFile(PLAN[:1]).data()))
    (corpus / "hỏng.pdf").write_bytes(DAMAGED)
    (corpus / "ghi chép.md").write_text("# Ghi chép\n\nPhong trào thi đua.", "utf-8")
    (corpus / "trang.html").write_text(
        "<html><title>T</title><body><p>Phong trào <script>x</script>thi đua</p></body></html>", "utf-8"
    )
    (corpus / "mật.md").write_bytes(SECRET)
    (corpus / "thư.eml").write_bytes(mail("Danh sách", SECRET, "mật.md"))
    (corpus / "thư mở.eml").write_bytes(mail("Danh sách mở", "# Danh sách\n\nÔng An".encode(), "ds.md"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repair_step, "repair_blocks", correct_blocks)
        report = index_corpus(open_library(home), corpus)
    assert not report.failed, report.failed
    return home


ENGINES = memory_engines()


def open_library(home: Path, *, internal: bool = True) -> Library:
    return Library(Store(home / "s.sqlite"), home / "i", ENGINES, open_embedder(), internal=internal)


@pytest.fixture(scope="module")
def originals(home: Path) -> Iterator[CorpusOriginals]:
    made = CorpusOriginals(home / "corpus", PageStore(home / NAME))
    yield made
    made.close()


@pytest.fixture(scope="module")
def inside(home: Path, originals: CorpusOriginals) -> TestClient:
    service = SearchService(open_library(home), originals=originals)
    return TestClient(create_app(service, Settings(internal=True)), raise_server_exceptions=False, follow_redirects=False)


@pytest.fixture(scope="module")
def client(home: Path, originals: CorpusOriginals) -> TestClient:
    """What the public sees."""
    return client_of(SearchService(open_library(home, internal=False), originals=originals))


# To download.


def test_the_original_comes_under_its_name_and_is_never_shown(client: TestClient, home: Path) -> None:
    for path, item, name in (
        ("kế hoạch.pdf", "ke-hoach", "kế hoạch.pdf"),
        ("ghi chép.md", "ghi-chep", "ghi chép.md"),
        ("trang.html", "trang", "trang.html"),
        ("thư mở.eml", "thu-mo", "thư mở.eml"),
    ):
        for address in (f"/muc/{item}/ban-goc", f"/api/items/{item}/original"):
            answer = client.get(address)
            assert answer.status_code == 200 and answer.content == (home / "corpus" / path).read_bytes()
            assert answer.headers["content-disposition"].startswith("attachment; filename=")
            assert answer.headers["content-disposition"].endswith(f"filename*=UTF-8''{quote(name)}")
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["content-length"] == str(len(answer.content)) and "content-encoding" not in answer.headers
    assert client.get("/muc/ke-hoach/ban-goc").headers["content-type"] == "application/pdf"
    assert client.get("/muc/trang/ban-goc").headers["content-type"] == "application/octet-stream"
    head = client.head("/muc/ke-hoach/ban-goc")
    assert head.status_code == 200 and not head.content and "kE" not in head.headers["content-disposition"]


def test_a_part_of_an_archive_comes_alone(client: TestClient) -> None:
    answer = client.get("/muc/ho-so-quyet-dinh-so-5/ban-goc")
    assert answer.content == PdfFile(PLAN[:1]).data()
    assert quote("Quyết định số 5.pdf") in answer.headers["content-disposition"]
    assert "Quyet dinh so 5.pdf".lower() in answer.headers["content-disposition"].lower()


def test_what_is_internal_is_for_nobody_outside(client: TestClient, inside: TestClient, home: Path) -> None:
    with open_library(home).store.snapshot() as snapshot:
        hidden = snapshot.hidden()
    assert len(hidden) == 2
    for item in hidden:
        for address in (
            f"/muc/{item}/ban-goc",
            f"/api/items/{item}/original",
            f"/muc/{item}/trang/1",
            f"/api/items/{item}/pages/1/image",
        ):
            assert client.get(address).status_code == 404
        assert inside.get(f"/muc/{item}/ban-goc").content == SECRET, item
    # The mail is public, and what is attached to it is not.
    assert client.get("/muc/thu").status_code == 200 and "Tải bản gốc" not in client.get("/muc/thu").text
    assert client.get("/muc/thu/ban-goc").status_code == 404 and client.get("/api/items/thu/original").status_code == 404
    assert client.get("/api/items/thu").json()["original"] is None
    assert b"Subject:" in inside.get("/muc/thu/ban-goc").content
    assert inside.get(f"/muc/{min(hidden)}/ban-goc").headers["cache-control"] == "private, no-cache"


def test_the_page_of_an_item_offers_what_there_is(client: TestClient) -> None:
    plan, note, found = (client.get(f"/muc/{item}").text for item in ("ke-hoach", "ghi-chep", "ke-hoach?q=hợp tác xã"))
    assert 'href="/muc/ke-hoach/ban-goc"' in plan and 'href="/muc/ke-hoach/trang/1"' in plan
    assert 'href="/muc/ke-hoach/trang/3"' in plan, "each page of the text leads to its image"
    assert 'href="/muc/ghi-chep/ban-goc"' in note and "/trang/" not in note
    assert "/muc/ke-hoach/trang/1?q=h%E1%BB%A3p+t%C3%A1c+x%C3%A3&amp;cho=1#o1" in found, "to the first hit"
    assert client.get("/api/items/ke-hoach").json()["original"] == {
        "name": "kế hoạch.pdf", "media_type": "application/pdf", "paged": True,
    }  # fmt: skip


def test_an_original_that_is_gone_or_changed_is_not_offered(
    home: Path, originals: CorpusOriginals, client: TestClient
) -> None:
    location = home / "corpus/ghi chép.md"
    kept = location.read_bytes()
    try:
        location.unlink()
        assert "Tải bản gốc" not in client.get("/muc/ghi-chep").text
        gone = client.get("/muc/ghi-chep/ban-goc")
        assert gone.status_code == 404 and "Bản gốc không còn" in gone.text and str(home) not in gone.text
    finally:
        location.write_bytes(kept)


def test_without_originals_nothing_is_offered(home: Path) -> None:
    bare = client_of(SearchService(open_library(home)))
    assert "ban-goc" not in bare.get("/muc/ke-hoach").text and bare.get("/muc/ke-hoach/trang/1").status_code == 404


# The image of a page.


def test_an_image_has_the_width_that_was_asked_for(client: TestClient) -> None:
    for asked, width in ((1, 160), (160, 160), (700, 960), (2560, 2480)):
        answer = client.get(f"/api/items/ke-hoach/pages/1/image?width={asked}")
        assert answer.headers["content-type"] == "image/png"
        assert abs(Image.open(io.BytesIO(answer.content)).width - width) <= 1
    assert client.get("/api/items/ke-hoach/pages/1/image?width=99999").status_code == 422


def test_an_image_that_did_not_change_is_not_drawn_again(client: TestClient, originals: CorpusOriginals) -> None:
    address = "/api/items/ke-hoach/pages/2/image?width=320"
    first = client.get(address)
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "no-cache" and tag.startswith('"')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CorpusOriginals, "picture", lambda *_: pytest.fail("it was drawn"))
        for known in (tag, f"W/{tag}", f'"x", {tag}'):
            again = client.get(address, headers={"If-None-Match": known})
            assert again.status_code == 304 and not again.content and again.headers["etag"] == tag
    assert client.get(address, headers={"If-None-Match": '"x"'}).content == first.content
    tags = {client.get(f"/api/items/ke-hoach/pages/{n}/image?width={w}").headers["etag"] for n in (1, 2) for w in (160, 320)}
    assert len(tags) == 4


@pytest.mark.parametrize("number", ["0", "-1", "4", "99999", "x", "1.5", "9" * 400])
def test_there_is_no_such_page(number: str, client: TestClient) -> None:
    for address in (
        f"/muc/ke-hoach/trang/{number}",
        f"/api/items/ke-hoach/pages/{number}",
        f"/api/items/ke-hoach/pages/{number}/image",
    ):
        assert client.get(address).status_code in (404, 422)
    assert client.get("/muc/ghi-chep/trang/1").status_code == 404


# The page beside its text.


def test_hits_are_framed_on_the_image(client: TestClient) -> None:
    answer = client.get("/api/items/ke-hoach/pages/1?q=hợp tác xã&words=true").json()
    assert (answer["page"], answer["pages"], answer["source"], len(answer["hits"])) == (1, 3, "layer", 2)
    assert answer["hit_pages"] == [{"page": 1, "first": 1, "count": 2}, {"page": 3, "first": 3, "count": 1}]
    words = {word["text"]: word for word in reversed(answer["words"])}
    box = answer["hits"][0]["boxes"][0]
    assert box["left"] == pytest.approx(words["hợp"]["left"], abs=1e-3) and box["right"] < words["nông"]["left"]
    page = client.get("/muc/ke-hoach/trang/1?q=hợp tác xã&cho=2").text
    frames = re.findall(r'<a id="o(\d)" href="#h\1" class="hit-frame( now)?"[^>]*><rect x="([\d.]+)"', page)
    assert [(number, now) for number, now, _ in frames] == [("1", ""), ("2", " now")]
    assert float(frames[0][2]) == pytest.approx(box["left"] * 595, abs=3)
    assert '<mark id="h2" tabindex="-1" class="now">' in page and "Đang xem chỗ 2/3" in page


def test_the_way_from_hit_to_hit_leads_over_the_pages(client: TestClient) -> None:
    url, seen = "/muc/ke-hoach/trang/1?q=hợp tác xã", []
    while True:
        page = client.get(url).text
        seen.append(re.search(r"Đang xem chỗ (\d)/3", page))
        following = re.search(r'href="([^"]+)">Chỗ sau →', page)
        if not following:
            break
        url = following[1].replace("&amp;", "&")
    assert [match and match[1] for match in seen] == [None, "1", "2", "3"] and "/trang/3" in url
    back = re.search(r'href="([^"]+)">← Chỗ trước', page)
    assert back and "/trang/1?" in back[1] and back[1].endswith("cho=2#o2")
    between = client.get("/muc/ke-hoach/trang/2?q=hợp tác xã").text
    assert "cho=2#o2" in between and "cho=3#o3" in between and "3 chỗ khớp ở trang khác" in between


def test_states_of_the_page(client: TestClient) -> None:
    plain = client.get("/muc/ke-hoach/trang/1").text
    assert "hit-count" not in plain and "hit-frame" not in plain and 'alt="Ảnh trang 1' in plain
    none = client.get("/muc/ke-hoach/trang/1?q=zzqx").text
    assert "Không có từ nào của “zzqx”" in none
    odd = client.get("/muc/ke-hoach/trang/1?q=hợp tác xã&cho=99&co=7&doan=%22><script>").text
    assert (
        "Đang xem" not in odd and "<script>" not in odd.replace('<script src="/static', "") and 'class="sheet zoom-1"' in odd
    )
    passage = client.get("/muc/ke-hoach/trang/1?doan=b1").text
    assert '<g id="doan" class="passage-frame"><rect' in passage and 'table framed"' not in passage
    assert 'class="block framed" id="b1"' in passage
    zoomed = client.get("/muc/ke-hoach/trang/1?co=2").text
    assert 'class="sheet zoom-2"' in zoomed and 'href="/muc/ke-hoach/trang/1?co=3"' in zoomed
    assert client.get("/muc/ke-hoach/trang?so=3&q=a").headers["location"] == "/muc/ke-hoach/trang/3?q=a"
    assert client.get("/muc/ke-hoach/trang?so=x").headers["location"] == "/muc/ke-hoach/trang/1"


def test_links_of_the_page_lead_somewhere(client: TestClient) -> None:
    page = client.get("/muc/ke-hoach/trang/2?q=hợp tác xã").text
    links = {link.replace("&amp;", "&") for link in re.findall(r'(?:href|src)="(/(?:muc|api)/[^"#]+)', page)}
    assert len(links) > 8
    for link in links:
        assert client.get(link).status_code == 200, link


def test_an_uncertain_word_shows_its_letters(client: TestClient) -> None:
    item = client.get("/muc/hong").text
    source = re.search(r'<img class="letters" src="(/api/items/hong/blocks/0/image\?start=(\d+)&amp;end=(\d+))"', item)
    assert source and "Nhận dạng được" in item
    start, end = int(source[2]), int(source[3])
    assert "Pay manh cdng tac tuyén truyén"[start:end] == "tuyén"
    picture = client.get(source[1].replace("&amp;", "&"))
    image = Image.open(io.BytesIO(picture.content))
    assert picture.headers["content-type"] in ("image/png", "image/jpeg") and image.width > 1.5 * image.height, (
        "a line, not a page"
    )
    beside = client.get("/muc/hong/trang/1?q=tuyên truyền").text
    assert 'class="letters"' in beside and 'id="o1"' in beside, "a hit in the repaired words lies on the damaged ones"
    assert client.get("/api/items/hong/blocks/9/image?start=0&end=1").status_code == 404
    assert client.get("/api/items/hong/blocks/0/image?start=5&end=5").status_code == 404
    assert client.get("/api/items/ghi-chep/blocks/0/image?start=0&end=3").status_code == 404


def test_pages_of_originals_have_places_of_their_own() -> None:
    for path in (
        "/muc/a/trang/3",
        "/muc/a/ban-goc",
        "/api/items/a/original",
        "/api/items/a/pages/1/image",
        "/api/items/a/blocks/2/image",
    ):
        assert kind_of("GET", path) == "original"
    assert kind_of("GET", "/muc/a") == kind_of("GET", "/muc/trang/3") == kind_of("GET", "/api/items/a") == "light"


def test_text_of_a_page_is_not_run_by_the_browser(home: Path, originals: CorpusOriginals, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / 'a"><b>.pdf').write_bytes(PdfFile([PdfPage([Text(85, 700, "<script>alert(1)</script> thi đua")])]).data())
    library = Library(Store(tmp_path / "s.sqlite"), tmp_path / "i", ENGINES, open_embedder())
    assert not index_corpus(library, corpus).failed
    own = CorpusOriginals(corpus)
    client = client_of(SearchService(library, originals=own))
    (item,) = SearchService(library).item_ids()
    page = client.get(f"/muc/{item}/trang/1?q=thi đua").text
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page and 'a"><b>' not in page
    assert 'filename="a__b_.pdf"' in client.get(f"/muc/{item}/ban-goc").headers["content-disposition"].replace(
        "a_><b>", "a__b_"
    )
    own.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="pages are recognised in forked processes")
def test_a_hit_in_the_other_reading_is_framed_on_the_printed_word(tmp_path: Path) -> None:
    """A scan with the letters that an English recogniser left in the file: what it misread is found and framed as well."""
    need_tesseract()
    printed = ["Đẩy mạnh công tác tuyên truyền trong nhân dân", "và khen thưởng các tập thể, cá nhân xuất sắc"] * 6
    misread = ["Pay manh cdng tac tuyén truyén trong nhan dan", "va khen thudng cdc tap the, cd nhan xuat sdc"] * 6
    layer = [Text(80, 842 - 100 - 20 * at, text, 13, mode=3) for at, text in enumerate(misread)]
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    scan = Scan().write(80, 90, printed, 13, 20)
    (corpus / "quet.pdf").write_bytes(PdfFile([PdfPage([scan.drawn(), *layer])]).data())
    library = Library(Store(tmp_path / "s.sqlite"), tmp_path / "i", memory_engines(), open_embedder())
    assert not index_corpus(library, corpus).failed
    own = CorpusOriginals(corpus, PageStore(tmp_path / NAME))
    client = client_of(SearchService(library, originals=own))
    answer = client.get("/api/items/quet/pages/1?q=%22cdng%22").json()
    assert answer["source"] == "recognised" and answer["hits"], "what is printed was read anew"
    assert {hit["text"] for hit in answer["hits"]} == {"công"}, "the word that was misread is framed as it is printed"
    for hit in answer["hits"]:
        (box,) = hit["boxes"]
        assert box["left"] < (80 + 11 * 6.5) / 595 < box["right"] + 0.03 and 0.1 < box["top"] < 0.42
    page = client.get("/muc/quet/trang/1?q=%22cdng%22").text
    own.close()
    assert page.count('class="hit-frame') == len(answer["hits"]) == 6
