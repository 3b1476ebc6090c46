"""The repair step: both readings kept, titles read, attributes read from the reading and grounded in the letters."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from indexer import repair as repair_step
from indexer.enrich import enrich
from indexer.enrich.attributes import DOUBTFUL_ACCENTS
from indexer.measure import measure
from indexer.pipeline import read_file
from indexer.repair import repair
from kb.item import Block, Item, Source
from kb.papers.numbers import DocumentNumber
from tests.conftest import CORPUS
from tests.fake_corrector import correct_blocks
from vitext import SURE_CONFIDENCE, CorrectedWord, Repaired, Step, encode_legacy


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repair_step, "repair_blocks", correct_blocks)


def item(*texts: str, title: str = "") -> Item:
    return Item("x", "document", title, Source("x", ""), tuple(Block(1, text) for text in texts))


@pytest.mark.usefixtures("fake")
def test_the_original_stays_and_the_reading_stands_beside_it() -> None:
    before = measure(item("Pay manh cdng tac tuyén truyén", "Thi đua yêu nước"))
    after = repair(before)
    assert [b.original for b in after.blocks] == [b.original for b in before.blocks]
    assert [b.repaired for b in after.blocks] == ["Đẩy mạnh công tác tuyên truyền", None]
    assert [b.corrected for b in after.blocks] == [6, 0]
    assert [w.after for b in after.blocks for w in b.doubts] == ["tuyên"], "only what is not sure"
    assert after.damage == before.damage, "the damage is that of the letters as recognised"
    assert repair(after) == after


@pytest.mark.usefixtures("fake")
def test_a_title_taken_from_the_text_is_read_with_it() -> None:
    after = repair(item("Pay manh cdng tac\ntuyén truyén", title="Pay manh cdng tac"))
    assert (after.title, after.title_original) == ("Đẩy mạnh công tác", "Pay manh cdng tac")
    written = repair(item("Pay manh cdng tac", title="Kế hoạch tuyên truyền"))
    assert (written.title, written.title_original) == ("Kế hoạch tuyên truyền", "")
    whole = repair(item("Pay manh", title="Pay manh"))
    assert (whole.title, whole.title_original) == ("Đẩy mạnh", "Pay manh")


@pytest.mark.parametrize(("step", "kept"), [("place_tones", None), ("undo_mojibake", "hòa"), ("correct_letters", "hòa")])
def test_spelling_alone_is_no_second_reading(step: str, kept: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    result = Repaired("hoà", "hòa", (Step(step, 0, 3, "hoà", "hòa"),))
    monkeypatch.setattr(repair_step, "repair_blocks", lambda blocks, max_corrected: [result])
    assert repair(item("hoà")).blocks[0].repaired == kept


@pytest.mark.usefixtures("fake")
def test_rules_read_the_reading_and_evidence_stands_in_the_letters() -> None:
    after = enrich(repair(item("S6: 43/KH-LMHTX", "KE HOACH\nPay manh cdng tac tuyén truyén")))
    assert after.document and (after.number, after.document.type) == (DocumentNumber("43", "", "KH-LMHTX"), "plan")
    assert after.title == "Kế hoạch Đẩy mạnh công tác tuyên truyền"
    assert after.title_original == "Kế hoạch Pay manh cdng tac tuyén truyén"
    printed = {e.attribute: after.blocks[e.block].original[e.start : e.end] for e in after.evidence}
    assert (printed["number"], printed["type"]) == ("43/KH-LMHTX", "KE HOACH")
    assert printed["title"] == "Pay manh cdng tac tuyén truyén"
    assert all(e.confidence <= 0.9 for e in after.evidence), "a reading is believed less than clean print"
    assert enrich(after) == after


@pytest.mark.usefixtures("fake")
def test_an_attribute_is_believed_no_more_than_its_least_sure_word() -> None:
    after = enrich(repair(item("CHỦ TỊCH\nNguyễn Văn Quy")))
    (signer,) = [e for e in after.evidence if e.attribute == "signer"]
    assert (signer.value, signer.confidence) == ("Nguyễn Văn Quý", DOUBTFUL_ACCENTS), "only accents are guessed"
    assert after.document and after.document.signer == "Nguyễn Văn Quý"
    assert after.blocks[0].original[signer.start : signer.end] == "Nguyễn Văn Quy"


def test_a_name_of_which_letters_are_guessed_is_too_uncertain_to_be_set() -> None:
    text, repaired = "CHỦ TỊCH\nNguyễn Văn Qny", "CHỦ TỊCH\nNguyễn Văn Quý"
    at = text.index("Qny")
    doubt = CorrectedWord(at, at + 3, at, at + 3, "Qny", "Quý", 0.5, ())
    after = enrich(item(text).with_(blocks=(Block(1, text, repaired=repaired, doubts=(doubt,)),)))
    (signer,) = [e for e in after.evidence if e.attribute == "signer"]
    assert (signer.value, signer.confidence) == ("Nguyễn Văn Quý", 0.5)
    assert after.document is None or after.document.signer == ""


def test_the_scanned_plan_by_the_shipped_reader() -> None:
    path = CORPUS / "documents/43-KH-LMHTX.scan.txt"
    after = read_file(path)
    assert "\n\n".join(b.original for b in after.blocks).split() == path.read_text("utf-8").split()
    assert all(len(b.best.split("\n")) == len(b.original.split("\n")) for b in after.blocks), "lines stay lines"
    document = after.document
    assert document and after.title.startswith("Kế hoạch Đẩy mạnh công tác tuyên truyền phong trào thi đua yêu nước")
    assert (document.number, document.type, document.date) == (
        DocumentNumber("43", "", "KH-LMHTX"),
        "plan",
        dt.date(2025, 2, 25),
    )
    assert document.issuer == "Liên minh Hợp tác xã thành phố Hải Phòng"
    assert (after.place, after.year) == ("Thành phố Hải Phòng", 2025)
    assert [(c.number.text, c.relation, c.date) for c in document.citations] == [
        ("238/KH-UBND", "implements", dt.date(2024, 10, 18)),
        ("39/CTr-LMHTX", "implements", dt.date(2025, 2, 21)),
    ]
    assert document.citations[0].text == "Kế hoạch số 238/KH-UBND ngày 18/10/2024"
    cited = document.citations[0]
    assert after.blocks[cited.block].original[cited.start : cited.end] == "K& hoach so 238/KH-UBND ngay 18/10/2024"
    words = [word for block in after.blocks for word in block.doubts]
    assert words and all(word.confidence < SURE_CONFIDENCE for word in words)
    for block in after.blocks:
        for word in block.doubts:
            assert block.best[word.start : word.end] == word.after
            assert block.original[word.original_start : word.original_end] == word.before


def test_a_clean_paper_has_one_reading() -> None:
    after = read_file(CORPUS / "documents/238-KH-UBND.md")
    assert not after.machine_corrected and all(block.repaired is None and not block.corrected for block in after.blocks)


def test_records_are_clean(tmp_path: Path) -> None:
    changed = [p.name for p in sorted((CORPUS / "practices").glob("*.md"))[::4] if read_file(p).machine_corrected]
    assert changed == []


def test_what_a_reader_converted_is_measured_and_kept_as_converted() -> None:
    """A font of the file named the encoding; one block is damaged in any case, and the reader's version of it stays."""
    old = ("®Èy m¹nh c«ng t¸c tuyªn truyÒn phong trµo thi ®ua", "Pay manh cdng tac tuyén truyén phong trao thi dua yéu nuéc")
    new = ("đẩy mạnh công tác tuyên truyền phong trào thi đua", "Pay manh cdng tac tuyén truyén phong trao thi dua yéu nuéc")
    blocks = tuple(Block(1, before, repaired=after) for before, after in zip(old, new, strict=True))
    before = Item("a", "document", "", Source("a.doc", "0"), blocks[:1])
    after = repair(measure(before))
    assert after.quality == "good" and after.blocks[0].versions == (new[0], old[0]) and not after.blocks[0].doubts
    damaged = repair(measure(before.with_(blocks=blocks[1:])))
    assert damaged.quality == "poor" and damaged.blocks[0].best == new[1] and not damaged.blocks[0].corrected


def test_a_paper_without_fonts_is_converted_whole_and_keeps_its_spelling() -> None:
    """The header proves nothing alone; the sentence below tells its encoding too. "hoà" stays as it was typed."""
    shown = (
        "Bé Néi vô",
        "Sè: 31/2004/Q§-BNV",
        "QuyÕt ®Þnh vÒ viÖc hoµ gi¶i t¹i c¬ së, b¶o vÖ hoµ b×nh, phßng chèng dÞch bÖnh",
    )
    item = repair(measure(Item("x", "document", "", Source("x.txt", "0"), tuple(Block(1, text) for text in shown))))
    assert [block.best for block in item.blocks] == [
        "Bộ Nội vụ",
        "Số: 31/2004/QĐ-BNV",
        "Quyết định về việc hoà giải tại cơ sở, bảo vệ hoà bình, phòng chống dịch bệnh",
    ]
    assert [block.original for block in item.blocks] == list(shown)


def test_a_block_that_its_reader_converted_keeps_its_spelling_and_gets_what_is_certain() -> None:
    """A font named the encoding: "hoµ" is "hoà", as it was typed; mojibake beside it is undone."""
    typed = Block(1, "phong trµo hoµ gi¶i", repaired="phong trào hoà giải")
    mixed = Block(1, "hoµ gi¶i Ä‘áº©y máº¡nh", repaired="hoà giải Ä‘áº©y máº¡nh")
    item = repair(measure(Item("x", "document", "", Source("x.doc", "0"), (typed, mixed))))
    assert item.blocks[0].best == "phong trào hoà giải"
    assert item.blocks[1].best.endswith("đẩy mạnh")
    assert item.blocks[0].original == typed.original and not item.blocks[0].doubts


def test_a_paper_whose_encoding_was_converted_is_not_called_damaged() -> None:
    text = "Hợp tác xã vận động các hộ thành viên góp đất, góp công mở rộng tuyến mương dẫn nước về cánh đồng của xã."
    before = measure(item(encode_legacy(text, "vni")))
    assert before.damage is not None and before.damage.kind == "legacy"
    after = repair(before)
    assert after.blocks[0].repaired == text
    assert after.damage is not None and (after.damage.kind, after.quality) == ("clean", "good")
