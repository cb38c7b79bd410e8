"""What a client asks for: filters that combine, and pages (B1.4.2, pages 7 and 8).

The OpenAPI file describes one parameter `filter` whose value is written `?filter[attribute]=value`; B1.4.2 uses
`filter[attribute]=value`. Generated clients send the first form, people the second. Both are accepted.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import get_args

from budkavle import Sentence
from budkavle_message_api.formats import Status
from budkavle_message_api.problems import BadRequest
from budkavle_message_api.settings import MessageApiSettings

_NAMED = re.compile(r"\??(?:(?:filter)?\[)?([A-Za-z.]+)\]?=(.*)", re.IGNORECASE | re.DOTALL)
"""`?filter[a]=b`, `filter[a]=b`, `[a]=b` and `a=b`, as the value of `filter`."""
_BRACKETED = re.compile(r"(?:filter|page)\[([A-Za-z.]+)\]", re.IGNORECASE)
_QUOTES = "\"'”“"
_RECIPIENTS = {"recipientattention.suborganization.extension", "handlingserviceid"}
_SENDERS = {"senderattention.suborganization.extension"}
_TEXTS, _FILES = {"contentbodytext", "contenttextbody"}, {"contentfiles"}
_NUMBERS, _SIZES = {"pagenumber", "number"}, {"size", "pagesize"}
LAST_PAGE = 1_000_000


@dataclass(frozen=True, slots=True)
class Selection:
    """What a client asks for; an empty set means all.

    Attributes:
        texts: Whether to include the text, when one message is read.
        files: Whether to include its files.
    """

    statuses: frozenset[str] = frozenset()
    recipients: frozenset[str] = frozenset()
    senders: frozenset[str] = frozenset()
    start: datetime | None = None
    stop: datetime | None = None
    number: int = 1
    size: int = 50
    texts: bool = True
    files: bool = True

    def takes(self, sender: str, recipient: str) -> bool:
        """Tell whether a message's function addresses match."""
        return (not self.recipients or recipient in self.recipients) and (not self.senders or sender in self.senders)


def parse(query: Iterable[tuple[str, str]], settings: MessageApiSettings) -> Selection:
    """Parse the query of a request.

    Raises:
        BadRequest: A filter is unknown, or its value is invalid.
    """
    selection = Selection(size=settings.page_size)
    for key, value in query:
        name, text = _pair(key, value)
        selection = _with(selection, name, text.strip().strip(_QUOTES), settings)
    return selection


def _pair(key: str, value: str) -> tuple[str, str]:
    if key.lower() == "filter":
        named = _NAMED.fullmatch(value.strip().strip(_QUOTES))
        if named is None:
            raise BadRequest("Ett filter skrivs filter[attribut]=värde.", "filter")
        return named[1], named[2]
    bracketed = _BRACKETED.fullmatch(key)
    return (bracketed[1] if bracketed else key), value


def _with(selection: Selection, name: str, value: str, settings: MessageApiSettings) -> Selection:
    attribute = name.lower()
    if attribute == "messagestatus":
        return replace(selection, statuses=selection.statuses | _statuses(value))
    if attribute in _RECIPIENTS:
        return replace(selection, recipients=selection.recipients | {value})
    if attribute in _SENDERS:
        return replace(selection, senders=selection.senders | {value})
    if attribute in {"creationdatetimestart", "creationdatetime"}:
        selection = replace(selection, start=moment(value, name))
        return replace(selection, stop=selection.start) if attribute == "creationdatetime" else selection
    if attribute == "creationdatetimestop":
        return replace(selection, stop=moment(value, name))
    return _shown(selection, name, value, settings)


def _shown(selection: Selection, name: str, value: str, settings: MessageApiSettings) -> Selection:
    attribute = name.lower()
    if attribute in _NUMBERS:
        return replace(selection, number=_number(value, name, LAST_PAGE))
    if attribute in _SIZES:
        return replace(selection, size=_number(value, name, settings.most_per_page))
    if attribute in _TEXTS:
        return replace(selection, texts=_yes(value, name))
    if attribute in _FILES:
        return replace(selection, files=_yes(value, name))
    if attribute == "digitaldocument":
        return replace(selection, texts=_yes(value, name), files=_yes(value, name))
    raise BadRequest("Det finns inget filter med det namnet. Se OpenAPI-filen.", "filter")


def moment(value: str, where: str) -> datetime:
    """Parse an ISO 8601 time; it is in UTC unless it says otherwise.

    Raises:
        BadRequest: It is not such a time.
    """
    try:
        moment = datetime.fromisoformat(value.replace(" ", "+"))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadRequest("Tiden skrivs enligt ISO 8601 i UTC, till exempel 2026-01-31T12:00:00.000Z.", where) from error


def _statuses(value: str) -> frozenset[str]:
    statuses = frozenset(status.strip() for status in value.split(","))
    if not statuses <= frozenset(get_args(Status)):
        raise BadRequest("Det finns ingen sådan meddelandestatus. Se KV Meddelandestatus.", "filter[messageStatus]")
    return statuses


def _number(value: str, where: str, most: int) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 9 and 0 < int(value) <= most):
        raise BadRequest(Sentence("Ange ett heltal från 1 till {most}.", most=most), where)
    return int(value)


def _yes(value: str, where: str) -> bool:
    if value.lower() not in {"true", "false"}:
        raise BadRequest("Ange true eller false.", where)
    return value.lower() == "true"


def pages(query: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return a query without the page number, for links to other pages."""
    return [(key, value) for key, value in query if _pair(key, value)[0].lower() not in _NUMBERS]
