"""One try of one delivery: what its transport gets, what may come of it, and writing that down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain, islice
from typing import TypeAlias
from uuid import UUID

import psycopg
import structlog

from budkavle import answers, audit, conversations, deliveries, uploads
from budkavle.calling import call
from budkavle.contracts import Backoff, Transport
from budkavle.database import Statement
from budkavle.deliveries import SMALL, Change, Claim, Loaded, Step
from budkavle.errors import Conflict, NotYet, Permanent, Temporary, Unavailable
from budkavle.failures import describe
from budkavle.messages import Outcome, Outgoing, Purpose
from budkavle.people import Actor
from budkavle.platform import Platform
from budkavle.states import DELIVERY, HANDED_OVER, TROUBLE, DeliveryState, may_follow
from budkavle.vault import part_aad

Asked: TypeAlias = tuple[Statement, Mapping[str, object]]
WIRE = "wire"
SWITCHED_OFF_PAUSE = timedelta(minutes=5)
_AGAIN = frozenset({DeliveryState.SEND_ATTEMPT_FAILED, DeliveryState.WAITING_FOR_RETRY})
log = structlog.get_logger("budkavle.worker")


class LeaseLost(Conflict):
    """The lease has run out and somebody else has the delivery; nothing may be handed over any more."""

    slug, title = "lease-lost", "Någon annan har tagit över försändelsen"


@dataclass(slots=True)
class _Keeper:
    """Makes the exact bytes durable before they are handed over (feature SD7)."""

    platform: Platform
    claim: Claim
    kept: bool
    """Whether the bytes are kept, so that they can be handed over once more."""

    def __call__(self, wire: bytes) -> bytes:
        """Keep the bytes, and return those that are to be handed over: an earlier try's, if it kept some."""
        organisation_id = self.claim.organisation_id
        self.kept = True
        if len(wire) <= SMALL:
            sealed = self.platform.vault.seal_small(organisation_id, f"{WIRE}:{self.claim.id}", wire)
            (rows,) = self.platform.database.at_once(organisation_id, deliveries.keeping(self.claim, sealed, None))
            done = bool(rows)
        else:
            done = self._keep_large(wire)
        return wire if done else self._earlier()

    def _keep_large(self, wire: bytes) -> bool:
        platform, claim = self.platform, self.claim
        blob = uploads.write_part(platform, claim.organisation_id, claim.id, WIRE, wire)
        with (
            uploads.or_remove(platform, [blob]),
            platform.database.transaction(claim.organisation_id) as connection,
        ):
            if deliveries.keep(connection, claim, None, blob.blob):
                platform.vault.keep_keys(connection, claim.organisation_id, [(claim.id, WIRE, blob.key)])
                return True
        uploads.remove(platform, [blob])
        return False

    def _earlier(self) -> bytes:
        organisation_id, claim = self.claim.organisation_id, self.claim
        with self.platform.database.transaction(organisation_id) as connection:
            stored = deliveries.kept(connection, claim)
        known = stored and open_wire(self.platform, organisation_id, claim.id, stored.wire, stored.wire_blob)
        if not known:
            raise LeaseLost("Någon annan har tagit över försändelsen.")
        return bytes(known)


@dataclass(frozen=True, slots=True)
class _Try:
    """A try under way, with what is needed to judge how it went."""

    loaded: Loaded
    started: datetime
    backoff: Backoff
    keeper: _Keeper

    @property
    def last(self) -> bool:
        """Whether this was the last try before a person is asked; their "försök igen" gives as many again."""
        return self.loaded.delivery.attempt % max(1, self.backoff.tries) == 0

    def steps(self, *more: tuple[DeliveryState, str]) -> list[Step]:
        now = datetime.now(UTC)
        first = Step(self.started, DeliveryState.SEND_IN_PROGRESS)
        return [first, *(Step(now, state, detail) for state, detail in more)]


@dataclass(frozen=True, slots=True)
class Ending:
    """How a try ended, where no more can follow from it than what is always the same; `finish` writes it down."""

    loaded: Loaded
    change: Change
    kept: bool
    """Whether the transport handed over kept bytes: then it may be done once more, and the peer knows them."""

    @property
    def asked(self) -> list[Asked]:
        """The statements that write it."""
        claim, delivery = self.loaded.claim, self.loaded.delivery
        if delivery.purpose is Purpose.MESSAGE:
            return [deliveries.settling(claim, self.change), deliveries.telling(claim)]
        released: Sequence[Asked] = ()
        if delivery.message_id is not None and self.change.state in HANDED_OVER:
            released = conversations.releasing(claim.organisation_id, delivery.message_id, claim.id)
        return [deliveries.settling(claim, self.change), *released]


def carry(platform: Platform, loaded: Loaded) -> Ending | None:
    """Try to hand over one delivery; return how it went, or None where that has been written already.

    Raises:
        Unavailable: The database does not answer; the lease runs out, and the delivery is tried again.
    """
    transport = platform.plugins.transports.get(loaded.delivery.transport)
    if transport is None:
        write(platform, loaded.claim, _switched_off(loaded))
        return None
    keeper = _Keeper(platform, loaded.claim, loaded.has_wire)
    one = _Try(loaded, datetime.now(UTC), transport.backoff, keeper)
    change = _attempt(platform, transport, one)
    if change is None:
        return None
    if change.state in TROUBLE or change.remote_id not in {None, str(loaded.claim.id)}:
        write(platform, loaded.claim, change)
        return None
    return Ending(loaded, change, keeper.kept)


def finish(platform: Platform, endings: Sequence[Ending]) -> None:
    """Do what `write` does for several tries, those of an organisation in one exchange and one transaction.

    Raises:
        Unavailable: The database does not answer; the leases run out, and the deliveries are tried again.
    """
    for organisation_id in {one.loaded.claim.organisation_id for one in endings}:
        own = [one for one in endings if one.loaded.claim.organisation_id == organisation_id]
        try:
            _finish(platform, organisation_id, own)
        except psycopg.Error:
            # Two that wait for each other's cases, say: what does not go together goes one by one.
            for one in own:
                _finish_alone(platform, one)


def write(platform: Platform, claim: Claim, change: Change) -> None:
    """Write how a try ended, with all that follows, in one transaction; then tell the plugins.

    Where a receipt has been faster only the peer's identifier is noted; where the lease is lost, nothing.
    """
    foreign = change.remote_id if change.remote_id != str(claim.id) else None
    with platform.database.transaction(claim.organisation_id) as connection:
        if foreign:
            answers.one_at_a_time(connection, claim.organisation_id, foreign)
        state, released = change.state, False
        moved = named = deliveries.settle(connection, claim, change)
        if moved is not None:
            before = DeliveryState.SEND_IN_PROGRESS
            released = answers.follow(platform, connection, claim.organisation_id, moved, state, before)
        elif change.remote_id:
            named = deliveries.name(connection, claim, change.remote_id)
        if named is not None and foreign:
            later = answers.adopt(connection, claim.organisation_id, named, foreign)
            if later is not None:
                released |= answers.follow(platform, connection, claim.organisation_id, named, later, state)
                moved, state = named, later
        if moved is not None and state is DeliveryState.SEND_FAILURE:
            actor = Actor(claim.organisation_id, name=moved.transport)
            audit.record(connection, actor, f"{moved.purpose}.parked", claim.id, transport=moved.transport)
    answers.tell(platform, claim.organisation_id, moved, state, released=released)


def _finish(platform: Platform, organisation_id: UUID, endings: Sequence[Ending]) -> None:
    asked = [one.asked for one in endings]
    durable = not all(one.kept for one in endings)
    answers_to = iter(platform.database.at_once(organisation_id, *chain.from_iterable(asked), durable=durable))
    for one, own in zip(endings, asked, strict=True):
        settled, *more = islice(answers_to, len(own))
        claim, state = one.loaded.claim, one.change.state
        if not settled and one.change.remote_id:
            platform.database.at_once(organisation_id, deliveries.naming(claim, one.change.remote_id))
        released = one.loaded.delivery.purpose is Purpose.RECEIPT and bool(more) and bool(more[-1])
        answers.tell(platform, organisation_id, settled[0] if settled else None, state, released=released)


def _finish_alone(platform: Platform, one: Ending) -> None:
    claim = one.loaded.claim
    try:
        _finish(platform, claim.organisation_id, [one])
    except psycopg.Error as error:  # its lease runs out, and it is tried again
        log.warning("delivery.not_written", delivery=str(claim.id), **describe(error))


def unreadable(platform: Platform, claim: Claim, error: Exception) -> None:
    """Park a delivery whose rows cannot be opened, so that the others go on (feature PL5)."""
    log.error("delivery.unreadable", delivery=str(claim.id), **describe(error))
    sentence = "Försändelsen går inte att läsa ur lagringen. Be driften titta på lagringen, och försök sedan igen."
    step = Step(datetime.now(UTC), DeliveryState.SEND_FAILURE, sentence)
    write(platform, claim, Change(DeliveryState.SEND_FAILURE, (step,), sentence))


def hand_back(platform: Platform, claim: Claim) -> None:
    """Let go of a delivery that has not been tried, so that another worker takes it at once."""
    write(platform, claim, Change(DeliveryState.WAITING_FOR_RETRY, (), uncounted=True))


def _attempt(platform: Platform, transport: Transport, one: _Try) -> Change | None:
    """Call the transport; a change for every way in which it may end, None where the lease was lost meanwhile."""
    try:
        return _change(call(transport.send, _outgoing(platform, one)), one, transport)
    except LeaseLost:
        log.warning("delivery.lease_lost", delivery=str(one.loaded.claim.id), transport=transport.name)
        return None
    except Permanent as error:
        return _parked(one, str(error))
    except NotYet as error:
        return Change(DeliveryState.WAITING_FOR_RETRY, (), str(error), pause=error.pause, uncounted=True)
    except (Temporary, Unavailable) as error:
        return _again(one, str(error))
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything, and fails alone
        facts = {"delivery": str(one.loaded.claim.id), "transport": transport.name, **describe(error)}
        log.error("delivery.plugin_failed", **facts)  # noqa: TRY400 - the error itself may hold content
        return _again(one, _misbehaved(transport))


def _change(outcome: object, one: _Try, transport: Transport) -> Change:
    """Judge what a transport returned; what is no outcome, or no possible state, is the plugin's fault."""
    if not isinstance(outcome, Outcome) or not may_follow(DELIVERY, DeliveryState.SEND_IN_PROGRESS, outcome.state):
        log.error("delivery.impossible_outcome", delivery=str(one.loaded.claim.id), transport=transport.name)
        return _again(one, _misbehaved(transport))
    name = outcome.remote_id and deliveries.clean(outcome.remote_id)
    if outcome.state in _AGAIN:
        return _again(one, outcome.detail, name)
    if outcome.state is DeliveryState.SEND_FAILURE:
        return _parked(one, outcome.detail, name)
    failure = outcome.detail if outcome.state in {DeliveryState.NOT_FOUND, DeliveryState.REJECTED} else ""
    return Change(outcome.state, one.steps((outcome.state, outcome.detail)), failure, name)


def _again(one: _Try, sentence: str, remote_id: str | None = None) -> Change:
    if one.last:
        tries = f"Det gick inte på {one.loaded.delivery.attempt} försök. Försök igen, eller välj en annan väg."
        return _parked(one, f"{sentence} {tries}".lstrip(), remote_id)
    steps = one.steps((DeliveryState.SEND_ATTEMPT_FAILED, sentence), (DeliveryState.WAITING_FOR_RETRY, ""))
    pause = deliveries.pause_after(one.backoff, one.loaded.delivery.attempt)
    return Change(DeliveryState.WAITING_FOR_RETRY, steps, sentence, remote_id, pause)


def _parked(one: _Try, sentence: str, remote_id: str | None = None) -> Change:
    steps = one.steps((DeliveryState.SEND_FAILURE, sentence))
    return Change(DeliveryState.SEND_FAILURE, steps, sentence, remote_id)


def _switched_off(loaded: Loaded) -> Change:
    name = loaded.delivery.transport
    sentence = f"Tillägget för {name} är avstängt. Försändelsen väntar och skickas när det är på igen."
    told = loaded.delivery.failure == sentence
    news = () if told else (Step(datetime.now(UTC), DeliveryState.WAITING_FOR_RETRY, sentence),)
    return Change(DeliveryState.WAITING_FOR_RETRY, news, sentence, pause=SWITCHED_OFF_PAUSE, uncounted=True)


def _misbehaved(transport: Transport) -> str:
    return f"Tillägget för {transport.label} svarade inte som det ska."


def _outgoing(platform: Platform, one: _Try) -> Outgoing:
    loaded = one.loaded
    message, organisation_id = loaded.message, loaded.claim.organisation_id
    attachments = message.attachments if message else ()
    return Outgoing(
        delivery=loaded.delivery,
        message=message,
        files=partial(uploads.read, platform, organisation_id, attachments),
        wire=open_wire(platform, organisation_id, loaded.claim.id, loaded.wire, loaded.wire_blob),
        keep=one.keeper,
        terms=loaded.terms,
    )


def open_wire(
    platform: Platform, organisation_id: UUID, delivery_id: UUID, sealed: bytes | None, blob: str | None
) -> bytes | None:
    """Return the exact bytes that were kept of a delivery, or None where none were.

    Raises:
        Permanent: Their key has been destroyed.
    """
    if sealed is not None:
        return platform.vault.open_small(organisation_id, f"{WIRE}:{delivery_id}", sealed)
    if blob is None:
        return None
    with platform.database.transaction(organisation_id) as connection:
        (key,) = platform.vault.content_keys(connection, organisation_id, [(delivery_id, WIRE)])
    if key is None:
        raise Permanent("Försändelsens innehåll har gallrats och kan inte skickas igen.")
    return platform.blobs.fetch(blob, key, part_aad(organisation_id, delivery_id, WIRE))
