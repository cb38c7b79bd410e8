"""The certificate that our own servers show: whether it fits its key, and when it has been renewed."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

import structlog

from budkavle.logs import describe
from budkavle.model.errors import Misconfigured
from budkavle.settings import TlsSettings

LOOKS = 60.0
"""Seconds between two looks at the files of a certificate that is shown."""
log = structlog.get_logger("budkavle.certificate")


def judge_pair(tls: TlsSettings) -> None:
    """See that certificate and key are there and belong together; none of both is well.

    Raises:
        Misconfigured: They cannot be read, or do not belong together.
    """
    if tls.certificate is None:
        return
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
            tls.certificate, tls.key, password=_no_password
        )
    except (OSError, ValueError) as error:  # SSLError is an OSError
        raise Misconfigured(
            "Certifikatet {certificate} och nyckeln {key} under [tls] går inte att använda ({reason}).",
            certificate=str(tls.certificate),
            key=str(tls.key),
            reason=str(error),
        ) from error


@contextmanager
def renewing(tls: TlsSettings, renew: Callable[[], object]) -> Iterator[None]:
    """Call `renew` each time that the files have changed and fit each other, while the block lasts.

    Args:
        tls: The files; where there are none nothing is looked at.
        renew: Has them read anew; it is called in a thread of its own.
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
        found = _contents(tls)
        if found is None or found == judged:
            continue
        judged = found
        try:
            judge_pair(tls)
        except Misconfigured as error:  # perhaps half of the pair has been written; what is shown goes on
            log.warning("certificate.unusable", **describe(error))
            continue
        log.info("certificate.renewed")
        renew()


def _contents(tls: TlsSettings) -> tuple[bytes, ...] | None:
    try:
        return tuple(path.read_bytes() for path in (tls.certificate, tls.key) if path)
    except OSError:
        return None


def _no_password() -> str:
    """Answer in place of OpenSSL's own question at the terminal."""
    raise ValueError("the key has a password")
