"""Message centres, and our end of the line to them."""

import asyncio
import queue
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.plugins.sms.gateways.smpp.message_centres import Centre, Liar, Loop, Ours

from budkavle import call
from budkavle.notices import NoticeState
from budkavle_sms.gateways.smpp import Smpp
from budkavle_sms.settings import SmppSettings


@pytest.fixture
def loop() -> Iterator[Loop]:
    made = Loop()
    yield made
    made.close()


@pytest.fixture
def port() -> int:
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        number: int = found.getsockname()[1]
        return number


@pytest.fixture
def centre(loop: Loop, port: int) -> Iterator[Centre]:
    made = Centre(loop, port)
    loop.do(made.start())
    yield made
    loop.do(made.stop())


@pytest.fixture
def connect(port: int) -> Iterator[Callable[..., Ours]]:
    opened: list[Smpp] = []

    def make(timeout: float = 5.0, **settings: Any) -> Ours:
        receipts: queue.Queue[tuple[str, NoticeState]] = queue.Queue()

        async def on_receipt(remote_id: str, state: NoticeState) -> None:
            receipts.put((remote_id, state))

        whole = {
            "host": "127.0.0.1",
            "port": port,
            "system_id": "kommun",
            "password": "hemligt",
            "tls": False,
            **settings,
        }
        gateway = Smpp(SmppSettings(**whole), timeout, on_receipt)
        opened.append(gateway)
        return Ours(gateway, receipts)

    yield make
    for one in opened:
        call(one.close)


@pytest.fixture
def liar(loop: Loop, port: int) -> Iterator[Liar]:
    made = Liar()
    server = loop.do(asyncio.start_server(made.serve, "127.0.0.1", port))
    yield made
    loop.loop.call_soon_threadsafe(server.close)
