"""What was asked of publishers and authorities, kept for all processes and over restarts.

It is public knowledge, so it lies unencrypted. A publisher's answer is kept as it was signed, and held to its signature
by whoever takes it from here. Writing waits until the work at hand is stored, so that no message waits for another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from budkavle import Host
from budkavle.storage import QueryFile, Statement

FORGOTTEN_AFTER: Final = timedelta(days=30)
"""Entries that have not been used for this long are deleted."""


class _Queries(QueryFile):
    find_answer: Statement
    list_answers: Statement
    store_answer: Statement
    store_failure: Statement
    remove_answer: Statement
    mark_used: Statement
    remove_unused_answers: Statement
    remove_old_verdicts: Statement
    find_verdict: Statement
    store_verdict: Statement


QUERIES = _Queries.load()


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
        """Return what is kept about a participant and a document type."""
        with self.host.transaction(None) as connection:
            row = QUERIES.find_answer.one_or_none(connection, {"participant": participant, "document": document})
        return None if row is None else CachedAnswer(*row)

    def answers(self) -> list[CachedAnswer]:
        """Return all that is kept, by participant."""
        with self.host.transaction(None) as connection:
            return [CachedAnswer(*row) for row in QUERIES.list_answers.all(connection, {})]

    def keep(self, participant: str, document: str, answer: bytes, at: datetime) -> None:
        """Keep an answer."""
        self._write(QUERIES.store_answer, participant=participant, document=document, answer=answer, at=at)

    def fail(self, participant: str, document: str, failure: str, at: datetime) -> None:
        """Note that there was no answer; the one before stays."""
        self._write(QUERIES.store_failure, participant=participant, document=document, failure=failure, at=at)

    def lose(self, participant: str, document: str, failure: str, at: datetime) -> None:
        """Note that the participant is not published any more, where it was."""
        self._write(QUERIES.remove_answer, participant=participant, document=document, failure=failure, at=at)

    def use(self, participant: str, document: str, at: datetime) -> None:
        """Note that an answer is needed."""
        self._write(
            QUERIES.mark_used, participant=participant, document=document, at=at, hour_ago=at - timedelta(hours=1)
        )

    def sweep(self, at: datetime) -> None:
        """Delete entries that have not been used for long."""
        self._write(QUERIES.remove_unused_answers, before=at - FORGOTTEN_AFTER)
        self._write(QUERIES.remove_old_verdicts, before=at - FORGOTTEN_AFTER)

    def verdict(self, fingerprint: str) -> tuple[bool, datetime] | None:
        """Return an authority's word about a certificate: whether it is revoked, and until when that holds."""
        with self.host.transaction(None) as connection:
            row = QUERIES.find_verdict.one_or_none(connection, {"fingerprint": fingerprint})
        return None if row is None else (row.revoked, row.until)

    def keep_verdict(self, fingerprint: str, revoked: bool, until: datetime) -> None:
        """Keep an authority's word."""
        self._write(QUERIES.store_verdict, fingerprint=fingerprint, revoked=revoked, until=until)

    def _write(self, statement: Statement, **values: Any) -> None:
        with self.host.transaction(None) as connection:
            statement.enqueue(connection, values)
