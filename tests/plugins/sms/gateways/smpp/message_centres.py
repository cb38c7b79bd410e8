"""Our end of SMPP, and two peers: a message centre of smpp34, and one that says what it is told to."""

import asyncio
import queue
import struct
import threading
from collections.abc import Callable, Coroutine
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
import smpp34

from budkavle import call
from budkavle.notices import NoticeState
from budkavle_sms.gateways.base import Sms
from budkavle_sms.gateways.smpp import Smpp

Answers = Callable[[int, int], list[bytes]]
SECONDS = 10
"""What a test waits at most for something that must come."""


def sms(text: str = "Din kod är 012345", sender: str = "HaboKommun") -> Sms:
    return Sms(uuid4(), "+46701234512", sender, text, secret=True)


def lost(gateway: Smpp) -> None:
    """Wait until the line is lost."""
    for _ in range(SECONDS * 100):
        if gateway._line is None or not gateway._line.alive:
            return
        call(asyncio.sleep, 0.01)
    pytest.fail("the line is still open")


class Loop:
    """An event loop of the peers' own, in a thread."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(SECONDS)

    def close(self) -> None:
        self.do(self._cancel())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    async def _cancel(self) -> None:
        for _ in range(5):  # what has just been accepted begins first: who never began closes nothing
            await asyncio.sleep(0.002)
        mine = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not mine]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0.01)  # transports close in the loop's next rounds


@dataclass
class Centre:
    """A message centre of smpp34, which takes everything unless told otherwise."""

    loop: Loop
    port: int
    refuse: int = 0
    receipt: str = "DELIVRD"
    overtaking: bool = False
    """Whether the receipt comes before the answer."""
    got: list[Any] = field(default_factory=list)
    server: Any = None

    async def start(self) -> None:
        self.server = smpp34.Server(host="127.0.0.1", port=self.port, system_id="SMSC")
        await self.server.start()
        self._serving = asyncio.create_task(self._serve())

    async def _serve(self) -> None:
        sessions: dict[str, Any] = {}
        while True:
            event = await self.server.next()
            if isinstance(event, smpp34.Esme):
                sessions[event.session_id] = event
            elif isinstance(event, smpp34.SubmitSmEvent):
                await self._take(event, sessions[event.session_id])

    async def _take(self, event: Any, session: Any) -> None:
        if self.refuse:
            event.reject(self.refuse)
            return
        self.got.append(event)
        remote_id = f"m{len(self.got)}"
        if not self.overtaking:
            event.accept(message_id=remote_id)
        if event.registered_delivery:
            text = f"id:{remote_id} sub:001 dlvrd:001 submit date:2611241330 done date:2611241331"
            await session.deliver_sm(
                source_addr=event.destination_addr,
                destination_addr=event.source_addr,
                esm_class=4,
                short_message=f"{text} stat:{self.receipt} err:000 text:".encode(),
            )
        if self.overtaking:
            event.accept(message_id=remote_id)

    async def stop(self) -> None:
        self._serving.cancel()
        await self.server.stop()


@dataclass
class Ours:
    """Our end, and the receipts that came to it."""

    gateway: Smpp
    receipts: "queue.Queue[tuple[str, NoticeState]]"

    def send(self, message: Sms) -> str:
        return call(self.gateway.send, message)


# A message centre that misbehaves

HEADER = struct.Struct("!IIII")
BIND_RESP, SUBMIT, SUBMIT_RESP, DELIVER, DELIVER_RESP, ENQUIRE, ENQUIRE_RESP, NACK = (
    0x80000009, 0x04, 0x80000004, 0x05, 0x80000005, 0x15, 0x80000015, 0x80000000,
)  # fmt: skip


def pdu(command: int, number: int, body: bytes = b"", status: int = 0) -> bytes:
    return HEADER.pack(16 + len(body), command, status, number) + body


@dataclass
class Liar:
    """Speaks SMPP as it is told: what it answers to each request, and everything that it has heard."""

    answers: dict[int, Answers] = field(default_factory=dict)
    heard: "queue.Queue[tuple[int, int, int]]" = field(default_factory=queue.Queue)
    binds: int = 0
    hangs_up_at: int = 0
    """The command at which it hangs up without an answer."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(EOFError, OSError, asyncio.CancelledError):
            while True:
                length, command, status, number = HEADER.unpack(await reader.readexactly(16))
                await reader.readexactly(length - 16)
                self.heard.put((command, status, number))
                self.binds += command == 0x09
                if command == self.hangs_up_at:
                    break
                for one in self.answers.get(command, self._honest)(command, number):
                    writer.write(one)
                await writer.drain()

    @staticmethod
    def _honest(command: int, number: int) -> list[bytes]:
        body = b"SMSC\0" if command == 0x09 else b"id-1\0" if command == SUBMIT else b""
        return [] if command & 0x80000000 else [pdu(command | 0x80000000, number, body)]

    def hears(self, command: int) -> tuple[int, int, int]:
        while True:
            found = self.heard.get(timeout=SECONDS)
            if found[0] == command:
                return found
