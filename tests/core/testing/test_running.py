"""Ports for programs that tests start: each call gives others, though nobody has bound the earlier ones yet."""

import socket
from itertools import count

import pytest

from budkavle.testing import running


def test_each_call_gives_other_ports() -> None:
    """And none is among those that Linux gives to clients."""
    ranges = [range(first, first + 4) for first in (running.free_ports(4) for _ in range(20))]
    ports = {port for several in ranges for port in several}
    assert len(ports) == 80
    assert max(ports) < 32_768


def test_what_is_bound_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slot of which one port is taken is not given, even where the count begins anew."""
    first = running.free_ports(3)
    monkeypatch.setattr(running, "_slots", count((first - 12_000) // running.SLOT))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", first + 2))
        assert running.free_ports(3) != first
