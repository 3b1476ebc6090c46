"""Print answers on a terminal, in Vietnamese."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

import click

from indexer import Report
from kb.item import Item
from kb.library.account import group_by_cause
from kb.papers import vocabulary
from search_api.schema import SearchAnswer, Segment
from vitext import CORRECTION_STEPS, SURE_CONFIDENCE, Repaired
from web.formats import show_card_date

if TYPE_CHECKING:  # else every command would load what only `adapt` needs
    from indexer.adaptation.adapt import Adaptation

_STAGES = {
    "read": "Đọc tệp",
    "recognise": "Nhận dạng trang ảnh",
    "index": "Lập chỉ mục",
    "rebuild": "Lập lại chỉ mục từ kho",
    "send": "Đẩy lên máy chủ tìm kiếm",
    "prepare": "Đọc các mục trong kho",
    "fine_tune": "Học từ kho",
    "compare": "So sánh trước và sau khi học",
}
#: Seconds between two lines of progress in a log, where lines are not rewritten.
LOG_INTERVAL_SECONDS = 30
#: Files of one reason that are named; a folder may hold thousands of pictures.
MAX_LISTED = 100


def write_utf8(*streams: Any) -> None:
    """Write text as UTF-8 to a file or a pipe. There Windows would use a code page, which lacks most Vietnamese letters."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper) and not stream.isatty():
            stream.reconfigure(encoding="utf-8")


class Progress:
    """Progress on standard error. On a terminal it is one line that is rewritten; in a log it is a line at the end of each
    stage, and one after each interval."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._last = ""
        self._told = time.monotonic()
        self._begun: dict[str, float] = {}

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._live and self._last:
            click.echo(err=True)

    def __call__(self, stage: str, done: int, total: int) -> None:
        text = f"{_STAGES[stage]}: {done}/{total}{self._rate(stage, done, total)}"
        if self._live:
            click.echo(f"\r{text:<60}", nl=False, err=True)
        elif done == total or time.monotonic() - self._told >= LOG_INTERVAL_SECONDS:
            click.echo(text, err=True)
            self._told = time.monotonic()
        self._last = text

    def _rate(self, stage: str, done: int, total: int) -> str:
        """How fast pages are recognised and how long it takes still, once that can be told."""
        if stage != "recognise":
            return ""
        passed = time.monotonic() - self._begun.setdefault(stage, time.monotonic())
        return pace(done, total, passed)


def pace(done: int, total: int, seconds: float) -> str:
    """The rate of pages and the time left, "" before the first page is done.

    >>> pace(10, 100, 30.0), pace(0, 100, 30.0), pace(100, 100, 300.0)
    (' (20 trang/phút, còn khoảng 5 phút)', '', ' (20 trang/phút)')
    """
    if not done or seconds <= 0:
        return ""
    rate, left = 60 * done / seconds, (total - done) * seconds / done
    told = f"{rate:.0f} trang/phút" if rate >= 1 else f"{60 * rate:.0f} trang/giờ"
    if done == total:
        return f" ({told})"
    time_left = f"{left / 3600:.1f} giờ".replace(".", ",") if left >= 5400 else f"{max(1, round(left / 60))} phút"
    return f" ({told}, còn khoảng {time_left})"


def report(report: Report) -> str:
    """What an indexing run did."""
    lines = [
        f"{report.items} mục trong kho; {report.found} tệp: {report.added} mới, {report.changed} thay đổi, "
        f"{report.unchanged} giữ nguyên, {report.moved} chuyển chỗ, {report.removed} đã bỏ, {report.left_out} để ngoài, "
        f"{len(report.failed)} lỗi ({report.seconds:.1f} giây)."
    ]
    if report.parts or report.set_aside:
        lines.append(
            f"Trong kho nén, thư và danh sách có {report.parts} phần (tệp, dòng); {len(report.set_aside)} tệp không chứa "
            "văn bản (tệp ẩn, tệp nói về thư mục, kho nén)."
        )
    lines += [f"  {line}" for line in _refused(report.failed)]
    lines += [f"  Chưa đọc hết {path}: {note}" for path, note in report.notes.items()]
    lines += [f"  Ẩn {path} vì không rõ có nội bộ hay không: {reason}" for path, reason in report.hidden.items()]
    lines += [f"  Hệ thống không cho đọc {path}: {_without(path, reason)}" for path, reason in report.unread.items()]
    lines += [f"  Giữ mục của {path}: {_without(path, reason)}" for path, reason in report.kept.items()]
    lines += [f"  Bỏ qua {path}: {reason}" for path, reason in report.skipped.items()]
    lines += [f"  {misfit}" for misfit in report.misfits]
    numbers = (
        (len(report.hidden), "mục bị ẩn vì không rõ có nội bộ hay không"),
        (len(report.unread), "tệp, thư mục hệ thống không cho đọc"),
        (len(report.kept), "mục được giữ dù tệp không còn hay không đọc được"),
        (len(report.skipped), "liên kết, ống dẫn, thiết bị bỏ qua"),
        (len(report.misfits), "chỗ trong bản kê không khớp thư mục văn bản"),
    )
    lines += [f"Có {count} {what}." for count, what in numbers if count]
    if report.empty:
        lines.append("Thư mục văn bản không có tệp nào (ổ đĩa chưa gắn?): mọi mục trong kho được giữ nguyên.")
    if report.held:
        lines.append(
            f"{report.held} mục không còn tệp, hơn một phần năm kho, nên chưa bỏ. Nếu cố ý, chạy `cachhay index --yes`."
        )
    return "\n".join(map(printable, lines))


def _refused(reasons: Mapping[str, str]) -> list[str]:
    """The files that are not taken: those of one reason under it, and one with a reason of its own on one line."""
    lines = []
    for cause in group_by_cause(reasons):
        if len(cause.paths) == 1:
            lines.append(f"Không nhận {cause.paths[0]}: {cause.reason}")
            continue
        lines.append(f"Không nhận {len(cause.paths)} tệp: {cause.reason}")
        lines += [f"  {path}" for path in cause.paths[:MAX_LISTED]]
        if len(cause.paths) > MAX_LISTED:
            lines.append(f"  … và {len(cause.paths) - MAX_LISTED} tệp nữa (cả danh sách: cachhay status --json)")
    return lines


def _without(path: str, reason: str) -> str:
    """A reason without the name of the file, which stands before it."""
    return reason.removeprefix(f"{path}: ")


def printable(line: str) -> str:
    r"""A line that cannot steer a terminal: control characters, which a file name may hold, as escapes.

    >>> printable("hồ sơ\x1b[2J.txt")
    'hồ sơ\\x1b[2J.txt'
    """
    return "".join(c if c.isprintable() or c == "\u00a0" else c.encode("unicode_escape").decode() for c in line)


def answer(answer: SearchAnswer) -> str:
    """A page of results; each has its badge, title, number, place and snippets."""
    lines = [f"{answer.total} kết quả (trang {answer.page}/{answer.pages})"]
    lines += [f"* {notice.text}" for notice in answer.notices]
    if answer.group and not answer.group.opened:
        lines.append(f"* {answer.group.total} mục chỉ khớp khi bỏ dấu: thêm --dropped để xem.")
    if answer.answer:
        lines.append(f"* Câu trả lời trong kho: {_marked(answer.answer.segments)} (→ {answer.answer.card.id})")
    for rank, hit in enumerate(answer.hits, (answer.page - 1) * answer.per_page + 1):
        card = hit.card
        facts = [card.number, card.issuer, card.place, show_card_date(card), "Dữ liệu minh họa" if card.sample else ""]
        if card.quality.code != "good":
            facts.append(f"chất lượng nhận dạng: {card.quality.label}")
        lines.append(f"\n{rank}. [{hit.match.label}] {_marked(hit.title)}")
        lines.append("   " + " · ".join(fact for fact in facts if fact))
        lines += ["   " + " ".join(_marked(snippet.segments).split()) for snippet in hit.snippets]
        lines.append(f"   → {card.id}")
    return "\n".join(lines)


def _marked(segments: list[Segment]) -> str:
    return "".join(click.style(s.text, bold=True, underline=True) if s.hit else s.text for s in segments)


def repaired(repaired: Repaired) -> dict[str, Any]:
    """A repair for machines: the text, the steps, the weighed words, and the damage before their correction."""
    damage = repaired.damage
    return {
        "text": repaired.text,
        "steps": [step._asdict() for step in repaired.steps],
        "words": [word._asdict() for word in repaired.words],
        "damage": {"kind": damage.kind, "share": damage.share, "quality": damage.quality, "reason": damage.reason},
    }


def steps(repaired: Repaired) -> str:
    """What was changed and why: each change by rule, each corrected word with its confidence, line by line."""
    lines = [f"{s.name}: {s.before!r} -> {s.after!r}" for s in repaired.steps if s.name not in CORRECTION_STEPS]
    for word in repaired.words:
        if word.before == word.after and word.confidence >= SURE_CONFIDENCE:
            continue
        where = repaired.original.count("\n", 0, word.original_start) + 1
        others = ", ".join(f"{other} {_percent(share)}" for other, share in word.alternatives)
        known = "" if word.confidence >= SURE_CONFIDENCE else f"; có thể là: {others}" if others else "; chưa chắc chắn"
        lines.append(f"dòng {where}: {word.before!r} -> {word.after!r} ({_percent(word.confidence)}{known})")
    damage = repaired.damage
    lines.append(f"Chất lượng nhận dạng: {vocabulary.label('quality', damage.quality)}. {damage.reason}")
    if repaired.words:
        doubtful = len(repaired.uncertain)
        lines.append(f"Đọc lại {len(repaired.words)} âm tiết, {doubtful} chưa chắc chắn: đối chiếu bản gốc trước khi dùng.")
    elif damage.quality != "good":
        lines.append("Không đủ căn cứ để đọc lại: chữ được giữ nguyên.")
    elif damage.kind == "short":
        lines.append(
            "Chữ được giữ nguyên. Nếu biết chắc chữ hỏng hoặc gõ không dấu, dùng --assume ocr hoặc --assume unaccented."
        )
    return "\n".join(lines)


def adaptation(report: Adaptation) -> str:
    """The result of fine-tuning on the collection."""
    if report.fine_tuning is None:
        return (
            f"Kho có {report.items} mục, chưa đủ để biết học có ích hay không: cần ít nhất {report.min_test_titles} mục để "
            f"riêng có tiêu đề và nội dung không trùng (khoảng {5 * report.min_test_titles} mục). Không có gì thay đổi."
        )
    result = report.fine_tuning
    before, after = result.before, result.after
    lines = [
        f"Học từ {result.training_items} trong {report.items} mục ({report.seconds:.0f} giây).",
        f"Tìm mục theo tiêu đề, chỉ bằng véc-tơ, trên {result.test_titles} mục để riêng: "
        f"MRR@10 {_decimal(before.mrr)} → {_decimal(after.mrr)} "
        f"(khoảng tin cậy 95 % của mức tăng: {_decimal(result.low)} đến {_decimal(result.high)}), "
        f"đứng đầu {_percent(before.first)} → {_percent(after.first)}.",
    ]
    if report.outcome == "kept":
        lines.append(f"Giữ và dùng mô hình {report.model}; trở về mô hình gốc bằng `cachhay adapt --undo`.")
        lines.append("Nếu máy chủ đang chạy, hãy khởi động lại để dùng mô hình này.")
    else:
        lines.append("Không hơn một cách chắc chắn: kết quả học bị bỏ, không có gì thay đổi.")
    return "\n".join(lines)


def undone(dropped: bool, model: str) -> str:
    """Whether `adapt --undo` removed a model, and the model in use."""
    if not dropped:
        return f"Không có mô hình nào đã học từ kho này; đang dùng {model}."
    return f"Đã bỏ mô hình học từ kho; dùng {model}. Nếu máy chủ đang chạy, hãy khởi động lại."


def _decimal(value: float) -> str:
    return f"{value:.3f}".replace(".", ",")


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %".replace(".", ",")


def item_dict(item: Item) -> dict[str, Any]:
    """An item as JSON data."""
    from pydantic import TypeAdapter

    data: dict[str, Any] = TypeAdapter(Item).dump_python(item, mode="json")
    return data


def item(item: Item) -> str:
    """The item that the indexer made of a file: attributes with their evidence, citations, blocks."""
    lines = [
        f"{vocabulary.label('kind', item.kind)}: {item.title}",
        f"Tệp: {item.source.path} ({item.source.digest[:12]}…)",
    ]
    if item.damage:
        quality = vocabulary.label("quality", item.quality)
        lines.append(f"Chất lượng nhận dạng: {quality}. {item.damage.reason}")
    for evidence in item.evidence:
        place = f"trang {evidence.page}, khối {evidence.block}, ký tự {evidence.start}-{evidence.end}"
        lines.append(f"  {evidence.attribute} = {evidence.value}  [{evidence.rule}, {evidence.confidence:.2f}; {place}]")
    for citation in item.document.citations if item.document else ():
        relation = vocabulary.label("relation", citation.relation)
        lines.append(f"  {relation}: {citation.number.text} (“{' '.join(citation.text.split())}”)")
    for index, block in enumerate(item.blocks):
        damage = f"{block.damage.kind} {block.damage.share:.2f}" if block.damage else "-"
        lines.append(f"  [{index}] {block.role} {damage}: {' '.join(block.original.split())[:90]}")
    return "\n".join(lines)


_SERVER = {
    "in_step": "theo kịp kho",
    "behind": "chưa theo kịp kho",
    "updating": "đang nhận thay đổi",
    "away": "không dùng được",
}


def waiting(items: int, before: str = "") -> str:
    """How many items wait for the search server, as the end of a sentence."""
    return f"{before} {items} mục" if items else "" if before else " dữ liệu của kho này"


def status(data: Mapping[str, Any]) -> str:
    """The state of the store, the index, the embedding model and the search server."""
    names = {"ok": "sẵn sàng", "empty": "kho chưa có mục nào", "outdated": "cần lập chỉ mục", "error": "lỗi"}
    lines = [f"Tình trạng: {names[data['status']]}" + (f". {data['detail']}" if data["detail"] else "")]
    lines.append(f"Mục: {data['items']}; chỉ mục: {data['generation'] or '-'}; lập lúc: {data['indexed_at'] or '-'}")
    lines.append(f"Mô hình nhúng: {data['model']}; thư mục dữ liệu: {data['data_dir']}")
    if server := data["server"]:
        lines.append(f"Máy chủ tìm kiếm: {_SERVER[server['code']]}{waiting(server['queued'], ', chờ đẩy')}")
        lines += [f"  {server['detail']}"] if server["detail"] else []
    if tuned := data["fine_tuned"]:
        found = f"{_decimal(tuned['before']['mrr'])} → {_decimal(tuned['after']['mrr'])}"
        lines.append(f"  đã học từ {tuned['items']} mục của kho ngày {tuned['day']}: MRR@10 trên mục để riêng {found}")
    if files := data["files"]:
        lines.append(
            f"Tệp trong thư mục văn bản: {files['found']}; bên trong kho nén, thư và danh sách: {files['parts']}; "
            f"không chứa văn bản: {files['set_aside']}; chưa đọc được: {files['not_read']}"
        )
    lines += [printable(line) for line in _refused(data["failed"])]
    lines += [printable(f"Chưa đọc hết {path}: {note}") for path, note in data["notes"].items()]
    lines += [printable(f"Ẩn vì không rõ, {path}: {reason}") for path, reason in data["hidden"].items()]
    lines += [f"Bản ghi hỏng, `cachhay index` sẽ đọc lại từ văn bản: {item_id}" for item_id in data["damaged"]]
    return "\n".join(lines)
