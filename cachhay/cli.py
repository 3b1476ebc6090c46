"""The command `cachhay`: index, serve, sync, keys, search, repair, explain, status, adapt.

Results go to standard output, progress and errors to standard error. The exit codes are those of `kb.errors`; 0 means that
everything was done, 3 that some files were not taken, 7 and 8 that items were kept whose files are not there.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

from cachhay import terminal
from indexer import Report
from kb import facets
from kb.errors import CachHayError, CorpusAwayError, ExtractError, ServerAwayError, SettingError, StoreBusyError
from kb.library.library import Library
from kb.library.mirror import Mirror
from kb.settings import Settings, load_settings
from vitext import ASSUMPTIONS, ENCODINGS, Assumption

if TYPE_CHECKING:
    pass

#: Seconds that `serve --index` waits for another writer before it serves the published state.
SERVE_WAIT_SECONDS = 60.0

P = ParamSpec("P")
R = TypeVar("R")

_JSON = click.option("--json", "as_json", is_flag=True, help="In JSON cho máy đọc.")
_DATA = click.option("--data", "data_dir", type=click.Path(path_type=Path), help="Thư mục dữ liệu (mặc định: var).")


def reported(command: Callable[P, R]) -> Callable[P, R]:
    """A decorator: an error of this program ends the command with one clear line and the exit code of the error."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except CachHayError as error:
            click.echo(f"cachhay: {error}", err=True)
            sys.exit(error.exit_code)
        except OSError as error:
            click.echo(f"cachhay: {error.filename or ''}: {error.strerror or error}", err=True)
            sys.exit(1)

    return run


def start() -> None:
    """The entry point of the installed command: it runs the commands below and writes Vietnamese as UTF-8 everywhere."""
    terminal.write_utf8(sys.stdout, sys.stderr)
    main(prog_name="cachhay")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cachhay", prog_name="cachhay")
def main() -> None:
    """Cách Hay: kho tra cứu điển hình tiên tiến, mô hình mới, cách làm hay và văn bản liên quan."""


@main.command()
@click.option("--corpus", "corpus_dir", type=click.Path(path_type=Path), help="Thư mục văn bản (mặc định: corpus).")
@_DATA
@click.option("--samples/--no-samples", default=None, help="Có hay không lập chỉ mục dữ liệu minh họa.")
@click.option("--rebuild", is_flag=True, help="Lập lại toàn bộ chỉ mục từ kho.")
@click.option("--retry", is_flag=True, help="Đọc lại những tệp lần trước không đọc được.")
@click.option("--yes", is_flag=True, help="Cho phép bỏ khỏi kho hơn một phần năm số mục khi tệp của chúng không còn.")
@click.option("--wait", default=0.0, type=click.FloatRange(0), help="Số giây chờ khi lượt khác đang ghi vào kho.")
@_JSON
@reported
def index(
    corpus_dir: Path | None,
    data_dir: Path | None,
    samples: bool | None,
    rebuild: bool,
    retry: bool,
    yes: bool,
    wait: float,
    as_json: bool,
) -> None:
    """Đọc thư mục văn bản và cập nhật kho, chỉ mục; chỉ đọc lại tệp đã thay đổi.

    Mã kết thúc: 0 xong cả; 2 bản kê nêu thứ không có; 3 có tệp bị từ chối; 7 có tệp, thư mục hay cả kho văn bản không đọc
    được, mục của chúng được giữ; 8 có hơn một phần năm số mục chờ --yes để bỏ. Có nhiều việc thì lấy mã lớn nhất.
    """
    from cachhay.wiring import open_library
    from indexer import check_corpus

    settings = load_settings(corpus_dir=corpus_dir, data_dir=data_dir, samples=samples)
    if not settings.store_path.exists():
        check_corpus(settings.corpus_dir)
    library = open_library(settings)
    report = run_index(settings, library, rebuild=rebuild, retry=retry, yes=yes, wait=wait)
    click.echo(json.dumps(report.as_dict(), ensure_ascii=False) if as_json else terminal.report(report))
    if library.mirror and library.mirror.server.writes:
        with suppress(StoreBusyError):  # `cachhay sync` runs already, and sends the same changes
            catch_up(library.mirror)
    sys.exit(report.exit_code)


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


def catch_up(mirror: Mirror) -> bool:
    """Bring the search server up to date, with progress on standard error. Returns whether anything was sent.

    Raises ServerAwayError, which says how many items wait.
    """
    with terminal.Progress() as progress:
        try:
            return mirror.catch_up(lambda done, total: progress("send", done, total))
        except ServerAwayError as error:
            with mirror.store.snapshot() as snapshot:
                waiting = snapshot.queue_length()
            raise ServerAwayError(
                f"{error} Kho và chỉ mục đi kèm đã đủ; máy chủ còn thiếu{terminal.waiting(waiting)}."
            ) from error


@main.command()
@click.option("--watch", is_flag=True, help="Chạy mãi, đẩy mỗi khi có thay đổi hoặc máy chủ trở lại.")
@_DATA
@reported
def sync(watch: bool, data_dir: Path | None) -> None:
    """Đưa máy chủ Meilisearch theo kịp kho."""
    from cachhay.wiring import open_library

    library = open_library(load_settings(data_dir=data_dir))
    mirror = library.mirror
    if mirror is None or not mirror.server.writes:
        raise SettingError("Cần CACHHAY_MEILI_URL và CACHHAY_MEILI_ADMIN_KEY (hoặc CACHHAY_MEILI_ADMIN_KEY_FILE).")
    if not watch:
        click.echo("Máy chủ đã theo kịp kho." if catch_up(mirror) else "Máy chủ vốn đã theo kịp kho.")
        return
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda number, frame: stop.set())
    click.echo(f"Theo dõi {mirror.server.address} (Ctrl+C để dừng)", err=True)
    mirror.watch(stop)


@main.command()
@click.option(
    "--search", "search_file", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Tệp ghi khóa đọc."
)
@click.option(
    "--admin", "admin_file", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Tệp ghi khóa ghi."
)
@click.option("--internal", is_flag=True, help="Khóa đọc cho phép thấy cả mục nội bộ.")
@click.option("--rotate", is_flag=True, help="Tạo khóa mới và xóa khóa cũ.")
@reported
def keys(search_file: Path, admin_file: Path, internal: bool, rotate: bool) -> None:
    """Tạo khóa đọc và khóa ghi của Meilisearch từ khóa chủ, ghi vào hai tệp."""
    from kb.engines.open import make_server_keys

    dropped = make_server_keys(load_settings(), search_file, admin_file, internal=internal, rotate=rotate)
    click.echo(f"Đã ghi {search_file} và {admin_file}." + (f" Đã xóa {dropped} khóa cũ." if dropped else ""))


@main.command()
@click.option("--host", help="Địa chỉ phục vụ (mặc định: 127.0.0.1).")
@click.option("--port", type=int, help="Cổng phục vụ (mặc định: 8000).")
@click.option("--index/--no-index", "index_first", default=False, help="Lập chỉ mục trước khi phục vụ.")
@_DATA
@reported
def serve(host: str | None, port: int | None, index_first: bool, data_dir: Path | None) -> None:
    """Phục vụ trang web và API."""
    from cachhay.server import bind, run_server
    from cachhay.wiring import open_library
    from indexer import check_corpus, rebuild_if_stale

    settings = load_settings(host=host, port=port, data_dir=data_dir)
    if index_first and not settings.store_path.exists():
        check_corpus(settings.corpus_dir)
    listener = bind(settings.host, settings.port)
    library = open_library(settings)
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
    except StoreBusyError as error:
        # Another process writes (an indexing run, or `cachhay sync`): the published state can be served meanwhile.
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
@_DATA
@_JSON
@reported
def search(
    query: tuple[str, ...],
    page: int,
    limit: int,
    newest: bool,
    data_dir: Path | None,
    as_json: bool,
    **filters: tuple[str, ...],
) -> None:
    """Tìm trong kho; in nhãn khớp, tiêu đề, số hiệu, địa bàn và đoạn khớp."""
    from cachhay.wiring import open_service
    from search_api.query.request import SearchRequest

    service = open_service(load_settings(data_dir=data_dir))
    request = SearchRequest(" ".join(query), filters, page, limit, "newest" if newest else "relevance")
    answer = service.search(request)
    click.echo(answer.model_dump_json() if as_json else terminal.answer(answer))


@main.command()
@click.argument("file", type=click.File("rb"))
@click.option(
    "--assume",
    type=click.Choice(ASSUMPTIONS),
    help="Cho biết văn bản là gì, thay vì để chương trình tự đánh giá: clean (chữ lành, không sửa chữ cái), ocr (nhận dạng "
    "hỏng), unaccented (gõ không dấu), hoặc bảng mã cũ tcvn3, vni, viscii, viqr.",
)
@click.option("--explain", is_flag=True, help="In từng bước sửa và lý do ra luồng lỗi.")
@_JSON
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
    from indexer.extract.text import decode

    try:
        return decode(name, data)
    except ExtractError:
        if assume not in ENCODINGS:
            raise
        return data.decode("latin-1").replace("\r\n", "\n")


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_JSON
@reported
def explain(file: Path, as_json: bool) -> None:
    """Cho biết chương trình đọc FILE thành gì: khối chữ, độ hỏng, thuộc tính và căn cứ của từng thuộc tính."""
    from indexer.pipeline import read_file

    item = read_file(file)
    click.echo(json.dumps(terminal.item_dict(item), ensure_ascii=False) if as_json else terminal.item(item))


@main.command()
@_DATA
@_JSON
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
        told = [record for record in snapshot.files().values() if record.error]
        failed = {record.path: record.error for record in told if not record.item_id}
        hidden = {record.path: record.error for record in told if record.item_id}
        data = health.model_dump() | {
            "indexed_at": snapshot.meta.get("indexed_at", ""),
            "server": service.readiness().model_dump()["server"],
            "data_dir": str(settings.data_dir),
            "fine_tuned": evaluation_of(settings, library.embedder),
            "failed": failed,
            "hidden": hidden,
        }
    click.echo(json.dumps(data, ensure_ascii=False) if as_json else terminal.status(data))
    if health.status in ("outdated", "error"):
        sys.exit(4)


@main.command()
@click.option("--undo", is_flag=True, help="Bỏ mô hình đã học từ kho, trở về mô hình gốc.")
@_DATA
@_JSON
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
