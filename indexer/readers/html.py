"""Read saved web pages (HTML): the article with its title and lead (sapo), and what the page says about itself.

readability finds the article among menus, advertisements and comments. Where that is not sure, all visible text is taken and
a note says so: too much text is found, a missing paragraph is not. Nothing is fetched, and no script is looked at.
"""

from __future__ import annotations

import codecs
import logging
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from lxml import etree
from lxml import html as lxml_html
from readability import Document

from indexer.readers.html_blocks import is_hidden, lines_of, read_blocks, strip_tags
from indexer.readers.html_metadata import PageMetadata, read_metadata
from indexer.readers.legacy_fonts import decode_western
from indexer.readers.reader import Content, Paper
from indexer.readers.text import decode_unicode
from kb.errors import ExtractError
from kb.item import Block
from vitext import fold

#: Bytes in which a web page shows what it is, and in which it names its encoding.
HEAD_BYTES = 4096
#: Letters from which a block is prose, and not an entry of a menu.
PROSE = 60
#: The share of the prose of a page that the article must hold, or the whole page is taken; and the share that is enough
#: where the page calls itself an article.
MIN_ARTICLE_SHARE = 0.8
SURE_SHARE = 0.4
#: The share of the text of a page from which nothing is thrown away as a menu or an advertisement.
MAX_RUBBISH_SHARE = 0.5
#: Characters of an attribute.
MAX_ORIGIN = 300
MAX_TITLE = 600
#: Elements of a page that are looked at for rubbish.
MAX_ELEMENTS = 200_000

_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ufffe\uffff]")
_BEGINNING = re.compile(
    rb"\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.{0,1000}?-->\s*)*<(?:!doctype\s+html|html|head|body|meta|title)\b", re.I | re.S
)
_INSIDE = re.compile(rb"<(?:html|body|head)[\s>]", re.IGNORECASE)
_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([a-zA-Z0-9_.:-]{2,40})""", re.IGNORECASE)
#: Encodings that say less than they mean: what browsers take for them.
_MEANT = {"iso8859-1": "cp1252", "ascii": "cp1252", "tcvn": "cp1258"}
_TONES_1258 = re.compile(b"[aeiouyAEIOUY\xe2\xe3\xea\xf4\xf5\xfd\xc2\xc3\xca\xd4\xd5\xdd][\xcc\xec\xde\xd2\xf2]")
_RUBBISH_TAGS = frozenset(["nav", "footer", "aside", "form"])
_RUBBISH_NAME = re.compile(
    r"(?:^|[\s_-])(?:nav\w*|menu\w*|footer|breadcrumbs?|comments?|binh-?luan|related\w*|lien-?quan|tin-?lien-?quan|tin-?khac|share|sharing|social"
    r"|ads?|adv|advert\w*|quang-?cao|qc|banner\w*|sidebar|popup|modal|cookies?|tags?|newsletter|most-?read|doc-?nhieu|login|search)"
    r"(?:$|[\s_-])",
    re.IGNORECASE,
)
_LEAD_NAME = re.compile(
    r"(?:^|[\s_-])(?:sapo|lead|chapeau|detail-?summary|article-?summary|standfirst)(?:$|[\s_-])", re.IGNORECASE
)
_OFFICE = re.compile(r"microsoft word|libreoffice|openoffice|wps", re.IGNORECASE)
# It logs what it cannot read with a traceback; such a page is taken whole, and a note says so.
logging.getLogger("readability").setLevel(logging.CRITICAL)

_WHOLE_PAGE = "không nhận ra đâu là bài viết nên lấy toàn bộ chữ của trang, kể cả phần menu và quảng cáo nếu có"
_TOO_DEEP = "các thẻ HTML lồng nhau quá sâu nên chỉ lấy được chữ, không giữ đề mục và bảng"


class HtmlReader:
    """Web pages that were saved as one file."""

    name = "trang web (HTML)"

    def bid(self, paper: Paper) -> float:
        """.9 for a file that begins as a web page does, .6 where its first elements come later.

        >>> HtmlReader().bid(Paper("a.html", b"<!DOCTYPE html><title>x")), HtmlReader().bid(Paper("a.html", b"a < b"))
        (0.9, 0.0)
        """
        head = paper.data[:HEAD_BYTES]
        if b"\0" in head:
            head = (decode_unicode(head) or "").encode()
        head = head.removeprefix(codecs.BOM_UTF8)
        if _BEGINNING.match(head):
            return 0.9
        return 0.6 if _INSIDE.search(head) else 0.0

    def read(self, paper: Paper) -> Content:
        """The article of a page, or all its visible text. Raises ExtractError for a page without text."""
        return read_page(paper.path, decode_html(paper.data))


def read_page(path: str, text: str, address: str = "") -> Content:
    """What a page of HTML holds; `address` is where it was saved from, if the file around it says so. Raises ExtractError
    for a page without text."""
    root = _parse(text)
    if root is None:
        metadata, blocks, notes = PageMetadata(), strip_tags(text), [_TOO_DEEP]
    else:
        metadata = read_metadata(root, text)
        found = _find_blocks(root, metadata)
        blocks, notes = found if found[0] else (strip_tags(text), [_TOO_DEEP])
    if not blocks:
        raise ExtractError(f"{path}: trang web không có chữ nào; hãy mở trang, chờ hiện đủ chữ rồi lưu lại")
    attributes: dict[str, Any] = {}
    if metadata.is_article:
        attributes["kind"] = "article"
        if metadata.title:
            attributes["title"] = metadata.title[:MAX_TITLE]
    if metadata.date:
        attributes["year"] = metadata.date.year
    if origin := _origin(metadata, address):
        attributes["origin"] = origin
    return Content(tuple(blocks), attributes=attributes, notes=tuple(notes))


def _origin(metadata: PageMetadata, address: str) -> str:
    web = address if address.startswith(("http://", "https://")) else ""
    known = metadata.origin
    whole = known if metadata.address or not web else ", ".join(part for part in (known, web) if part)
    return whole if len(whole) <= MAX_ORIGIN else metadata.address or web[:MAX_ORIGIN]


def decode_html(data: bytes, declared: str | None = None) -> str:
    """The text of a page. A byte order mark decides, then UTF-8 where the bytes are that, then the encoding that `declared`
    or the page itself names, then Windows-1258 by its tone marks behind vowels, and else Windows-1252.

    Many pages name an encoding that is not theirs, and no text in another encoding is UTF-8 by chance.

    >>> decode_html('<meta charset="iso-8859-1">Hải Phòng'.encode())[-9:]
    'Hải Phòng'
    """
    if (unicode := decode_unicode(data)) is not None:
        return unicode
    try:
        return data.decode("utf-8")  # with controls that no text has
    except UnicodeDecodeError:
        pass
    match = _CHARSET.search(data[:HEAD_BYTES])
    for name in (declared, match[1].decode("ascii") if match else None):
        try:
            known = codecs.lookup(name or "").name
            # A page that says UTF-8 and is not has a few broken letters, or is in another encoding altogether.
            text = _decode(data, _MEANT.get(known, known), "replace" if known == "utf-8" else "strict")
        except (LookupError, UnicodeDecodeError):
            continue
        if text.count("\ufffd") * 200 <= len(text) and not (known in _MEANT and _TONES_1258.search(data)):
            return text
    if len(_TONES_1258.findall(data)) * 20 > sum(byte >= 0x80 for byte in data):
        return _decode(data, "cp1258", "replace")
    return decode_western(data)


def _decode(data: bytes, encoding: str, errors: str) -> str:
    """The text, composed where the encoding writes tone marks apart."""
    text = data.decode(encoding, errors)
    return unicodedata.normalize("NFC", text) if encoding == "cp1258" else text


def _parse(text: str) -> Any | None:
    """The tree of a page, None where none can be made. Nothing is fetched and no entity is expanded."""
    parser = lxml_html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        root = lxml_html.document_fromstring(_CONTROLS.sub("", text).encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        return None
    if root.find("body") is None:
        return None
    for element in root.iter():
        # Controls that the page writes as numbers are no letters either.
        if element.text and _CONTROLS.search(element.text):
            element.text = _CONTROLS.sub("", element.text)
        if element.tail and _CONTROLS.search(element.tail):
            element.tail = _CONTROLS.sub("", element.tail)
    return root


def _find_blocks(root: Any, metadata: PageMetadata) -> tuple[list[Block], list[str]]:
    """The blocks of a page and the notes on them: its article where there is one, else all of its visible text."""
    generator = " ".join(
        meta.get("content") or "" for meta in root.iter("meta") if (meta.get("name") or "").lower() == "generator"
    )
    if _OFFICE.search(generator):
        return read_blocks(root), []
    headline = _headline(root)
    leads = [lines_of(e.text_content()) for e in root.iter() if isinstance(e.tag, str) and _LEAD_NAME.search(_names(e))][:3]
    links = {" ".join(link.text_content().split()) for link in root.iter("a") if link.get("href")}
    remove_rubbish(root)
    whole = read_blocks(root)
    if not links:
        return whole, []
    article = _between(whole, _article(root), links)
    sure = metadata.is_article or bool(metadata.title)
    if _prose(article) < max(1, (SURE_SHARE if sure else MIN_ARTICLE_SHARE) * _prose(whole)):
        return whole, [_WHOLE_PAGE]
    return _with_beginning(article, metadata.title or headline, [*leads, metadata.lead]), []


def _between(whole: list[Block], article: list[Block], links: set[str]) -> list[Block]:
    """The blocks of a page from the first to the last that readability took for the article.

    It drops lists and tables within an article. What stands between its blocks belongs to it, except for links.
    """
    taken = {block.original for block in article}
    sure = {text for text in taken if len(text) >= PROSE} or taken
    places = [at for at, block in enumerate(whole) if block.original in sure]
    if not places:
        return []
    between = whole[places[0] : places[-1] + 1]
    return [block for block in between if block.original in taken or block.original not in links]


def _article(root: Any) -> list[Block]:
    try:
        summary = Document(etree.tostring(root, encoding="unicode", method="html")).summary(html_partial=True)
        tree = lxml_html.fromstring(summary)
    except Exception:  # readability raises what its parsers raise, and a page in which it fails has no article.
        return []
    return read_blocks(tree)


def remove_rubbish(root: Any) -> None:
    """Take out of a tree what is no text of the page: menus, footers, forms, advertisements, comments, links to other pages.

    They are told by their elements and by the names that designers give them; what holds most of the text stays whatever
    its name.
    """
    body = root.find("body")
    total = len(body.text_content()) if body is not None else 0
    doomed = []
    for count, element in enumerate(root.iter()):
        if count > MAX_ELEMENTS:
            break
        if not isinstance(element.tag, str) or element.tag in ("html", "body", "head", "article", "main"):
            continue
        if element.tag in _RUBBISH_TAGS or _RUBBISH_NAME.search(_names(element)) or is_hidden(element):
            doomed.append(element)
    for element in doomed:
        if element.getparent() is not None and len(element.text_content()) <= MAX_RUBBISH_SHARE * total:
            element.drop_tree()


def _names(element: Any) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''}"


def _headline(root: Any) -> str:
    """The words of the only first heading of a page, "" where it has none or several."""
    headings = [" ".join(h1.text_content().split()) for h1 in root.iter("h1")]
    headings = [words for words in headings if words]
    return headings[0] if len(headings) == 1 else ""


def _with_beginning(article: list[Block], title: str, leads: Sequence[str]) -> list[Block]:
    """The article with its title and its lead before it, where they stand outside it.

    The lead is taken as the page prints it; the description that a page gives of itself only where it prints none.
    """
    beginning = []
    if title:
        title_at = next((at for at, block in enumerate(article[:4]) if _key(block.original) == _key(title)), None)
        if title_at is not None:
            article = [block for at, block in enumerate(article) if at != title_at]
        beginning.append(Block(1, title, "heading", 1))
    said = "".join(_key(block.original) for block in article[:8])
    lead = next((lead for lead in leads if lead), "")
    if lead and _key(lead)[:80] not in said and _key(lead) != _key(title):
        beginning.append(Block(1, lead))
    return beginning + article


def _key(text: str) -> str:
    """Letters and digits alone: signs and gaps differ between a page and what it says about itself."""
    return "".join(c for c in fold(text) if c.isalnum())


def _prose(blocks: Sequence[Block]) -> int:
    return sum(len(block.original) for block in blocks if len(block.original) >= PROSE)
