"""Make web pages for tests: a press article among menus, advertisements, links to other articles and comments."""

from __future__ import annotations

import random
from dataclasses import dataclass

_WORDS = [
    "hợp",
    "tác",
    "xã",
    "phong",
    "trào",
    "thi",
    "đua",
    "nhân",
    "dân",
    "thôn",
    "xóm",
    "cán",
    "bộ",
    "đảng",
    "viên",
    "mô",
    "hình",
    "sản",
    "xuất",
    "nông",
    "nghiệp",
    "thành",
    "phố",
    "sáng",
    "kiến",
    "khen",
    "thưởng",
    "chính",
    "quyền",
    "địa",
    "phương",
    "hộ",
    "gia",
    "đình",
    "thu",
    "nhập",
    "tăng",
    "trưởng",
    "môi",
    "trường",
    "nước",
    "sạch",
    "trường",
    "học",
    "thầy",
    "cô",
    "học",
    "sinh",
    "y",
    "tế",
    "trạm",
    "xá",
    "vận",
    "động",
    "quyên",
    "góp",
    "xây",
    "dựng",
    "đường",
    "làng",
    "ngõ",
    "xóm",
    "chiếu",
    "sáng",
    "camera",
    "an",
    "ninh",
    "trật",
    "tự",
    "tổ",
    "tự",
    "quản",
    "hòa",
    "giải",
    "cơ",
    "sở",
    "văn",
    "hóa",
]


@dataclass(frozen=True)
class Article:
    """What a page was made of, and the page. `rubbish` is every text on it that is no part of the article."""

    title: str
    lead: str
    body: tuple[str, ...]
    rubbish: tuple[str, ...]
    page: str


def make_article(seed: int) -> Article:
    """A page of its own for every seed, in one of four layouts as sites use them."""
    chance = random.Random(seed)

    def sentence(low: int, high: int) -> str:
        words = [chance.choice(_WORDS) for _ in range(chance.randint(low, high))]
        return f"{words[0].capitalize()} {' '.join(words[1:])} {chance.randint(100, 999)}"

    def sentences(count: int) -> str:
        return " ".join(f"{sentence(8, 24)}." for _ in range(count))

    title, lead = sentence(8, 14), f"{sentence(20, 34)}."
    body = tuple(sentences(chance.randint(2, 5)) for _ in range(chance.randint(6, 16)))
    menu = [sentence(2, 3) for _ in range(12)]
    related = [sentence(7, 12) for _ in range(8)]
    comments = [f"{sentence(10, 20)}." for _ in range(chance.randint(2, 5))]
    footer = [f"Cơ quan chủ quản: {sentence(4, 6)}", f"Điện thoại: 0225.{chance.randint(100000, 999999)}"]
    links = "".join(f'<li><a href="/muc-{at}">{text}</a></li>' for at, text in enumerate(menu))
    others = "".join(f'<li><a href="/bai-{at}.html">{text}</a></li>' for at, text in enumerate(related))
    said = "".join(f'<div class="item"><b>Bạn đọc {at}</b><p>{text}</p></div>' for at, text in enumerate(comments))
    page = _LAYOUTS[seed % len(_LAYOUTS)].format(
        title=title,
        lead=lead,
        body="".join(f"<p>{text}</p>" for text in body),
        menu=links,
        related=others,
        comments=said,
        footer="".join(f"<p>{text}</p>" for text in footer),
    )
    return Article(title, lead, body, (*menu, *related, *comments, *footer), page)


_HEAD = """<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>{title} | Báo Thử Nghiệm</title>
<meta property="og:title" content="{title}"><meta property="og:description" content="{lead}">
<meta property="og:type" content="article"><meta property="og:site_name" content="Báo Thử Nghiệm">
<meta property="og:url" content="https://bao.example/thi-dua/bai-1.html">
<meta property="article:published_time" content="2024-10-18T09:15:00+07:00"><meta name="author" content="Trần Bình">
<script>var ads = "quảng cáo trong mã";</script><style>p {{ color: red }}</style></head>"""

_LAYOUTS = (
    _HEAD
    + """<body><header><ul class="main-menu">{menu}</ul></header><main><article><h1 class="title-detail">{title}</h1>
<p class="sapo">{lead}</p><div class="detail-content">{body}</div></article>
<div class="box-related"><h3>Tin liên quan</h3><ul>{related}</ul></div>
<section id="binh-luan"><h3>Bình luận</h3>{comments}</section></main><footer>{footer}</footer></body></html>""",
    _HEAD
    + """<body><div class="nav"><ul>{menu}</ul></div><table width="1000"><tr><td class="left"><ul>{menu}</ul></td><td>
<div class="news"><div class="news-title"><h1>{title}</h1></div><div><b>{lead}</b></div>{body}</div>
<div class="tin-khac"><ul>{related}</ul></div>{comments}</td></tr></table><div id="footer">{footer}</div></body></html>""",
    _HEAD
    + """<body><div id="wrapper"><div class="header-menu"><ul>{menu}</ul></div><div class="col-left">
<div class="post"><h1>{title}</h1><h2 class="sapo">{lead}</h2><div id="main-detail-body">{body}
<div class="quang-cao"><a href="/mua">Mua ngay hôm nay</a></div></div></div></div>
<div class="sidebar"><ul>{related}</ul></div><div class="comment-list">{comments}</div>
<div class="footer">{footer}</div></div></body></html>""",
    # No name says what is what.
    _HEAD
    + """<body><div class="a1"><div class="b7"><ul>{menu}</ul></div><div class="c3"><div class="x9"><h1>{title}</h1>
<p><strong>{lead}</strong></p>{body}</div><div class="k2"><ul>{related}</ul></div><div class="z5">{comments}</div></div>
<div class="f0">{footer}</div></div></body></html>""",
)
