"""The exact bytes of an attempt: stored before they are handed over, and handed over again unchanged."""

import contextlib
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from budkavle.cases import attachments as uploads
from budkavle.deliveries import queue
from budkavle.deliveries.queue import SMALL, Claim
from budkavle.model.errors import Conflict, Permanent
from budkavle.model.people import CORE_NAME, SystemActor
from budkavle.storage.database import ALL_CASES
from budkavle.storage.platform import Platform
from budkavle.storage.vault import Destroyed, Slot, part_aad

WIRE = "wire"
GONE = "Försändelsens innehåll har gallrats och kan inte skickas igen."


class LeaseLost(Conflict):
    """The lease is lost: another worker has the delivery, so nothing may be handed over."""

    slug, title = "lease-lost", "Någon annan har tagit över försändelsen"


@dataclass(slots=True)
class WireStore:
    """Stores the exact bytes durably before they are handed over.

    A repeated attempt after a crash hands over the same bytes, so that the peer can recognise them.
    """

    platform: Platform
    claim: Claim
    is_stored: bool
    """Whether they are already stored, so that handing over again repeats the same message."""
    slot: Slot | None

    def __call__(self, wire: bytes) -> bytes:
        """Store the bytes.

        Args:
            wire: The bytes that the transport has built.

        Returns:
            The bytes to hand over: those of an earlier attempt, if it stored some.

        Raises:
            LeaseLost: Another worker has the delivery.
        """
        organisation_id = self.claim.organisation_id
        # Before the write: if its answer is lost, the bytes may be there, and the next attempt uses them.
        self.is_stored = True
        if len(wire) <= SMALL:
            sealed = self.platform.vault.seal_small(organisation_id, f"{WIRE}:{self.claim.id}", wire, slot=self.slot)
            statement = queue.store_wire_statement(self.claim, sealed, None)
            done = bool(self.platform.database.at_once(organisation_id, statement, reader=ALL_CASES)[0])
        else:
            done = self._store_large(wire)
        return wire if done else self._load_earlier()

    def _store_large(self, wire: bytes) -> bool:
        platform, claim = self.platform, self.claim
        # The file is written outside the transaction, which would stay open while a slow store answers.
        blob = uploads.write_part(platform, claim.organisation_id, claim.id, WIRE, wire)
        with platform.work(SystemActor(claim.organisation_id, CORE_NAME)) as work:
            work.after_rollback(partial(uploads.remove, platform, [blob]))
            if queue.store_wire(work.connection, claim, None, blob.blob):
                platform.vault.store_keys(work.connection, claim.organisation_id, [(claim.id, WIRE, blob.key)])
                return True
        uploads.remove(platform, [blob])
        return False

    def _load_earlier(self) -> bytes:
        organisation_id, claim = self.claim.organisation_id, self.claim
        with self.platform.database.transaction(organisation_id, reader=ALL_CASES) as connection:
            stored = queue.load_wire(connection, claim)
        earlier_wire = stored and open_wire(self.platform, organisation_id, claim.id, stored.wire, stored.wire_blob)
        if not earlier_wire:
            raise LeaseLost("Någon annan har tagit över försändelsen.")
        return bytes(earlier_wire)


def open_wire(
    platform: Platform, organisation_id: UUID, delivery_id: UUID, sealed: bytes | None, blob: str | None
) -> bytes | None:
    """Return the exact bytes that were stored for a delivery; None if none were stored.

    Args:
        platform: The installation.
        organisation_id: The delivery's organisation.
        delivery_id: The delivery.
        sealed: The sealed bytes, if they are in the row.
        blob: The name of the sealed file, if they are in one.

    Raises:
        Permanent: Their key has been destroyed.
    """
    if sealed is not None:
        with contextlib.suppress(Destroyed):
            return platform.vault.open_small(organisation_id, f"{WIRE}:{delivery_id}", sealed)
        raise Permanent(GONE)
    if blob is None:
        return None
    with platform.database.transaction(organisation_id) as connection:
        (key,) = platform.vault.content_keys(connection, organisation_id, [(delivery_id, WIRE)])
    if key is None:
        raise Permanent(GONE)
    return platform.blobs.fetch(blob, key, part_aad(organisation_id, delivery_id, WIRE))
