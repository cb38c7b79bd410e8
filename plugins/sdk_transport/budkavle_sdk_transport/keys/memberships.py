"""Which organisation of ours is which participant, and with which keys (feature SD18).

Every pair that is kept can open. One signs: a pair that was added to others first only opens, and signs from when it
is told to, or when its certificate has been seen published (`rolling`). The private keys are sealed with the
organisation's key, or never leave their token.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from uuid import UUID, uuid4

import psycopg
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from budkavle import Actor, ActorScope, Conflict, Host, NotFound, Unavailable, record
from budkavle.accounts import all_organisations
from budkavle_sdk_transport.keys import hardware_key
from budkavle_sdk_transport.keys.key_pair import KeyPair, load_key_pair

KEPT_SECONDS = 30.0
LABEL = "sdk.identity"
_ELSEWHERE = frozenset({"moving", "moved", "arriving", "removing"})
"""The states of organisations that another installation takes part for, or that take part no more."""
_ADD = text(
    "INSERT INTO sdk_identities (organisation_id, id, participant, pair, created_at, signs_from)"
    " VALUES (:organisation, :id, :participant, :pair, :at, :from)"
)


@dataclass(frozen=True, slots=True)
class MembershipKey:
    """A pair of an organisation's.

    Attributes:
        signs_from: From when it signs; None while it only opens.
    """

    id: UUID
    pair: KeyPair
    created_at: datetime
    signs_from: datetime | None


@dataclass(frozen=True, slots=True)
class Membership:
    """One organisation in the network.

    Attributes:
        participant: Such as `0203:habo.se`.
        own: Its pairs, the newest first.
    """

    organisation_id: UUID
    name: str
    participant: str
    own: tuple[MembershipKey, ...]

    @property
    def pairs(self) -> tuple[KeyPair, ...]:
        """The pairs that can open, the newest first."""
        return tuple(key.pair for key in self.own)

    @property
    def signer(self) -> KeyPair:
        """The pair that signs."""
        return self.signing.pair

    @property
    def signing(self) -> MembershipKey:
        """The same, with what is known of it: whose turn came last; where nobody's has come, the newest."""
        now = datetime.now(UTC)
        turns = [(key.signs_from, key) for key in self.own if key.signs_from is not None and key.signs_from <= now]
        return max(turns, key=lambda turn: turn[0])[1] if turns else self.own[0]


class Memberships:
    """All identities of this installation, read from the database and remembered for half a minute."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._lock = threading.Lock()
        self._known: tuple[Membership, ...] = ()
        self._read_at = 0.0
        self._pairs: dict[UUID, KeyPair] = {}
        self._unreadable: frozenset[UUID] = frozenset()

    @property
    def unreadable(self) -> frozenset[UUID]:
        """Organisations that take no part, since a key of theirs could not be read when it was last tried."""
        self.all()
        return self._unreadable

    def all(self, *, fresh: bool = False) -> tuple[Membership, ...]:
        """Return every organisation that takes part here; one that moves takes part in one installation at most."""
        with self._lock:
            if fresh or time.monotonic() - self._read_at > KEPT_SECONDS or not self._known:
                self._known = tuple(self._read())
                self._read_at = time.monotonic()
            return self._known

    def of_organisation(self, organisation_id: UUID) -> Membership | None:
        """Return the identity of an organisation, or None where it does not take part."""
        return self._first(lambda membership: membership.organisation_id == organisation_id)

    def of_participant(self, participant: str) -> Membership | None:
        """Return the organisation of ours that is this participant, or None."""
        return self._first(lambda membership: membership.participant == participant)

    def add(
        self,
        organisation_id: UUID,
        participant: str,
        pair: KeyPair,
        *,
        reference: str = "",
        opens_only: bool = False,
        actor: Actor | None = None,
    ) -> UUID:
        """Let an organisation take part, or give it a new pair; those that it has still open.

        Args:
            organisation_id: Whose.
            participant: Such as `0203:habo.se`.
            pair: The new one.
            reference: Where its key is, for one that lies in a token.
            opens_only: Let it open from now on, and sign later; see `sign_with`.
            actor: Who adds it, for the event log.
        """
        content = hardware_key.stored(reference, pair.certificate) if reference else pair.to_pem()
        sealed = self._host.vault.seal_small(organisation_id, LABEL, content)
        pair_id, now = uuid4(), datetime.now(UTC)
        row = {
            "organisation": organisation_id,
            "id": pair_id,
            "participant": participant,
            "pair": sealed,
            "at": now,
            "from": None if opens_only else now,
        }
        with self._host.work(actor or self._host.system(organisation_id)) as work:
            with self._host.tables(work) as connection:
                connection.execute(_ADD, row)
            record(
                work,
                "sdk.key-added",
                pair_id,
                serial=f"{pair.certificate.serial_number:x}",
                until=f"{pair.certificate.not_valid_after_utc:%Y-%m-%d}",
            )
        self.all(fresh=True)
        return pair_id

    def sign_with(self, organisation_id: UUID, pair_id: UUID, at: datetime | None = None) -> None:
        """Let a pair sign, from a time on; None means now.

        Raises:
            NotFound: There is no such pair.
        """
        self._own(organisation_id, pair_id)
        row = {"id": pair_id, "at": at or datetime.now(UTC)}
        self._do(organisation_id, "UPDATE sdk_identities SET signs_from = :at WHERE id = :id", row)

    def remove(self, organisation_id: UUID, pair_id: UUID) -> None:
        """Delete a pair: what is encrypted to it can never be decrypted again.

        Raises:
            NotFound: There is no such pair.
            Conflict: It is the one that signs.
        """
        membership = self._own(organisation_id, pair_id)
        if membership.signing.id == pair_id:
            raise Conflict("Nyckeln är den som skriver under. Låt en annan göra det först: budkavle sdk keys use")
        self._do(organisation_id, "DELETE FROM sdk_identities WHERE id = :id", {"id": pair_id})

    def _own(self, organisation_id: UUID, pair_id: UUID) -> Membership:
        self.all(fresh=True)
        membership = self.of_organisation(organisation_id)
        if membership is None or all(key.id != pair_id for key in membership.own):
            raise NotFound("Organisationen har ingen nyckel {id}.", id=str(pair_id))
        return membership

    def _do(self, organisation_id: UUID, statement: str, parameters: dict[str, object]) -> None:
        with self._host.transaction(organisation_id) as connection:
            connection.execute(text(statement), parameters)
        self.all(fresh=True)

    def _first(self, matches: Callable[[Membership], bool]) -> Membership | None:
        match = next(filter(matches, self.all()), None)
        return match or next(filter(matches, self.all(fresh=True)), None)

    def _read(self) -> Sequence[Membership]:
        memberships, unreadable = list[Membership](), set[UUID]()
        for organisation in all_organisations(self._host.platform, self._host.system(None, ActorScope.INSTALLATION)):
            organisation_id = organisation.id
            if organisation.state in _ELSEWHERE:
                continue
            try:
                membership = self._read_one(organisation_id, organisation.name)
            except (Unavailable, SQLAlchemyError, psycopg.Error):
                raise  # of the database, and nobody's keys
            except Exception as error:  # noqa: BLE001 - whatever it is, it is this organisation's alone
                parameters = {"organisation": str(organisation_id), "error": type(error).__name__}
                self._host.log.error("sdk.keys_unreadable", **parameters)  # noqa: TRY400 - the error may name the key
                unreadable.add(organisation_id)
                continue
            memberships += [membership] if membership else []
        self._unreadable = frozenset(unreadable)
        return memberships

    def _read_one(self, organisation_id: UUID, name: str) -> Membership | None:
        with self._host.transaction(organisation_id) as connection:
            rows = connection.execute(
                text(
                    "SELECT id, participant, pair, created_at, signs_from FROM sdk_identities ORDER BY created_at DESC"
                )
            ).all()
        if not rows:
            return None
        keys = tuple(
            MembershipKey(row.id, self._pair(organisation_id, row.id, row.pair), row.created_at, row.signs_from)
            for row in rows
        )
        return Membership(organisation_id, name, rows[0].participant, keys)

    def _pair(self, organisation_id: UUID, pair_id: UUID, sealed: bytes) -> KeyPair:
        """Open a pair once: a row never changes. It was tested when it came, and the seal says that it is the same."""
        if pair_id not in self._pairs:
            content = self._host.vault.open_small(organisation_id, LABEL, bytes(sealed))
            if hardware_key.is_stored(content):
                self._pairs[pair_id] = hardware_key.open_stored(content, self._host.settings.pkcs11)
            else:
                self._pairs[pair_id] = load_key_pair(content, tested=True)
        return self._pairs[pair_id]


@lru_cache(maxsize=8)
def memberships_of(host: Host) -> Memberships:
    """Return the identities of one installation, which remember what they have read."""
    return Memberships(host)
