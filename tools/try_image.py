"""Try the Dockerfile without Docker: `python3 -m tools.try_image FOLDER`, as root, where there is debootstrap.

It makes a Debian bookworm (with Python 3.11, as in the base image) below FOLDER, copies the files that `.dockerignore` does
not exclude, and runs the steps of the stages `builder` and `app` of the Dockerfile. Then it runs the program as compose
would (`tools/try_container.py`). WITH_TORCH is 0 unless `--arg` sets it. It cannot try Docker itself, its volumes, memory
limits and the official images (python:3.11-slim-bookworm, Meilisearch).

FOLDER needs about 3 GB and is kept, because the next run uses the Debian again; delete it afterwards.
"""

from __future__ import annotations

import argparse
import filecmp
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tools.dockerfile import Stage, assignments, build_context, expand, read_dockerfile

ROOT = Path(__file__).parent.parent
#: Variables of the caller's environment for a proxy, a package index or another certificate authority.
NETWORK = ("http_proxy", "https_proxy", "no_proxy", "PIP_INDEX_URL", "PIP_CERT", "SSL_CERT_FILE", "PIP_DEFAULT_TIMEOUT")
#: The certificate authorities of a Debian.
BUNDLE = "etc/ssl/certs/ca-certificates.crt"
#: Where given wheels lie inside a stage.
WHEELS = "mnt/wheels"
#: PATH inside a stage before its Dockerfile changes it.
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@contextmanager
def timed(what: str) -> Iterator[None]:
    start = time.monotonic()
    yield
    print(f"{what}: {time.monotonic() - start:.1f} s", flush=True)


def make_debian(folder: Path) -> None:
    """Make the substitute for the base image, a Debian with Python and venv, if it is not there yet."""
    if (folder / "made").exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    include = "--include=python3,python3-venv,ca-certificates"
    subprocess.run(["debootstrap", "--variant=minbase", include, "bookworm", folder], check=True, stdout=sys.stderr)
    (folder / "usr/bin/python").symlink_to("python3")
    (folder / "made").touch()


def build(stage: Stage, folder: Path, given: Mapping[str, str], wheels: Sequence[Path] = ()) -> dict[str, str]:
    """Run the steps of a stage in a new folder `folder/NAME`. Returns its ENV."""
    root = folder / stage.name
    shutil.rmtree(root, ignore_errors=True)
    subprocess.run(["cp", "-a", folder / "debian", root], check=True)
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    if Path("/", BUNDLE).exists():
        shutil.copy(Path("/", BUNDLE), root / BUNDLE)
    (root / WHEELS).mkdir(parents=True)
    for wheel in wheels:
        shutil.copy2(wheel, root / WHEELS)
    values: dict[str, str] = {}
    env, work = {"PATH": PATH}, "/"
    for step in stage.steps:
        match step.name:
            case "ARG":
                values |= {name: given.get(name, default) for name, default in assignments(step.text).items()}
            case "ENV":
                env |= {name: expand(value, env) for name, value in assignments(step.text).items()}
            case "WORKDIR":
                work = step.text
                (root / work.lstrip("/")).mkdir(parents=True, exist_ok=True)
            case "COPY":
                *sources, target = step.words
                target_folder = root / os.path.join(work, target).lstrip("/")
                target_folder.mkdir(parents=True, exist_ok=True)
                for source in sources:
                    if "from" in step.flags:
                        subprocess.run(["cp", "-a", f"{folder / step.flags['from']}{source}/.", target_folder], check=True)
                    else:
                        copy(folder / "context", source, target_folder)
            case "RUN":
                with timed(f"  {stage.name}, line {step.line}: RUN {' '.join(step.text.split())[:70]}…"):
                    run_step(root, work, step.text, values | env)
            case "USER" | "EXPOSE" | "LABEL" | "HEALTHCHECK" | "ENTRYPOINT" | "CMD":
                pass
            case unknown:
                raise SystemExit(f"line {step.line}: {unknown} is not known here")
    return env


def send_context(folder: Path) -> None:
    """Copy the build context: the files that .dockerignore does not exclude, as they are now."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in build_context(ROOT):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)


def copy(context: Path, source: str, target: Path) -> None:
    """COPY: copy a file, or the contents of a folder, into the folder `target`."""
    if (context / source).is_dir():
        shutil.copytree(context / source, target, dirs_exist_ok=True)
    else:
        shutil.copy2(context / source, target)


def run_step(root: Path, work: str, text: str, env: Mapping[str, str]) -> None:
    """RUN: run a step as root, with a network, /proc and /dev."""
    inside = 'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" /bin/sh -c "$1"'
    network = {name: os.environ[name] for name in NETWORK if name in os.environ}
    extra = {"HOME": "/root", "DEBIAN_FRONTEND": "noninteractive", "PIP_FIND_LINKS": f"/{WHEELS}"}
    command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", inside, str(root), f"cd {work}\n{text}"]
    subprocess.run(command, check=True, env={**network, **extra, **env})


def compare_packages(context: Path, root: Path) -> int:
    """Check that every file of the packages in the context is installed unchanged. Returns how many files these are.

    Raises SystemExit with the names of the others.
    """
    (installed,) = root.glob("opt/cachhay/lib/python3*/site-packages")
    packages = [path.parent for path in context.glob("*/__init__.py")]
    files = {path.relative_to(context) for package in packages for path in package.rglob("*") if path.is_file()}
    same = {name for name in files if (installed / name).is_file() and filecmp.cmp(context / name, installed / name)}
    if wrong := sorted(files - same):
        raise SystemExit(f"not in the image, or other than in the context: {', '.join(map(str, wrong))}")
    return len(files)


def main() -> None:
    parser = argparse.ArgumentParser(description="Try the Dockerfile without Docker.")
    parser.add_argument("folder", type=Path, help="where the Debian and the stages are made")
    parser.add_argument("--corpus", type=Path, default=ROOT / "corpus")
    parser.add_argument("--arg", action="append", default=[], metavar="NAME=VALUE", help="a build argument")
    wheel_help = "a wheel to install from, for an index that is out of reach (with --arg TORCH_INDEX=)"
    parser.add_argument("--wheel", action="append", default=[], type=Path, help=wheel_help)
    options = parser.parse_args()
    if os.geteuid() or not shutil.which("debootstrap"):
        raise SystemExit("needs root and debootstrap (apt install debootstrap)")
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    file = read_dockerfile(ROOT / "Dockerfile")
    with timed("Debian"):
        make_debian(folder / "debian")
    given = {"WITH_TORCH": "0"} | dict(pair.split("=", 1) for pair in options.arg)
    with timed("build"):
        send_context(folder / "context")
        build(file.stage("builder"), folder, given, options.wheel)
        env = build(file.stage("app"), folder, given)
    count = compare_packages(folder / "context", folder / "app")
    print(f"{count} files of the packages are in the image as they are in the context")
    for part in ("debian", "app/opt/cachhay", "app"):
        size = subprocess.run(["du", "-sm", folder / part], capture_output=True, text=True, check=True).stdout.split()[0]
        print(f"  {size} MB {part}", flush=True)
    inside = [sys.executable, "-m", "tools.try_container", folder, options.corpus.resolve(), json.dumps(env)]
    command = ["unshare", "--mount", "--net", "--pid", "--ipc", "--uts", "--fork", "--kill-child", *inside]
    raise SystemExit(subprocess.run(command, check=False, cwd=ROOT).returncode)


if __name__ == "__main__":
    main()
