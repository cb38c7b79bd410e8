"""Bodies that stop half-way, against a server that really runs: nobody else waits for them."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx
import pytest
from litestar.connection import ASGIConnection
from tests.core.web.conftest import PASSWORD
from tests.core.web.jar import Jar

from budkavle.identification import sessions
from budkavle.identification.outcome import SignedIn
from budkavle.model.errors import BudkavleError
from budkavle.model.loa import Loa
from budkavle.testing.browsing import Browser
from budkavle.testing.databases import Databases
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.running import Running, free_ports, installed, until_answers
from budkavle.web.http import request_limits
from budkavle.web.http.request_limits import Bodies, allow

MANY = 45
"""More than the threads of a process."""
PATIENCE = 40.0
"""Seconds after which something does not happen at all; as long as it takes, nothing here depends on it."""
FILE = b'--b\r\nContent-Disposition: form-data; name="attachments"; filename="a.txt"\r\n\r\n' + b"x" * 100
FIELD = b'--b\r\nContent-Disposition: form-data; name="body"\r\n\r\nHej' + b"x" * 100


@dataclass
class Visitor:
    """Somebody with an account in a served installation, who sends what no browser would."""

    running: Running
    anna: SampleUser

    def cookie(self) -> str:
        """A new session of hers."""
        return sessions.start(self.running.platform, SignedIn(self.anna.user, Loa.TWO, "password", "/"))

    def head(self, path: str, cookie: str, length: int = 1_000_000, **more: str) -> bytes:
        """The head of a form with a file."""
        headers = {
            "host": self.running.url.removeprefix("http://"),
            "accept": "text/html",
            "sec-fetch-site": "same-origin",
            "cookie": cookie,
            "content-type": "multipart/form-data; boundary=b",
            "content-length": str(length),
            **more,
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode()

    def connect(self) -> socket.socket:
        """A connection that waits for as long as a test may."""
        host, _, port = self.running.url.removeprefix("http://").partition(":")
        return socket.create_connection((host, int(port)), timeout=PATIENCE)

    @contextmanager
    def stopped(self, *sent: bytes) -> Iterator[list[socket.socket]]:
        """Connections on which this was sent and then nothing more."""
        with ExitStack() as held:
            connections = [held.enter_context(closing(self.connect())) for _ in sent]
            for connection, what in zip(connections, sent, strict=True):
                connection.sendall(what)
            yield connections

    def page(self, path: str = "/account") -> httpx.Response:
        """A page that she opens."""
        headers = {"accept": "text/html", "cookie": f"budkavle={self.cookie()}"}
        return httpx.get(self.running.url + path, headers=headers, timeout=PATIENCE, trust_env=False)


@pytest.fixture(scope="module")
def visitor(budkavle_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """One server for all of these."""
    with installed(budkavle_databases, tmp_path_factory.mktemp("bodies"), []) as running:
        anna = SampleOrganisation.create(running.platform).add_user("Anna Ek")
        with running.serving():
            yield Visitor(running, anna)


def is_open(connection: socket.socket) -> bool:
    """Whether the server has neither answered nor hung up."""
    connection.setblocking(False)
    try:
        connection.recv(1)
    except BlockingIOError:
        return True
    finally:
        connection.settimeout(PATIENCE)
    return False


def answer(connection: socket.socket) -> bytes:
    """All that the server says until it hangs up."""
    said = bytearray()
    while piece := connection.recv(65_536):
        said += piece
    return bytes(said)


def test_nobody_waits_for_those_who_stop_in_a_form_without_being_signed_in(visitor: Visitor) -> None:
    """Neither in a field, which is read so that nothing written is lost, nor in a file, which is not read."""
    head = visitor.head("/account", "browser=abc")
    with visitor.stopped(*[head + FILE] * MANY, *[head + FIELD] * MANY):
        assert visitor.page().status_code == 200
        until_answers(f"{visitor.running.url}/readyz", PATIENCE)  # on a busy machine it may say no once or twice


def test_nobody_waits_for_those_who_stop_in_a_file_that_they_may_send(visitor: Visitor) -> None:
    """Uploads that stand still hold no thread: the pages answer while all of them are open."""
    head = visitor.head("/attachments", f"budkavle={visitor.cookie()}")
    with visitor.stopped(*[head + FILE] * MANY) as uploads:
        assert visitor.page().status_code == 200
        assert all(is_open(one) for one in uploads)


def test_a_file_of_nobody_is_not_waited_for(visitor: Visitor) -> None:
    """The page comes although the file never does, with what was written, and the connection is closed."""
    with visitor.stopped(visitor.head("/account", "browser=abc") + FIELD + b"\r\n" + FILE) as (one,):
        said = answer(one)
    assert b" 401 " in said.split(b"\r\n")[0]
    assert b'name="body"' in said
    assert b'name="attachments"' not in said


def test_connections_that_say_nothing_are_ended(visitor: Visitor) -> None:
    """As many as the server holds shut nobody out: each has a time to say what it wants."""
    port, few = free_ports(), 5
    script = f"from budkavle.cli.run import web_server; web_server('127.0.0.1', {port}, 1, connections={few}).serve()"
    settings = os.environ | {"BUDKAVLE_CONFIG": str(visitor.running.folder / "budkavle.toml")}
    with subprocess.Popen([sys.executable, "-c", script], env=settings) as process, ExitStack() as held:
        try:
            until_answers(f"http://127.0.0.1:{port}/healthz")
            for _ in range(few):
                held.enter_context(closing(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)))
            assert httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=PATIENCE, trust_env=False).status_code == 200
        finally:
            process.terminate()


class Line:
    """A sender whose pieces come when the test says so, and the bodies of one process."""

    def __init__(self) -> None:
        self.bodies = Bodies()
        self.taken = 0

    async def send(self, *pieces: bytes | float, address: str = "192.0.2.1", most: int | None = None) -> int:
        """Send a body piece by piece, and nothing after the last; return the status of its answer."""
        left, said = list(pieces), list[int]()

        async def receive() -> Any:
            if not left:
                await asyncio.Event().wait()
            return {"type": "http.request", "body": left.pop(0), "more_body": True}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                said.append(message["status"])

        async def app(scope: Any, receive: Any, send: Any) -> None:
            if most:
                allow(ASGIConnection(scope), most, "session 1")
            try:
                while True:
                    self.taken += len((await receive())["body"])
            except BudkavleError as error:
                await send({"type": "http.response.start", "status": error.status, "headers": []})

        headers = [(b"content-length", b"1000000000")]
        scope: Any = {"type": "http", "method": "POST", "client": (address, 1), "headers": headers}
        await self.bodies.handle(scope, receive, send, app)
        return said[0]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let every piece take so many seconds, which nobody waits for."""

    def pace(seconds: float) -> None:
        ticks = count(0, seconds)
        monkeypatch.setattr(request_limits, "monotonic", lambda: next(ticks))
        monkeypatch.setattr(request_limits, "DRAIN_SECONDS", 0)

    return pace


def test_a_slow_line_that_lives_gets_its_file_through(clock: Callable[[float], None]) -> None:
    """100 MB in pieces of 64 kB, each of which takes twenty seconds: nine hours, and none of it is lost."""
    clock(20)
    line, pieces = Line(), [bytes(65_536)] * 1_600
    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(line.send(*pieces, most=200_000_000), 5))
    assert line.taken == 1_600 * 65_536


def test_a_body_that_drips_is_refused(clock: Callable[[float], None]) -> None:
    """A byte now and then keeps nobody's place."""
    clock(20)
    line = Line()
    assert asyncio.run(line.send(*[b"x"] * 1_600, most=200_000_000)) == 408
    assert line.taken < 10


def test_a_body_that_stands_still_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """However much has come before."""
    monkeypatch.setattr(request_limits, "IDLE_SECONDS", 0.01)
    assert asyncio.run(Line().send(bytes(1_000_000), most=200_000_000)) == 408


def test_a_stranger_may_send_a_form_and_no_more() -> None:
    """Who has shown who they are may send more, up to what they may."""
    line, pieces = Line(), [bytes(16_000)] * 1_000
    assert asyncio.run(line.send(*pieces)) == 413
    assert line.taken <= 64_000
    assert asyncio.run(line.send(*pieces, most=10_000_000)) == 413


@pytest.mark.feature("ZS1")
def test_an_answer_of_an_identity_provider_may_be_longer(browse: Callable[..., Browser]) -> None:
    """One that lists some hundred groups, as AD FS sends it; it is bounded all the same."""
    headers = {"sec-fetch-site": "cross-site", "accept": "text/html"}
    for size, status in ((200_000, 200), (300_000, 413)):
        data = {"SAMLResponse": "A" * size}
        assert browse().client.post("/sign-in/back/office", data=data, headers=headers).status_code == status


LONG = "Det här skrev jag i två timmar. " * 10_000


@pytest.mark.feature("ZS1")
def test_what_was_written_while_a_session_ended_comes_back_to_a_known_browser(browse: Callable[..., Browser]) -> None:
    """300 kB to one that somebody has signed in by before; of any other no more than 64 kB is read."""
    nobody = browse()
    known = nobody.known_cookie()
    name, _, mark = known.partition("; ")
    expected = {known: 401, name: 413, f"{name}x; {mark}": 413, f"browser=mine; {mark}": 413}
    for cookie, status in expected.items():
        headers = {"sec-fetch-site": "same-origin", "accept": "text/html", "cookie": cookie}
        answer = nobody.client.post("/account", data={"body": LONG}, headers=headers)
        assert answer.status_code == status
        assert (LONG in answer.text) == (status == 401)


@pytest.mark.feature("ZS1")
def test_who_signs_in_by_a_browser_makes_it_known(browse: Callable[..., Browser], case_worker: SampleUser) -> None:
    """Also by its very first request; what is being written when the session ends is not lost, and nobody let in."""
    jar = Jar(browse())
    done = jar.ask("POST", "/sign-in/begin", way="password", email=case_worker.email, password=PASSWORD)
    assert done.status_code == 303
    del jar.cookies["budkavle"]
    answer = jar.ask("POST", "/account", body=LONG)
    assert (answer.status_code, LONG in answer.text) == (401, True)
    assert jar.ask("GET", "/account").status_code == 303


def test_of_too_many_the_one_that_stood_still_the_longest_goes() -> None:
    """One that comes is never refused for those that stand still, and another address is not touched."""

    async def crowd() -> list[int | None]:
        line = Line()
        places = ["192.0.2.1"] * request_limits.RUNNING + ["192.0.2.2"]
        tasks = [asyncio.create_task(line.send(b"x", address=place)) for place in places]
        await asyncio.sleep(0)  # now all of them wait for their second piece
        assert line.taken == len(tasks)
        newest = asyncio.create_task(line.send(b"x", address="192.0.2.1"))
        done, waiting = await asyncio.wait([*tasks, newest], return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        assert done == {tasks[0]}
        return [task.result() for task in done]

    assert asyncio.run(crowd()) == [429]
