"""Lists in a run: rows are items beside their list, counted, told, moved and removed with it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from indexer import Report, index_corpus
from kb.embedding.open import open_embedder
from kb.engines.open import memory_engines
from kb.library.account import Account
from kb.library.library import Library
from kb.library.store import Store
from search_api.query.request import SearchRequest
from search_api.service import SearchService
from tests.indexer.lists.files import Rows, as_csv, as_xlsx, classic, person

TITLE = ["DANH SÁCH ĐỀ NGHỊ KHEN THƯỞNG NĂM 2024"]
HEADING = ["TT", "Họ và tên", "Đơn vị", "Thành tích"]


def rows(*numbers: int) -> Rows:
    return [TITLE, HEADING, *([at, person(at), "Xã A", f"Trồng {at} cây đa"] for at in numbers)]


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(Store(tmp_path / "var" / "store.sqlite"), tmp_path / "var" / "index", memory_engines(), open_embedder())


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    (tmp_path / "corpus").mkdir()
    return tmp_path / "corpus"


def counts(report: Report) -> tuple[int, int, int, int, int]:
    return report.added, report.changed, report.unchanged, report.moved, report.removed


def found(library: Library, query: str) -> set[str]:
    answer = SearchService(library).search(SearchRequest(query, per_page=50))
    return {hit.card.id for hit in answer.hits if hit.match.code != "semantic"}


def history(library: Library, item_id: str) -> list[str]:
    with library.store.snapshot() as snapshot:
        return [event.event for event in snapshot.history(item_id)]


def test_rows_are_found_counted_and_follow_their_list(library: Library, corpus: Path) -> None:
    path = corpus / "ds.xlsx"
    path.write_bytes(as_xlsx(rows(1, 2, 3)))
    report = index_corpus(library, corpus)
    assert counts(report) == (4, 0, 0, 0, 0) and (report.found, report.parts, report.items) == (1, 3, 4)
    assert found(library, '"trồng 2 cây đa"') == {"ds", "ds-le-duc-chi"}
    assert counts(index_corpus(library, corpus)) == (0, 0, 4, 0, 0), "an unchanged list is not read again"
    with library.store.snapshot() as snapshot:
        assert Account.read(snapshot.meta["account"]) == Account(found=1, parts=3)
    path.write_bytes(as_xlsx(rows(5, 1, 3)))
    assert index_corpus(library, corpus).items == 4
    assert not found(library, '"trồng 2 cây đa"') and found(library, '"trồng 5 cây đa"') == {"ds", "ds-vu-quang-ha"}
    assert history(library, "ds-tran-thi-binh") == ["added"], "it moved down, and did not change"
    assert history(library, "ds-le-duc-chi") == ["added", "removed"] and history(library, "ds") == ["added", "changed"]
    path.rename(corpus / "khac.xlsx")
    assert index_corpus(library, corpus).items == 4
    path.with_name("khac.xlsx").unlink()
    (corpus / "con.txt").write_text("Một văn bản còn lại", "utf-8")
    assert index_corpus(library, corpus, yes=True).items == 1


def test_lists_of_one_name_keep_the_ids_of_their_rows_when_one_row_moves(library: Library, corpus: Path) -> None:
    for year in ("2023", "2024"):
        (corpus / year).mkdir()
        (corpus / year / "ds.xlsx").write_bytes(as_xlsx(rows(1, 2)))
    index_corpus(library, corpus)

    def ids() -> dict[str, str]:
        with library.store.snapshot() as snapshot:
            return {record.path: record.item_id for record in snapshot.files().values()}

    before = ids()
    (corpus / "2024" / "ds.xlsx").write_bytes(as_xlsx(rows(7, 1, 2)))
    index_corpus(library, corpus)
    after = ids()
    for number in (3, 4):
        assert after[f"2024/ds.xlsx › Sheet1, dòng {number + 1}"] == before[f"2024/ds.xlsx › Sheet1, dòng {number}"]
        assert after[f"2023/ds.xlsx › Sheet1, dòng {number}"] == before[f"2023/ds.xlsx › Sheet1, dòng {number}"]


def test_a_list_in_an_archive_with_a_wrong_row(library: Library, corpus: Path) -> None:
    wrong = [*rows(1, 2, 3, 4), [5, "", "Xã B", "Đào giếng"]]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("hồ sơ/ds.csv", as_csv(wrong))
        archive.writestr("mau.txt", "Văn bản khác")
    (corpus / "gui.zip").write_bytes(file.getvalue())
    report = index_corpus(library, corpus)
    assert report.exit_code == 0 and (report.parts, report.items) == (6, 6)
    assert report.notes == {"gui.zip › hồ sơ/ds.csv": "dòng 7: thiếu tên; không lấy dòng này"}
    assert found(library, "đào giếng") == {"gui-ds"}, "nothing is lost: the list has it"
    again = index_corpus(library, corpus)
    assert again.notes == report.notes and again.unchanged == 6, "it is told until it is right"
    with library.store.snapshot() as snapshot:
        paths = {snapshot.item(i).source.path for i in snapshot.ids()}
    assert "gui.zip › hồ sơ/ds.csv › dòng 3" in paths


def test_rows_of_a_hidden_list_are_hidden(library: Library, corpus: Path) -> None:
    (corpus / "manifest.toml").write_text('[[file]]\npath = "ds.xlsx"\ninternal = true\n', "utf-8")
    (corpus / "ds.xlsx").write_bytes(as_xlsx(rows(1, 2)))
    (corpus / "khac.xlsx").write_bytes(as_xlsx(rows(3)))
    index_corpus(library, corpus)
    with library.store.snapshot() as snapshot:
        hidden = snapshot.hidden()
    assert len(hidden) == 3 and all(item_id.startswith("ds") for item_id in hidden)
    public = Library(library.store, library.index_dir, library.engines, library.embedder, internal=False)
    assert not found(public, '"trồng 1 cây đa"') and found(public, '"trồng 3 cây đa"')


def test_the_list_and_its_rows_lead_to_each_other(library: Library, corpus: Path) -> None:
    (corpus / "ds.xlsx").write_bytes(as_xlsx(*classic()))
    index_corpus(library, corpus)
    service = SearchService(library)
    nesting = service.item("ds").nesting
    assert nesting.within is None and nesting.total == 46 and len(nesting.inside) == 46
    assert [item.title.partition(":")[0] for item in nesting.inside[:7]] == [f"Chi bộ thôn {n}" for n in range(1, 7)] + [
        person(0)
    ]
    row = service.item(nesting.inside[9].id)
    assert row.nesting.within and row.nesting.within.id == "ds" and row.nesting.total == 0
    assert next(a.value for a in row.attributes if a.name == "row") == "Sheet1, dòng 18"
    similar = {other.card.id: other.duplicate for other in row.similar}
    assert "ds" not in similar and not any(similar.values()), "neighbours in a list are not the same achievement"
