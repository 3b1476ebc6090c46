"""Which addresses are asked: none that leads to a machine which only this one can reach."""

from __future__ import annotations

import socket

import pytest

from indexer.intake import Guard
from indexer.intake.addresses import is_public
from kb.errors import IntakeError, TryLaterError

PUBLIC = ("203.162.0.11", "8.8.8.8", "1.1.1.1", "223.255.255.1", "2001:4860:4860::8888", "2405:4800::1", "2a00:1450::1")
NOT_PUBLIC = {
    "this machine": ("127.0.0.1", "127.255.255.254", "::1", "0.0.0.0", "0.1.2.3", "::"),
    "the office": ("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "fc00::1", "fd12:3456::1", "fec0::1"),
    "the link": ("169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0"),
    "everybody": ("224.0.0.1", "239.1.2.3", "255.255.255.255", "ff02::1", "ff0e::1"),
    "nobody": ("192.0.2.1", "198.51.100.7", "203.0.113.9", "198.18.0.1", "240.0.0.1", "2001:db8::1", "3fff::1", "100::1", "4000::1"),
    "IPv4 in IPv6": (
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::808:808",
        "64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:808:808::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "192.88.99.1",
    ),
    "no address": ("", "localhost", "127.1", "0x7f.0.0.1", "017700000001", "1.2.3.4.5", "::g", "[::1]", "8.8.8.8 "),
}  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", [address for kind in NOT_PUBLIC.values() for address in kind])
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


def answering(*addresses: str) -> Guard:
    return Guard(resolve=lambda host, port: list(addresses))


def test_a_public_name_is_asked_at_the_address_that_was_checked() -> None:
    asked: list[str] = []

    def once(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["203.162.0.11"] if len(asked) == 1 else ["127.0.0.1"]

    target = Guard(once).check("https://Báo.Example.vn./tin mới".replace(" ", "%20") + "?a=ơ#b")
    assert asked == ["xn--bo-mia.example.vn"] and target.ips == ("203.162.0.11",)
    assert target.url == "https://xn--bo-mia.example.vn/tin%20m%E1%BB%9Bi?a=%C6%A1" and target.port == 443


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("203.162.0.11", "10.0.0.1"), ("2405:4800::1", "fe80::1%eth0"), ()])
def test_one_address_that_is_not_public_is_enough_to_refuse_a_name(addresses: tuple[str, ...]) -> None:
    with pytest.raises(IntakeError, match="nội bộ hoặc dành riêng"):
        answering(*addresses).check("http://bao.example/")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "１２７.0.0.1",
    ],
)
def test_what_the_system_itself_takes_for_this_machine_is_refused(host: str) -> None:
    """With the real resolver: these need no name server, and this machine has no other network here."""
    with pytest.raises(IntakeError):
        Guard().check(f"http://{host}/")


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("ftp://bao.example/a", "chỉ tải địa chỉ http"),
        ("file:///etc/passwd", "chỉ tải địa chỉ http"),
        ("gopher://bao.example:80/", "chỉ tải địa chỉ http"),
        ("https://user:secret@bao.example/", "tên đăng nhập"),
        ("https://user@bao.example/", "tên đăng nhập"),
        ("http://bao.example:8080/", "cổng 80 và 443"),
        ("http://bao.example:22/", "cổng 80 và 443"),
        ("http://bao.example:99999/", "không đúng dạng"),
        ("http://bao.example:0/", "cổng 80 và 443"),
        ("http:///a", "không đúng dạng"),
        ("http://[::1/", "không đúng dạng"),
        ("http://a b/", "không đúng dạng"),
        ("http://bao.example/\r\nHost: evil", "không đúng dạng"),
        ("http://bao.example\\@127.0.0.1/", "không đúng dạng"),
        ("http://[fe80::1%25eth0]/", "không đúng dạng"),
        ("http://" + "a" * 64 + ".example/", "không đúng dạng"),
        ("http://bao.example/" + "a" * 2000, "không đúng dạng"),
    ],
)
def test_addresses_of_other_forms_are_refused(address: str, reason: str) -> None:
    with pytest.raises(IntakeError, match=reason):
        answering("203.162.0.11").check(address)


def test_an_unknown_host_may_be_known_later() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(TryLaterError, match="không tìm thấy máy chủ"):
        Guard(unknown).check("https://khong-co.example/")
