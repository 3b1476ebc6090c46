from __future__ import annotations

import datetime as dt
from collections import Counter
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from lxml import html as lxml_html

from indexer.declared import check_declared
from indexer.readers.html import HtmlReader, decode_html
from indexer.readers.html_blocks import read_blocks, strip_tags
from indexer.readers.html_metadata import read_metadata
from indexer.readers.mht import MhtReader
from indexer.readers.reader import Content, Paper
from kb.errors import ExtractError
from tests.indexer.readers.web_pages import Article, make_article
from tests.work import LINEAR, cpu_seconds, growth

#: What the article of a page may lack, and what may stand beside it, as shares of the words.
MAX_MISSED = 0.01
MAX_RUBBISH = 0.08


def read(page: str | bytes) -> Content:
    return HtmlReader().read(Paper("bao/a.html", page.encode() if isinstance(page, str) else page))


def roles(page: str) -> list[tuple[str, str, str]]:
    return [(block.role, block.marker, block.original) for block in read_blocks(lxml_html.document_fromstring(page))]


def words(*texts: str) -> Counter[str]:
    return Counter(" ".join(texts).split())


def test_articles_are_found_among_menus_advertisements_and_comments() -> None:
    missed = rubbish = wanted = found = 0
    for seed in range(32):
        article = make_article(seed)
        content = read(article.page)
        want = words(article.title, article.lead, *article.body)
        got = words(*(block.original for block in content.blocks))
        missed, rubbish = missed + (want - got).total(), rubbish + (got - want).total()
        wanted, found = wanted + want.total(), found + got.total()
        assert [block.original for block in content.blocks[:2]] == [article.title, article.lead]
        assert (content.blocks[0].role, content.notes) == ("heading", ())
    assert missed <= MAX_MISSED * wanted
    assert rubbish <= MAX_RUBBISH * found


def test_lists_tables_and_captions_within_an_article_belong_to_it() -> None:
    article = make_article(4)
    inside = """<table><tr><th>Hộ</th><th>Thu nhập</th></tr><tr><td>Ông An</td><td>120 triệu</td></tr></table>
    <ul><li>Một</li><li>Hai</li></ul><figure><img src="a.jpg"><figcaption>Ảnh: Lê Hoa</figcaption></figure>"""
    third = f"<p>{article.body[2]}</p>"
    blocks = read(article.page.replace(third, inside + third)).blocks
    texts = [block.original for block in blocks]
    at = texts.index(article.body[2])
    assert texts[at - 5 : at] == ["Hộ | Thu nhập", "Ông An | 120 triệu", "Một", "Hai", "Ảnh: Lê Hoa"]
    assert texts[at - 6] == article.body[1]


def test_a_table_that_lays_the_page_out_is_no_table() -> None:
    long = "".join(f"<p>Đoạn {at} của bài.</p>" for at in range(14))
    page = (
        f"<table><tr><td><ul><li>Menu</li></ul></td><td>{long}<table><tr><td>a</td><td>b</td></tr></table></td></tr></table>"
    )
    assert roles(page)[:2] == [("list_item", "-", "Menu"), ("paragraph", "", "Đoạn 0 của bài.")]
    assert roles(page)[-1] == ("table_row", "", "a | b")


def test_a_page_says_where_it_is_from() -> None:
    content = read(make_article(0).page)
    assert content.attributes == {
        "kind": "article",
        "title": make_article(0).title,
        "year": 2024,
        "origin": "Báo Thử Nghiệm, tác giả Trần Bình, 18/10/2024, https://bao.example/thi-dua/bai-1.html",
    }
    assert check_declared(dict(content.attributes)) == content.attributes


def test_the_lead_is_kept_where_only_the_metadata_has_it() -> None:
    article = make_article(3)
    page = article.page.replace(f"<p><strong>{article.lead}</strong></p>", "")
    assert [block.original for block in read(page).blocks[:2]] == [article.title, article.lead]


def test_a_page_describes_itself_in_linked_data() -> None:
    script = """<script type="application/ld+json">{"@graph": [{"@type": "WebSite", "name": "x"}, {"@type": ["NewsArticle"],
    "headline": "Cách  làm hay", "datePublished": "2023-05-06", "author": [{"name": "Lê Hoa"}], "publisher": {"name": "Báo A"}}]}
    </script><link rel="canonical" href="https://a.example/1">"""
    found = read_metadata(lxml_html.document_fromstring(f"<html><head>{script}</head><body>x</body></html>"), "")
    assert (found.title, found.date, found.author) == ("Cách làm hay", dt.date(2023, 5, 6), "Lê Hoa")
    assert (found.site, found.address, found.is_article) == ("Báo A", "https://a.example/1", True)


@pytest.mark.parametrize("data", ["{", "[" * 100_000, '"x"', '{"@type": {"a": 1}}', '[1, null, {"@graph": 3}]', ""])
def test_linked_data_that_is_none_says_nothing(data: str) -> None:
    page = f'<html><head><script type="application/ld+json">{data}</script></head><body>x</body></html>'
    assert not read_metadata(lxml_html.document_fromstring(page), page).is_article


def test_an_address_is_found_where_browsers_write_it() -> None:
    page = "<!-- saved from url=(0024)https://xa.example/tin/5 --><html><body><p>Thông báo của xã.</p></body></html>"
    assert read(page).attributes == {"origin": "https://xa.example/tin/5"}


PAPER = """<html><head><title>van ban</title></head><body>
<table><tr><td>ỦY BAN NHÂN DÂN<br>XÃ VĨNH BẢO</td><td>CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM</td></tr></table>
<h2>QUYẾT ĐỊNH</h2><p>Về việc khen&nbsp;thưởng
năm 2024</p><ol start=3><li>Khen tập thể</li><li><p>Khen cá nhân</p></li></ol><ul><li>Lưu: VT</ul>
<table><thead><tr><th>STT</th><th>Họ và tên</th></tr></thead><tr><td>1</td><td><p>Nguyễn</p><p>Văn An</p></td></tr>
<tr><td>2</td><td><table><tr><td>Trần</td><td>Bình</td></tr></table></td></tr><tr><td></td><td> </td></tr></table>
</body></html>"""


def test_headings_lists_and_tables_keep_their_roles() -> None:
    assert roles(PAPER) == [
        ("table_row", "", "ỦY BAN NHÂN DÂN XÃ VĨNH BẢO | CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        ("heading", "", "QUYẾT ĐỊNH"),
        ("paragraph", "", "Về việc khen thưởng năm 2024"),
        ("list_item", "3.", "Khen tập thể"),
        ("list_item", "4.", "Khen cá nhân"),
        ("list_item", "-", "Lưu: VT"),
        ("table_row", "", "STT | Họ và tên"),
        ("table_row", "", "1 | Nguyễn Văn An"),
        ("table_row", "", "2 | Trần Bình"),
    ]
    assert [block.level for block in read_blocks(lxml_html.document_fromstring("<h3>a</h3><p>b</p>"))] == [3, 0]


def test_a_page_that_is_no_article_is_taken_whole() -> None:
    content = read(PAPER)
    assert [block.original for block in content.blocks][-1] == "2 | Trần Bình"
    assert "QUYẾT ĐỊNH" in [block.original for block in content.blocks]
    assert content.notes == () and "kind" not in content.attributes


def test_a_page_of_links_is_taken_whole_and_a_note_says_so() -> None:
    links = "".join(f'<p><a href="/{at}">Văn bản số {at} về thi đua, khen thưởng</a></p>' for at in range(30))
    content = read(f"<html><body><h1>Danh mục văn bản</h1>{links}</body></html>")
    assert len(content.blocks) == 31
    assert "toàn bộ chữ của trang" in content.notes[0]


def test_a_page_that_an_office_program_saved_is_its_text() -> None:
    page = '<html><head><meta name="Generator" content="Microsoft Word 15"></head><body><div class="WordSection1">'
    content = read(f'{page}<p>Kính gửi: Ủy ban</p><p><a href="x">Điều 1</a></p></div></body></html>')
    assert [block.original for block in content.blocks] == ["Kính gửi: Ủy ban", "Điều 1"]
    assert content.notes == ()


def test_scripts_comments_and_hidden_elements_are_never_text() -> None:
    page = """<html><head><style>x{}</style></head><body><p>Thấy<script>alert("một")</script> được<!-- hai --></p><noscript>ba</noscript>
    <div style="display: none">bốn</div><p hidden>năm</p><svg><text>sáu</text></svg><textarea>bảy</textarea><?php tám ?><p>Hết</p>"""
    assert [block.original for block in read(page).blocks] == ["Thấy được", "Hết"]


def test_no_control_reaches_the_text_or_the_attributes() -> None:
    head = '<meta property="og:title" content="Tiêu&#1; đề"><meta property="og:type" content="article">'
    content = read(f"<html><head>{head}</head><body><p>một&#2;\x03 hai\0<b>ba</b>&#4;</p><a href='/'>x</a></body></html>")
    assert content.attributes["title"] == "Tiêu đề"
    assert [block.original for block in content.blocks] == ["một haiba", "x"]
    assert [block.original for block in strip_tags("<p>một&#2;\x03 hai")] == ["một hai"]


def test_a_line_break_ends_a_line_and_a_line_of_the_source_does_not() -> None:
    assert roles("<p>một\n hai<br>ba<br/><br/>bốn</p>") == [("paragraph", "", "một hai\nba\nbốn")]


TEXT = "Đẩy mạnh phong trào thi đua yêu nước ở xã"


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", ""),
        ("utf-8", "utf-8"),
        ("utf-8", "iso-8859-1"),
        ("utf-8-sig", ""),
        ("utf-16", "utf-16"),
        ("cp1258", "windows-1258"),
        ("cp1258", ""),
        ("cp1258", "iso-8859-1"),
        ("cp1258", "khong-co"),
    ],
)
def test_the_encoding_is_found(encoding: str, declared: str) -> None:
    head = (
        f'<html><head><meta http-equiv="Content-Type" content="text/html; charset={declared}"></head><body>'
        if declared
        else ""
    )
    text = TEXT
    if encoding == "cp1258":
        text = "".join(_APART.get(letter, letter) for letter in TEXT)
    data = f"{head}<p>{text}</p>".encode(encoding)
    assert [block.original for block in read(data).blocks] == [TEXT]


#: Letters that Windows-1258 writes as a letter and a tone mark.
_APART = {"ẩ": "â\u0309", "ạ": "a\u0323", "ở": "ơ\u0309", "ư": "ư", "ã": "a\u0303", "ớ": "ơ\u0301", "à": "à"}


def test_tcvn3_keeps_its_codes() -> None:
    data = "<html><head><meta charset=iso-8859-1></head><body><p>n\xadíc ®Èy m¹nh</p></body></html>".encode("latin-1")
    assert read(data).blocks[0].original == "n\xadíc ®Èy m¹nh"
    assert decode_html(b"<p>n\xad\xedc") == "<p>n\xadíc"


def test_elements_nested_by_the_thousand_lose_no_words_and_take_no_time() -> None:
    deep = "<div>" * 100_000 + "<p>Ở đáy có chữ</p>" + "</div>" * 100_000
    assert cpu_seconds(lambda: read(deep)) < 20
    content = read(deep)
    assert [block.original for block in content.blocks] == ["Ở đáy có chữ"]


def test_stripped_text_has_no_scripts() -> None:
    blocks = strip_tags("<p>một<script>x</script> hai</p><li>ba &amp; bốn")
    assert [block.original for block in blocks] == ["một hai", "ba & bốn"]


def test_entities_are_not_expanded_and_nothing_is_read_from_elsewhere() -> None:
    page = '<!DOCTYPE html [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY b "&a;&a;">]><html><body><p>chữ &a; &b;</p></body></html>'
    text = " ".join(block.original for block in read(page).blocks)
    assert "chữ" in text and "root:" not in text


@pytest.mark.parametrize("page", ["<html></html>", "<html><body><script>a()</script></body></html>", "<!DOCTYPE html>"])
def test_a_page_without_text_says_so(page: str) -> None:
    with pytest.raises(ExtractError, match=r"bao/a\.html: trang web không có chữ"):
        read(page)


def test_a_bid_is_by_the_bytes() -> None:
    bid = HtmlReader().bid
    assert (
        bid(Paper("a.doc", b"\n<!-- x --><HTML><body>"))
        == bid(Paper("a", "\ufeff<!doctype HTML>".encode("utf-16-le")))
        == 0.9
    )
    assert 0 < bid(Paper("a.html", b"x <body> y")) < 0.9
    assert (
        bid(Paper("a.html", b"# a <b> c")) == bid(Paper("a.xml", b'<?xml version="1.0"?><r/>')) == bid(Paper("a", b"")) == 0
    )


def test_work_grows_with_the_page() -> None:
    def make(count: int) -> bytes:
        paragraphs = "".join(
            f"<p>{TEXT}, đoạn {at}, còn dài hơn một chút nữa cho giống bài viết.</p>" for at in range(count)
        )
        return f"<html><body><div class='nav'><a href='/'>x</a></div><div>{paragraphs}</div></body></html>".encode()

    assert growth(make, read, 300) < LINEAR


def archive(article: Article, encoding: str = "utf-8", cte: str = "quoted-printable") -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = "<Saved by Blink>"
    message["Snapshot-Content-Location"] = "https://bao.example/thi-dua/bai-9.html"
    message["Subject"] = article.title
    message["MIME-Version"] = "1.0"
    message.set_content(article.page, subtype="html", charset=encoding, cte=cte)
    message.make_related()
    message.add_related(b"\x89PNG\r\n\x1a\n", "image", "png")
    return message


@pytest.mark.parametrize("cte", ["quoted-printable", "base64", "8bit"])
def test_a_web_archive_reads_as_its_page(cte: str) -> None:
    article = make_article(1)
    data = archive(article, cte=cte).as_bytes()
    paper = Paper("a.mht", data)
    assert MhtReader().bid(paper) > 0.9 > HtmlReader().bid(paper)
    content = MhtReader().read(paper)
    assert content.blocks == read(article.page).blocks
    assert content.attributes["origin"].endswith("https://bao.example/thi-dua/bai-1.html")


def test_a_web_archive_names_the_address_that_its_page_does_not() -> None:
    page = "<html><head><title>x</title></head><body><p>Thông báo.</p></body></html>"
    message = archive(Article("x", "", (), (), page))
    assert (
        MhtReader().read(Paper("a.mht", message.as_bytes())).attributes["origin"] == "https://bao.example/thi-dua/bai-9.html"
    )


def test_a_letter_is_no_web_archive() -> None:
    message = archive(make_article(0))
    del message["Snapshot-Content-Location"]
    message.replace_header("From", "a@xa.example")
    message["To"] = "b@xa.example"
    assert MhtReader().bid(Paper("a.eml", message.as_bytes())) == 0
    assert MhtReader().bid(Paper("a.mht", b"Ghi ch\xc3\xba: a\n\nb")) == MhtReader().bid(Paper("a.mht", b"")) == 0


def test_a_web_archive_without_a_page_says_so() -> None:
    message = EmailMessage(policy=SMTP)
    message["From"] = "<Saved by Blink>"
    message.add_related(b"x", "image", "png")
    nested = (
        b"From: <Saved by Blink>\nContent-Type: multipart/related; boundary=a\n\n"
        + b"--a\nContent-Type: multipart/mixed; boundary=a\n\n" * 2000
    )
    for data in (message.as_bytes(), b"From: <Saved by Blink>\nContent-Type: text/html\n\n", nested):
        with pytest.raises(ExtractError, match=r"x\.mht: "):
            MhtReader().read(Paper("x.mht", data))
