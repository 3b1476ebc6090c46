"""Internal items: public visitors meet them nowhere, not even in a count or a suggestion."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from indexer import index_corpus
from indexer.addresses import own_address
from kb.embedding.open import open_embedder
from kb.engines.open import embedded_engines, memory_engines
from kb.errors import NotFoundError
from kb.library.library import Library
from kb.library.store import Store
from kb.ports import EngineSet
from search_api.query.request import SearchRequest
from search_api.service import SearchService

OPEN = """---
kind: practice
title: Tổ thu gom rác ở thôn Đông
fields: [social_life]
place: Xã An Khánh, Hải Phòng
year: 2024
---

## Cách làm

Mỗi nhà phân loại rác, tổ thu gom hai lần một tuần, theo Kế hoạch số 238/KH-UBND.
"""
HIDDEN = OPEN.replace("thôn Đông", "thôn Quảng Yến").replace("An Khánh", "Quảng Yến").replace("2024", "2019")


#: An internal item has an address of its own.
KIN = own_address("kin.md", "kin")


def services(engines: EngineSet, folder: Path) -> tuple[SearchService, SearchService]:
    (folder / "corpus").mkdir()
    (folder / "corpus/mo.md").write_text(OPEN, "utf-8")
    (folder / "corpus/kin.md").write_text(HIDDEN.replace("year:", "internal: true\nyear:"), "utf-8")
    store = Store(folder / "store.sqlite")
    inside = Library(store, folder / "index", engines, open_embedder())
    index_corpus(inside, folder / "corpus")
    outside = Library(store, folder / "index", engines, inside.embedder, internal=False)
    return SearchService(outside), SearchService(inside)


@pytest.mark.parametrize("engines", [embedded_engines(), memory_engines()], ids=["embedded", "memory"])
def test_internal_items_are_nowhere(engines: EngineSet, tmp_path: Path) -> None:
    public, internal = services(engines, tmp_path)
    for query in (
        "",
        "thu gom rác",
        "Quảng Yến",
        "mỗi nhà phân loại rác rồi tổ thu gom hai lần một tuần",
        "rac thai",
        '"thu gom"',
    ):
        answer = public.search(SearchRequest(query))
        assert {hit.card.id for hit in answer.hits} <= {"mo"}, query
        assert answer.total <= 1 and KIN in {hit.card.id for hit in internal.search(SearchRequest(query)).hits}
        for facet in answer.facets:
            assert not {"2019", "Xã Quảng Yến, Hải Phòng"} & {value.code for value in facet.values}
        assert public.rank(SearchRequest(query), 10, "semantic") in ([], ["mo"])
    assert public.overview().total == 1 and [card.id for card in public.overview().newest] == ["mo"]
    assert internal.overview().total == 2 and public.health().items == 1
    with pytest.raises(NotFoundError):
        public.item(KIN)
    assert [s.card.id for s in internal.similar("mo").items] == [KIN] and public.similar("mo").items == []
    assert internal.item(KIN).card.internal and not internal.item("mo").card.internal
    assert public.search(SearchRequest("238/KH-UBND")).total == 1


def test_internal_words_are_no_suggestion(tmp_path: Path) -> None:
    public, _ = services(embedded_engines(), tmp_path)
    for query in ("Quảng Yếm", "Quangr Yến", "quang yen"):
        texts = " ".join(notice.text for notice in public.search(SearchRequest(query)).notices)
        own = re.compile("|".join(map(re.escape, query.split())))
        assert "Yến" not in own.sub("", texts), texts


def test_an_item_that_becomes_internal_disappears(tmp_path: Path) -> None:
    public, _ = services(embedded_engines(), tmp_path)
    path = tmp_path / "corpus/mo.md"
    path.write_text(OPEN.replace("year:", "internal: true\nyear:"), "utf-8")
    library = Library(Store(tmp_path / "store.sqlite"), tmp_path / "index", embedded_engines(), open_embedder())
    index_corpus(library, tmp_path / "corpus")
    assert public.search(SearchRequest("thu gom")).total == 0 and public.overview().total == 0
    with library.view() as view:
        assert view.snapshot.word_count("gom") == 0
        item = view.snapshot.item(own_address("mo.md", "mo"))
        assert replace(item, internal=False) != item and not view.snapshot.has_item("mo")
