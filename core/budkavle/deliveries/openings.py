"""Asking the transport of an incoming message whether it may be opened, and telling it of downloads."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

import structlog

from budkavle.cases import message_store
from budkavle.logs import describe
from budkavle.model.errors import BudkavleError, Unresponsive
from budkavle.model.messages import Message
from budkavle.model.sentences import Sentence
from budkavle.model.states import INCOMING, IncomingState, before
from budkavle.plugins.calls import call
from budkavle.plugins.protocols.base import MaybeAsync
from budkavle.plugins.protocols.transport import ClaimsOpening
from budkavle.plugins.transport_calls import transport_call
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Work


class _Queries(QueryFile):
    find_message_of_file: Statement


QUERIES = _Queries.load()

P = ParamSpec("P")
T = TypeVar("T")
SECONDS = 10.0
"""Timeout of a transport's answer, in seconds."""
FAILED = "Tillägget för {transport} svarade inte som det ska. Försök igen om en stund."
log = structlog.get_logger("budkavle.deliveries.openings")
_RECALLABLE = before(INCOMING, IncomingState.RECALLED)


def claim_openings(work: Work, messages: Iterable[Message]) -> frozenset[UUID]:
    """Claim the opening of a reader's messages from their transports; returns the ids of those that are recalled.

    Args:
        work: The unit of work; its actor is the reader. It is committed before a transport is asked.
        messages: The messages of the case, as they are about to be shown.
    """
    by_transport: defaultdict[str, list[Message]] = defaultdict(list)
    for message in messages:
        if message.state in _RECALLABLE and _claiming(work, message.transport):
            by_transport[message.transport].append(message)
    if by_transport:
        work.commit()  # a transport locks the senders' rows, one organisation at a time
    recalled: set[UUID] = set()
    for name, coming in by_transport.items():
        if transport := _claiming(work, name):
            recalled |= _ask(work, name, "open_messages", _ids, transport.open_messages, work.actor, coming)
    return frozenset(recalled)


def tell_downloaded(work: Work, attachment_id: UUID) -> None:
    """Tell the transport of a message that one of its files has been downloaded.

    Args:
        work: The unit of work. It is committed before the transport is told.
        attachment_id: The file.
    """
    key = {"organisation": work.organisation_id, "id": attachment_id}
    row = QUERIES.find_message_of_file.one_or_none(work.connection, key)
    transport = _claiming(work, row.transport) if row else None
    if row is None or transport is None:
        return
    sender = message_store.open_heads(work, {row.id: row.head})[row.id].sender(row.transport)
    work.commit()
    _ask(work, row.transport, "downloaded", transport.downloaded, sender, row.remote_id or "")


def _ask(
    work: Work, name: str, method: str, function: Callable[P, MaybeAsync[T]], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Ask a transport; errors that are not our own become `Unresponsive`, and the page can be opened again."""
    plugins = work.platform.plugins
    called = transport_call(plugins, name, method)
    try:
        return plugins.walls.ask(called, SECONDS, function, *args, **kwargs)
    except BudkavleError:
        raise
    except Exception as error:
        log.error("transport.not_asked", transport=name, **describe(error))  # noqa: TRY400 - the error may hold content
        raise Unresponsive(FAILED, transport=Sentence(plugins.transports[name].label)) from error


def _ids(method: Callable[..., Any], *values: object) -> frozenset[UUID]:
    """Return the ids that a transport gives; with anything else nobody knows what may be shown."""
    ids = list(call(method, *values))
    if not all(isinstance(message_id, UUID) for message_id in ids):
        raise TypeError("open_messages gives ids of messages")
    return frozenset(ids)


def _claiming(work: Work, name: str) -> ClaimsOpening | None:
    transport: object = work.platform.plugins.transports.get(name)
    return transport if isinstance(transport, ClaimsOpening) else None
