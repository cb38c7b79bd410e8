"""The certificate of our own servers: whether it fits its key, when it is renewed, and when it expires."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from uuid import UUID

import structlog
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import PublicKeyAlgorithmOID

from budkavle.logs import describe
from budkavle.model.errors import Misconfigured
from budkavle.plugins.protocols.health import Health
from budkavle.settings import TlsSettings
from budkavle.storage.platform import Platform

LOOKS = 60.0
"""Seconds between two checks of the certificate's files."""
SOON = timedelta(days=14)
log = structlog.get_logger("budkavle.certificate")


def judge_pair(tls: TlsSettings) -> None:
    """Check that certificate and key exist, belong together and can be used; having neither is fine.

    Raises:
        Misconfigured: They cannot be read, do not belong together, or the web server does not support their kind.
    """
    if tls.certificate is None:
        return
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
            tls.certificate, tls.key, password=_no_password
        )
        _require_known_kind(tls.certificate)
    except (OSError, ValueError, UnsupportedAlgorithm) as error:  # SSLError is an OSError
        raise Misconfigured(
            "Certifikatet {certificate} och nyckeln {key} under [tls] går inte att använda ({reason}).",
            certificate=str(tls.certificate),
            key=str(tls.key),
            reason=str(error),
        ) from error


def _require_known_kind(certificate: Path) -> None:
    """Refuse a key that OpenSSL accepts but the web server does not: its processes would end as soon as they start."""
    first = x509.load_pem_x509_certificates(certificate.read_bytes())[0]
    key = first.public_key()
    match key:
        case rsa.RSAPublicKey():  # a key for RSA-PSS only is not supported
            is_known = key.key_size <= 4096 and first.public_key_algorithm_oid == PublicKeyAlgorithmOID.RSAES_PKCS1_v1_5
        case ec.EllipticCurvePublicKey():
            is_known = isinstance(key.curve, ec.SECP256R1 | ec.SECP384R1)
        case _:
            is_known = isinstance(key, ed25519.Ed25519PublicKey)
    if not is_known:
        raise ValueError("the key is neither RSA of at most 4096 bits, P-256, P-384 nor Ed25519")


def judge_end(platform: Platform, organisation_id: UUID | None) -> Iterator[Health]:
    """Report a certificate that expires within two weeks or a fifth of its lifetime, whichever is shorter."""
    file = platform.settings.tls.certificate
    if organisation_id is not None or file is None:
        return
    try:
        first = x509.load_pem_x509_certificates(file.read_bytes())[0]
    except (OSError, ValueError):  # reported when the server starts
        return
    begins, ends = first.not_valid_before_utc, first.not_valid_after_utc
    if ends - datetime.now(UTC) < min(SOON, (ends - begins) / 5):
        sentence = "Webbens certifikat gäller till {at}. Sedan når ingen sidorna genom en proxyserver som prövar det."
        remedy = "Förnya det. Webben läser det nya inom en minut."
        yield Health("Webbens certifikat", False, sentence, remedy, {"at": ends})


@contextmanager
def renewing(tls: TlsSettings, renew: Callable[[], object]) -> Iterator[None]:
    """Call `renew` whenever the files have changed and fit each other, while the block lasts.

    Args:
        tls: The files; if there are none, nothing is checked.
        renew: Has them read again. Called in a separate thread; if it raises, it is called again at the next check.
    """
    if tls.certificate is None:
        yield
        return
    stop = Event()
    thread = Thread(target=_watch, args=(tls, renew, stop, _contents(tls)), name="budkavle-certificate")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _watch(tls: TlsSettings, renew: Callable[[], object], stop: Event, judged: tuple[bytes, ...] | None) -> None:
    while not stop.wait(LOOKS):
        contents = _contents(tls)
        if contents is None or contents == judged:
            continue
        judged = contents
        try:
            judge_pair(tls)
            renew()
        except Misconfigured as error:  # perhaps only half of the pair is written yet; the old certificate stays in use
            log.warning("certificate.unusable", **describe(error))
        except Exception as error:  # noqa: BLE001 - the files changed meanwhile, or could not be opened just now
            log.warning("certificate.unusable", **describe(error))
            judged = None
        else:
            log.info("certificate.renewed")


def _contents(tls: TlsSettings) -> tuple[bytes, ...] | None:
    try:
        return tuple(path.read_bytes() for path in (tls.certificate, tls.key) if path)
    except OSError:
        return None


def _no_password() -> str:
    """Refuse to ask for a password; otherwise OpenSSL would prompt at the terminal."""
    raise ValueError("the key has a password")
