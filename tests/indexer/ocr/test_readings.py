"""Both readings of a page are kept and found, and its quality is what the recogniser knows of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer import index_corpus
from indexer.discover import FoundFile
from indexer.ocr import Recognised, Sheet, Word, lay_out, read_at_once
from indexer.ocr.page_image import PageImage
from indexer.pipeline import process
from indexer.readers.pdf import PdfReader
from indexer.readers.reader import Paper
from kb.embedding.open import open_embedder
from kb.engines.open import memory_engines
from kb.item import Block, Item, Source
from kb.library.library import Library
from kb.library.records import ITEM
from kb.library.store import Store
from search_api.query.request import SearchRequest
from search_api.service import SearchService
from tests.indexer.ocr.scans import Scan, need_tesseract
from tests.indexer.readers.pdf_files import PdfFile, PdfPage, lines

PRINTED = [
    "Đẩy mạnh công tác tuyên truyền phong trào thi đua yêu nước trong",
    "cán bộ, công chức và nhân dân; kịp thời biểu dương, khen thưởng",
    "những tập thể và cá nhân có thành tích xuất sắc trong năm 2024.",
]
ENGLISH = [
    "Pay manh cdng tac tuyén truyén phong trao thi dua yéu nude trong",
    "can bé, cdng chire va nhan dan; kip thoi biéu duong, khen thudng",
    "nhing tap thé va ca nhan cé thanh tich xuat sac trong nam 2024.",
]
SIZE = PageImage(1654, 2339, 200, b"")


class Vietnamese:
    """A recogniser that reads what is printed, as sure as it is told."""

    def __init__(self, confidence: float = 0.97) -> None:
        self.confidence = confidence

    def __call__(self, path: str, data: bytes, number: int) -> Recognised:
        words = [
            Word(word, self.confidence, (1, 1, row), 200 + 60 * at, 180 + 36 * row, 250 + 60 * at, 210 + 36 * row)
            for row, text in enumerate(PRINTED)
            for at, word in enumerate(text.split())
        ]
        return lay_out(Sheet(SIZE, tuple(words)))


def with_english_layer() -> bytes:
    """A scan over which an English recogniser has laid its reading, invisibly."""
    hidden = lines(ENGLISH, x=72, y=770, step=13, size=9, mode=3)
    return PdfFile([PdfPage([Scan(dpi=60).write(80, 100, PRINTED).drawn(), *hidden])]).data()


def item_of(confidence: float) -> Item:
    return process(FoundFile("a.pdf", Path("a.pdf"), {}), with_english_layer(), Vietnamese(confidence))


def test_the_first_reading_is_ours_and_the_other_is_the_layer() -> None:
    (block,) = PdfReader().read(Paper("a.pdf", with_english_layer(), Vietnamese())).blocks
    assert block.original.split() == " ".join(PRINTED).split()
    assert block.other == " ".join(ENGLISH)
    assert block.other in block.versions and block.best == block.original


def test_both_readings_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.pipeline.KnownPages", lambda path: Vietnamese())
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "quet.pdf").write_bytes(with_english_layer())
    (folder / "khac.txt").write_text("Kế hoạch trồng cây đầu xuân của huyện.", "utf-8")
    var = tmp_path / "var"
    library = Library(Store(var / "store.sqlite"), var / "index", memory_engines(), open_embedder())
    assert not index_corpus(library, folder).failed
    for query in ('"tuyên truyền"', '"tuyén truyén"', '"tuyen truyen"'):
        answer = SearchService(library).search(SearchRequest(query))
        assert [hit.card.id for hit in answer.hits] == ["quet"], query
        marked = [segment.text for snippet in answer.hits[0].snippets for segment in snippet.segments if segment.hit]
        assert " ".join(marked) == "tuyên truyền", "also the other reading shows where it stands in the first one"


@pytest.mark.parametrize(("confidence", "quality"), [(0.97, "good"), (0.91, "poor"), (0.7, "poor"), (0.95, "fair")])
def test_quality_is_what_the_recogniser_knows(confidence: float, quality: str) -> None:
    """The text is clean to the eye in every case: every word of it is a word."""
    item = item_of(confidence)
    assert item.damage is not None and item.damage.kind == "clean"
    assert (item.quality, item.blocks[0].quality) == (quality, quality)


def test_a_layer_says_nothing_of_a_recogniser() -> None:
    block = Block(1, "Kế hoạch")
    item = Item("a", "document", "", Source("a", ""), (block,))
    assert (block.quality, item.quality, item.expected_error) == ("good", "good", None)


def test_records_of_before_still_load() -> None:
    item = Item("a", "document", "", Source("a", ""), (Block(1, "Kế hoạch"),))
    old = ITEM.dump_python(item, mode="json")
    del old["waiting"], old["blocks"][0]["other"], old["blocks"][0]["expected_error"]
    assert ITEM.validate_python(old) == item


def test_a_second_model_is_kept_beside_the_first() -> None:
    first = tuple(Word(text, 0.8, (1, 1, 1), 100 * at, 100, 100 * at + 90, 130) for at, text in enumerate(["đổi", "mới"]))
    second = tuple(Word(text, 0.7, (1, 1, 1), 100 * at, 100, 100 * at + 90, 130) for at, text in enumerate(["đối", "mới"]))
    read = lay_out(Sheet(SIZE, first, other=second))
    assert [line.text for line in read.other] == ["đối mới"]
    (block,) = PdfReader().read(Paper("a.pdf", PdfFile([PdfPage([Scan(dpi=60).drawn()])]).data(), lambda *_: read)).blocks
    assert (block.original, block.other) == ("đổi mới", "đối mới")


def test_a_scan_of_200_dpi_is_good_and_a_poor_fax_is_not() -> None:
    need_tesseract()

    def quality(dpi: int, threshold: int) -> tuple[str, float]:
        scan = Scan((595, 300), dpi=dpi).write(60, 60, PRINTED * 2)
        if threshold:
            scan.image = scan.image.point(lambda grey: 255 if grey > threshold else 0)
        content = PdfReader().read(Paper("a.pdf", PdfFile([PdfPage([scan.drawn()], size=(595, 300))]).data(), read_at_once))
        item = Item("a", "document", "", Source("a", ""), content.blocks)
        return item.quality, item.expected_error or 0.0

    good, fax = quality(200, 0), quality(70, 90)
    assert good[0] == "good" and fax[0] == "poor"
    assert fax[1] > 3 * good[1]
