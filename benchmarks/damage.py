"""Damage a home in many ways: each kind heals by itself, or is told with advice that works.

    python -m benchmarks.damage [--items N] [--only WORDS] [--json FILE]

For each kind: damage a copy; read it (`cachhay search`); run `cachhay index`. Where that ends with an error, its advice is
followed as a user would. In the end the answers must be those of the undamaged home, and `cachhay verify` must find nothing.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from benchmarks import homes
from benchmarks.timing import report
from kb.library.store import Store


def generation(home: Path) -> Path:
    with Store(home / "var" / "store.sqlite", make=False).snapshot() as snapshot:
        return home / "var" / "index" / snapshot.generation


def file_of(home: Path, pattern: str) -> Path:
    """The largest file of the generation that fits a pattern."""
    found = [path for path in generation(home).rglob(pattern) if path.is_file() and path.suffix != ".lock"]
    return max(found, key=lambda path: path.stat().st_size)


def rewrite(path: Path, change: Callable[[bytearray], object]) -> None:
    data = bytearray(path.read_bytes())
    change(data)
    path.unlink()
    path.write_bytes(data)


def flip(path: Path, *shares: float) -> None:
    def change(data: bytearray) -> None:
        for share in shares or (0.5,):
            data[int((len(data) - 1) * share)] ^= 0x04

    rewrite(path, change)


def cut(path: Path, share: float = 0.5) -> None:
    rewrite(path, lambda data: data.__delitem__(slice(int(len(data) * share), None)))


def rubbish(path: Path) -> None:
    rewrite(path, lambda data: data.__setitem__(slice(None), b"\xa5" * len(data)))


def zero_pages(path: Path) -> None:
    def change(data: bytearray) -> None:
        pages = len(data) // 4096
        for page in range(pages // 3, pages // 2):
            data[page * 4096 : (page + 1) * 4096] = bytes(4096)

    rewrite(path, change)


def swap(home: Path) -> None:
    one, two = file_of(home, "axes.npy"), file_of(home, "vectors.npy")
    other = one.with_suffix(".other")
    one.rename(other)
    two.rename(one)
    other.rename(two)


def put_other_generation(home: Path) -> None:
    now = generation(home)
    last = next(path for path in now.parent.iterdir() if path != now)
    shutil.rmtree(now)
    last.rename(now)


def sql(statement: str) -> Callable[[Path], None]:
    def damage(home: Path) -> None:
        with sqlite3.connect(store(home)) as connection:
            connection.execute(statement)

    return damage


def store(home: Path) -> Path:
    return home / "var" / "store.sqlite"


def lock_as_folder(home: Path) -> None:
    lock = home / "var" / "store.lock"
    lock.unlink()
    lock.mkdir()


def lose_wal(home: Path) -> None:
    """The changes of a killed run waited in the `-wal` file, and that is gone."""
    leave_wal(home)
    store(home).with_name("store.sqlite-wal").unlink()


def leave_wal(home: Path) -> None:
    code = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("UPDATE files SET digest = 'x'")
connection.commit()
os._exit(9)
"""
    subprocess.run([sys.executable, "-c", code, store(home)], check=False)


def wal_rubbish(home: Path) -> None:
    leave_wal(home)
    rubbish(store(home).with_name("store.sqlite-wal"))


def in_all(pattern: str, damage: Callable[[Path], None]) -> Callable[[Path], None]:
    def damage_all(home: Path) -> None:
        for path in list(generation(home).rglob(pattern)):
            if path.is_file() and path.stat().st_size:
                damage(path)

    return damage_all


KINDS: dict[str, Callable[[Path], object]] = {
    "vectors.npy has no bytes": lambda home: cut(file_of(home, "vectors.npy"), 0),
    "vectors.npy is cut off": lambda home: cut(file_of(home, "vectors.npy")),
    "vectors.npy: a bit": lambda home: flip(file_of(home, "vectors.npy"), 0.7),
    "index.faiss has no bytes": lambda home: cut(file_of(home, "index.faiss"), 0),
    "index.faiss: a bit": lambda home: flip(file_of(home, "index.faiss"), 0.4),
    "keys.json is rubbish": lambda home: rubbish(file_of(home, "keys.json")),
    "keys.json is gone": lambda home: file_of(home, "keys.json").unlink(),
    "axes.npy: first byte": lambda home: flip(file_of(home, "axes.npy"), 0),
    "text: a bit of the largest file": lambda home: flip(file_of(home, "text*/**/*"), 0.5),
    "text: a bit of every file": in_all("text*/**/*", flip),
    "text: every file is cut off": in_all("text*/**/*", cut),
    "text: every file has no bytes": in_all("text*/**/*", lambda path: cut(path, 0)),
    "meta.json is rubbish": lambda home: rubbish(file_of(home, "meta.json")),
    "meta.json is gone": lambda home: file_of(home, "meta.json").unlink(),
    "a folder of the generation is gone": lambda home: shutil.rmtree(file_of(home, "vectors.npy").parent),
    "the text folder is gone": lambda home: shutil.rmtree(file_of(home, "meta.json").parent),
    "the generation is gone": lambda home: shutil.rmtree(generation(home)),
    "all indexes are gone": lambda home: shutil.rmtree(home / "var" / "index"),
    "two files are swapped": swap,
    "the generation before, under this name": put_other_generation,
    "the checksums are rubbish": lambda home: rubbish(generation(home) / "checksums.json"),
    "the checksums are gone": lambda home: (generation(home) / "checksums.json").unlink(),
    "a record is no JSON": sql("UPDATE items SET payload = '{' WHERE id = (SELECT min(id) FROM items)"),
    "a record without a kind": sql(
        "UPDATE items SET payload = replace(payload, '\"practice\"', 'null') WHERE id = (SELECT max(id) FROM items)"
    ),
    "letters of a record": sql(
        "UPDATE items SET payload = replace(payload, 'Năm nay', 'Nầm này') WHERE id = (SELECT max(id) FROM items)"
    ),
    "the store is cut off": lambda home: cut(store(home)),
    "the store has zeroed pages": lambda home: zero_pages(store(home)),
    "the store: bits in many places": lambda home: flip(store(home), *(n / 40 for n in range(1, 40))),
    "the store: header": lambda home: rewrite(store(home), lambda data: data.__setitem__(slice(0, 16), bytes(16))),
    "the store is rubbish": lambda home: rubbish(store(home)),
    "the store has no bytes": lambda home: cut(store(home), 0),
    "the store is gone": lambda home: store(home).unlink(),
    "the -wal file is rubbish": wal_rubbish,
    "the -wal file is gone": lose_wal,
    "the lock file is a folder": lock_as_folder,
    "a store of a newer program": sql("PRAGMA user_version = 99"),
}


def make_read_only(home: Path) -> None:
    subprocess.run(["mount", "--bind", home / "var", home / "var"], check=True)
    subprocess.run(["mount", "-o", "remount,ro,bind", home / "var"], check=True)


def fill_disk(home: Path) -> None:
    """Put the data on a file system of their own, and fill it."""
    size = sum(path.stat().st_size for path in (home / "var").rglob("*") if path.is_file())
    moved = (home / "var").rename(home / "moved")
    (home / "var").mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={2 * size + 2**20}", "tmpfs", home / "var"], check=True)
    shutil.copytree(moved, home / "var", dirs_exist_ok=True)
    (home / "corpus" / "9999.md").write_text(homes.paper(9999), "utf-8")
    with suppress(OSError), open(home / "var" / "fill", "wb", buffering=0) as fill:
        while True:
            fill.write(bytes(4096))


#: These need the right to mount file systems.
MOUNTED: dict[str, Callable[[Path], object]] = {
    "the data folder is read only": make_read_only,
    "the disk is full": fill_disk,
}


def mounted(path: Path) -> bool:
    return f" {path} " in Path("/proc/mounts").read_text("utf-8")


def make_room(home: Path) -> None:
    if (home / "var" / "fill").exists():
        (home / "var" / "fill").unlink()
        (home / "corpus" / "9999.md").unlink()
    else:
        subprocess.run(["mount", "-o", "remount,rw,bind", home / "var"], check=True)


def follow(said: str, home: Path, archive: Path) -> str:
    """Follow the advice of an error as a user would; returns what was done, "" where no advice is known."""
    if mounted(home / "var") and ("chỗ" in said or "quyền ghi" in said):
        make_room(home)
        homes.index(home)
        return "room, or the right to write"
    if "index --salvage" in said:
        homes.index(home, "--salvage")
        return "index --salvage"
    if "cachhay restore" in said:
        for folder in ("var", "corpus"):
            (home / folder).rename(home / f"{folder}.old")
        homes.run("restore", archive, home=home)
        return "restore"
    if "xóa tệp khóa" in said:
        shutil.rmtree(home / "var" / "store.lock")
        homes.index(home)
        return "remove the lock"
    if "cập nhật Cách Hay" in said:  # the newer program: it knows this schema
        sql("PRAGMA user_version = 7")(home)
        homes.index(home)
        return "update"
    return ""


def kinds() -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        tried = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True)
        if tried.returncode:
            print("two kinds are left out: they need the right to mount file systems")
            return list(KINDS)
        subprocess.run(["umount", folder], check=True)
    return [*KINDS, *MOUNTED]


def drill(kind: str, clean: Path, expected: object, archive: Path) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(shutil.copytree(clean, Path(folder) / "home"))
        (KINDS | MOUNTED)[kind](home)
        read = homes.run("search", "bờ kênh", home=home)
        calm = (
            read.returncode in ((0,) if kind in MOUNTED else (0, 4))
            and "Traceback" not in read.stderr
            and "panicked" not in read.stderr
        )
        done = homes.index(home)
        calm = calm and done.returncode in (0, 3, 4) and "Traceback" not in done.stderr
        how = "heals" if done.returncode == 0 else "told: " + follow(done.stderr, home, archive)
        same = homes.answers(home) == expected
        verified = homes.run("verify", home=home).returncode == 0
        if mounted(home / "var"):
            subprocess.run(["umount", "-l", home / "var"], check=True)
        ok = calm and same and verified and how != "told: "
        return {"kind": kind, "how": how, "calm": calm, "same answers": same, "verified": verified, "ok": ok}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=60)
    parser.add_argument("--only", default="", help="only the kinds whose name contains this")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        clean = Path(folder) / "clean"
        homes.write_papers(clean / "corpus", range(options.items))
        homes.index(clean)
        homes.write_papers(clean / "corpus", range(3), version=1)
        homes.index(clean)
        expected = homes.answers(clean)
        archive = Path(folder) / "backup.tar"
        homes.run("backup", archive, home=clean)
        assert expected and archive.exists()
        rows = [drill(kind, clean, expected, archive) for kind in kinds() if options.only in kind]
    report(rows, options.json)
    good = sum(bool(row["ok"]) for row in rows)
    print(f"\n{good} of {len(rows)} kinds heal or are told with a way that works")
    sys.exit(good < len(rows))


if __name__ == "__main__":
    main()
