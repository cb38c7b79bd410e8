"""What was asked of publishers and authorities, kept for all processes and over restarts.

It is public knowledge, so it lies unencrypted. A publisher's answer is kept as it was signed, and held to its signature
by whoever takes it from here. Writing waits until the work at hand is stored, so that no message waits for another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import TextClause, text

from budkavle import Host

FORGOTTEN_AFTER: Final = timedelta(days=30)
"""What nobody has used for so long is thrown away."""

_ANSWER: Final = text(
    "SELECT participant, document, answer, fetched_at, tried_at, used_at, failure FROM sdk_published"
    " WHERE participant = :participant AND document = :document"
)
_ALL: Final = text(
    "SELECT participant, document, answer, fetched_at, tried_at, used_at, failure FROM sdk_published"
    " ORDER BY participant, document"
)
_KEEP: Final = text(
    "INSERT INTO sdk_published (participant, document, answer, fetched_at, tried_at, used_at, failure)"
    " VALUES (:participant, :document, :answer, :at, :at, :at, '')"
    " ON CONFLICT (participant, document) DO UPDATE SET answer = excluded.answer, fetched_at = excluded.fetched_at,"
    " tried_at = excluded.tried_at, failure = '' WHERE sdk_published.tried_at <= excluded.tried_at"
)
_FAIL: Final = text(
    "INSERT INTO sdk_published (participant, document, tried_at, used_at, failure)"
    " VALUES (:participant, :document, :at, :at, :failure)"
    " ON CONFLICT (participant, document) DO UPDATE SET tried_at = excluded.tried_at, failure = excluded.failure"
    " WHERE sdk_published.tried_at <= excluded.tried_at"
)
_LOSE: Final = text(
    "UPDATE sdk_published SET answer = NULL, fetched_at = NULL, tried_at = :at, failure = :failure"
    " WHERE participant = :participant AND document = :document AND tried_at <= :at"
)
_USE: Final = text(
    "UPDATE sdk_published SET used_at = :at WHERE participant = :participant AND document = :document"
    " AND used_at < :hour_ago"
)
_FORGET: Final = text("DELETE FROM sdk_published WHERE used_at < :before")
_FORGET_VERDICTS: Final = text("DELETE FROM sdk_revocations WHERE until < :before")
_VERDICT: Final = text("SELECT revoked, until FROM sdk_revocations WHERE fingerprint = :fingerprint")
_KEEP_VERDICT: Final = text(
    "INSERT INTO sdk_revocations (fingerprint, revoked, until) VALUES (:fingerprint, :revoked, :until)"
    " ON CONFLICT (fingerprint) DO UPDATE SET revoked = excluded.revoked, until = excluded.until"
)


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """A row: what is known about a participant and a document type.

    Attributes:
        answer: The publisher's signed answer; None where there is none.
        fetched_at: When it was fetched.
        tried_at: When it was last asked for.
        used_at: When it was last needed, to the hour.
        failure: Why the last try gave no answer; empty when it did.
    """

    participant: str
    document: str
    answer: bytes | None
    fetched_at: datetime | None
    tried_at: datetime
    used_at: datetime
    failure: str


@dataclass(frozen=True, slots=True)
class DiscoveryCache:
    """The two tables."""

    host: Host

    def answer(self, participant: str, document: str) -> CachedAnswer | None:
        """What is kept about a participant and a document type."""
        with self.host.transaction(None) as connection:
            result = connection.execute(_ANSWER, {"participant": participant, "document": document})
            row = result.mappings().one_or_none()
        return None if row is None else CachedAnswer(**row)

    def answers(self) -> list[CachedAnswer]:
        """All that is kept, by participant."""
        with self.host.transaction(None) as connection:
            return [CachedAnswer(**row) for row in connection.execute(_ALL).mappings()]

    def keep(self, participant: str, document: str, answer: bytes, at: datetime) -> None:
        """Keep an answer."""
        self._write(_KEEP, participant=participant, document=document, answer=answer, at=at)

    def fail(self, participant: str, document: str, failure: str, at: datetime) -> None:
        """Note that there was no answer; the one before stays."""
        self._write(_FAIL, participant=participant, document=document, failure=failure, at=at)

    def lose(self, participant: str, document: str, failure: str, at: datetime) -> None:
        """Note that the participant is not published any more, where it was."""
        self._write(_LOSE, participant=participant, document=document, failure=failure, at=at)

    def use(self, participant: str, document: str, at: datetime) -> None:
        """Note that an answer is needed."""
        self._write(_USE, participant=participant, document=document, at=at, hour_ago=at - timedelta(hours=1))

    def sweep(self, at: datetime) -> None:
        """Throw away what nobody has used for long."""
        self._write(_FORGET, before=at - FORGOTTEN_AFTER)
        self._write(_FORGET_VERDICTS, before=at - FORGOTTEN_AFTER)

    def verdict(self, fingerprint: str) -> tuple[bool, datetime] | None:
        """An authority's word about a certificate: whether it is revoked, and until when that holds."""
        with self.host.transaction(None) as connection:
            row = connection.execute(_VERDICT, {"fingerprint": fingerprint}).one_or_none()
        return None if row is None else (row.revoked, row.until)

    def keep_verdict(self, fingerprint: str, revoked: bool, until: datetime) -> None:
        """Keep an authority's word."""
        self._write(_KEEP_VERDICT, fingerprint=fingerprint, revoked=revoked, until=until)

    def _write(self, statement: TextClause, **values: Any) -> None:
        with self.host.transaction(None) as connection:
            connection.execute(statement, values)
