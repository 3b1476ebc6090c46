"""axe-core finds nothing serious on any page, at desk and phone width, light and dark; and each page stays within its width."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

#: Rules of WCAG 2.1 A and AA and of good practice; these impacts may not occur.
GRAVE = ("critical", "serious")
PAGES = {
    "home": "/",
    "results": "/tim?q=mô hình&not_kind=document&field=agriculture",
    "read query": "/tim?q=cách làm hay NTM HTX năm:2024 -hữu cơ&nhu-chu=NTM",
    "closed group": "/tim?q=lúa&bo-dau=1",
    "exactly as typed": "/tim?q=hợp tác xã&nguyen-van=1",
    "many results": "/tim",
    "no result": "/tim?q=rươi&year=1999",
    "bad query": '/tim?q="((<script>',
    "practice": "/muc/04-hop-tac-xa-lien-ket-bao-tieu-ca-rot?q=hợp tác xã",
    "scan": "/muc/43-kh-lmhtx?q=thi dua",
    "side by side": "/muc/43-kh-lmhtx?doc=song-song&q=thi dua",
    "revoked": "/muc/13-luan-chuyen-bo-sinh-san",
    "compare": "/so-sanh?muc=04-hop-tac-xa-lien-ket-bao-tieu-ca-rot&muc=06-vuon-thuoc-nam-tram-y-te&muc=05-cho-khong-dung-tien-mat",
    "compare none": "/so-sanh",
    "nomination": "/tim-tuong-tu",
    "list": "/tim-theo-danh-sach",
    "advanced": "/tim-nang-cao?tim=1",
    "dossier": "/ho-so?muc=04-hop-tac-xa-lien-ket-bao-tieu-ca-rot&muc=43-kh-lmhtx",
    "dossier none": "/ho-so",
    "print": "/ho-so/in?muc=04-hop-tac-xa-lien-ket-bao-tieu-ca-rot",
    "booklet": "/ho-so/an-pham?muc=04-hop-tac-xa-lien-ket-bao-tieu-ca-rot&don-vi=Ban",
    "new": "/moi",
    "saved": "/da-luu",
    "block help": "/nhung?field=health",
    "block": "/nhung/khoi?field=health",
    "fields": "/linh-vuc",
    "field": "/linh-vuc/health",
    "places": "/dia-ban?ten=cẩm giàng",
    "place": "/dia-ban/hai-phong",
    "former place": "/dia-ban/hai-duong.huyen-cam-giang",
    "empty place": "/dia-ban/ha-noi",
    "help": "/tro-giup",
    "lists": "/mau-danh-sach",
    "api": "/api",
    "state": "/tinh-trang",
    "not found": "/muc/khong-co",
}


@pytest.fixture(scope="module", params=["desk light", "phone dark"])
def page(request: pytest.FixtureRequest, browser: Any, server: str) -> Iterator[Any]:
    width, scheme = (1280, "light") if request.param == "desk light" else (390, "dark")
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, base_url=server)
    yield context.new_page()
    context.close()


def grave(page: Any) -> list[str]:
    """What axe finds: rule, impact, where."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        f"{v['id']} ({v['impact']}): {v['nodes'][0]['html'][:160]} x{len(v['nodes'])}" for v in found if v["impact"] in GRAVE
    ]


@pytest.mark.parametrize("name", PAGES)
def test_nothing_serious(name: str, page: Any) -> None:
    page.goto(PAGES[name])
    for details in page.locator("details").all()[:6]:
        details.evaluate("node => node.open = true")
    assert grave(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing runs out of the page"
    assert page.evaluate("document.documentElement.lang") == "vi"
    assert page.locator("h1").count() == 1


def test_open_suggestions_and_keys(page: Any) -> None:
    page.goto("/")
    page.locator("#q").fill("hop tac")
    page.locator("#goi-y [role=option]").first.wait_for()
    page.keyboard.press("ArrowDown")
    assert grave(page) == []
    page.keyboard.press("Escape")
    page.locator("#q").evaluate("node => node.blur()")
    page.keyboard.press("?")
    page.locator("#phim").wait_for(state="visible")
    assert grave(page) == []


def test_answers_of_forms(page: Any) -> None:
    page.goto("/tim-tuong-tu")
    page.locator("#van-ban").fill(
        "Ban Giảm nghèo xã Hồng Dụ giao 30 con bò cái lai Sind cho hộ nghèo, 52 hộ hưởng lợi, 41 hộ thoát nghèo."
    )
    page.get_by_role("button", name="Tìm tương tự").click()
    page.locator("#trung").wait_for()
    assert grave(page) == []
    page.goto("/tim-theo-danh-sach")
    page.locator("#danh-sach").fill("Ban Quản lý chợ Cầu Vồng\nZzqx")
    page.get_by_role("button", name="Tìm", exact=True).click()
    page.locator("table.rows").wait_for()
    assert grave(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_at_twice_the_size_of_letters(browser: Any, server: str) -> None:
    """200 % zoom of a desk screen is half its width."""
    context = browser.new_context(viewport={"width": 640, "height": 400}, device_scale_factor=2, base_url=server)
    page = context.new_page()
    for name in ("results", "practice", "compare", "field", "place", "dossier", "advanced", "list"):
        page.goto(PAGES[name])
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
    context.close()
