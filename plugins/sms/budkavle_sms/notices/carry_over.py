"""Takes over messages that an older version has queued in this plugin's own table, as notices.

A message keeps its id, so that a gateway's report finds it. Finished ones stay in the old table until they are swept.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import RowMapping, and_, delete, func, or_
from sqlalchemy.dialects.postgresql import insert

from budkavle import Host, Invalid, Work
from budkavle.notices import Notice, NoticeKind, NoticeState, notify, report_notice
from budkavle_sms.notices.arrivals import TOPIC as ARRIVAL
from budkavle_sms.provider import TOPIC as CODE
from budkavle_sms.receipts import Reports
from budkavle_sms.tables import messages, outbox

HANDED_OVER = ("SENT", "UNSURE")


class _Content(msgspec.Struct, frozen=True):
    """The sealed content of a row; `text` is empty once it is sent."""

    to: str
    sender: str
    text: str


class OlderMessages:
    """The old table.

    Args:
        host: The plugin's host.
        reports: Matches the reports on them.
    """

    def __init__(self, host: Host, reports: Reports) -> None:
        self._host = host
        self._reports = reports

    def carry_over(self) -> int:
        """Take over all pending messages, and return the number. A job, as older workers may queue more."""
        return self._host.platform.in_each_organisation(self.carry_over_of)

    def carry_over_of(self, organisation_id: UUID) -> int:
        """Take over the pending messages of one organisation, and return the number."""
        with self._host.work(self._host.system(organisation_id)) as work:
            with self._host.tables(work) as connection:
                rows = connection.execute(_take(organisation_id)).mappings().all()
                named = [_register_row(row) for row in rows if row["gateway"]]
                if named:
                    connection.execute(insert(messages).values(named).on_conflict_do_nothing())
            for row in rows:
                self._ask(work, row)
        for row in rows:
            if row["remote_id"]:
                self._reports.match(row["gateway"], row["remote_id"])
        return len(rows)

    def sweep(self, organisation_id: UUID, keep: timedelta) -> int:
        """Delete messages of an organisation that ended long ago, and return the number of rows."""
        old = (outbox.c.organisation_id == organisation_id, outbox.c.created_at < func.now() - keep)
        with self._host.transaction(organisation_id) as connection:
            return connection.execute(delete(outbox).where(*old)).rowcount

    def forget(self, organisation_id: UUID, delivery_ids: Collection[UUID]) -> None:
        """Delete messages about deliveries that have been destroyed."""
        where = (outbox.c.organisation_id == organisation_id, outbox.c.delivery_id.in_(delivery_ids))
        with self._host.transaction(organisation_id) as connection:
            connection.execute(delete(outbox).where(*where))

    def _ask(self, work: Work, row: RowMapping) -> None:
        label = f"sms:{row['id']}"
        plain = self._host.vault.open_small(row["organisation_id"], label, row["sealed"])
        content = msgspec.json.decode(plain, type=_Content)
        is_code, delivery_id = row["kind"] == "code", row["delivery_id"]
        notice = Notice(
            NoticeKind.SMS,
            content.to,
            CODE if is_code else ARRIVAL,
            text=content.text,
            key=str(delivery_id or ""),
            about=delivery_id,
            expires_at=row["expires_at"],
            is_urgent=is_code,
            is_secret=is_code,
            id=row["id"],
        )
        try:
            notify(work, notice)
        except Invalid as error:
            self._host.log.warning("sms.not_carried_over", notice=str(row["id"]), reason=error.message)
            return
        if row["state"] in HANDED_OVER:
            report_notice(work, row["id"], NoticeState.SENT)


def _take(organisation_id: UUID) -> Any:
    # A message that a worker of the older version is sending now belongs to it until its lease expires.
    is_left = and_(outbox.c.state == "SENDING", outbox.c.due_at <= func.now())
    is_open = or_(outbox.c.state.in_(["WAITING", *HANDED_OVER]), is_left)
    return delete(outbox).where(outbox.c.organisation_id == organisation_id, is_open).returning(outbox)


def _register_row(row: RowMapping) -> dict[str, object]:
    return {
        "organisation_id": row["organisation_id"],
        "id": row["id"],
        "gateway": row["gateway"],
        "remote_id": row["remote_id"],
        "handed_at": row["changed_at"],
    }
