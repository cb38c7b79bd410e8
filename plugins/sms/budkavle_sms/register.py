"""Which gateway has which notice, under which identifier, and the last result with each gateway.

Messages wait in the core's outbox, and their state is the notice's. Reports of gateways are matched with the rows here.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from budkavle import Host, Sentence
from budkavle_sms.tables import gateways, messages


class Register:
    """The register of one installation.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    def begin(self, organisation_id: UUID, notice_id: UUID, gateway: str) -> None:
        """Record that a notice is about to be handed to a gateway, so that a crash in between is noticed."""
        row = {"organisation_id": organisation_id, "id": notice_id, "gateway": gateway, "handed_at": func.now()}
        write = insert(messages).values(row)
        again = {"gateway": gateway, "handed_at": func.now()}
        with self._host.transaction(organisation_id) as connection:
            connection.execute(write.on_conflict_do_update(index_elements=["organisation_id", "id"], set_=again))

    def take_back(self, organisation_id: UUID, notice_id: UUID) -> None:
        """Record that the gateway has not taken it, according to the gateway."""
        with self._host.transaction(organisation_id) as connection:
            connection.execute(delete(messages).where(*_this(organisation_id, notice_id)))

    def name(self, organisation_id: UUID, notice_id: UUID, remote_id: str) -> None:
        """Record the gateway's identifier."""
        with self._host.transaction(organisation_id) as connection:
            connection.execute(
                update(messages).where(*_this(organisation_id, notice_id)).values(remote_id=remote_id or None)
            )

    def is_begun(self, organisation_id: UUID, notice_id: UUID) -> bool:
        """Tell whether an earlier attempt began to hand it over, without a result."""
        query = select(messages.c.id).where(*_this(organisation_id, notice_id))
        with self._host.transaction(organisation_id) as connection:
            return connection.execute(query).one_or_none() is not None

    def find(self, gateway: str, remote_id: str) -> tuple[UUID, UUID] | None:
        """Return (organisation, notice) for a gateway's identifier; None if it is unknown."""
        query = text("SELECT organisation_id, id FROM sms_find_message(:gateway, :remote_id)")
        with self._host.transaction(None) as connection:
            row = connection.execute(query, {"gateway": gateway, "remote_id": remote_id}).one_or_none()
        return (row.organisation_id, row.id) if row else None

    def sweep(self, organisation_id: UUID, keep: timedelta) -> int:
        """Delete rows of messages that an organisation sent long ago, and return the number."""
        old = (messages.c.organisation_id == organisation_id, messages.c.handed_at < func.now() - keep)
        with self._host.transaction(organisation_id) as connection:
            return connection.execute(delete(messages).where(*old)).rowcount

    def note_gateway(self, name: str, failure: str = "") -> None:
        """Record the last result with a gateway, for the health page."""
        now = {"failed_at": func.now(), "failure": Sentence(failure).to_text()} if failure else {"well_at": func.now()}
        write = insert(gateways).values(name=name, **now)
        with self._host.transaction(None) as connection:
            connection.execute(write.on_conflict_do_update(index_elements=["name"], set_=now))

    def gateway(self, name: str) -> RowMapping | None:
        """Return the last results with a gateway; None if it has not been used."""
        with self._host.transaction(None) as connection:
            return connection.execute(select(gateways).where(gateways.c.name == name)).mappings().one_or_none()


def _this(organisation_id: UUID, notice_id: UUID) -> tuple[Any, Any]:
    return (messages.c.organisation_id == organisation_id, messages.c.id == notice_id)
