"""The transport `pigeon`, and what comes home."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from budkavle import (
    Actor,
    Address,
    Attachment,
    Backoff,
    Capabilities,
    DeliveryState,
    Draft,
    Fault,
    Host,
    Incoming,
    Outcome,
    Outgoing,
    Permanent,
    Receipt,
    ReceiptWords,
    Temporary,
)
from budkavle_pigeon.loft import Loft, letter

CARRIES = 5_000
"""Bytes; a pigeon carries five grams."""


class PigeonTransport:
    """Sends letters by pigeon. Its methods are async, since pigeons are."""

    name = "pigeon"
    label = "Brevduva"
    icon = "letter"
    capabilities = Capabilities(receipts=True, inbound=True, attachments=False, max_bytes=CARRIES)
    backoff = Backoff(tries=3)

    def __init__(self, loft: Loft) -> None:
        self._loft = loft

    async def check(self, actor: Actor, mailbox_id: UUID, draft: Draft, files: Sequence[Attachment]) -> list[Fault]:
        """Weigh the letter."""
        if files:
            return [Fault("attachments", "En brevduva bär bara brevet. Ta bort bilagorna.")]
        if len(draft.body.encode()) > CARRIES:
            return [Fault("body", "Brevet är för tungt för en brevduva. Korta texten.")]
        return []

    async def send(self, outgoing: Outgoing) -> Outcome:
        """Let a pigeon fly."""
        delivery, message = outgoing.delivery, outgoing.message
        if not delivery.recipient.value.startswith("loft "):
            raise Permanent("Duvslaget finns inte. Välj en adress som börjar med loft.")
        if self._loft.birds == 0:
            raise Temporary("Alla duvor är ute. Brevet går med nästa.")
        content = {
            "id": str(delivery.id),
            "to": delivery.recipient.value,
            "from": message.sender.value if message else "",
            "subject": message.subject if message else "",
            "body": message.body if message else "",
        }
        self._loft.let_fly(delivery.id, outgoing.wire or outgoing.keep(letter(content)))
        return Outcome(DeliveryState.WAITING_FOR_RECEIPT, remote_id=str(delivery.id), detail="Duvan har lyft")


class Rings:
    """Reads the ring of a pigeon that came back: `ring ID landed TIME` or `ring ID lost TIME`."""

    name = transport = "pigeon"

    def read(self, words: bytes, context: Mapping[str, str]) -> Receipt | None:
        """Read a ring."""
        try:
            ring, delivery, what, at = words.decode("ascii").split()
            state = {"landed": DeliveryState.ACKNOWLEDGED, "lost": DeliveryState.REJECTED}[what]
            when = datetime.fromisoformat(at).astimezone(UTC)
        except (ValueError, KeyError):
            return None
        if ring != "ring":
            return None
        return Receipt(UUID(context["organisation_id"]), "pigeon", delivery, state, when, evidence=words)


class Homing:
    """Takes in what has come home: letters and rings."""

    def __init__(self, host: Host, loft: Loft) -> None:
        self._host = host
        self._loft = loft

    def run(self) -> int:
        """Take in everything; what is taken in is thrown away, what is not stays to be looked at."""
        letters = [file for file in self._loft.arrivals(".json") if self._accept(file)]
        rings = [file for file in self._loft.arrivals(".ring") if self._receipt(file)]
        for file in (*letters, *rings):
            file.unlink()
        return len(letters) + len(rings)

    def _accept(self, file: Path) -> bool:
        content = json.loads(file.read_bytes())
        home = self._host.settings.homes.get(content["to"])
        if home is None:
            self._host.log.warning("pigeon.lost", file=file.name)
            return False
        self._host.accept(
            Incoming(
                organisation_id=home[0],
                transport="pigeon",
                remote_id=content["id"],
                sender=Address("pigeon", content["from"]),
                recipient=Address("pigeon", content["to"]),
                subject=content["subject"],
                body=content["body"],
                received_at=datetime.now(UTC),
            )
        )
        return True

    def _receipt(self, file: Path) -> bool:
        organisation_id = file.name.partition("_")[0]
        words = ReceiptWords(UUID(organisation_id), "pigeon", file.read_bytes())
        return self._host.receipt(words).receipt is not None
