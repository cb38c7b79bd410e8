"""The log of transfers: what went and came through the access point, by message id and transport id (feature SD19).

Source: B1.4.7 SAD 5.3.7.3 (both ids are logged); C1.5, section 8 (at least twelve months). Nothing is written for it:
it is read from what sending and receiving write anyway, which holds no content and stays when messages are destroyed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import text

from budkavle import Actor, ActorScope, DeliveryState, Host, Purpose
from budkavle.accounts import require_admin
from budkavle.deliveries import SentDelivery, SentFilter, read_evidence, sent_deliveries
from budkavle.storage import QueryFile, Statement
from budkavle_sdk_transport.envelope.xhe import read_envelope
from budkavle_sdk_transport.formats.identifiers import DOCUMENT_RECEIPT
from budkavle_sdk_transport.formats.xml import parse
from budkavle_sdk_transport.message.conversion import NAME
from budkavle_sdk_transport.message.rules import is_uuid

MONTH: Final = timedelta(days=31)
Kind = Literal["message", "receipt"]
SHOWN: Final = 50
_EVER: Final = datetime.min.replace(year=1900, tzinfo=UTC)


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


class _Queries(QueryFile):
    list_arrivals: Statement
    list_resends: Statement
    find_resent_delivery: Statement


QUERIES = _Queries.load()


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
        "before": before or now + MONTH,
        "since": now - MONTH * host.settings.timing.log_months,
        "most": most,
    }
    with host.transaction(actor.organisation_id) as connection:
        came = QUERIES.list_arrivals.all(connection, parameters)
    sent = _sent(host, actor, parameters)
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
    return sorted([*received, *sent], key=lambda transfer: transfer.at, reverse=True)[:most]


def _sent(host: Host, actor: Actor, parameters: Mapping[str, Any]) -> list[Transfer]:
    """Return what went out: each delivery by its own id, and again by each id that it was resent under."""
    organisation_id, wanted, most = actor.organisation_id, parameters["wanted"], parameters["most"]
    ids = _wanted_deliveries(host, organisation_id, wanted) if wanted else None
    window = SentFilter(parameters["since"], parameters["before"], only=ids, answers=wanted or None)
    with host.work(host.system(organisation_id, ActorScope.READ)) as work:
        deliveries = {one.id: one for one in sent_deliveries(work, NAME, window, most)}
        with host.tables(work) as connection:
            resent = QUERIES.list_resends.all(connection, {**parameters, "ids": list(deliveries) if wanted else None})
        if others := {row.delivery_id for row in resent} - set(deliveries):
            always = SentFilter(_EVER, parameters["before"], only=others)
            for one in sent_deliveries(work, NAME, always, len(others)):
                deliveries[one.id] = one
    times = [
        (one.id, str(one.id), one.created_at) for one in deliveries.values() if one.created_at >= parameters["since"]
    ]
    times += [(row.delivery_id, row.transport_id, row.at) for row in resent if row.delivery_id in deliveries]
    return [_transfer(host, actor, deliveries[of], transport_id, at, wanted=wanted) for of, transport_id, at in times]


def _wanted_deliveries(host: Host, organisation_id: UUID, wanted: str) -> list[UUID]:
    with host.transaction(organisation_id) as connection:
        resent = QUERIES.find_resent_delivery.one_or_none(
            connection, {"organisation": organisation_id, "wanted": wanted}
        )
    if resent is not None:
        return [resent.delivery_id]
    return [UUID(wanted)] if is_uuid(wanted) else []


def _transfer(
    host: Host, actor: Actor, sent: SentDelivery, transport_id: str, at: datetime, *, wanted: str
) -> Transfer:
    return Transfer(
        at=at,
        direction="out",
        kind="receipt" if sent.purpose is Purpose.RECEIPT else "message",
        message_id=sent.answers if sent.purpose is Purpose.RECEIPT else str(sent.id),
        transport_id=transport_id,
        outcome=sent.state.value,
        counterpart=_recipient(host, actor, sent.id) if wanted and sent.state is not DeliveryState.DELETED else "",
    )


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
