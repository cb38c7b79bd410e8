"""SMPP behind TLS: nothing is said to who cannot show who they are."""

import asyncio
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from tests.certificates import write_self_signed
from tests.plugins.sms.gateways.smpp.message_centres import SECONDS, Centre, Loop, Ours, sms

from budkavle import Temporary, call
from budkavle.notices import NoticeState

# TLS


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 that is its own authority, and its key."""
    return write_self_signed(tmp_path, "127.0.0.1")


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
