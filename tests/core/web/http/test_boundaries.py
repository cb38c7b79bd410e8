"""Where one request ends and the next begins, at the server that really runs: what is in doubt is refused.

Source: RFC 9112, sections 5.1, 6.3, 7.1 and 11.2.
"""

import re
import socket
from collections.abc import Iterator

import pytest

from budkavle.testing.databases import Databases
from budkavle.testing.running import installed

SECOND = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
"""A request that somebody may try to hide in the body of another."""
SIZE = len(SECOND)
DOUBTFUL = {
    "both lengths": b"content-length: %d\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n" % (SIZE + 5),
    "both lengths, the other way round": b"transfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n0\r\n\r\n",
    "two lengths": b"content-length: 0\r\ncontent-length: %d\r\n\r\n" % SIZE,
    "a list of lengths": b"content-length: 0, %d\r\n\r\n" % SIZE,
    "a length with a sign": b"content-length: +0\r\n\r\n",
    "a length below nothing": b"content-length: -1\r\n\r\n",
    "a length in hexadecimal": b"content-length: 0x0\r\n\r\n",
    "an unknown coding": b"transfer-encoding: xchunked\r\ncontent-length: 0\r\n\r\n",
    "chunked before another coding": b"transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "a space before the colon": b"transfer-encoding : chunked\r\n\r\n0\r\n\r\n",
    "a vertical tab before the coding": b"transfer-encoding: \x0bchunked\r\ncontent-length: 0\r\n\r\n",
    "a folded header": b"x: a\r\n transfer-encoding: chunked\r\ncontent-length: 0\r\n\r\n",
    "a lonely carriage return": b"x: a\rtransfer-encoding: chunked\r\ncontent-length: 0\r\n\r\n",
    "a chunk of no size": b"transfer-encoding: chunked\r\n\r\nzz\r\n\r\n0\r\n\r\n",
    "a chunk below nothing": b"transfer-encoding: chunked\r\n\r\n-1\r\n\r\n0\r\n\r\n",
    "a chunk of 2^64": b"transfer-encoding: chunked\r\n\r\n10000000000000000\r\n\r\n0\r\n\r\n",
    "a chunk whose size is written as 0x0": b"transfer-encoding: chunked\r\n\r\n0x0\r\n\r\n",
    "a line end in a chunk's extension": b"transfer-encoding: chunked\r\n\r\n0;a\nb\r\n\r\n",
    "a chunk that is longer than it says": b"transfer-encoding: chunked\r\n\r\n1\r\naXX0\r\n\r\n",
}
"""The rest of a request's head, and its body, where two readers might differ on where it ends."""


@pytest.fixture(scope="module")
def place(budkavle_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """Where one server for all of these listens."""
    with installed(budkavle_databases, tmp_path_factory.mktemp("boundaries"), []) as running, running.serving():
        host, _, port = running.url.removeprefix("http://").partition(":")
        yield host, int(port)


def answers(place: tuple[str, int], rest: bytes) -> list[int]:
    """The answers to a form with this rest and another request after it, until the server hangs up."""
    form = b"POST /sign-in HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n"
    said = bytearray()
    with socket.create_connection(place, timeout=60) as connection:
        connection.sendall(form + rest + SECOND)
        while piece := connection.recv(65_536):
            said += piece
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3})", said)]


@pytest.mark.parametrize("rest", DOUBTFUL.values(), ids=list(DOUBTFUL))
def test_what_is_in_doubt_is_refused_and_the_connection_ends(place: tuple[str, int], rest: bytes) -> None:
    """One answer, a refusal, and nothing of what follows is taken for a request."""
    (status,) = answers(place, rest)
    assert 400 <= status < 500


@pytest.mark.parametrize("rest", [b"content-length: 0\r\n\r\n", b"transfer-encoding: chunked\r\n\r\n0\r\n\r\n"])
def test_two_clear_requests_are_two(place: tuple[str, int], rest: bytes) -> None:
    """So the test above would see one that was hidden."""
    assert answers(place, rest)[1:] == [200]


@pytest.mark.parametrize(
    ("path", "status"), [("/%68ealthz", 200), ("/%2568ealthz", 404), ("/static/%252e%252e/x", 404)]
)
def test_a_path_is_decoded_once(place: tuple[str, int], path: str, status: int) -> None:
    """What means something only after a second time is no page of ours."""
    with socket.create_connection(place, timeout=60) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
        assert connection.recv(12) == f"HTTP/1.1 {status}".encode()
