"""A message service in a process of its own, and what goes there."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from budkavle import Address, DeliveryState, Draft, Incoming, Person, Platform, Reason, Receipt, Reference
from budkavle.cases import list_sent, store_attachment
from budkavle.messaging import send
from budkavle.testing import acting
from budkavle.testing.acting import in_work
from budkavle.testing.working import do_job
from budkavle_message_api.upstream import connections

HABO = Address("sdk", "sdk:soc:0203:habo.se", "Socialtjänsten", "Håbo kommun", "0203:habo.se")
KISA = Address("sdk", "sdk:inkorg:0203:kisa.se", "Inkorg", "Kisa kommun", "0203:kisa.se")
PDF = b"%PDF-1.7\n%%EOF\n"


@dataclass
class Server:
    """The message service: its web server runs elsewhere, its worker here."""

    platform: Platform
    organisation_id: UUID
    base: str

    def statuses(self) -> list[str]:
        from sqlalchemy import text

        with self.platform.database.transaction(self.organisation_id) as connection:
            return [row.state for row in connection.execute(text("SELECT state FROM deliveries ORDER BY created_at"))]

    def answer(self, delivery_id: UUID, state: DeliveryState, *reasons: Reason) -> None:
        words = Receipt(self.organisation_id, "sdk", str(delivery_id), state, datetime.now(UTC), b"kv", reasons)
        acting.receipt(self.platform, words)

    def arrive(self, **more: Any) -> str:
        name = str(uuid4())
        values: dict[str, Any] = {"subject": "Svar", "body": "Tack.", "received_at": datetime.now(UTC), **more}
        acting.accept(self.platform, Incoming(self.organisation_id, "sdk", name, KISA, HABO, **values))
        return name

    def removed(self) -> int:
        from sqlalchemy import text

        with self.platform.database.transaction(self.organisation_id) as connection:
            return int(connection.execute(text("SELECT count(*) FROM message_api_removed")).scalar_one())


def send_message(api: Any, **more: Any) -> UUID:
    file = store_attachment(api.platform, api.habo.member, "a.pdf", "application/pdf", [PDF]).id
    to = Address("message_service", KISA.value)
    values: dict[str, Any] = {
        "subject": "Orosanmälan",
        "body": "Hej!",
        "attachments": (file,),
        "confidential": True,
        "references": (Reference("dnr", "2026/17", "Vårt"),),
        "persons": (Person("1.2.752.29.6.2.1", "SE1", "Karin"),),
        **more,
    }
    in_work(api.platform, api.habo.member, send, api.habo.mailbox.id, Draft((to,), **values))
    return UUID(str(sent_messages(api)[0].recipients[0].delivery_id))


def sent_messages(api: Any) -> list[Any]:
    return list(in_work(api.platform, api.habo.member, list_sent, api.habo.mailbox.id).items)


def state_of_sent(api: Any) -> DeliveryState:
    state: DeliveryState = sent_messages(api)[0].recipients[0].state
    return state


def poll(api: Any) -> None:
    do_job(api.platform, "message_api.poll")
    service = connections.of(api.host, api.habo.organisation.id)
    assert service is not None
    assert service.failure == ""
