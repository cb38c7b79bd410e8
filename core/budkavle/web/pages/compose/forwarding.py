"""Forwarding to another function of the organisation: choosing it, and finding its address."""

from collections.abc import Collection
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from budkavle.accounts.permissions import require_writer
from budkavle.cases.inbox import case_item
from budkavle.cases.teamwork.moving import Target, find_target, list_targets
from budkavle.messaging import directories, drafts
from budkavle.model.errors import Conflict
from budkavle.model.mailboxes import Case
from budkavle.model.messages import Address, Draft
from budkavle.plugins.protocols.adviser import Advice
from budkavle.storage.platform import Work
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.pages.compose.context import ComposeContext
from budkavle.web.pages.teamwork.choosing import choice_page, list_address
from budkavle.web.pages.teamwork.confirmations import case_url, list_query
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import page

NOTHING_CHOSEN = N_("Välj vart meddelandet ska vidarebefordras.")
GOES_TO = N_(
    "Ärendet är begränsat. Alla som läser {mailbox} kommer att se meddelandet och dess bilagor, för begränsningen"
    " följer inte med dit. Läsare: {names}."
)
GOES_TO_MANY = N_(
    "Ärendet är begränsat. Alla som läser {mailbox} kommer att se meddelandet och dess bilagor, för begränsningen"
    " följer inte med dit. Läsare: {names} och {more} till."
)
GOES_TO_NOBODY = N_(
    "Ärendet är begränsat. Alla som läser {mailbox} kommer att se meddelandet och dess bilagor, för begränsningen"
    " följer inte med dit. Ingen läser den brevlådan just nu."
)
READERS_UNKNOWN = N_(
    "Ärendet är begränsat. Adressboken svarar inte, så vi vet inte vilka som kommer att läsa meddelandet hos"
    " {recipient}. Begränsningen följer kanske inte med dit."
)
NO_ADDRESS = "Brevlådan tar inte emot något slag av meddelande som kan skickas härifrån."


@get("/c/{case_id:uuid}/forward", sync_to_thread=True)
def show(request: WebRequest, visitor: NamedDependency[Visitor], case_id: FromPath[UUID]) -> Response[str]:
    """Show the function mailboxes that a message of the case can be forwarded to."""
    return functions_page(request, visitor, case_id)


def functions_page(request: WebRequest, visitor: Visitor, case_id: UUID, fault: str = "") -> Response[str]:
    """Answer with the page for choosing a function."""
    address = list_address(request)
    with visitor.work() as work:
        case = case_item(work, case_id)
        require_writer(work, case.mailbox_id)
        targets = list_targets(work, case.mailbox_id, address.words, address.place)
    return choice_page(request, visitor, "pages/case_forward.html", case, targets, targets=targets.items, fault=fault)


def question_page(request: WebRequest, visitor: Visitor, case: Case, mailbox_id: UUID, form: Form) -> Response[str]:
    """Show who will read a message of a restricted case, before it is forwarded to a function."""
    with visitor.work() as work:
        require_writer(work, case.mailbox_id)
        target = find_target(work, mailbox_id)
    context = {
        "case": case,
        "target": target,
        "more": target.readers - len(target.names),
        "message": form.get("message"),
        "query": list_query(request),
        "back_url": case_url(request, case.id),
    }
    return page(visitor, "pages/case_forward_question.html", context, mailbox_id=case.mailbox_id, folder="inbox")


def find_address(context: ComposeContext, mailbox_id: UUID) -> Address:
    """Return an address of a function mailbox, preferably of a kind of message that keeps the level.

    Raises:
        Conflict: No kind of message that may be sent from here reaches it.
    """
    kinds = sorted(context.offers, key=lambda kind: not kind.capabilities.family)
    with context.visitor.work() as work:
        for transport in (name for kind in kinds for name in kind.transports):
            own_address = directories.own_address(work, mailbox_id, transport)
            if own_address is not None:
                return own_address
    raise Conflict(NO_ADDRESS)


def ask_readers(work: Work, draft: Draft, told: Collection[str]) -> list[Advice]:
    """Warn if a message of a restricted case goes to functions where it will not be restricted; see `question_page`.

    Args:
        work: The unit of work; its actor is the writer.
        draft: The message so far.
        told: The ids of the functions that the writer has already been warned about.
    """
    new = drafts.find_new_readers(work, draft)
    targets = [target for target in new.targets if str(target.id) not in told]
    return [
        *(Advice("recipients", _question(target), facts=_readers(target)) for target in targets),
        *(Advice("recipients", READERS_UNKNOWN, facts={"recipient": str(recipient)}) for recipient in new.unknown),
    ]


def _question(target: Target) -> str:
    if not target.names:
        return GOES_TO_NOBODY
    return GOES_TO_MANY if target.readers > len(target.names) else GOES_TO


def _readers(target: Target) -> dict[str, object]:
    names = ", ".join(target.names)
    return {"mailbox": target.name, "names": names, "more": target.readers - len(target.names)}


HANDLERS = [show]
