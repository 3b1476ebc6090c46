"""The commands about a search server: `cachhay sync` brings it up to date, `cachhay keys` makes its keys."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import click

from cachhay import terminal
from cachhay.reporting import DATA, reported
from kb.errors import ServerAwayError, SettingError
from kb.library.mirror import Mirror
from kb.settings import load_settings


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


@click.command()
@click.option("--watch", is_flag=True, help="Chạy mãi, đẩy mỗi khi có thay đổi hoặc máy chủ trở lại.")
@DATA
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


@click.command()
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
