"""Who counts as asking, and how fast one may ask."""

from __future__ import annotations

import os

from hypothesis import given, settings
from hypothesis import strategies as st

from web.service.clients import TokenBuckets, client_of
from web.settings import settings_from

PROXIES = settings_from({"FINDINGS_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8, ::1"}).trusted_proxies


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def scope(peer: str, *forwarded: str) -> dict[str, object]:
    return {
        "client": (peer, 1),
        "headers": [(b"x-forwarded-for", f.encode("latin-1", "replace")) for f in forwarded],
    }


def test_the_header_is_believed_from_a_trusted_proxy_only() -> None:
    assert client_of(scope("192.0.2.1", "198.51.100.7"), PROXIES) == "192.0.2.1"
    assert client_of(scope("127.0.0.1", "198.51.100.7"), PROXIES) == "198.51.100.7"
    assert client_of(scope("127.0.0.1", "198.51.100.7"), ()) == "127.0.0.1"


def test_the_last_address_that_no_trusted_proxy_has_is_the_clients() -> None:
    assert client_of(scope("127.0.0.1", "1.1.1.1, 198.51.100.7, 10.1.2.3"), PROXIES) == "198.51.100.7"
    assert client_of(scope("127.0.0.1", "1.1.1.1", "198.51.100.7, 10.9.9.9"), PROXIES) == "198.51.100.7"
    assert client_of(scope("127.0.0.1", "no address"), PROXIES) == "127.0.0.1"
    assert client_of(scope("127.0.0.1"), PROXIES) == "127.0.0.1"


def test_addresses_of_one_subscriber_are_one_client() -> None:
    one, other = scope("2001:db8:1:2::1"), scope("2001:db8:1:2:ffff::9")
    assert client_of(one, PROXIES) == client_of(other, PROXIES) == "2001:db8:1:2::"
    assert client_of(scope("::ffff:192.0.2.1"), PROXIES) == "192.0.2.1"


@settings(deadline=None)
@given(peer=st.text(max_size=30), forwarded=st.text(max_size=60))
def test_any_header_gives_some_client(peer: str, forwarded: str) -> None:
    assert client_of(scope(peer, forwarded), PROXIES)
    assert client_of(scope("127.0.0.1", forwarded), PROXIES)


def test_a_burst_is_allowed_and_then_the_steady_rate() -> None:
    clock = Clock()
    buckets = TokenBuckets(2.0, 3, clock=clock)
    assert [buckets.wait("a") for _ in range(3)] == [0, 0, 0]
    assert buckets.wait("a") == 0.5
    assert buckets.wait("b") == 0
    clock.now += 0.5
    assert buckets.wait("a") == 0
    assert buckets.wait("a") > 0


@settings(deadline=None)
@given(steps=st.lists(st.floats(0, 5), max_size=60), rate=st.floats(0.1, 20), burst=st.integers(1, 10))
def test_no_pattern_of_asking_gets_more_than_its_rate(steps: list[float], rate: float, burst: int) -> None:
    clock = Clock()
    buckets = TokenBuckets(rate, burst, clock=clock)
    allowed = 0
    for step in steps:
        clock.now += step
        allowed += buckets.wait("a") == 0
    assert allowed <= burst + rate * (clock.now - 100.0) + 1e-6


@settings(max_examples=20, deadline=None)
@given(clients=st.lists(st.integers(0, 200), max_size=300))
def test_memory_is_bounded_however_many_ask(clients: list[int]) -> None:
    buckets = TokenBuckets(1.0, 2, clock=Clock(), most=50)
    before = os.fstat(buckets._file).st_size
    for client in clients:
        buckets.wait(str(client))
    assert os.fstat(buckets._file).st_size == before <= 50 * 32


def test_a_clock_that_goes_back_takes_no_tokens_away() -> None:
    clock = Clock()
    buckets = TokenBuckets(1.0, 2, clock=clock)
    assert buckets.wait("a") == 0
    clock.now -= 50
    assert buckets.wait("a") == 0
