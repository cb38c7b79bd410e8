"""How fast envelopes are sealed and opened, compared with the cryptography alone in the same run.

`measure()` yields one dictionary per figure: name, value, unit, limit, ratio. At 10 kB the limit is the RSA, AES,
SHA-256 and base64 of the message alone, in operations per second: the ratio should be at least 0.6. At 30 MB the limit
is the same steps written directly with lxml and cryptography, in milliseconds: the ratio should be at most 1.2. Another
limit is, as for 10 kB, the cryptography alone: that ratio should be at most 2. Memory is in MB above the idle process,
and its limit 150. The measured code and the limit take turns, and CPU time is used, so a busy machine affects both.
"""

import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pybase64
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from lxml import etree

import budkavle_schemas
from budkavle_sdk_transport.envelope.encryption import encrypted_data
from budkavle_sdk_transport.envelope.sealing import seal_message
from budkavle_sdk_transport.envelope.xhe import Envelope, build_envelope
from budkavle_sdk_transport.formats.identifiers import (
    DOCUMENT_MESSAGE,
    FEDERATION_TEST,
    NS_DS,
    NS_MESSAGE,
    NS_XENC,
)
from budkavle_sdk_transport.incoming.content_checks import Checks
from budkavle_sdk_transport.incoming.opening import open_message
from budkavle_sdk_transport.keys.certificates import KnownCertificates
from budkavle_sdk_transport.keys.key_pair import KeyPair, base64_of
from budkavle_sdk_transport.message.sdk_message import Attachment, Party, SdkMessage, build_message
from budkavle_sdk_transport.simulator.ca import CertificateAuthority

Figure = dict[str, str | float]
Work = Callable[[], object]

SMALL = 10_000
LARGE = 30_000_000
SENDER, RECIPIENT, FUNCTION = "0203:avsandare.example", "0203:mottagare.example", "SE2321009002-1001"
OAEP = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)  # noqa: S303 - the profile's algorithm


class Bench:
    """A message of a size, the key pairs of its parties, and the steps to measure.

    Args:
        keys: The folder of a temporary authority.
        size: The size of the message, in bytes of XML.
    """

    def __init__(self, keys: Path, size: int) -> None:
        authority = CertificateAuthority.at(keys)
        self.sender = authority.kept("sender", "avsandare.example", "Avsändare")
        self.recipient = authority.kept("recipient", "mottagare.example", "Mottagare")
        self.certificates = KnownCertificates()
        self.certificates.add(SENDER, self.sender.certificate)
        self.xml, self.envelope = _message(size)
        self.checks = Checks(serves=lambda participant: participant == RECIPIENT)

    def seal(self) -> bytes:
        """Seal the message."""
        return seal_message(
            self.xml, self.envelope, signer=self.sender, recipient_certificate=self.recipient.certificate
        )

    def open(self, xhe: bytes) -> None:
        """Open an envelope, which must be accepted."""
        opened = open_message(xhe, keys=[self.recipient], certificates=self.certificates, checks=self.checks)
        if opened.outcome != "ACCEPTED":
            raise SystemExit(f"The bench's own message was not accepted: {opened.findings}, {opened.why_no_receipt}")


def measure() -> Iterator[Figure]:
    """Yield all figures of sealing and opening."""
    with tempfile.TemporaryDirectory() as folder:
        keys = Path(folder) / "keys"
        small = Bench(keys, SMALL)
        xhe = small.seal()
        limits = _limits(small, len(xhe))
        yield _rate("seal 10 kB", small.seal, limits[0])
        yield _rate("open 10 kB with signed receipt", lambda: small.open(xhe), limits[1])
        large = Bench(keys, LARGE)
        xhe = large.seal()
        yield _duration("seal 30 MB", large.seal, lambda: straight_seal(large))
        yield _duration("open 30 MB with signed receipt", lambda: large.open(xhe), lambda: straight_open(large, xhe))
        limits = _limits(large, len(xhe))
        yield _duration("seal 30 MB beside the arithmetic", large.seal, limits[0])
        yield _duration("open 30 MB beside the arithmetic", lambda: large.open(xhe), limits[1])
        for name in ("seal", "open"):
            yield _memory(name, Path(folder), large.xml if name == "seal" else xhe)


def open_limit() -> float:
    """Return the seconds on one core that the cryptography alone of opening 10 kB with a signed receipt takes."""
    with tempfile.TemporaryDirectory() as folder:
        small = Bench(Path(folder) / "keys", SMALL)
        into = _limits(small, len(small.seal()))[1]
        return _turns(into, into, rounds=9, times=40)[1]


def straight_seal(bench: Bench) -> bytes:
    """Seal with the same steps as a tutorial would write them: a tree, canonicalised, signed, serialised."""
    key, vector = os.urandom(32), os.urandom(16)
    missing = 16 - len(bench.xml) % 16
    encryptor = Cipher(AES256(key), CBC(vector)).encryptor()
    content = vector + encryptor.update(bench.xml + bytes([missing]) * missing) + encryptor.finalize()
    root = etree.fromstring(build_envelope(bench.envelope, encrypted_data(bench.recipient.certificate, key)), _parser())
    list(root.iter(f"{{{NS_XENC}}}CipherValue"))[-1].text = pybase64.b64encode_as_string(content)
    digest = hashlib.sha256(etree.tostring(root, method="c14n")).digest()
    template = _signature(digest, bench.sender)
    signed = etree.fromstring(
        etree.tostring(root, encoding="UTF-8").replace(b"</xhe:XHE>", template + b"</xhe:XHE>"), _parser()
    )
    info = next(signed.iter(f"{{{NS_DS}}}SignedInfo"))
    value = bench.sender.private_key.sign(etree.tostring(info, method="c14n"), padding.PKCS1v15(), hashes.SHA256())
    next(signed.iter(f"{{{NS_DS}}}SignatureValue")).text = pybase64.b64encode_as_string(value)
    return etree.tostring(signed, encoding="UTF-8")


def straight_open(bench: Bench, xhe: bytes) -> None:
    """Open with the same steps: parse, schema, verify, decrypt, parse, schema, decode the files, sign a receipt."""
    root = etree.fromstring(xhe, _parser())
    budkavle_schemas.load(budkavle_schemas.ENVELOPE).assertValid(root)
    signature = next(root.iter(f"{{{NS_DS}}}Signature"))
    info = etree.fromstring(etree.tostring(signature[0], with_tail=False))
    value = pybase64.b64decode(signature[1].text or "")
    public = bench.sender.certificate.public_key()
    public.verify(value, etree.tostring(info, method="c14n"), padding.PKCS1v15(), hashes.SHA256())  # type: ignore[call-arg, union-attr, arg-type]
    root.remove(signature)
    hashlib.sha256(etree.tostring(root, method="c14n")).digest()
    wrapped, content = (pybase64.b64decode(node.text or "") for node in root.iter(f"{{{NS_XENC}}}CipherValue"))
    key = bench.recipient.private_key.decrypt(wrapped, OAEP)
    decryptor = Cipher(AES256(key), CBC(content[:16])).decryptor()
    plain = decryptor.update(content[16:]) + decryptor.finalize()
    message = etree.fromstring(plain[: -plain[-1]], _parser())
    budkavle_schemas.load(budkavle_schemas.MESSAGE).assertValid(message)
    for file in message.iter(f"{{{NS_MESSAGE}}}content"):
        pybase64.b64decode(file.text or "")
    bench.recipient.private_key.sign(b"receipt", padding.PKCS1v15(), hashes.SHA256())


def _limits(bench: Bench, xhe_length: int) -> tuple[Work, Work]:
    """Return the unavoidable part: the cryptography of an outgoing message, and of an incoming one with its receipt."""
    private, public = bench.sender.private_key, bench.sender.private_key.public_key()
    content, whole = bytes(len(bench.xml) // 16 * 16 + 16), bytes(xhe_length)
    key, text = bytes(32), pybase64.b64encode(content)
    value, wrapped = private.sign(b"", padding.PKCS1v15(), hashes.SHA256()), public.encrypt(key, OAEP)

    def out() -> None:
        Cipher(AES256(key), CBC(bytes(16))).encryptor().update(content)
        pybase64.b64encode(content)
        hashlib.sha256(whole).digest()
        public.encrypt(key, OAEP)
        private.sign(b"", padding.PKCS1v15(), hashes.SHA256())

    def into() -> None:
        hashlib.sha256(whole).digest()
        public.verify(value, b"", padding.PKCS1v15(), hashes.SHA256())
        private.decrypt(wrapped, OAEP)
        pybase64.b64decode(text, validate=True)
        Cipher(AES256(key), CBC(bytes(16))).decryptor().update(content)
        private.sign(b"", padding.PKCS1v15(), hashes.SHA256())

    return out, into


def _rate(name: str, ours: Work, limit: Work) -> Figure:
    mine, bound = _turns(ours, limit, rounds=9, times=40)
    return _figure(name, 1 / mine, "messages/s of one core", 1 / bound)


def _duration(name: str, ours: Work, limit: Work) -> Figure:
    mine, bound = _turns(ours, limit, rounds=5, times=1)
    return _figure(name, mine * 1000, "ms of one core", bound * 1000)


def _memory(name: str, folder: Path, data: bytes) -> Figure:
    """Return the peak memory of a fresh process above its idle size, including its input and output."""
    path = folder / "input"
    path.write_bytes(data)
    command = [sys.executable, __file__, "--peak", name, str(folder / "keys"), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return _figure(f"{name} 30 MB, peak above idle", float(done.stdout), "MB", 150)


def _figure(name: str, value: float, unit: str, limit: float) -> Figure:
    return {
        "name": name,
        "value": round(value, 1),
        "unit": unit,
        "limit": round(limit, 1),
        "ratio": round(value / limit, 3),
    }


def _turns(one: Work, other: Work, *, rounds: int, times: int) -> tuple[float, float]:
    """Return the median seconds of each, measured in turns after one warm-up turn."""
    taken: tuple[list[float], list[float]] = ([], [])
    for turn in range(rounds + 1):
        for work, seconds in zip((one, other), taken, strict=True):
            begun = time.process_time()
            for _ in range(times):
                work()
            if turn:
                seconds.append((time.process_time() - begun) / times)
    return statistics.median(taken[0]), statistics.median(taken[1])


def _peak(name: str, keys: Path, path: Path) -> float:
    import psutil

    bench = Bench(keys, SMALL)
    bench.open(bench.seal())
    idle = psutil.Process().memory_info().rss
    data = path.read_bytes()
    if name == "seal":
        bench.xml = data
        bench.seal()
    else:
        bench.open(data)
    return (_high_water() - idle) / 1e6


def _high_water() -> int:
    """Return the highest memory use of this process. `getrusage` would include its parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) * 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _message(size: int) -> tuple[bytes, Envelope]:
    message_id, now = str(uuid.uuid4()), datetime.now(UTC)
    file = os.urandom(max(0, size - 2000) * 3 // 4)
    message = SdkMessage(
        message_id=message_id,
        conversation_id=message_id,
        created_at=now,
        label="Mätning",
        confidential=False,
        sender=Party(SENDER, "Avsändare", "sdk:inkorg"),
        recipient=Party(RECIPIENT, "Mottagare", FUNCTION),
        texts=("Hej",),
        attachments=(Attachment("a.pdf", "application/pdf", file),),
    )
    envelope = Envelope(
        message_id, now, SENDER, RECIPIENT, DOCUMENT_MESSAGE, FUNCTION, encrypted=True, federation=FEDERATION_TEST
    )
    return build_message(message), envelope


def _signature(digest: bytes, signer: KeyPair) -> bytes:
    return (
        f'<ds:Signature xmlns:ds="{NS_DS}"><ds:SignedInfo>'
        '<ds:CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>'
        '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference URI="">'
        '<ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>'
        '</ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
        f"<ds:DigestValue>{pybase64.b64encode_as_string(digest)}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
        f"<ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{base64_of(signer.certificate).decode()}"
        "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>"
    ).encode()


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peak"]:
        print(_peak(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4])))
    else:
        for figure in measure():
            print(json.dumps(figure), flush=True)
