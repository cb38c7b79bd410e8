"""Which organisation of ours is which participant, and with which keys (feature SD18).

The newest pair signs; every pair that is kept can open. The private keys are sealed with the organisation's key.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import text

from budkavle import Host
from budkavle_sdk_transport.keys import KeyPair, load_key_pair

KEPT_SECONDS = 30.0
LABEL = "sdk.identity"


@dataclass(frozen=True, slots=True)
class Identity:
    """One organisation in the network.

    Attributes:
        participant: Such as `0203:habo.se`.
        pairs: The newest first.
    """

    organisation_id: UUID
    name: str
    participant: str
    pairs: tuple[KeyPair, ...]

    @property
    def signer(self) -> KeyPair:
        """The pair that signs."""
        return self.pairs[0]


class Identities:
    """All identities of this installation, read from the database and remembered for half a minute."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._lock = threading.Lock()
        self._known: tuple[Identity, ...] = ()
        self._read_at = 0.0
        self._pairs: dict[UUID, KeyPair] = {}

    def all(self, *, fresh: bool = False) -> tuple[Identity, ...]:
        """Return every organisation that takes part."""
        with self._lock:
            if fresh or time.monotonic() - self._read_at > KEPT_SECONDS or not self._known:
                self._known = tuple(self._read())
                self._read_at = time.monotonic()
            return self._known

    def of_organisation(self, organisation_id: UUID) -> Identity | None:
        """Return the identity of an organisation, or None where it does not take part."""
        return self._first(lambda one: one.organisation_id == organisation_id)

    def of_participant(self, participant: str) -> Identity | None:
        """Return the organisation of ours that is this participant, or None."""
        return self._first(lambda one: one.participant == participant)

    def add(self, organisation_id: UUID, participant: str, pair: KeyPair) -> None:
        """Let an organisation take part, or give it a new pair: the new one signs, the old ones still open."""
        sealed = self._host.vault.seal_small(organisation_id, LABEL, pair.to_pem())
        with self._host.transaction(organisation_id) as connection:
            connection.execute(
                text(
                    "INSERT INTO sdk_identities (organisation_id, id, participant, pair, created_at)"
                    " VALUES (:organisation, :id, :participant, :pair, :at)"
                ),
                {
                    "organisation": organisation_id,
                    "id": uuid4(),
                    "participant": participant,
                    "pair": sealed,
                    "at": datetime.now(UTC),
                },
            )
        self.all(fresh=True)

    def _first(self, wanted: Callable[[Identity], bool]) -> Identity | None:
        found = next(filter(wanted, self.all()), None)
        return found or next(filter(wanted, self.all(fresh=True)), None)

    def _read(self) -> Sequence[Identity]:
        with self._host.transaction(None) as connection:
            organisations = connection.execute(text("SELECT id, name FROM organisations")).all()
        found = [self._read_one(organisation, name) for organisation, name in organisations]
        return [one for one in found if one]

    def _read_one(self, organisation_id: UUID, name: str) -> Identity | None:
        with self._host.transaction(organisation_id) as connection:
            rows = connection.execute(
                text("SELECT id, participant, pair FROM sdk_identities ORDER BY created_at DESC")
            ).all()
        if not rows:
            return None
        pairs = tuple(self._pair(organisation_id, row.id, row.pair) for row in rows)
        return Identity(organisation_id, name, rows[0].participant, pairs)

    def _pair(self, organisation_id: UUID, pair_id: UUID, sealed: bytes) -> KeyPair:
        """Open a pair once: OpenSSL takes a tenth of a second to test its primes, and a row never changes."""
        if pair_id not in self._pairs:
            self._pairs[pair_id] = load_key_pair(self._host.vault.open_small(organisation_id, LABEL, bytes(sealed)))
        return self._pairs[pair_id]
