"""The scripts that make the master key and start Meilisearch with it."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

TOOLS = Path(__file__).parent.parent.parent / "tools"


def run(script: str, *arguments: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(TOOLS / script), *arguments],
        cwd=cwd,
        env={"PATH": os.environ["PATH"]} | env,
        capture_output=True,
        text=True,
        check=False,
    )


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    done = run("make_secret.sh", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "Đã tạo secrets/meili_master_key.\nĐã tạo secrets/qdrant_api_key.\n")
    key = tmp_path / "secrets/meili_master_key"
    first = key.read_text()
    assert len(first) == 64 and int(first, 16)
    assert mode(key) == 0o444, "the container's user reads it"
    assert mode(key.parent) == 0o700, "nobody else of the machine reaches it"
    assert sorted(os.listdir(key.parent)) == ["meili_master_key", "qdrant_api_key"]
    assert (key.parent / "qdrant_api_key").read_text() != first
    again = run("make_secret.sh", cwd=tmp_path)
    kept = [f"Đã có secrets/{name}, giữ nguyên." for name in ("meili_master_key", "qdrant_api_key")]
    assert (again.returncode, again.stdout.splitlines()) == (0, kept)
    assert key.read_text() == first


def test_secrets_differ(tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert run("make_secret.sh", f"keys/{name}", cwd=tmp_path).returncode == 0
    assert (tmp_path / "keys/one").read_text() != (tmp_path / "keys/two").read_text()


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir(mode=0o755)
    run("make_secret.sh", "keys/one", cwd=tmp_path)
    assert mode(tmp_path / "keys") == 0o755


@pytest.mark.parametrize("text", ["0123456789abcdef", "0123456789abcdef\n", " 0123456789abcdef\r\n"])
def test_meilisearch_gets_the_key_and_an_empty_folder_for_temporary_files(tmp_path: Path, text: str) -> None:
    (tmp_path / "key").write_bytes(text.encode())
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp/left").touch()
    show = 'printf "%s|%s|%s" "$MEILI_MASTER_KEY" "$*" "$(ls "$TMPDIR")"'
    program = ["sh", "-c", show, "sh", "--flag", "a b"]
    done = run("run_meilisearch.sh", *program, cwd=tmp_path, MEILI_MASTER_KEY_FILE="key", TMPDIR=str(tmp_path / "tmp"))
    assert (done.returncode, done.stdout) == (0, "0123456789abcdef|--flag a b|"), done.stderr


def test_the_program_takes_the_place_of_the_script(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("0123456789abcdef")
    process = subprocess.Popen(
        ["sh", str(TOOLS / "run_meilisearch.sh"), "sh", "-c", "echo $$"],
        env={"PATH": os.environ["PATH"], "MEILI_MASTER_KEY_FILE": str(tmp_path / "key")},
        stdout=subprocess.PIPE,
        text=True,
    )
    output, _ = process.communicate()
    assert int(output) == process.pid


def test_without_a_key_it_says_so(tmp_path: Path) -> None:
    done = run("run_meilisearch.sh", "true", cwd=tmp_path, MEILI_MASTER_KEY_FILE="none")
    assert done.returncode == 1
    assert done.stderr == "meilisearch: không đọc được tệp khóa chủ none; tạo bằng: sh tools/make_secret.sh\n"


def test_a_short_key_is_refused_and_not_shown(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("hunter2\n")
    done = run("run_meilisearch.sh", "true", cwd=tmp_path, MEILI_MASTER_KEY_FILE="key")
    assert done.returncode == 1
    assert done.stderr == "meilisearch: khóa chủ trong key quá ngắn, cần ít nhất 16 ký tự\n"
