"""Whose headers are believed: only those of trusted proxies, and of these only what the nearest one wrote."""

from __future__ import annotations

import asyncio

import pytest
from starlette.types import Receive, Scope, Send

from kb.errors import SettingError
from kb.settings import load_settings, networks
from web.proxy import ProxyHeaders

TRUSTED = networks("127.0.0.1, ::1, 10.0.0.0/8")


def seen(peer: str | None, *headers: tuple[str, str]) -> Scope:
    """The scope that the application gets."""
    found: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        found.append(scope)

    raw = [(b"host", b"own.example"), *((name.encode(), value.encode()) for name, value in headers)]
    scope = {"type": "http", "client": (peer, 5000) if peer else None, "scheme": "http", "headers": raw}
    asyncio.run(ProxyHeaders(app, TRUSTED)(scope, None, None))  # type: ignore[arg-type]
    return found[0]


def hosts(scope: Scope) -> list[bytes]:
    return [value for name, value in scope["headers"] if name == b"host"]


def test_a_trusted_proxy_tells_address_scheme_and_host() -> None:
    told = seen(
        "10.1.2.3", ("x-forwarded-for", "192.0.2.7"), ("x-forwarded-proto", "https"), ("x-forwarded-host", "site.example")
    )
    assert told["client"][0] == "192.0.2.7" and told["scheme"] == "https" and hosts(told) == [b"site.example"]


@pytest.mark.parametrize("peer", ["192.0.2.200", "11.0.0.1", "testclient"])
def test_nobody_else_is_believed_and_nothing_is_left_to_be_believed(peer: str) -> None:
    told = seen(
        peer,
        ("x-forwarded-for", "192.0.2.7"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "evil.example"),
        ("accept", "*/*"),
    )
    assert told["client"][0] == peer and told["scheme"] == "http" and hosts(told) == [b"own.example"]
    assert [name for name, _ in told["headers"]] == [b"host", b"accept"]


@pytest.mark.parametrize(
    ("hops", "client"),
    [
        (["192.0.2.66, 192.0.2.7"], "192.0.2.7"),  # what the visitor wrote stands at the left
        (["192.0.2.66", "192.0.2.7, 10.9.9.9"], "192.0.2.7"),
        (["192.0.2.7, 10.9.9.9, 127.0.0.1"], "192.0.2.7"),
        (["nonsense, 192.0.2.7"], "192.0.2.7"),
        (["192.0.2.7, nonsense"], "127.0.0.1"),
        (["[2001:db8::7]:4711"], "2001:db8::7"),
        (["::ffff:192.0.2.7"], "192.0.2.7"),
        (["10.1.1.1, 10.2.2.2"], "10.1.1.1"),
        ([","], "127.0.0.1"),
        (["192.0.2.7" + ", 10.0.0.1" * 5000], "10.0.0.1"),
    ],
)
def test_the_rightmost_hop_that_is_no_proxy_is_the_visitor(hops: list[str], client: str) -> None:
    assert seen("127.0.0.1", *(("x-forwarded-for", hop) for hop in hops))["client"][0] == client


def test_only_http_and_https_are_schemes() -> None:
    assert seen("::1", ("x-forwarded-proto", "javascript"))["scheme"] == "http"
    assert seen("::1", ("x-forwarded-proto", "http, https"))["scheme"] == "https"


def test_a_peer_of_a_unix_socket_is_this_program_itself() -> None:
    assert seen(None, ("x-forwarded-for", "192.0.2.7"))["client"][0] == "192.0.2.7"


def test_a_malformed_list_of_proxies_stops_the_start() -> None:
    with pytest.raises(SettingError, match="CACHHAY_TRUSTED_PROXIES"):
        load_settings(trusted_proxies="10.0.0.0/99")
    assert networks("") == ()
