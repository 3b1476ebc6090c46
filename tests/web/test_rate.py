"""The limit per address, by a clock of its own."""

from __future__ import annotations

import pytest

from kb.settings import load_settings
from web.rate import BUCKETS, RateLimit, make_rate_limit


def test_a_minute_of_requests_is_taken_at_once_and_comes_back_evenly() -> None:
    limit = RateLimit(60)
    assert [limit.wait("192.0.2.1", 1, lambda: 1000.0) for _ in range(60)] == [0.0] * 60
    assert limit.wait("192.0.2.1", 1, lambda: 1000.0) == pytest.approx(1)
    assert limit.wait("192.0.2.1", 20, lambda: 1000.0) == pytest.approx(20)
    assert limit.wait("192.0.2.1", 10, lambda: 1010.0) == 0, "ten seconds later ten are there again"
    assert limit.wait("192.0.2.1", 1, lambda: 1010.0) > 0
    assert limit.wait("192.0.2.2", 1, lambda: 1000.0) == 0


def test_a_price_above_the_limit_can_still_be_paid_once_a_minute() -> None:
    limit = RateLimit(5)
    assert limit.wait("192.0.2.1", 20, lambda: 0.0) == 0
    assert limit.wait("192.0.2.1", 20, lambda: 30.0) == pytest.approx(30)
    assert limit.wait("192.0.2.1", 20, lambda: 60.0) == 0


def test_the_addresses_of_one_ipv6_network_are_one() -> None:
    limit = RateLimit(1)
    assert limit.wait("2001:db8:1:2::1", 1, lambda: 0.0) == 0
    assert limit.wait("2001:db8:1:2:ffff::9", 1, lambda: 0.0) > 0
    assert limit.wait("2001:db8:1:3::1", 1, lambda: 0.0) == 0


def test_a_thousand_addresses_take_no_more_memory_than_one() -> None:
    limit = RateLimit(10)
    for number in range(1_000):
        limit.wait(f"2001:db8:{number:x}::1", 1, lambda: 0.0)
    assert len(limit.table) == 2 * BUCKETS


def test_without_a_number_this_machine_is_not_limited_and_with_one_it_is() -> None:
    by_default, asked = make_rate_limit(load_settings().rate_per_minute), make_rate_limit(2)
    assert by_default and asked and make_rate_limit(0) is None
    assert {by_default.wait(address, 1, lambda: 0.0) for address in ("127.0.0.1", "::1") for _ in range(4_000)} == {0.0}
    assert {bool(by_default.wait("2001:db8::1", 20, lambda: 0.0)) for _ in range(200)} == {False, True}
    assert [bool(asked.wait("127.0.0.1", 1, lambda: 0.0)) for _ in range(3)] == [False, False, True]
