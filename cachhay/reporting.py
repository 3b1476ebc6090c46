"""What the commands share: options, and errors as one line with an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

from kb.errors import CachHayError

P = ParamSpec("P")
R = TypeVar("R")

JSON = click.option("--json", "as_json", is_flag=True, help="In JSON cho máy đọc.")
DATA = click.option("--data", "data_dir", type=click.Path(path_type=Path), help="Thư mục dữ liệu (mặc định: var).")
CORPUS = click.option("--corpus", "corpus_dir", type=click.Path(path_type=Path), help="Thư mục văn bản (mặc định: corpus).")


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
