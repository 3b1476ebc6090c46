"""The commands that keep what is stored: verify, backup, restore; and the salvage of a damaged store."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from cachhay import terminal
from cachhay.reporting import CORPUS, DATA, JSON, reported
from kb.errors import ExtractError, StoreError
from kb.library.lock import write_lock
from kb.library.verification import Verification
from kb.settings import Settings, load_settings

#: The settings that belong to the data: with others, the same store answers otherwise.
DATA_SETTINGS = ("embed_model", "embed_query_prefix", "embed_document_prefix", "samples", "internal")


@click.command()
@CORPUS
@DATA
@JSON
@reported
def verify(corpus_dir: Path | None, data_dir: Path | None, as_json: bool) -> None:
    """Kiểm tra kho, từng bản ghi, chỉ mục và văn bản; chỉ đọc. Mã thoát 4: có hỏng; 3: thiếu văn bản."""
    from cachhay.wiring import open_library
    from kb.library.verification import verify as verify_library

    settings = load_settings(corpus_dir=corpus_dir, data_dir=data_dir)
    found = verify_library(open_library(settings, make=False), settings.corpus_dir)
    click.echo(json.dumps(asdict(found), ensure_ascii=False) if as_json else describe(found))
    if found.damaged:
        sys.exit(StoreError.exit_code)
    if found.missing:
        sys.exit(ExtractError.exit_code)


def describe(found: Verification) -> str:
    """What was verified, what is wrong, and what to do about it."""
    lines = [f"Đã kiểm tra {found.items} bản ghi và {found.papers} văn bản."]
    if found.store:
        lines.append(
            f"KHO HỎNG: {found.store}. Chạy `cachhay index --salvage`, hoặc khôi phục bản sao lưu (`cachhay restore`)."
        )
    if found.records:
        lines.append(
            f"{len(found.records)} bản ghi hỏng: {_some(found.records)}. Chạy `cachhay index` để đọc lại từ văn bản."
        )
    if found.index:
        lines.append(f"CHỈ MỤC HỎNG: {found.index}. Chạy `cachhay index` để lập lại từ kho.")
    if found.decayed:
        lines.append(
            f"{len(found.decayed)} văn bản khác nội dung đã đọc dù ngày sửa không đổi: {_some(found.decayed)}. Ổ đĩa có thể "
            "đang hỏng: lấy lại tệp từ bản sao lưu trước khi chạy `cachhay index`."
        )
    if found.missing:
        lines.append(f"{len(found.missing)} văn bản không còn hoặc không đọc được: {_some(found.missing)}.")
    if found.changed:
        lines.append(f"{len(found.changed)} văn bản đã sửa, chờ lượt `cachhay index` tới: {_some(found.changed)}.")
    if len(lines) == 1:
        lines.append("Không có gì hỏng.")
    return "\n".join(lines)


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@CORPUS
@DATA
@JSON
@reported
def backup(file: Path, corpus_dir: Path | None, data_dir: Path | None, as_json: bool) -> None:
    """Sao lưu kho, văn bản, mô hình đã học và cài đặt của dữ liệu vào FILE (.tar, hoặc .tar.gz để nén).

    Chạy được trong khi trang đang phục vụ và đang lập chỉ mục. Chỉ mục không có trong bản sao: nó được lập lại từ kho.
    """
    from kb.library.backup import back_up
    from kb.library.store import Store

    settings = load_settings(corpus_dir=corpus_dir, data_dir=data_dir)
    kept = {name: getattr(settings, name) for name in DATA_SETTINGS}
    store = Store(settings.store_path, make=False)
    done = back_up(store, settings.corpus_dir, settings.models_dir, file, kept)
    if as_json:
        click.echo(json.dumps(asdict(done), ensure_ascii=False, default=str))
        return
    click.echo(f"Đã sao lưu {done.items} mục và {done.papers} văn bản vào {done.path} ({done.size / 1e6:.1f} MB).")
    for path in done.changing:
        click.echo(f"  Đang được sửa lúc sao lưu: {path}", err=True)
    for path, reason in done.unreadable.items():
        click.echo(f"  Không đọc được nên không có trong bản sao: {path}: {reason}", err=True)
    if done.unreadable:
        sys.exit(ExtractError.exit_code)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--papers/--no-papers", default=True, help="Có hay không ghi văn bản ra thư mục văn bản.")
@CORPUS
@DATA
@JSON
@reported
def restore(file: Path, papers: bool, corpus_dir: Path | None, data_dir: Path | None, as_json: bool) -> None:
    """Khôi phục FILE, do `cachhay backup` ghi, vào thư mục dữ liệu và thư mục văn bản trống, rồi lập chỉ mục."""
    from cachhay.wiring import open_library
    from indexer import rebuild_if_stale
    from kb.library.restore import restore as unpack

    settings = load_settings(corpus_dir=corpus_dir, data_dir=data_dir)
    done = unpack(file, settings.data_dir, settings.corpus_dir if papers else None)
    library = open_library(settings, migrate=True)
    with terminal.Progress() as progress:
        rebuild_if_stale(library, progress)
    if as_json:
        click.echo(json.dumps(asdict(done), ensure_ascii=False))
    else:
        click.echo(f"Đã khôi phục {done.items} mục và {done.papers} văn bản, bản sao lưu lúc {done.made_at}.")
    for name, value in done.settings.items():
        if name in DATA_SETTINGS and getattr(settings, name) != value:
            click.echo(f"Lúc sao lưu CACHHAY_{name.upper()}={_shown(value)}; đặt lại nếu muốn trả lời như trước.", err=True)


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str("" if value is None else value)


def salvage_store(settings: Settings, wait: float) -> None:
    """Put a new store in the place of a damaged one (`cachhay index --salvage`), and say what was taken over."""
    from kb.library.salvage import salvage

    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with write_lock(settings.store_path, wait):
        done = salvage(settings.store_path)
    kept = f" Kho cũ được giữ ở {done.kept}." if done.kept else ""
    click.echo(f"Kho mới lấy lại được {done.items} mục và {done.events} dòng lịch sử.{kept}", err=True)
