"""The certificates that participants have published: asked for, verified, and kept for a while.

Source: Certifikatspublicering, REST-bindning till SMP 1.0, 3: the encryption certificate stands under the document type
of the message, the signing certificate under that of the receipt.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509

from budkavle import Sentence
from budkavle_sdk_transport.discovery.cache import DiscoveryCache
from budkavle_sdk_transport.discovery.revocation import Revocation
from budkavle_sdk_transport.discovery.service_metadata import (
    MetadataRefused,
    ServiceMetadata,
    Trust,
    read_service_metadata,
)
from budkavle_sdk_transport.formats.identifiers import (
    CERTPUB_ENCRYPTION,
    CERTPUB_SIGNING,
    DOCUMENT_MESSAGE,
    DOCUMENT_RECEIPT,
)
from budkavle_sdk_transport.keys.certificates import (
    CertificateRefused,
    CertificatesUnavailable,
    UnknownParticipant,
)

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class CacheTimes:
    """How long answers are used again.

    Attributes:
        fresh: An answer, before the publisher is asked anew.
        stale: An answer, while the publisher cannot be asked.
        absent: The answer that there is nothing.
        failed: That the publisher did not answer.
    """

    fresh: timedelta = timedelta(hours=1)
    stale: timedelta = timedelta(hours=24)
    absent: timedelta = timedelta(minutes=1)
    failed: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What is remembered about a participant and a document type.

    Attributes:
        metadata: The verified answer; None where there is none.
        at: When it was fetched.
        until: When it is looked for again.
        trouble: Why there is none, or no newer one.
    """

    metadata: ServiceMetadata | None
    at: datetime
    until: datetime
    trouble: UnknownParticipant | CertificatesUnavailable | None = None

    def metadata_or_raise(self) -> ServiceMetadata:
        if self.metadata is not None:
            return self.metadata
        # A new exception each time: one that is raised by several threads would gather all their tracebacks.
        trouble = self.trouble or CertificatesUnavailable()
        raise type(trouble)(*trouble.args)


@dataclass(slots=True)
class CertPub:
    """A `CertificateSource` that asks the metadata publisher.

    What was found is remembered in the process, so that a message costs no question; a shelf shares it with other
    processes and keeps it over restarts. While one thread asks about a participant, others that need the same wait
    for its answer.

    Attributes:
        fetch: (participant, document) to the publisher's bytes; raises `UnknownParticipant` when there is nothing,
            `CertificatesUnavailable` when it cannot be asked.
        trust: Which publisher is believed.
        cache_times: How long.
        revocation: Asked of every certificate that is handed out, and of the publisher's; None asks nobody.
        cache: None keeps nothing outside of the process.
        clock: The time.
    """

    fetch: Callable[[str, str], bytes]
    trust: Trust
    cache_times: CacheTimes = field(default_factory=CacheTimes)
    revocation: Revocation | None = None
    cache: DiscoveryCache | None = None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _known: dict[Key, _Answer] = field(default_factory=dict)
    _forgotten: dict[str, datetime] = field(default_factory=dict)
    _turns: dict[Key, threading.Lock] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def encryption_certificate(self, participant: str) -> x509.Certificate:
        """Return the recipient's entry under the message's document type."""
        return self._certificate(participant, DOCUMENT_MESSAGE, CERTPUB_ENCRYPTION)

    def signing_certificate(self, participant: str) -> x509.Certificate:
        """Return the sender's entry under the receipt's document type."""
        return self._certificate(participant, DOCUMENT_RECEIPT, CERTPUB_SIGNING)

    def metadata(self, participant: str, document: str, *, anew: bool = False) -> ServiceMetadata:
        """Return the verified answer about a participant and a document type, remembered or fresh.

        Args:
            participant: Such as `0203:habo.se`.
            document: `DOCUMENT_MESSAGE` or `DOCUMENT_RECEIPT`.
            anew: Ask the publisher, whatever is remembered.

        Raises:
            UnknownParticipant: The participant is not published for it.
            CertificatesUnavailable: It cannot be told now.
        """
        key = (participant.lower(), document)
        if not anew and (answer := self._remembered(key)) is not None:
            return answer.metadata_or_raise()
        with self._lock:
            turn = self._turns.setdefault(key, threading.Lock())
        with turn:
            answer = None if anew else self._remembered(key)
            if answer is None:
                answer = self._looked_up(key, anew=anew)
                with self._lock:
                    self._known[key] = answer
        return answer.metadata_or_raise()

    def fetched_at(self, participant: str, document: str = DOCUMENT_MESSAGE) -> datetime | None:
        """Return when the remembered answer was fetched; None when there is none."""
        with self._lock:
            answer = self._known.get((participant.lower(), document))
        return answer.at if answer and answer.metadata else None

    def forget(self, participant: str | None = None) -> None:
        """Ask afresh next time, about one participant or all: for instance after a signature failed."""
        with self._lock:
            gone = [key for key in self._known if participant is None or participant.lower() == key[0]]
            for key in gone:
                del self._known[key]
            for who in {key[0] for key in gone} | ({participant.lower()} if participant else set()):
                self._forgotten[who] = self.clock()

    def _remembered(self, key: Key) -> _Answer | None:
        with self._lock:
            answer = self._known.get(key)
        return answer if answer is not None and self.clock() < answer.until else None

    def _certificate(self, participant: str, document: str, kind: str) -> x509.Certificate:
        certificate = self.metadata(participant, document).certificates.get(kind)
        if certificate is None:
            raise UnknownParticipant(f"{participant} has published no certificate of the type {kind}.")
        if self.revocation is not None:
            self.revocation.check(certificate)
        return certificate

    def _looked_up(self, key: Key, *, anew: bool) -> _Answer:
        """Return the cached answer, or the publisher's; if it gives none, the result for that."""
        now = self.clock()
        cached = self._cached_answer(key, now)
        if cached is not None and not anew and now < cached.until:
            self._note_use(key, now)
            return cached
        try:
            answer = self.fetch(*key)
            metadata = self._read(key, answer, now, publisher=True)
        except UnknownParticipant as error:
            self._note(key, error, now, lost=True)
            return _Answer(None, now, now + self.cache_times.absent, error)
        except CertificatesUnavailable as error:
            self._note(key, error, now, lost=False)
            return self._without_publisher(key, cached, error, now)
        if self.cache is not None:
            self.cache.keep(*key, answer, now)
        return _Answer(metadata, now, now + self.cache_times.fresh)

    def _without_publisher(
        self, key: Key, cached: _Answer | None, error: CertificatesUnavailable, now: datetime
    ) -> _Answer:
        """Use the last answer for a while longer, unless the new answer itself is untrustworthy."""
        with self._lock:
            last = self._known.get(key) or cached
        until = now + self.cache_times.failed
        if last is None or last.metadata is None or isinstance(error, MetadataRefused):
            return _Answer(None, now, until, error)
        if now - last.at > self.cache_times.stale:
            return _Answer(None, now, until, error)
        return _Answer(last.metadata, last.at, until, error)

    def _cached_answer(self, key: Key, now: datetime) -> _Answer | None:
        """The shelf's answer, held to its signature; None where there is none that may be used."""
        cached = self.cache.answer(*key) if self.cache is not None else None
        if cached is None or cached.answer is None or cached.fetched_at is None:
            return None
        with self._lock:
            forgotten = self._forgotten.get(key[0])
        if forgotten is not None and cached.fetched_at <= forgotten:
            return None
        try:
            metadata = self._read(key, cached.answer, now, publisher=False)
        except (UnknownParticipant, CertificatesUnavailable):
            return None
        return _Answer(metadata, cached.fetched_at, cached.fetched_at + self.cache_times.fresh)

    def _read(self, key: Key, answer: bytes, now: datetime, *, publisher: bool) -> ServiceMetadata:
        metadata = read_service_metadata(answer, participant=key[0], document=key[1], trust=self.trust, at=now)
        if publisher and self.revocation is not None:
            try:
                self.revocation.check(metadata.publisher)
            except CertificateRefused as error:
                raise MetadataRefused(f"The metadata publisher is not trusted any more. {error}") from error
        return metadata

    def _note(self, key: Key, error: Exception, now: datetime, *, lost: bool) -> None:
        if self.cache is None:
            return
        if lost:
            self.cache.lose(*key, Sentence.of(error).to_text(), now)
        else:
            self.cache.fail(*key, Sentence.of(error).to_text(), now)

    def _note_use(self, key: Key, now: datetime) -> None:
        if self.cache is not None:
            self.cache.use(*key, now)
