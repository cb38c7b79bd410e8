"""Stamps the new entries of each organisation's event log, and stores the stamps."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from budkavle import ActorScope, Host, Permanent, Sentence, Temporary
from budkavle.accounts import read_settings
from budkavle.storage import LogStamp, QueryFile, Statement, next_log_span
from budkavle_timestamps.authority import NOT_CHOSEN, Authority
from budkavle_timestamps.settings import StampSettings
from budkavle_timestamps.tables import stamps, tries

ROUNDS = 20
"""The most stamps of one log before the other logs."""
AT_ONCE = 4.0
"""How many seconds the authority has while a person waits."""
LONGEST_PAUSE = timedelta(hours=1)


class _Queries(QueryFile):
    stamps_of: Statement


QUERIES = _Queries.load()


class Stamping:
    """Stamps the logs.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self.host = host

    def run(self) -> int:
        """Stamp every log that has new entries and is due, including the installation's own, as a job.

        Returns:
            The number of logs.
        """
        return self.host.platform.in_each_organisation(self._due, installation=True)

    def chosen(self, organisation_id: UUID) -> StampSettings:
        """Return the settings of an organisation. For the installation's own log, those of the installation."""
        with self.host.work(self.host.system(organisation_id)) as work:
            return read_settings(work, StampSettings)

    def stamp_now(self, organisation_id: UUID, seconds: float | None = None) -> int:
        """Stamp the new entries of an organisation's log, and return the number of stamps.

        Raises:
            Temporary: The authority does not respond, or its stamp is not valid. The error is stored.
            Permanent: No authority is chosen.
        """
        made, chosen = 0, self.chosen(organisation_id)
        if not chosen.url:
            raise Permanent(NOT_CHOSEN)
        authority = Authority(self.host, chosen)
        for _ in range(ROUNDS):
            with self.host.work(self.host.system(organisation_id, ActorScope.READ)) as work:
                span = next_log_span(work, self.stamped_to(organisation_id))
            if span is None:
                break
            try:
                stamp = authority.stamp(span.text, seconds)
            except (Temporary, Permanent) as error:
                self._note(organisation_id, Sentence.of(error))
                raise
            row = {"first": span.first, "last": span.last, "at": stamp.at, "authority": stamp.authority}
            with self.host.transaction(organisation_id) as connection:
                values = {"organisation_id": organisation_id, "token": stamp.token, **row}
                connection.execute(insert(stamps).values(values).on_conflict_do_nothing())
            made += 1
        self._note(organisation_id, None)
        return made

    def stamped_to(self, organisation_id: UUID) -> int:
        """Return the last stamped entry. 0 if there is none."""
        with self.host.transaction(organisation_id) as connection:
            last = select(func.coalesce(func.max(stamps.c.last), 0)).where(stamps.c.organisation_id == organisation_id)
            return int(connection.execute(last).scalar_one())

    def newest(self, organisation_id: UUID, before: int | None = None, limit: int = 1) -> Sequence[Any]:
        """Return the newest stamps, or those before a given entry."""
        query = select(stamps).where(stamps.c.organisation_id == organisation_id)
        query = query.where(stamps.c.last < before) if before is not None else query
        with self.host.transaction(organisation_id) as connection:
            return connection.execute(query.order_by(stamps.c.last.desc()).limit(limit)).all()

    def last_try(self, organisation_id: UUID) -> Any:
        """Return the result of the last attempt. None if there was none."""
        with self.host.transaction(organisation_id) as connection:
            return connection.execute(select(tries).where(tries.c.organisation_id == organisation_id)).one_or_none()

    def stamps_of(self, organisation_id: UUID, numbers: Sequence[int], *, at_once: bool) -> list[LogStamp]:
        """Return the stamps that cover the entries. Without entries, the newest stamp."""
        if at_once and numbers and max(numbers) > self.stamped_to(organisation_id):
            self._try_now(organisation_id)
        rows = self.newest(organisation_id) if not numbers else self._rows(organisation_id, numbers)
        authority = Authority(self.host, self.chosen(organisation_id)) if rows else None
        return [
            LogStamp(row.first, row.last, row.at, row.authority, row.token, partial(authority.judge, row.token))
            for row in rows
            if authority is not None
        ]

    def _try_now(self, organisation_id: UUID) -> None:
        try:
            self.stamp_now(organisation_id, AT_ONCE)
        except (Temporary, Permanent) as error:
            self.host.log.warning(
                "timestamps.not_stamped", organisation=str(organisation_id), error=type(error).__name__
            )

    def _rows(self, organisation_id: UUID, numbers: Sequence[int]) -> Sequence[Any]:
        with self.host.transaction(organisation_id) as connection:
            where = {"organisation": organisation_id, "numbers": list(numbers)}
            return QUERIES.stamps_of.all(connection, where)

    def _due(self, organisation_id: UUID) -> int:
        chosen = self.chosen(organisation_id)
        tried = self.last_try(organisation_id)
        pause = chosen.every if tried is None or not tried.faults else _pause(tried.faults)
        if not chosen.url or (tried and datetime.now(UTC) < tried.tried_at + pause):
            return 0
        try:
            self.stamp_now(organisation_id)
        except (Temporary, Permanent) as error:
            self.host.log.warning(
                "timestamps.not_stamped", organisation=str(organisation_id), error=type(error).__name__
            )
            return 0
        return 1

    def _note(self, organisation_id: UUID, fault: Sentence | None) -> None:
        tried = {"fault": fault.to_text() if fault else "", "tried_at": datetime.now(UTC)}
        made = insert(tries).values(organisation_id=organisation_id, faults=1 if fault else 0, **tried)
        counted = {"faults": tries.c.faults + 1 if fault else 0, **tried}
        with self.host.transaction(organisation_id) as connection:
            connection.execute(made.on_conflict_do_update(index_elements=["organisation_id"], set_=counted))


def _pause(faults: int) -> timedelta:
    return min(timedelta(seconds=30 * (1 << min(faults, 10))), LONGEST_PAUSE)
