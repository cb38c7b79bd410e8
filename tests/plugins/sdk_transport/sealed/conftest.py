"""A federation of two organisations, and envelopes between them."""

import re
import subprocess
import uuid
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree
from typing import Any, NoReturn

import pytest

from budkavle_sdk_transport.envelope.sealing import seal_message
from budkavle_sdk_transport.envelope.xhe import Envelope
from budkavle_sdk_transport.formats.identifiers import DOCUMENT_MESSAGE, FEDERATION_TEST
from budkavle_sdk_transport.incoming.content_checks import Checks
from budkavle_sdk_transport.incoming.opening import Opened, open_message
from budkavle_sdk_transport.keys.certificates import KnownCertificates
from budkavle_sdk_transport.keys.key_pair import KeyPair
from budkavle_sdk_transport.message.sdk_message import Attachment, Party, SdkMessage, build_message
from budkavle_sdk_transport.simulator.federation import PARTICIPANTS, Federation

JARS = ("xmlsec", "slf4j-api", "commons-codec", "woodstox-core", "stax2-api")
PDF = b"%PDF-1.7\n%" + bytes(range(128, 256)) + b"\n%%EOF\n"


@dataclass(frozen=True)
class Exchange:
    """One organisation writing to another, with everything that a test wants to turn."""

    sender: str
    recipient: str
    sender_keys: KeyPair
    recipient_keys: KeyPair
    stranger: KeyPair
    certificates: KnownCertificates

    def message(self, **changes: Any) -> SdkMessage:
        message_id = str(uuid.uuid4())
        message = SdkMessage(
            message_id=message_id,
            conversation_id=message_id,
            created_at=datetime.now(UTC),
            label="Journalkopia",
            confidential=False,
            sender=Party(self.sender, "Björkviks kommun", "sdk:bistand:0203:bjorkvik.example", "Bistånd"),
            recipient=Party(self.recipient, "Region Vättern", "SE2321009002-1001", "Kansliet"),
            texts=("Hej! **Tack** för svaret & hälsningen <3",),
            attachments=(Attachment("kopia.pdf", "application/pdf", PDF),),
        )
        return replace(message, **changes)

    def envelope(self, message: SdkMessage, **changes: Any) -> Envelope:
        envelope = Envelope(
            id=message.message_id,
            created_at=message.created_at,
            sender=self.sender,
            recipient=self.recipient,
            document=DOCUMENT_MESSAGE,
            handling_service_id="SE2321009002-1001",
            encrypted=True,
            federation=FEDERATION_TEST,
        )
        return replace(envelope, **changes)

    def seal(self, message: SdkMessage | None = None, *, xml: bytes | None = None, **envelope: Any) -> bytes:
        message = message or self.message()
        return seal_message(
            build_message(message) if xml is None else xml,
            self.envelope(message, **envelope),
            signer=self.sender_keys,
            recipient_certificate=self.recipient_keys.certificate,
        )

    def open(self, xhe: bytes, keys: tuple[KeyPair, ...] | None = None, **checks: Any) -> Opened:
        return open_message(
            xhe,
            keys=(self.recipient_keys,) if keys is None else keys,
            certificates=self.certificates,
            checks=Checks(**{"serves": lambda participant: participant == self.recipient, **checks}),
        )


@pytest.fixture(scope="session")
def federation(federation_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Federation:
    folder = tmp_path_factory.mktemp("federation")
    copytree(federation_keys, folder / "keys")
    return Federation.at(folder)


@pytest.fixture(scope="session")
def exchange(federation: Federation) -> Exchange:
    sender, recipient = (participant.participant for participant in PARTICIPANTS[:2])
    certificates = KnownCertificates()
    for participant in (sender, recipient):
        certificates.add(participant, federation.keys_of(participant).certificate)
    return Exchange(
        sender,
        recipient,
        federation.keys_of(sender),
        federation.keys_of(recipient),
        federation.keys_of(PARTICIPANTS[2].participant),
        certificates,
    )


@pytest.fixture(scope="session")
def example(shared: Path) -> Callable[[str], bytes]:
    """Digg's examples by name; of an AS4 submission the envelope inside."""

    def read(name: str) -> bytes:
        data = (shared / "sdk-spec" / "examples" / name).read_bytes()
        inside = re.search(rb"<value>(.*?)</value>", data, re.DOTALL)
        return b64decode(inside[1]) if inside else data

    return read


@pytest.fixture(scope="session")
def santuario(
    tmp_path_factory: pytest.TempPathFactory, missing: Callable[[str], NoReturn], program: Callable[..., str]
) -> list[str]:
    """The command that runs Apache Santuario; needs a JDK and Debian's libxml-security-java."""
    jars = [Path(f"/usr/share/java/{jar}.jar") for jar in JARS]
    program("javac")
    if absent := [jar.name for jar in jars if not jar.exists()]:
        missing(f"Apache Santuario is not installed: {', '.join(absent)} (make peers)")
    folder = tmp_path_factory.mktemp("santuario")
    path = ":".join([str(folder), *map(str, jars)])
    source = Path(__file__).with_name("Santuario.java")
    subprocess.run(["javac", "-cp", path, "-d", str(folder), str(source)], check=True, capture_output=True)
    return ["java", "-cp", path, "Santuario"]
