"""The command line: output, exit codes, JSON."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cachhay.cli import main
from kb.library.store import Store
from tests.conftest import CORPUS


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "var"


def run(*arguments: str, data: Path | None = None, stdin: bytes | None = None) -> Result:
    where = ["--data", str(data)] if data else []
    return CliRunner().invoke(main, [*arguments, *where], input=stdin)


@pytest.fixture
def indexed(data: Path) -> Path:
    result = run("index", "--corpus", str(CORPUS), "--no-samples", data=data)
    assert result.exit_code == 0, result.output
    return data


def test_help_names_every_command() -> None:
    result = run("--help")
    assert result.exit_code == 0
    for command in ("index", "serve", "sync", "keys", "search", "repair", "explain", "status", "adapt"):
        assert command in result.output
        assert run(command, "--help").exit_code == 0
    assert run("khong-co").exit_code == 2


def test_index_reports_and_is_incremental(indexed: Path) -> None:
    again = run("index", "--corpus", str(CORPUS), "--no-samples", "--json", data=indexed)
    report = json.loads(again.stdout)
    assert (report["items"], report["unchanged"], report["added"], report["failed"]) == (2, 2, 0, {})


def test_index_of_a_bad_file_ends_with_3_and_names_it(tmp_path: Path, data: Path) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "hong.txt").write_bytes(b"\xff\xff")
    (tmp_path / "c" / "tot.txt").write_text("Thi đua yêu nước", "utf-8")
    result = run("index", "--corpus", str(tmp_path / "c"), data=data)
    assert result.exit_code == 3 and "hong.txt" in result.stdout and "1 mục trong kho" in result.stdout
    status = run("status", "--json", data=data)
    assert list(json.loads(status.stdout)["failed"]) == ["hong.txt"]


def test_absence_has_exit_codes_of_its_own_and_yes_removes(tmp_path: Path, data: Path) -> None:
    corpus = tmp_path / "c"
    corpus.mkdir()
    for number in range(6):
        (corpus / f"{number}.md").write_text(f"Tổ tự quản số {number} sửa kênh", "utf-8")
    assert run("index", "--corpus", str(corpus), data=data).exit_code == 0
    for number in range(3):
        (corpus / f"{number}.md").unlink()
    held = run("index", "--corpus", str(corpus), data=data)
    assert held.exit_code == 8 and "3 mục không còn tệp" in held.stdout and "cachhay index --yes" in held.stdout
    assert run("index", "--corpus", str(corpus), "--yes", data=data).exit_code == 0
    for path in corpus.iterdir():
        path.unlink()
    empty = run("index", "--corpus", str(corpus), "--yes", data=data)
    assert empty.exit_code == 7 and "không có tệp nào" in empty.stdout and "3 mục trong kho" in empty.stdout
    corpus.rmdir()
    away = run("index", "--corpus", str(corpus), data=data)
    assert away.exit_code == 7 and "3 mục trong kho được giữ nguyên" in away.stderr and "Traceback" not in away.stderr


def test_a_name_of_a_file_cannot_steer_the_terminal(tmp_path: Path, data: Path) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "x\x1b[2J\n.md").write_bytes(b"\xff")
    result = run("index", "--corpus", str(tmp_path / "c"), data=data)
    assert result.exit_code == 3 and "x\\x1b[2J\\n.md" in result.stdout and "\x1b" not in result.stdout


def test_serve_index_serves_what_there_is_while_the_corpus_is_away(
    indexed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[int] = []
    monkeypatch.setattr(
        "cachhay.server.run_server", lambda settings, library, listener: served.append(listener.close() or 1)
    )
    monkeypatch.setenv("CACHHAY_CORPUS_DIR", str(tmp_path / "chua-gan"))
    result = run("serve", "--index", "--port", "0", data=indexed)
    assert result.exit_code == 0 and served == [1] and "2 mục trong kho được giữ nguyên" in result.stderr


def test_search_prints_badge_title_number_place_snippet(indexed: Path) -> None:
    result = run("search", "đẩy mạnh công tác tuyên truyền", data=indexed)
    assert result.exit_code == 0
    for part in (
        "2 kết quả",
        "1. [đúng dấu] Kế hoạch",
        "238/KH-UBND",
        "Thành phố Hải Phòng",
        "[gần đúng]",
        "Kém",
        "→ 43-kh-lmhtx",
    ):
        assert part in result.stdout
    as_json = json.loads(run("search", "238/KH-UBND", "--json", data=indexed).stdout)
    assert as_json["jump"] == "238-kh-ubnd"


def test_search_without_an_index_says_what_to_run(data: Path) -> None:
    result = run("search", "thi đua", data=data)
    assert result.exit_code == 4 and "cachhay index" in result.stderr and "Traceback" not in result.stderr
    status = run("status", data=data)
    assert status.exit_code == 4 and "cần lập chỉ mục" in status.stdout


@pytest.mark.parametrize("command", [("search", "thi đua"), ("status",), ("status", "--json")], ids=" ".join)
def test_a_command_that_only_reads_makes_no_data_folder(command: tuple[str, ...], data: Path) -> None:
    assert run(*command, data=data).exit_code == 4
    assert not data.exists()


def test_index_looks_for_its_corpus_before_it_makes_a_data_folder(tmp_path: Path, data: Path) -> None:
    result = run("index", "--corpus", str(tmp_path / "nowhere"), data=data)
    assert result.exit_code == 2 and "nowhere" in result.stderr and len(result.stderr.strip().splitlines()) == 1
    assert not data.exists()
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "manifest.toml").write_text("[[file]]\npath = 'khong-co.md'\n", "utf-8")
    result = run("index", "--corpus", str(tmp_path / "c"), data=data)
    assert result.exit_code == 2 and "khong-co.md" in result.stdout, "told, and the run went on"


def test_serve_looks_for_its_corpus_before_it_makes_a_data_folder(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CACHHAY_CORPUS_DIR", str(tmp_path / "nowhere"))
    result = run("serve", "--index", "--port", "0", data=data)
    assert result.exit_code == 2 and "nowhere" in result.stderr and not data.exists()


def test_repair_keeps_lines_and_explains(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("hoà bình\n\nthuỷ\u00a0lợi\n", "utf-8")
    assert run("repair", str(file)).stdout == "hòa bình\n\nthủy lợi\n"
    assert run("repair", "-", stdin="hoà".encode()).stdout == "hòa\n"
    explained = run("repair", "--explain", str(file))
    assert "place_tones" in explained.stderr and explained.stdout == "hòa bình\n\nthủy lợi\n"
    scan = run("repair", "--explain", str(CORPUS / "documents/43-KH-LMHTX.scan.txt"))
    assert "'Pay' -> 'Đẩy'" in scan.stderr and "chưa chắc chắn" in scan.stderr, "what it is not sure of, it says"
    assert "tuyên truyền" in scan.stdout and len(scan.stdout.splitlines()) == len(
        (CORPUS / "documents/43-KH-LMHTX.scan.txt").read_text("utf-8").splitlines()
    )
    assert json.loads(run("repair", "--json", str(file)).stdout)["steps"]


def test_repair_of_a_short_text_and_by_assumption(tmp_path: Path) -> None:
    damaged = "Pay manh cdng tac tuyén truyén\n".encode()
    assert run("repair", "-", stdin=damaged).stdout == "Đẩy mạnh công tác tuyên truyền\n"
    assert run("repair", "--assume", "clean", "-", stdin=damaged).stdout.encode() == damaged
    assert run("repair", "-", stdin=b"hop tac xa\n").stdout == "hop tac xa\n"
    assert run("repair", "--assume", "unaccented", "-", stdin=b"hop tac xa\n").stdout == "hợp tác xã\n"
    assert run("repair", "--assume", "ocr", "-", stdin="tuyén truyén".encode()).stdout == "tuyên truyền\n"
    assert "--assume ocr" in run("repair", "--explain", "-", stdin=b"hop tac xa\n").stderr, "what a short text needs"
    assert run("repair", "--assume", "tcvn3", "-", stdin="Hµ Néi".encode()).stdout == "Hà Nội\n"
    assert run("repair", "--assume", "telex", "-", stdin=b"a").exit_code == 2


def test_repair_takes_the_bytes_of_a_legacy_file(tmp_path: Path) -> None:
    file = tmp_path / "cu.txt"
    file.write_bytes("Hµ Néi\r\n§¹i häc\r\n".encode("latin-1"))
    assert run("repair", "--assume", "tcvn3", str(file)).stdout == "Hà Nội\nĐại học\n"
    assert run("repair", str(file)).stdout == "Hà Nội\nĐại học\n", "the letters prove it without the assumption"
    file.write_bytes(bytes(range(256)))
    assert run("repair", str(file)).exit_code == 3


def test_repair_of_no_text_ends_with_3(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"\xff\0\xff")
    result = run("repair", str(tmp_path / "a.bin"))
    assert result.exit_code == 3 and "UTF-8" in result.stderr


def test_explain_shows_attributes_with_evidence() -> None:
    result = run("explain", str(CORPUS / "documents/43-KH-LMHTX.scan.txt"))
    assert result.exit_code == 0
    for part in ("number = 43/KH-LMHTX", "date = 2025-02-25", "Thực hiện: 238/KH-UBND", "Kém", "[0] paragraph"):
        assert part in result.stdout
    as_json = json.loads(run("explain", "--json", str(CORPUS / "documents/238-KH-UBND.md")).stdout)
    assert as_json["document"]["number"] == "238/KH-UBND"
    assert run("explain", "khong-co.txt").exit_code == 2


def test_serve_on_a_port_in_use_is_one_line(indexed: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run("serve", "--port", str(port), data=indexed)
    assert result.exit_code == 6
    assert len(result.stderr.strip().splitlines()) == 1 and str(port) in result.stderr and "CACHHAY_PORT" in result.stderr


@pytest.mark.parametrize(("name", "value"), [("CACHHAY_PORT", "x"), ("CACHHAY_SAMPLES", "x")])
def test_a_bad_setting_is_one_line_and_exit_2(name: str, value: str, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    result = run("status", data=data)
    assert result.exit_code == 2 and name in result.stderr and len(result.stderr.strip().splitlines()) == 1


def test_an_unwritable_data_folder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    result = run("index", "--corpus", str(CORPUS), data=tmp_path / "file" / "var")
    assert result.exit_code == 4 and len(result.stderr.strip().splitlines()) == 1


def test_vectors_on_a_qdrant_that_is_away_are_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("qdrant_client")
    monkeypatch.setenv("CACHHAY_QDRANT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr("kb.engines.qdrant.RETRY_WAITS", ())
    result = CliRunner().invoke(main, ["index", "--corpus", str(CORPUS), "--data", str(tmp_path)])
    assert result.exit_code == 4 and "Qdrant" in result.stderr and "Traceback" not in result.stderr
    monkeypatch.setenv("CACHHAY_QDRANT_KEY_FILE", str(tmp_path / "none"))
    result = CliRunner().invoke(main, ["status", "--data", str(tmp_path)])
    assert result.exit_code == 2 and "CACHHAY_QDRANT_KEY_FILE" in result.stderr


def test_serving_does_not_fail_because_another_process_writes(indexed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[int] = []
    monkeypatch.setattr("cachhay.cli.SERVE_WAIT_SECONDS", 0.2)
    monkeypatch.setattr(
        "cachhay.server.run_server", lambda settings, library, listener: served.append(listener.close() or 1)
    )
    with Store(indexed / "store.sqlite").lock():
        result = CliRunner().invoke(main, ["serve", "--index", "--port", "0", "--data", str(indexed)])
    assert result.exit_code == 0 and served == [1] and "Phục vụ những gì đã có" in result.stderr
