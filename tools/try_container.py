"""Run what `tools/try_image.py` built as compose would, and check it. `try_image` starts this module in new namespaces.

The root is read-only, the user of the image has no capabilities, there is no network except the loopback, and only the data
folder and /tmp are writable. The image's health check and a few pages are requested. The program is stopped with SIGTERM
and started a second time, now with the settings of compose for a Meilisearch that does not answer, and with `sync` beside it
on the same data folder.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.parse
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tools.dockerfile import read_dockerfile

#: The address of Meilisearch as in docker-compose.yml. Nothing answers there.
SERVER_SETTINGS = {"CACHHAY_MEILI_URL": "http://meilisearch:7700"}
#: Settings of `cachhay serve`. The file of the key does not exist.
SERVE_SETTINGS = SERVER_SETTINGS | {"CACHHAY_MEILI_KEY_FILE": "/srv/keys/search/key"}
#: Settings of `cachhay sync`. The file of the key does not exist.
SYNC_SETTINGS = SERVER_SETTINGS | {"CACHHAY_MEILI_ADMIN_KEY_FILE": "/srv/keys/admin/key"}
#: PR_CAPBSET_DROP of prctl(2).
CAPBSET_DROP = 24
#: PR_SET_NO_NEW_PRIVS of prctl(2).
SET_NO_NEW_PRIVS = 38
_libc = ctypes.CDLL(None)


@dataclass(frozen=True)
class Container:
    """A root folder, with the working folder, user and environment of its processes."""

    root: Path
    work: str
    user: tuple[int, int]
    env: dict[str, str]

    def start(self, command: list[str], **options: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(command, preexec_fn=self._become, env=self.env, text=True, **options)

    def ask(self, command: list[str]) -> tuple[int, str]:
        """Exit code and output of a command."""
        process = self.start(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        output, _ = process.communicate(timeout=120)
        return process.returncode, output.strip()

    def _become(self) -> None:
        """Do what `user`, `cap_drop: ALL` and `no-new-privileges` do."""
        os.chroot(self.root)
        os.chdir(self.work)
        for capability in range(64):
            _libc.prctl(CAPBSET_DROP, capability, 0, 0, 0)
        os.setgroups([])
        os.setgid(self.user[1])
        os.setuid(self.user[0])
        _libc.prctl(SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def mount(*words: str | Path) -> None:
    subprocess.run(["mount", *words], check=True)


def mount_all(root: Path, data: Path, corpus: Path, env: dict[str, str]) -> None:
    """Mount the file systems that compose gives to the container."""
    mount("--bind", root, root)
    mount("-o", "remount,bind,ro", root)
    mount("--bind", data, f"{root}{env['CACHHAY_DATA_DIR']}")
    mount("--bind", corpus, f"{root}{env['CACHHAY_CORPUS_DIR']}")
    mount("-o", "remount,bind,ro", f"{root}{env['CACHHAY_CORPUS_DIR']}")
    mount("-t", "proc", "proc", root / "proc")
    mount("-t", "tmpfs", "-o", "size=256m,mode=1777,noexec,nosuid,nodev", "tmp", root / "tmp")
    mount("-t", "tmpfs", "-o", "mode=755,nosuid", "dev", root / "dev")
    for name in ("null", "zero", "random", "urandom"):
        (root / "dev" / name).touch()
        mount("--bind", f"/dev/{name}", root / "dev" / name)


def bring_up_loopback() -> None:
    get_flags, set_flags, up = 0x8913, 0x8914, 1
    with socket.socket() as any_socket:
        (flags,) = struct.unpack_from("H", fcntl.ioctl(any_socket, get_flags, struct.pack("16sH14x", b"lo", 0)), 16)
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sH14x", b"lo", flags | up))


def check_confinement(container: Container) -> None:
    """Check what must and what must not be possible inside. Raises AssertionError."""
    for place in ("/", "/usr/bin", "/opt/cachhay", "/srv/corpus", "/srv/keys/search"):
        code, output = container.ask(["sh", "-c", f"touch {place}/written"])
        assert code and "Read-only" in output, f"{place}: {output}"
    for place in ("/tmp", container.env["CACHHAY_DATA_DIR"]):
        code, output = container.ask(["sh", "-c", f"touch {place}/written && rm {place}/written"])
        assert code == 0, f"{place}: {output}"
    code, output = container.ask(["grep", "-hE", "^(Uid|CapEff|CapBnd|NoNewPrivs)", "/proc/self/status"])
    uid = str(container.user[0])
    assert output.split() == ["Uid:", *[uid] * 4, "CapEff:", "0" * 16, "CapBnd:", "0" * 16, "NoNewPrivs:", "1"], output
    for compiler in ("cc", "gcc", "c++", "make"):
        code, output = container.ask(["sh", "-c", f"command -v {compiler}"])
        assert code, f"a compiler is in the image: {output}"
    code, output = container.ask(["tesseract", "--list-langs"])
    assert "vie" in output.split(), output
    print("root read-only, no capability, no compiler; Tesseract knows vie", flush=True)


def ask_pages(port: int) -> None:
    """Request pages that need the templates, static files, corpus, tables and models. Raises AssertionError."""
    query = urllib.parse.urlencode({"q": "mo hinh nuoi ong"})
    for path in ("/healthz", "/readyz", f"/api/search?{query}", f"/?{query}", "/static/style.css", "/api/openapi.json"):
        begun = time.monotonic()
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", path)
        answer = connection.getresponse()
        body = " ".join(answer.read().decode("utf-8").split())
        taken = (time.monotonic() - begun) * 1000
        print(f"  {answer.status} {path} ({taken:.0f} ms, {len(body)} characters): {body[:160]}", flush=True)
        assert answer.status == 200, body[:2000]


def peak_memory(proc: Path, pid: int) -> int:
    """The highest memory use of a process in MB, as the kernel recorded it."""
    status = (proc / str(pid) / "status").read_text("utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def serve_once(container: Container, command: list[str], health: list[str]) -> None:
    """Start the server, wait for the health check, request pages, stop it. Raises AssertionError."""
    begun = time.monotonic()
    server = container.start(command)
    try:
        while code := container.ask(health)[0]:
            assert server.poll() is None, f"ended by itself with {server.returncode}"
            assert time.monotonic() - begun < 600, "never healthy"
            time.sleep(0.5)
        print(f"health check exits {code} after {time.monotonic() - begun:.1f} s", flush=True)
        ask_pages(int(container.env["CACHHAY_PORT"]))
        begun = time.monotonic()
        code, output = container.ask(["cachhay", "status", "--json"])
        print(f"cachhay status beside it: exit code {code}, {time.monotonic() - begun:.1f} s")
        assert code == 0, output
        print(f"memory at its highest: {peak_memory(container.root / 'proc', server.pid)} MB")
        begun = time.monotonic()
        server.send_signal(signal.SIGTERM)
        code = server.wait(30)
        print(f"SIGTERM: exit code {code} after {time.monotonic() - begun:.1f} s", flush=True)
    finally:
        server.kill()


def main() -> None:
    folder, corpus, env = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
    stage = read_dockerfile(Path(__file__).parent.parent / "Dockerfile").stage("app")
    root, data = folder / "app", folder / "data"
    uid, gid = map(int, stage.last("USER").text.split(":"))
    # A new volume gets the contents of the image's folder, with owner and mode.
    shutil.rmtree(data, ignore_errors=True)
    subprocess.run(["cp", "-a", f"{root}{env['CACHHAY_DATA_DIR']}", data], check=True)
    mount_all(root, data, corpus, env)
    bring_up_loopback()
    container = Container(root, stage.last("WORKDIR").text, (uid, gid), env | {"HOME": env["CACHHAY_DATA_DIR"]})
    command = [*(stage.last("ENTRYPOINT").exec_form or ()), *(stage.last("CMD").exec_form or ())]
    health = json.loads(stage.last("HEALTHCHECK").text.partition("CMD ")[2])
    check_confinement(container)
    print("first start", flush=True)
    serve_once(container, command, health)
    print("second start, Meilisearch away, sync beside it", flush=True)
    sync = replace(container, env=container.env | SYNC_SETTINGS).start(["cachhay", "sync", "--watch"])
    serve_once(replace(container, env=container.env | SERVE_SETTINGS), command, health)
    assert sync.poll() is None, f"sync ended by itself with {sync.returncode}"
    sync.send_signal(signal.SIGTERM)
    print(f"sync, SIGTERM: exit code {sync.wait(30)}")
    files = [path for path in data.rglob("*") if path.is_file()]
    assert all(path.stat().st_uid == uid for path in files)
    print(f"data folder: {sum(path.stat().st_size for path in files) / 1e6:.1f} MB, {sorted(os.listdir(data))}")


if __name__ == "__main__":
    main()
