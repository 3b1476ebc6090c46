"""Turn items into the typed answers of `schema`: cards, attributes, history, practice sections, warnings."""

from __future__ import annotations

from collections.abc import Sequence

from kb.item import Evidence, Item
from kb.library.snapshot import Event
from kb.papers import vocabulary
from kb.papers.document_types import type_name
from search_api.display.counts import show_count, show_share
from search_api.schema import Attribute, Card, HistoryEvent, Label, PracticeSection


def coded(group: str, code: str) -> Label:
    return Label(code=code, label=vocabulary.label(group, code), hint=vocabulary.hint(group, code))


def show_title(item: Item) -> str:
    """The title; where a paper has none, its type and number, and where it has none of these, its id."""
    return item.title or " ".join(part for part in (show_type(item), show_number(item)) if part) or item.id


def show_number(item: Item) -> str:
    """The number of a paper in canonical form; "" where there is none."""
    return item.number.text if item.number else ""


def show_type(item: Item) -> str:
    return type_name(item.document.type) if item.document and item.document.type else ""


def card(item: Item) -> Card:
    """An item as lists show it."""
    date = item.document.date if item.document else None
    return Card(
        id=item.id,
        title=show_title(item),
        kind=coded("kind", item.kind),
        fields=[coded("field", code) for code in item.fields],
        number=show_number(item),
        type=show_type(item),
        issuer=item.issuer,
        date=date,
        year=item.year or (date.year if date else None),
        place=item.place,
        subject=coded("subject", item.subject) if item.subject else None,
        status=coded("status", item.status) if item.status else None,
        quality=coded("quality", item.quality),
        sample=item.sample,
        internal=item.internal,
        pages=item.page_count,
    )


def inverse_relation(relation: str) -> str:
    """The label of a relation seen from the paper that is named: 43/KH-LMHTX implements 238, so 238 is "Được triển khai bởi"
    43."""
    return vocabulary.label("inverse", relation)


def attributes(item: Item) -> list[Attribute]:
    """The attribute table (Thuộc tính) without empty rows.

    Each row has the evidence of the rule that found it. Dates are ISO 8601.
    """
    document = item.document
    is_paper = item.kind == "document"
    rows = [
        ("number", "Số, ký hiệu", show_number(item)),
        ("type", "Loại văn bản", show_type(item)),
        ("issuer", "Cơ quan ban hành", document.issuer if document else ""),
        ("date", "Ngày ban hành", document.date.isoformat() if document and document.date else ""),
        ("signer", "Người ký", document.signer if document else ""),
        ("kind", "Loại nội dung", "" if is_paper else vocabulary.label("kind", item.kind)),
        ("fields", "Lĩnh vực", "; ".join(vocabulary.label("field", code) for code in item.fields)),
        ("unit", "Đơn vị thực hiện", item.unit),
        ("subject", "Đối tượng", vocabulary.label("subject", item.subject) if item.subject else ""),
        ("place", "Địa bàn", item.place),
        ("place_former", "Tên cũ của địa bàn", item.place_former),
        ("year", "Năm", "" if document and document.date else (str(item.year) if item.year else "")),
        ("row", "Dòng trong danh sách", next((e.value for e in item.evidence if e.attribute == "row"), "")),
        ("status", "Trạng thái thẩm định", vocabulary.label("status", item.status) if item.status else ""),
        ("quality", "Chất lượng nhận dạng", vocabulary.label("quality", item.quality)),
        ("recipients", "Nơi nhận", "; ".join(document.recipients) if document else ""),
    ]
    evidence = {e.attribute: e for e in reversed(item.evidence)}
    return [_attribute(item, name, label, value, evidence.get(name)) for name, label, value in rows if value]


def _attribute(item: Item, name: str, label: str, value: str, evidence: Evidence | None) -> Attribute:
    if evidence is None or not 0 <= evidence.block < len(item.blocks):
        return Attribute(name=name, label=label, value=value)
    quoted = " ".join(item.blocks[evidence.block].original[evidence.start : evidence.end].split())
    return Attribute(name=name, label=label, value=value, evidence=f"“{quoted}”", confidence=evidence.confidence)


def history(events: Sequence[Event]) -> list[HistoryEvent]:
    """What happened to an item, the earliest event first."""
    return [HistoryEvent(at=event.at, label=vocabulary.label("event", event.event)) for event in events]


def sections(item: Item) -> list[PracticeSection]:
    """The filled sections of a practice record, in the order of the vocabulary."""
    if item.practice is None:
        return []
    out = []
    for code in vocabulary.codes("section"):
        value = getattr(item.practice, code)
        paragraphs = list(value) if isinstance(value, tuple) else [line for line in value.split("\n") if line]
        if paragraphs:
            label = vocabulary.label("section", code)
            out.append(PracticeSection(name=code, label=label, paragraphs=paragraphs, ordered=code == "steps"))
    return out


def count_doubts(item: Item) -> int:
    """The number of corrected words of which the machine is not sure, in blocks that no person edited."""
    return sum(len(block.doubts) for block in item.blocks if block.edited is None)


def warn_of_correction(item: Item) -> str:
    """The warning that must stand beside every quotation of a machine-corrected text; "" for any other text."""
    if not item.machine_corrected:
        return ""
    doubts = count_doubts(item)
    uncertain = f"{show_count(doubts)} âm tiết chưa chắc chắn, " if doubts else ""
    return f"Văn bản do máy đọc lại, {uncertain}đối chiếu bản gốc trước khi trích dẫn."


def explain_quality(item: Item, syllables: int) -> str:
    """Why an item has its recognition quality: the measured damage, the share of uncertain syllables, and what was not done
    because the text is too long."""
    doubts = count_doubts(item)
    share = show_share(doubts / max(1, syllables))
    said = [item.damage.reason if item.damage else ""]
    said += [f"Phương án đọc đề xuất: {share} âm tiết chưa chắc chắn."] if doubts else []
    said += [vocabulary.label("bound", code) for code in item.bounds]
    return " ".join(part for part in said if part)
