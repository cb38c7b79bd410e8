"""The log of transfers: what went and came through the access point, by message id and transport id (feature SD19).

Source: B1.4.7 SAD 5.3.7.3 (both ids are logged); C1.5, section 8 (at least twelve months). Nothing is written for it:
it is read from what sending and receiving write anyway, which holds no content and stays when messages are destroyed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import text

from budkavle import Actor, DeliveryState, Host, Statement, read_evidence, require_admin
from budkavle_sdk_transport.envelope.xhe import read_envelope
from budkavle_sdk_transport.formats.identifiers import DOCUMENT_RECEIPT
from budkavle_sdk_transport.formats.xml import parse
from budkavle_sdk_transport.message.rules import is_uuid

MONTH: Final = timedelta(days=31)
Kind = Literal["message", "receipt"]
SHOWN: Final = 50


class Label(NamedTuple):
    """What is said of something, and the look of it on a page."""

    label: str
    look: str = "plain"


KINDS: Final[Mapping[tuple[str, str], Label]] = {
    ("out", "message"): Label(label="Meddelande ut"),
    ("out", "receipt"): Label(label="Kvittens ut"),
    ("in", "message"): Label(label="Meddelande in"),
    ("in", "receipt"): Label(label="Kvittens in"),
}
_WINDOW: Final = " AND {at} < :before AND {at} >= :since"
_SENT = Statement(
    "SELECT d.id, d.purpose, d.state, coalesce(m.remote_id, '') AS about, t.transport_id, t.at"  # noqa: S608 - constants
    " FROM deliveries d LEFT JOIN messages m ON d.purpose = 'receipt' AND m.organisation_id = d.organisation_id"
    "  AND m.id = d.message_id"
    " CROSS JOIN LATERAL (SELECT d.id::text AS transport_id, d.created_at AS at UNION ALL"
    "  SELECT r.transport_id, r.at FROM sdk_resends r WHERE r.organisation_id = d.organisation_id"
    "  AND r.delivery_id = d.id) t"
    " WHERE d.organisation_id = :organisation AND d.transport = 'sdk' AND d.state <> 'READY_TO_SEND'"
    " AND (:wanted = '' OR d.id = CAST(:id AS uuid) OR m.remote_id = :wanted)"
    + _WINDOW.format(at="t.at")
    + " ORDER BY t.at DESC LIMIT :most"
)
_CAME = Statement(
    "SELECT transport_id, message_id, document, sender, outcome, at FROM sdk_arrivals"  # noqa: S608 - constants
    " WHERE organisation_id = :organisation AND (:wanted = '' OR transport_id = :typed OR message_id = :wanted)"
    + _WINDOW.format(at="at")
    + " ORDER BY at DESC LIMIT :most"
)
_OF_RESEND = Statement(
    "SELECT delivery_id FROM sdk_resends WHERE organisation_id = :organisation AND transport_id = :wanted"
)


@dataclass(frozen=True, slots=True)
class Transfer:
    """One transfer through the access point.

    Attributes:
        at: When it was handed over, or fetched.
        direction: `out` or `in`.
        kind: Whether it carried a message or a message receipt.
        message_id: M.MessageId; of a receipt that of the message that it answers.
        transport_id: T.MessageId.
        outcome: Of what went out the delivery's state; of what came in what became of it.
        counterpart: The other participant, where it is known: a sender always, a recipient when one id is looked for.
    """

    at: datetime
    direction: Literal["out", "in"]
    kind: Kind
    message_id: str
    transport_id: str
    outcome: str
    counterpart: str = ""


def transfers(
    host: Host, actor: Actor, *, wanted: str = "", before: datetime | None = None, most: int = 50
) -> list[Transfer]:
    """Return transfers of the actor's organisation, the latest first.

    Args:
        host: The plugin's.
        actor: An administrator.
        wanted: A message id or a transport id; empty for all.
        before: Only older ones.
        most: How many.

    Raises:
        Forbidden: The actor does not administer the organisation.
    """
    require_admin(actor)
    typed, now = wanted.strip(), datetime.now(UTC)
    wanted = typed.lower()  # our own ids, and UUIDs, are kept in small letters; others' transport ids as they came
    parameters = {
        "organisation": actor.organisation_id,
        "typed": typed,
        "wanted": wanted,
        "id": None,
        "before": before or now + MONTH,
        "since": now - MONTH * host.settings.timing.log_months,
        "most": most,
    }
    with host.transaction(actor.organisation_id) as connection:
        resent = _OF_RESEND.one_or_none(connection, parameters) if wanted else None
        if resent is not None or is_uuid(wanted):
            parameters["id"] = resent.delivery_id if resent else UUID(wanted)
        came, rows = _CAME.all(connection, parameters), _SENT.all(connection, parameters)
    received = [
        Transfer(
            at=row.at,
            direction="in",
            kind="receipt" if row.document == DOCUMENT_RECEIPT else "message",
            message_id=row.message_id,
            transport_id=row.transport_id,
            outcome=row.outcome,
            counterpart=row.sender,
        )
        for row in came
    ]
    sent = [
        Transfer(
            at=row.at,
            direction="out",
            kind=row.purpose,
            message_id=row.about if row.purpose == "receipt" else str(row.id),
            transport_id=row.transport_id,
            outcome=row.state,
            counterpart=_recipient(host, actor, row.id) if wanted and row.state != DeliveryState.DELETED else "",
        )
        for row in rows
    ]
    return sorted([*received, *sent], key=lambda transfer: transfer.at, reverse=True)[:most]


def prune(host: Host, organisation_ids: Sequence[UUID]) -> int:
    """Forget what is older than the log is kept; return 0, since once a day is enough."""
    before = datetime.now(UTC) - MONTH * host.settings.timing.log_months
    for organisation_id in organisation_ids:
        with host.transaction(organisation_id) as connection:
            for table in ("sdk_arrivals", "sdk_resends"):
                connection.execute(text(f"DELETE FROM {table} WHERE at < :before"), {"before": before})  # noqa: S608
    return 0


def _recipient(host: Host, actor: Actor, delivery_id: UUID) -> str:
    with host.work(actor) as work:
        wire = read_evidence(work, delivery_id).wire
    return read_envelope(parse(wire)).recipient if wire else ""
