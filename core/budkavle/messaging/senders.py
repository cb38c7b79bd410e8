"""A message's sender: the address book's name for the verified organisation, not the name that the sender claims.

A transport that verifies an organisation and a function, but not their names, sets `names_claimed`. The sender's own
claim is stored separately, to be shown as such. If no address book answers when the message is received, a job asks
again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

import structlog

from budkavle.cases import case_updates, message_store
from budkavle.logs import describe
from budkavle.model.errors import Damaged
from budkavle.model.messages import Address, Incoming, SenderCheck, other_name
from budkavle.model.people import Actor, ActorScope, SystemActor
from budkavle.plugins.breakers import Called
from budkavle.plugins.calls import call
from budkavle.plugins.protocols.directory import KnowsSenders, Listing
from budkavle.plugins.protocols.job import Job
from budkavle.storage.database import ResultRow
from budkavle.storage.pipeline import QueryFile, Statement, savepoint
from budkavle.storage.platform import Platform, Work

BATCH: Final = 50
"""Messages of one organisation that one run of the job checks."""
EVERY: Final = timedelta(minutes=1)


class _Queries(QueryFile):
    list_unchecked_transports: Statement
    list_unchecked: Statement
    load_unchecked: Statement
    store_verdict: Statement


QUERIES = _Queries.load()

SECONDS = 5.0
"""Seconds until an address book that has failed may be called again."""
log = structlog.get_logger("budkavle.messaging.senders")


@dataclass(frozen=True, slots=True)
class CheckedNames:
    """A sender and a recipient as shown, and the result of the check; see `Message`."""

    sender: Address
    recipient: Address
    claimed: Address | None = None
    check: SenderCheck | None = None

    @property
    def is_warned_of(self) -> bool:
        """Whether the check itself is a reason to warn; an unanswered check is not, since it is repeated."""
        if self.check is SenderCheck.CONFIRMED:
            return bool(other_name(self.claimed, self.sender))
        return self.check not in {None, SenderCheck.UNCHECKED}


def check_names(work: Work, incoming: Incoming) -> CheckedNames:
    """Ask the address books for the sender of a message and the name of its recipient."""
    sender, recipient = incoming.sender, incoming.recipient
    if not incoming.names_claimed:
        return CheckedNames(sender, recipient)
    listings = _listings(work, (sender, recipient))
    if not listings:
        return CheckedNames(_without_names(sender), _without_names(recipient), sender, SenderCheck.UNCHECKED)
    (shown, verdict), (addressed, _) = (
        _check_address(*pair) for pair in zip((sender, recipient), listings, strict=True)
    )
    return CheckedNames(shown, addressed, sender, verdict)


def jobs(platform: Platform) -> list[Job]:
    """Return the job that repeats unanswered checks of senders."""
    return [Job("senders", partial(check_again, platform), EVERY)]


def check_again(platform: Platform) -> int:
    """Ask the address books again; return how many messages now have an answer."""
    reads = frozenset({ActorScope.READ, ActorScope.RESTRICTED})
    return platform.in_each_organisation(lambda one: _check_organisation(platform, SystemActor(one, "senders", reads)))


def _check_organisation(platform: Platform, actor: Actor) -> int:
    with platform.work(actor) as work:
        waiting = QUERIES.list_unchecked_transports.all(work.connection, {"organisation": actor.organisation_id})
        answered = [row.transport for row in waiting if _is_answered(work, row.transport)]
    if not answered:
        return 0
    parameters = {"organisation": actor.organisation_id, "transports": answered, "most": BATCH}
    with platform.work(actor) as work:
        waiting = QUERIES.list_unchecked.all(work.connection, parameters)
    return sum(_checked(platform, actor, row) for row in waiting)


def _checked(platform: Platform, actor: Actor, row: ResultRow) -> bool:
    """Check the sender of one message; one that cannot be read keeps no other waiting."""
    try:
        return _check_message(platform, actor, row.id, row.case_id)
    except Damaged as error:
        log.warning("senders.not_checked", message=str(row.id), **describe(error))
        return False


def _is_answered(work: Work, transport: str) -> bool:
    """Tell whether an address book can now answer about a transport's senders."""
    return bool(_listings(work, [Address(transport, "")]))


def _check_message(platform: Platform, actor: Actor, message_id: UUID, case_id: UUID) -> bool:
    with platform.work(actor) as work:
        # As all that changes or destroys a case: whoever comes second sees the changes of the first.
        case_updates.lock_case(work, case_id)
        row = QUERIES.load_unchecked.one_or_none(
            work.connection, {"organisation": work.organisation_id, "message": message_id}
        )
        return row is not None and _rewrite(work, row)


def _rewrite(work: Work, row: ResultRow) -> bool:
    organisation_id = work.organisation_id
    head = message_store.open_heads(work, {row.id: row.head})[row.id]
    if head.claimed is None:  # its key has been destroyed
        return False
    addresses = (head.claimed, *head.recipients[:1])
    listings = _listings(work, addresses)
    if not listings:
        return False
    (sender, verdict), *others = (_check_address(*pair) for pair in zip(addresses, listings, strict=True))
    recipients = (*(address for address, _ in others), *head.recipients[1:])
    head = message_store.Head(head.subject, (sender,), recipients, head.on_behalf_of, head.claimed)
    sealed = work.vault.seal_again(work.connection, organisation_id, row.id, "head", message_store.encoded(head))
    if sealed is None:
        return False
    QUERIES.store_verdict.enqueue(
        work.connection, {"head": sealed, "verdict": verdict.value, "organisation": organisation_id, "message": row.id}
    )
    words = message_store.index_words(work, head, message_store.Body(""))
    case_updates.add_words(work, row.case_id, words)
    work.platform.database.notify(
        work.connection, {"o": organisation_id, "m": row.mailbox_id, "c": row.case_id, "k": "sender"}
    )
    return True


def _listings(work: Work, addresses: Sequence[Address]) -> list[Listing]:
    """Return the first answering address book's listing of each address; empty if none answers."""
    plugins = work.platform.plugins
    for name, directory in plugins.directories.items():
        if not isinstance(directory, KnowsSenders):
            continue
        try:
            with savepoint(work.connection):
                called = Called(plugins.owner("directories", name), "directories", f"{name}.listings")
                answer = plugins.walls.ask_here(called, SECONDS, _judged, directory.listings, work, addresses)
        except Exception as error:  # noqa: BLE001 - a plugin fails alone
            log.warning("senders.not_checked", directory=name, **describe(error))
            continue
        if answer and answer[0] is not None:
            return [listing or Listing() for listing in answer]
    return []


def _judged(method: Callable[..., Any], work: Work, addresses: Sequence[Address]) -> list[Listing | None]:
    """Return an address book's listings; anything but one for each address is no answer."""
    listings = list(call(method, work, addresses))
    if len(listings) != len(addresses) or not all(isinstance(one, Listing | None) for one in listings):
        raise TypeError("listings gives a Listing, or None, for each address")
    return listings


def _check_address(claimed: Address, listing: Listing) -> tuple[Address, SenderCheck]:
    """Return an address with only the address book's names, and the result of the check."""
    bare, function = _without_names(claimed), listing.function
    if function is not None and function.organisation_value == claimed.organisation_value:
        return replace(bare, name=function.name, organisation=function.organisation), SenderCheck.CONFIRMED
    if not listing.organisation:
        return bare, SenderCheck.UNKNOWN_ORGANISATION
    listed_address = replace(bare, organisation=listing.organisation)
    return listed_address, SenderCheck.UNKNOWN_FUNCTION if function is None else SenderCheck.OTHERS_FUNCTION


def _without_names(address: Address) -> Address:
    return replace(address, name="", organisation="")
