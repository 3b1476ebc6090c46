"""Contexts of the pages about the site itself: help, lists to fill in, API, status, errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from search_api.schema import FileCause, Readiness
from web.exports import ListTemplate


@dataclass(frozen=True, slots=True)
class StatusPage:
    """`causes` names the files that are not in the collection; it is empty for visitors from elsewhere. `upload` says that
    whoever looks may send files."""

    readiness: Readiness
    causes: Sequence[FileCause] = ()
    upload: bool = False


@dataclass(frozen=True, slots=True)
class HelpPage:
    matches: Sequence[tuple[str, str]]
    fields: Sequence[str]


@dataclass(frozen=True, slots=True)
class TemplatesPage:
    """Lists to fill in; `upload` tells whether this visitor may hand in files."""

    templates: Sequence[ListTemplate]
    upload: bool = False


@dataclass(frozen=True, slots=True)
class Endpoint:
    method: str
    path: str
    summary: str
    description: str
    parameters: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ApiPage:
    endpoints: Sequence[Endpoint]


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What went wrong; a visitor who asks for help quotes `request_id`, which the log has too."""

    status: int
    title: str
    text: str
    request_id: str = ""
