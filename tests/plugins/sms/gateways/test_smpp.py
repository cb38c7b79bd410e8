"""SMPP against a message centre of another make (smpp34), and against one that misbehaves."""

import asyncio
import logging
import queue
import ssl
import struct
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import smpp34
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from budkavle import Misconfigured, Permanent, Temporary, Unavailable, call
from budkavle.notices import NoticeState
from budkavle_sms.gateways.base import Sms, Unsure
from budkavle_sms.gateways.smpp import Smpp
from budkavle_sms.settings import SmppSettings

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


@pytest.fixture
def centre(loop: Loop, port: int) -> Iterator[Centre]:
    made = Centre(loop, port)
    loop.do(made.start())
    yield made
    loop.do(made.stop())


@dataclass
class Ours:
    """Our end, and the receipts that came to it."""

    gateway: Smpp
    receipts: "queue.Queue[tuple[str, NoticeState]]"

    def send(self, message: Sms) -> str:
        return call(self.gateway.send, message)


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


def test_a_message_is_taken_and_its_receipt_comes(centre: Centre, connect: Callable[..., Ours]) -> None:
    """Swedish letters in the GSM alphabet, a name as the source, an international number, and the operator's id."""
    ours = connect()
    assert ours.send(sms("åäöÅÄÖ{}€ 012345")) == "m1"
    (got,) = centre.got
    assert (got.source_addr, got.source_addr_ton, got.source_addr_npi) == ("HaboKommun", 5, 0)
    assert (got.destination_addr, got.dest_addr_ton, got.dest_addr_npi) == ("46701234512", 1, 1)
    assert (got.data_coding, got.esm_class, got.registered_delivery) == (0, 0, 1)
    assert got.short_message == b"\x0f\x7b\x7c\x0e\x5b\x5c\x1b\x28\x1b\x29\x1b\x65 012345"
    assert ours.receipts.get(timeout=SECONDS) == ("m1", NoticeState.DELIVERED)


def test_an_emoji_makes_it_ucs2(centre: Centre, connect: Callable[..., Ours]) -> None:
    """With the coding that says so; both halves of the sign arrive."""
    connect().send(sms("kod 🔒"))
    (got,) = centre.got
    assert (got.data_coding, got.short_message.decode("utf-16-be")) == (8, "kod 🔒")


def test_a_long_message_is_joined_again(centre: Centre, connect: Callable[..., Ours]) -> None:
    """Parts with one reference and their numbers; a receipt for the last alone; the euro does not break the count."""
    ours = connect()
    assert ours.send(sms("€" * 100)) == "m2"
    first, second = centre.got
    heads = [one.short_message[:6] for one in (first, second)]
    assert heads[0][:3] == b"\x05\x00\x03"
    assert heads[0][3] == heads[1][3]
    assert [head[4:] for head in heads] == [b"\x02\x01", b"\x02\x02"]
    assert [one.esm_class for one in (first, second)] == [0x40, 0x40]
    assert [one.registered_delivery for one in (first, second)] == [0, 1]
    assert [len(one.short_message) - 6 for one in (first, second)] == [152, 48]
    assert ours.receipts.get(timeout=SECONDS) == ("m2", NoticeState.DELIVERED)


def test_a_number_may_be_the_source(centre: Centre, connect: Callable[..., Ours]) -> None:
    """International, as SMPP writes it."""
    connect().send(sms(sender="+46766860001"))
    (got,) = centre.got
    assert (got.source_addr, got.source_addr_ton, got.source_addr_npi) == ("46766860001", 1, 1)


def test_a_receipt_may_overtake_the_answer(centre: Centre, connect: Callable[..., Ours]) -> None:
    """Both come, in whatever order; neither is lost."""
    centre.overtaking = True
    ours = connect()
    assert ours.send(sms()) == "m1"
    assert ours.receipts.get(timeout=SECONDS) == ("m1", NoticeState.DELIVERED)


@pytest.mark.parametrize("word", ["UNDELIV", "EXPIRED", "REJECTD", "DELETED"])
def test_what_never_arrived_is_told(centre: Centre, connect: Callable[..., Ours], word: str) -> None:
    """The final words of a receipt that mean no."""
    centre.receipt = word
    ours = connect()
    ours.send(sms())
    assert ours.receipts.get(timeout=SECONDS) == ("m1", NoticeState.FAILED)


@pytest.mark.parametrize("word", ["ACCEPTD", "ENROUTE", "UNKNOWN"])
def test_what_says_nothing_new_is_passed_by(centre: Centre, connect: Callable[..., Ours], word: str) -> None:
    """The next final word is the first that is told."""
    centre.receipt = word
    ours = connect()
    ours.send(sms())
    centre.receipt = "DELIVRD"
    ours.send(sms())
    assert ours.receipts.get(timeout=SECONDS) == ("m2", NoticeState.DELIVERED)


@pytest.mark.parametrize(
    ("status", "error", "says"),
    [
        (smpp34.ESME_RINVDSTADR, Permanent, "numret eller avsändaren"),
        (smpp34.ESME_RINVSRCADR, Permanent, "kod 0x0A"),
        (smpp34.ESME_RTHROTTLED, Temporary, "just nu"),
        (smpp34.ESME_RMSGQFUL, Temporary, "just nu"),
        (smpp34.ESME_RSYSERR, Temporary, "kod 0x08"),
    ],
)
def test_a_refusal_means_what_it_means(
    centre: Centre, connect: Callable[..., Ours], status: int, error: type[Exception], says: str
) -> None:
    """The number and the sender will not get better; everything else may. The line stays open."""
    centre.refuse = status
    ours = connect()
    with pytest.raises(error, match=says):
        ours.send(sms())
    centre.refuse = 0
    assert ours.send(sms()) == "m1"


def test_many_go_through_one_line(centre: Centre, connect: Callable[..., Ours]) -> None:
    """At the same time, each with its own answer."""
    ours = connect(window=3)

    async def all_at_once() -> list[str]:
        return await asyncio.gather(*(ours.gateway.send(sms(f"Nummer {n}")) for n in range(20)))

    assert sorted(call(all_at_once)) == sorted(f"m{n}" for n in range(1, 21))


def test_it_is_attended_before_anything_is_sent(centre: Centre, connect: Callable[..., Ours]) -> None:
    """Receipts come through the line also when there is nothing to send; one that does not open breaks nothing."""
    ours = connect()
    call(ours.gateway.attend)
    assert ours.gateway._line is not None
    assert ours.gateway._line.alive
    away = connect(port=1)
    call(away.gateway.attend)
    with pytest.raises(Temporary, match="svarar inte"):
        away.send(sms())


def test_its_health_does_not_bind(centre: Centre, connect: Callable[..., Ours]) -> None:
    """Logins are counted; whether somebody answers there is enough."""
    ours = connect()
    call(ours.gateway.probe)
    assert ours.gateway._line is None
    with pytest.raises(Temporary, match="SMPP-server svarar inte"):
        call(connect(port=1).gateway.probe)


def test_nothing_of_it_is_logged(
    centre: Centre, connect: Callable[..., Ours], caplog: pytest.LogCaptureFixture
) -> None:
    """Neither text nor number nor password, at any level, when it goes well and when it does not."""
    with caplog.at_level(logging.DEBUG):
        ours = connect()
        ours.send(sms())
        centre.refuse = smpp34.ESME_RSYSERR
        with pytest.raises(Temporary):
            ours.send(sms())
    assert not [word for word in ("012345", "701234512", "hemligt") if word in caplog.text]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"host": ""}, "host och system_id"),
        ({"system_id": ""}, "host och system_id"),
        ({"password": "för-långt"}, "password högst 8"),
        ({"system_id": "s" * 16}, "system_id högst 15"),
        ({"source_ton": 9}, "source_ton eller source_npi"),
    ],
)
def test_what_is_missing_is_told_at_the_start(connect: Callable[..., Ours], settings: Any, says: str) -> None:
    """Before anybody waits for a code."""
    with pytest.raises(Misconfigured, match=says):
        connect(**settings)


# TLS


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 that is its own authority, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "smsc")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert, secret = tmp_path / "cert.pem", tmp_path / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    secret.write_bytes(key.private_bytes(*form))
    return cert, secret


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with closing(writer), suppress(OSError, asyncio.CancelledError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


@pytest.fixture
def tls_port(centre: Centre, certificate: tuple[Path, Path], loop: Loop) -> Iterator[int]:
    """The same message centre behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", centre.port)
        await asyncio.gather(_pipe(reader, inner_writer), _pipe(inner_reader, writer))

    server = loop.do(asyncio.start_server(serve, "127.0.0.1", 0, ssl=context))
    yield server.sockets[0].getsockname()[1]
    loop.loop.call_soon_threadsafe(server.close)


def test_tls_carries_it(tls_port: int, certificate: tuple[Path, Path], connect: Callable[..., Ours]) -> None:
    """To a certificate that the settings' authority vouches for, and back."""
    ours = connect(port=tls_port, tls=True, ca=str(certificate[0]))
    assert ours.send(sms()) == "m1"
    assert ours.receipts.get(timeout=SECONDS) == ("m1", NoticeState.DELIVERED)
    call(ours.gateway.probe)


def test_a_certificate_of_nobody_is_refused(tls_port: int, centre: Centre, connect: Callable[..., Ours]) -> None:
    """Nothing is said to who cannot show who they are."""
    with pytest.raises(Temporary, match="certifikat går inte att lita på"):
        connect(port=tls_port, tls=True).send(sms())
    assert centre.got == []


# A message centre that misbehaves

HEADER = struct.Struct("!IIII")
BIND_RESP, SUBMIT, SUBMIT_RESP, DELIVER, DELIVER_RESP, ENQUIRE, ENQUIRE_RESP, NACK = (
    0x80000009, 0x04, 0x80000004, 0x05, 0x80000005, 0x15, 0x80000015, 0x80000000,
)  # fmt: skip
Answers = Callable[[int, int], list[bytes]]


def pdu(command: int, number: int, body: bytes = b"", status: int = 0) -> bytes:
    return HEADER.pack(16 + len(body), command, status, number) + body


def deliver(number: int, text: bytes, esm_class: int = 4, options: bytes = b"", coding: int = 0) -> bytes:
    head = (
        b"\0" + b"\x01\x01467012\0" + b"\x05\x00Habo\0" + bytes((esm_class, 0, 0)) + b"\0\0" + bytes((0, 0, coding, 0))
    )
    return pdu(DELIVER, number, head + bytes((len(text),)) + text + options)


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


@pytest.fixture
def liar(loop: Loop, port: int) -> Iterator[Liar]:
    made = Liar()
    server = loop.do(asyncio.start_server(made.serve, "127.0.0.1", port))
    yield made
    loop.loop.call_soon_threadsafe(server.close)


def test_a_login_that_is_refused_is_told(liar: Liar, connect: Callable[..., Ours]) -> None:
    """With what to look at; and it is not tried again at once, since operators lock out who knocks too often."""
    liar.answers[0x09] = lambda _, number: [pdu(BIND_RESP, number, b"", status=0x0E)]
    ours = connect()
    for _ in range(3):
        with pytest.raises(Temporary, match=r"godtar inte inloggningen \(kod 0x0E\)"):
            ours.send(sms())
    assert liar.binds == 1


def test_a_status_of_the_operators_own_is_no_end(liar: Liar, connect: Callable[..., Ours]) -> None:
    """It is tried again later, and the line goes on."""
    liar.answers[SUBMIT] = lambda _, number: [pdu(SUBMIT_RESP, number, b"", status=0x0401)]
    ours = connect()
    with pytest.raises(Temporary, match="0x401"):
        ours.send(sms())
    del liar.answers[SUBMIT]
    assert ours.send(sms()) == "id-1"
    assert liar.binds == 1


def test_a_general_no_is_an_answer(liar: Liar, connect: Callable[..., Ours]) -> None:
    """generic_nack belongs to the request whose number it has."""
    liar.answers[SUBMIT] = lambda _, number: [pdu(NACK, number, b"", status=0x03)]
    with pytest.raises(Temporary, match="0x03"):
        connect().send(sms())


def test_answers_for_nobody_are_passed_by(liar: Liar, connect: Callable[..., Ours]) -> None:
    """Nor may a wrong number give somebody else's answer."""
    liar.answers[SUBMIT] = lambda _, number: [
        pdu(SUBMIT_RESP, number + 7, b"wrong\0"),
        pdu(SUBMIT_RESP, number, b"right\0"),
    ]
    assert connect().send(sms()) == "right"


RECEIPT = b"id:%s sub:001 dlvrd:001 submit date:%s done date:%s stat:DELIVRD err:%s text:Din kod"


@pytest.mark.parametrize(
    ("text", "options", "remote_id"),
    [
        (RECEIPT % (b"a1", b"2611241330", b"2611241331", b"000"), b"", "a1"),
        (RECEIPT % (b"a1", b"261124133005", b"261124133106", b"0A3"), b"", "a1"),
        (b"ID:a1 STAT:DELIVRD", b"", "a1"),
        (b"stat:DELIVRD", b"\x00\x1e\x00\x03t1\0", "t1"),
        (RECEIPT % (b"a1", b"2611241330", b"2611241331", b"000"), b"\x00\x1e\x00\x03t1\0", "t1"),
    ],
)
def test_receipts_are_read_however_they_are_written(
    liar: Liar, connect: Callable[..., Ours], text: bytes, options: bytes, remote_id: str
) -> None:
    """With seconds in their dates, letters in their error, capitals, or the identifier in a field of its own."""
    liar.answers[SUBMIT] = lambda _, number: [pdu(SUBMIT_RESP, number, b"a1\0"), deliver(9, text, options=options)]
    ours = connect()
    ours.send(sms())
    assert ours.receipts.get(timeout=SECONDS) == (remote_id, NoticeState.DELIVERED)
    assert liar.hears(DELIVER_RESP) == (DELIVER_RESP, 0, 9)


@pytest.mark.parametrize(
    "odd",
    [
        deliver(9, b"Hej, jag svarar", esm_class=0),
        deliver(9, b"\xff\xfe\x00", coding=8),
        deliver(9, b"stat:DELIVRD"),
        deliver(9, b""),
        pdu(DELIVER, 9, b"\0"),
    ],
    ids=["an answer from a phone", "half a letter", "no identifier", "empty", "cut off"],
)
def test_what_is_no_receipt_is_answered_and_forgotten(liar: Liar, connect: Callable[..., Ours], odd: bytes) -> None:
    """So that it does not come again and again; the line goes on."""
    liar.answers[SUBMIT] = lambda _, number: [odd, pdu(SUBMIT_RESP, number, b"a1\0")]
    ours = connect()
    assert ours.send(sms()) == "a1"
    assert liar.hears(DELIVER_RESP)[2] == 9
    assert ours.receipts.empty()


def test_a_receipt_that_cannot_be_stored_comes_again(liar: Liar, port: int) -> None:
    """It is not answered, so that the message centre keeps it; the line is opened anew."""
    tries: queue.Queue[str] = queue.Queue()

    async def fails(remote_id: str, state: NoticeState) -> None:
        tries.put(remote_id)
        raise Unavailable("Databasen svarar inte.")

    text = RECEIPT % (b"a1", b"2611241330", b"2611241331", b"000")
    liar.answers[0x09] = lambda _, number: [pdu(BIND_RESP, number, b"SMSC\0"), deliver(9, text)]
    settings = SmppSettings(host="127.0.0.1", port=port, tls=False, system_id="kommun", password="hemligt")
    gateway = Smpp(settings, 5.0, fails)
    call(gateway.attend)
    assert tries.get(timeout=SECONDS) == "a1"
    lost(gateway)
    call(gateway.attend)
    assert tries.get(timeout=SECONDS) == "a1"
    call(gateway.close)
    heard = [liar.heard.get() for _ in range(liar.heard.qsize())]
    assert DELIVER_RESP not in [command for command, _, _ in heard]


def test_a_lost_line_is_told_at_once_and_opened_again(liar: Liar, connect: Callable[..., Ours]) -> None:
    """Who waits for an answer does not wait for the clock; the next message opens a new line."""
    liar.hangs_up_at = SUBMIT
    ours = connect(timeout=60.0)
    with pytest.raises(Unsure, match="tappade förbindelsen"):
        ours.send(sms())
    liar.hangs_up_at = 0
    assert ours.send(sms()) == "id-1"
    assert liar.binds == 2


def test_a_silent_line_is_asked_whether_it_lives(liar: Liar, connect: Callable[..., Ours]) -> None:
    """And one that does not answer is given up, so that the next message opens a new one."""
    ours = connect(enquire_seconds=0.05, timeout=1.0)
    call(ours.gateway.attend)
    liar.hears(ENQUIRE)
    liar.hears(ENQUIRE)
    assert liar.binds == 1
    liar.answers[ENQUIRE] = lambda _, number: []
    lost(ours.gateway)
    del liar.answers[ENQUIRE]
    assert ours.send(sms()) == "id-1"
    assert liar.binds == 2


def test_it_answers_when_it_is_asked(liar: Liar, connect: Callable[..., Ours]) -> None:
    """enquire_link gets its answer, what we do not know a no, and unbind a goodbye and a new line."""
    liar.answers[SUBMIT] = lambda _, number: [
        pdu(ENQUIRE, 31),
        pdu(0x0103, 32, b"data_sm"),
        pdu(SUBMIT_RESP, number, b"a1\0"),
        pdu(0x06, 33),
    ]
    ours = connect()
    assert ours.send(sms()) == "a1"
    assert liar.hears(ENQUIRE_RESP)[2] == 31
    assert liar.hears(NACK) == (NACK, 0x03, 32)
    assert liar.hears(0x80000006)[2] == 33
    lost(ours.gateway)
    assert ours.send(sms()) == "a1"
    assert liar.binds == 2


@pytest.mark.parametrize(
    "noise", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0\0\0\x04" + b"\0" * 20, b"\x7f\xff\xff\xff" + b"\0" * 12]
)
def test_who_does_not_speak_smpp_is_left(liar: Liar, connect: Callable[..., Ours], noise: bytes) -> None:
    """A length that cannot be is no reason to wait for so many bytes."""
    liar.answers[0x09] = lambda _, number: [noise]
    with pytest.raises(Temporary):
        connect(timeout=1.0).send(sms())


def test_an_answer_that_never_comes_is_given_up(liar: Liar, connect: Callable[..., Ours]) -> None:
    """And is not sent later behind our back: it is tried again as a whole."""
    liar.answers[SUBMIT] = lambda _, number: []
    ours = connect(timeout=0.2)
    with pytest.raises(Temporary, match="i tid"):
        ours.send(sms())
    del liar.answers[SUBMIT]
    assert ours.send(sms()) == "id-1"
    submits = [one for one in (liar.heard.get() for _ in range(liar.heard.qsize())) if one[0] == SUBMIT]
    assert len(submits) == 2
