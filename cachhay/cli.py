"""The command `cachhay`: index, watch, serve, sync, keys, search, explain-ranking, repair, explain, status, adapt, verify,
backup, restore.

Results go to standard output, progress and errors to standard error. The exit codes are those of `kb.errors`; 0 means that
everything was done, 3 that some files were not taken, 7 and 8 that items were kept whose files are not there.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cachhay import terminal
from cachhay.explaining import explain_ranking
from cachhay.indexing import watch
from cachhay.reporting import CORPUS, DATA, JSON, P, R, reported
from cachhay.server_commands import catch_up, keys, sync
from cachhay.upkeep import backup, restore, salvage_store, verify
from kb import facets
from kb.errors import CorpusAwayError, EngineError, SettingError, StoreBusyError, StoreError
from kb.library.library import Library
from kb.settings import Settings, load_settings
from vitext import ASSUMPTIONS, ENCODINGS, Assumption

if TYPE_CHECKING:
    from indexer import Report

#: Seconds that `serve --index` waits for another writer before it serves the published state.
SERVE_WAIT_SECONDS = 60.0


def start() -> None:
    """The entry point of the installed command: it runs the commands below and writes Vietnamese as UTF-8 everywhere."""
    terminal.write_utf8(sys.stdout, sys.stderr)
    main(prog_name="cachhay")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cachhay", prog_name="cachhay")
def main() -> None:
    """Cách Hay: kho tra cứu điển hình tiên tiến, mô hình mới, cách làm hay và văn bản liên quan."""


@main.command()
@click.argument("sources", nargs=-1, metavar="[THƯ_MỤC] [TỆP|ĐỊA_CHỈ]...")
@CORPUS
@DATA
@click.option("--internal", is_flag=True, help="TỆP, ĐỊA_CHỈ là mục nội bộ, không cho người đọc thấy.")
@click.option("--samples/--no-samples", default=None, help="Có hay không lập chỉ mục dữ liệu minh họa.")
@click.option("--rebuild", is_flag=True, help="Lập lại toàn bộ chỉ mục từ kho.")
@click.option("--salvage", is_flag=True, help="Thay kho hỏng bằng kho mới từ những gì còn đọc được; tệp hỏng được giữ.")
@click.option("--retry", is_flag=True, help="Đọc lại những tệp lần trước không đọc được.")
@click.option("--yes", is_flag=True, help="Cho phép bỏ khỏi kho hơn một phần năm số mục khi tệp của chúng không còn.")
@click.option("--wait", default=0.0, type=click.FloatRange(0), help="Số giây chờ khi lượt khác đang ghi vào kho.")
@JSON
@reported
def index(
    sources: tuple[str, ...],
    corpus_dir: Path | None,
    data_dir: Path | None,
    internal: bool,
    samples: bool | None,
    rebuild: bool,
    salvage: bool,
    retry: bool,
    yes: bool,
    wait: float,
    as_json: bool,
) -> None:
    """Đọc thư mục văn bản và cập nhật kho, chỉ mục; chỉ đọc lại tệp đã thay đổi.

    THƯ_MỤC là thư mục văn bản, như --corpus. TỆP và ĐỊA_CHỈ (bài báo, PDF, nguồn tin RSS hay Atom) được chép vào thư mục
    văn bản trước, dưới da-nap, rồi cả thư mục được đọc.

    Mã kết thúc: 0 xong cả; 2 bản kê nêu thứ không có; 3 có tệp, địa chỉ không nhận được, kể cả vì chưa đọc được định dạng; 7
    có tệp, thư mục hay cả kho văn bản không đọc được, mục của chúng được giữ; 8 có hơn một phần năm số mục chờ --yes để bỏ.
    Có nhiều việc thì lấy mã lớn nhất.
    """
    from cachhay import taking_in
    from cachhay.wiring import open_library
    from indexer import check_corpus

    named = taking_in.sort_sources(sources)
    if named.folder and corpus_dir:
        raise SettingError("Đã nêu thư mục văn bản hai lần; bỏ --corpus hoặc bỏ tên thư mục.")
    settings = load_settings(corpus_dir=named.folder or corpus_dir, data_dir=data_dir, samples=samples)
    if named.others or not settings.store_path.exists():
        check_corpus(settings.corpus_dir)
    outcomes = []
    for outcome in taking_in.take_sources(settings, named.others, internal=internal):
        taking_in.tell_outcome(outcome)
        outcomes.append(outcome)
    if salvage:
        salvage_store(settings, wait)
    library = open_library(settings, migrate=True)
    report = run_index(settings, library, rebuild=rebuild, retry=retry, yes=yes, wait=wait)
    found = taking_in.found_states(library, outcomes)
    if as_json:
        told = report.as_dict() | ({"sources": taking_in.as_dicts(found)} if named.others else {})
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        click.echo("\n".join(filter(None, (terminal.report(report), taking_in.as_lines(found)))))
    if library.mirror and library.mirror.server.writes:
        with suppress(StoreBusyError):  # `cachhay sync` runs already, and sends the same changes
            catch_up(library.mirror)
    sys.exit(max(report.exit_code, taking_in.exit_code_of(outcomes)))


def run_index(
    settings: Settings,
    library: Library,
    *,
    rebuild: bool = False,
    retry: bool = False,
    yes: bool = False,
    wait: float = 0.0,
) -> Report:
    """Index the corpus, with progress on standard error. Returns the report of the pipeline."""
    from indexer import index_corpus

    with terminal.Progress() as progress:
        return index_corpus(
            library,
            settings.corpus_dir,
            samples=settings.samples,
            rebuild=rebuild,
            retry=retry,
            yes=yes,
            wait=wait,
            progress=progress,
        )


@main.command()
@click.option("--host", help="Địa chỉ phục vụ (mặc định: 127.0.0.1).")
@click.option("--port", type=int, help="Cổng phục vụ (mặc định: 8000).")
@click.option("--index/--no-index", "index_first", default=False, help="Lập chỉ mục trước khi phục vụ.")
@click.option(
    "--watch/--no-watch", "watched", default=None, help="Theo dõi thư mục văn bản, tự lập chỉ mục (CACHHAY_WATCH)."
)
@DATA
@reported
def serve(host: str | None, port: int | None, index_first: bool, watched: bool | None, data_dir: Path | None) -> None:
    """Phục vụ trang web và API."""
    from cachhay.server import bind, run_server
    from cachhay.wiring import open_library
    from indexer import check_corpus, rebuild_if_stale

    settings = load_settings(host=host, port=port, data_dir=data_dir, watch=watched)
    if index_first and not settings.store_path.exists():
        check_corpus(settings.corpus_dir)
    listener = bind(settings.host, settings.port)
    library = open_library(settings, make=index_first, migrate=index_first)
    try:
        if index_first:
            try:
                click.echo(terminal.report(run_index(settings, library, wait=SERVE_WAIT_SECONDS)), err=True)
            except CorpusAwayError as error:
                click.echo(f"cachhay: {error} Phục vụ những gì đã có.", err=True)
                index_first = False
        if not index_first:
            with terminal.Progress() as progress:
                rebuild_if_stale(library, progress)
    except (StoreError, EngineError) as error:
        # Another process writes, or nothing can be written: a disk that is full or read only. The published state can be
        # served meanwhile.
        with library.store.snapshot() as snapshot:
            if not snapshot.generation and not isinstance(error, StoreBusyError):
                raise
        click.echo(f"cachhay: {error} Phục vụ những gì đã có.", err=True)
    run_server(settings, library, listener)


def _facet_options(command: Callable[P, R]) -> Callable[P, R]:
    """A decorator that adds an option for each facet; the option may be given several times."""
    for facet in reversed(facets.FACETS):
        command = click.option(f"--{facet.code}", multiple=True, help=f"{facet.about}.")(command)
    return command


@main.command()
@click.argument("query", nargs=-1, required=True)
@_facet_options
@click.option("--page", default=1, show_default=True, type=click.IntRange(1), help="Trang.")
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 50), help="Số kết quả mỗi trang.")
@click.option("--newest", is_flag=True, help="Mới nhất trước.")
@click.option("--dropped", is_flag=True, help="Xem những mục chỉ khớp khi bỏ dấu.")
@DATA
@JSON
@reported
def search(
    query: tuple[str, ...],
    page: int,
    limit: int,
    newest: bool,
    dropped: bool,
    data_dir: Path | None,
    as_json: bool,
    **filters: tuple[str, ...],
) -> None:
    """Tìm trong kho; in nhãn khớp, tiêu đề, số hiệu, địa bàn và đoạn khớp."""
    from cachhay.wiring import open_service
    from kb.ports import Sort
    from search_api.query.request import SearchRequest

    service = open_service(load_settings(data_dir=data_dir))
    sort: Sort = "newest" if newest else "relevance"
    request = SearchRequest(" ".join(query), filters, page, limit, sort, dropped=dropped)
    answer = service.search(request)
    click.echo(answer.model_dump_json() if as_json else terminal.answer(answer))


@main.command()
@click.argument("file", type=click.File("rb"))
@click.option(
    "--assume",
    type=click.Choice(ASSUMPTIONS),
    help="Cho biết văn bản là gì, thay vì để chương trình tự đánh giá: clean (chữ lành, không sửa chữ cái), ocr (nhận dạng "
    "hỏng), unaccented (thiếu dấu), western (nhận dạng bằng tiếng "
    "Pháp), bare (nhận dạng không dấu, mất cách), hoặc bảng mã cũ tcvn3, vni, viscii, viqr, cp1258.",
)
@click.option("--explain", is_flag=True, help="In từng bước sửa và lý do ra luồng lỗi.")
@JSON
@reported
def repair(file: Any, assume: Assumption | None, explain: bool, as_json: bool) -> None:
    """Sửa chữ hỏng của FILE ("-" là đầu vào chuẩn), giữ nguyên từng dòng, in ra đầu ra chuẩn."""
    from vitext import repair as repair_text

    repaired = repair_text(_decode(str(getattr(file, "name", "-")), file.read(), assume), assume=assume)
    if as_json:
        click.echo(json.dumps(terminal.repaired(repaired), ensure_ascii=False))
        return
    click.echo(repaired.text, nl=not repaired.text.endswith("\n"))
    if explain:
        click.echo(terminal.steps(repaired), err=True)


def _decode(name: str, data: bytes, assume: Assumption | None) -> str:
    """The text of a file. One in a legacy encoding may hold the bytes themselves instead of UTF-8 that shows them."""
    from indexer.readers.text import decode, decode_unicode

    if assume in ENCODINGS and decode_unicode(data) is None:
        return data.decode("latin-1").replace("\r\n", "\n")
    return decode(name, data)


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@JSON
@reported
def explain(file: Path, as_json: bool) -> None:
    """Cho biết chương trình đọc FILE thành gì: khối chữ, độ hỏng, thuộc tính và căn cứ của từng thuộc tính."""
    from indexer.pipeline import read_file

    item = read_file(file)
    click.echo(json.dumps(terminal.item_dict(item), ensure_ascii=False) if as_json else terminal.item(item))


@main.command()
@DATA
@JSON
@reported
def status(data_dir: Path | None, as_json: bool) -> None:
    """Tình trạng kho, chỉ mục và mô hình nhúng, những tệp không đọc được."""
    from cachhay.wiring import evaluation_of, open_library
    from search_api.service import SearchService

    settings = load_settings(data_dir=data_dir)
    library = open_library(settings, make=False)
    service = SearchService(library)
    health = service.health()
    with library.store.snapshot() as snapshot:
        told = [record for record in snapshot.files().values() if record.error and record.item_id]
        internal = snapshot.hidden()
        hidden = {record.path: record.error for record in told if record.item_id in internal}
        notes = {record.path: record.error for record in told if record.item_id not in internal}
        data = health.model_dump() | {
            "indexed_at": snapshot.meta.get("indexed_at", ""),
            "server": service.readiness().model_dump()["server"],
            "data_dir": str(settings.data_dir),
            "fine_tuned": evaluation_of(settings, library.embedder),
            "files": service.readiness().model_dump()["files"],
            "failed": snapshot.not_read(),
            "notes": notes,
            "damaged": snapshot.unreadable(),
            "hidden": hidden,
        }
    click.echo(json.dumps(data, ensure_ascii=False) if as_json else terminal.status(data))
    if health.status in ("outdated", "error"):
        sys.exit(4)


@main.command()
@click.option("--undo", is_flag=True, help="Bỏ mô hình đã học từ kho, trở về mô hình gốc.")
@DATA
@JSON
@reported
def adapt(undo: bool, data_dir: Path | None, as_json: bool) -> None:
    """Cho mô hình nhúng học các mục của kho; chỉ giữ kết quả khi tìm tốt hơn trên những mục để riêng."""
    from cachhay.wiring import open_library
    from indexer.adaptation import adapt as adaptation
    from kb.embedding.adapted import is_adapted
    from kb.embedding.open import static_folder

    settings = load_settings(data_dir=data_dir)
    base = static_folder(settings.embed_model)
    if is_adapted(base) if base else not undo:
        raise SettingError(
            f"CACHHAY_EMBED_MODEL={settings.embed_model!r}: chỉ mô hình tĩnh chưa học kho nào, như mô hình kèm theo, "
            "học được; bỏ trống CACHHAY_EMBED_MODEL rồi chạy lại."
        )
    library = open_library(settings, adapted=False)
    with terminal.Progress() as progress:
        if base is None or undo:
            dropped = adaptation.undo(library, settings.models_dir, progress=progress)
            data, text = {"undone": dropped, "model": library.embedder.name}, terminal.undone(dropped, library.embedder.name)
        else:
            report = adaptation.adapt(library, base, settings.models_dir, progress=progress)
            data, text = report.as_dict(), terminal.adaptation(report)
    click.echo(json.dumps(data, ensure_ascii=False) if as_json else text)


for _command in (watch, explain_ranking, verify, backup, restore, sync, keys):
    main.add_command(_command)
