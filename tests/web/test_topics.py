"""Pages of fields and places: every number is what following its link shows, and old names lead to new ones."""

from __future__ import annotations

import re
from html import unescape

import pytest
from starlette.testclient import TestClient

from kb.papers import places, vocabulary
from search_api.service import SearchService

PLACES = ["hai-phong", "hai-phong.xa-tue-tinh", "hai-duong.huyen-cam-giang", "hai-phong.quan-le-chan", "hai-duong"]


def shown(client: TestClient, url: str) -> int:
    """How many results an address shows."""
    total = re.search(r"<strong>([\d.]+) kết quả</strong>", client.get(url).text)
    assert total, url
    return int(total[1].replace(".", ""))


def numbers(html: str) -> list[tuple[str, int]]:
    """(address, number beside it) of every link to results: bars of rows, bars over the years, "Xem tất cả"."""
    found = re.findall(r'<a href="(/tim\?[^"]*)" aria-label="Năm \d+: ([\d.]+) mục"', html)
    found += re.findall(r'<th scope="row"><a href="(/tim\?[^"]*)">[^<]*</a></th><td class="n">([\d.]+)</td>', html)
    found += re.findall(r'<a href="(/tim\?[^"]*)">(?:Xem tất cả|Tìm trong) ([\d.]+)', html)
    return [(unescape(url), int(count.replace(".", ""))) for url, count in found]


@pytest.mark.parametrize("code", vocabulary.codes("field"))
def test_every_number_of_a_field_is_what_its_link_shows(code: str, client: TestClient) -> None:
    html = client.get(f"/linh-vuc/{code}").text
    pairs = dict(numbers(html))
    assert len(pairs) > 5
    for url, count in pairs.items():
        assert shown(client, url) == count > 0, url
    listed = re.search(r"([\d.]+) mục\. Mục thuộc", html)
    assert listed and int(listed[1]) == shown(client, f"/tim?field={code}")


@pytest.mark.parametrize("code", PLACES)
def test_every_number_of_a_place_is_what_its_link_shows(code: str, client: TestClient) -> None:
    html = client.get(f"/dia-ban/{code}").text
    pairs = dict(numbers(html))
    assert len(pairs) > 5
    for url, count in pairs.items():
        assert shown(client, url) == count > 0, url


def test_numbers_beside_places_are_those_of_their_pages(client: TestClient) -> None:
    html = client.get("/dia-ban/hai-phong").text + client.get("/dia-ban/hai-duong.huyen-cam-giang").text
    pairs = re.findall(
        r'<a href="(/dia-ban/[^"]+)">[^<]+</a>(?: \(một phần\))?[^0-9<]*<span class="[a-z]+">([\d.]+) mục', html
    )
    assert len(pairs) > 20
    for url, count in dict(pairs).items():
        page = client.get(url).text
        total = re.search(r'<p class="lead">([\d.]+) mục', page)
        assert total and total[1] == count, url


def test_old_names_lead_to_new_ones_and_back(client: TestClient) -> None:
    old = client.get("/dia-ban/hai-duong.huyen-cam-giang.xa-duc-chinh").text
    assert "Tên cũ, trước 7/2025. Nay thuộc:" in old and 'href="/dia-ban/hai-phong.xa-tue-tinh"' in old
    new = client.get("/dia-ban/hai-phong.xa-tue-tinh").text
    assert "/dia-ban/hai-duong.huyen-cam-giang.xa-duc-chinh" in new and "Lập từ" in new
    assert (
        'href="/muc/04-hop-tac-xa-lien-ket-bao-tieu-ca-rot"' in old
        and 'href="/muc/04-hop-tac-xa-lien-ket-bao-tieu-ca-rot"' in new
    )


def test_the_box_of_places(client: TestClient) -> None:
    straight = client.get("/dia-ban", params={"ten": "xã tuệ tĩnh, hải phòng"})
    assert straight.status_code == 303 and straight.headers["location"] == "/dia-ban/hai-phong.xa-tue-tinh"
    several = client.get("/dia-ban", params={"ten": "cam giang"}).text
    assert several.count('href="/dia-ban/') > 3 and "tên cũ" in several
    none = client.get("/dia-ban", params={"ten": "<script>zzz"}).text
    assert "Không có địa bàn nào tên" in none and "<script>zzz" not in none


def test_a_place_or_field_that_is_not_there(client: TestClient) -> None:
    for path in ("/linh-vuc/x", "/dia-ban/x", "/dia-ban/%00", "/linh-vuc/%ED%A0%80"):
        assert client.get(path).status_code == 404


def test_a_place_without_items_says_where_there_are_some(client: TestClient) -> None:
    empty = client.get("/dia-ban/hai-phong.xa-cam-giang").text
    assert "Chưa có mục nào ở địa bàn này" in empty and "Thành phố Hải Phòng</a> có 102 mục" in empty
    assert "Chưa có mục nào" in client.get("/dia-ban/ha-noi").text


def test_every_place_has_a_page(client: TestClient) -> None:
    for province in places.provinces():
        assert client.get(f"/dia-ban/{province.code}").status_code == 200
        for child in places.children(province)[::40]:
            assert client.get(f"/dia-ban/{child.code}").status_code == 200


def test_the_facet_of_places_is_a_tree_with_former_names_apart(client: TestClient, service: SearchService) -> None:
    from search_api.query.request import SearchRequest

    facet = next(f for f in service.search(SearchRequest()).facets if f.name == "place")
    assert facet.values[0].code == "Thành phố Hải Phòng" and facet.values[0].count == 102
    assert {v.depth for v in facet.values if not v.former} == {0, 1}
    communes = [v for v in facet.values if v.depth]
    assert all(v.label in v.code and "," not in v.label for v in communes)
    former = [v for v in facet.values if v.former]
    assert facet.values[-len(former) :] == former and "Tỉnh Hải Dương" in {v.code for v in former}
    assert len({v.code for v in facet.values}) == len(facet.values)
    assert "Theo tên cũ, trước 7/2025" in client.get("/tim").text
