"""The context of the compose page: the writer, the mailbox, the kinds of message, and the answered message."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from msgspec.structs import replace as replace_fields

from budkavle.accounts.message_settings import MessageSettings
from budkavle.accounts.permissions import NO_MAILBOX
from budkavle.cases.counts import senders
from budkavle.messaging import assurance, directories, drafts
from budkavle.messaging.case_view import CaseView
from budkavle.messaging.case_view import case as read_case
from budkavle.messaging.recipients import Kind, channels_of, sendable_kinds
from budkavle.messaging.saved_drafts import signature
from budkavle.model.errors import Conflict, NotFound
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.model.mailboxes import Case, FunctionMailbox, MailboxKind
from budkavle.model.messages import Address, Direction, Draft, Message
from budkavle.web.auth import Visitor
from budkavle.web.pages.compose.form import ComposeForm, form_of_draft, key
from budkavle.web.views.delivery_status import N_

LOST_MAILBOX = N_("Du kan inte längre skriva från den brevlåda som du valde. Kontrollera vilken du skickar från nu.")
LOST_CASE = N_(
    "Du når inte längre ärendet som du svarade i. Det du har skrivit finns kvar här som ett nytt meddelande."
    " Kontrollera vilken brevlåda du skickar från."
)
FRESH = "fresh"
"""In the query of a new answer that ignores an existing draft."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The message that is answered, in its case.

    Attributes:
        begin: The initial draft of the answer, to the sender alone or to everybody.
        several: Whether there are more people than the sender to answer.
        last: The id of the last message of the thread.
        newer: The messages that have come since the page was shown; shown before the answer may be sent.
        list_query: The part of the URL that says which list the case was opened from.
    """

    case: Case
    message: Message
    begin: Draft
    everybody: bool
    several: bool
    last: str
    newer: tuple[Message, ...] = ()
    list_query: str = ""

    @property
    def url(self) -> str:
        """The URL that the form is posted to."""
        return self._url(everybody=self.everybody)

    @property
    def to_everybody_url(self) -> str:
        """The URL for writing an answer to everybody."""
        return self._url(everybody=True)

    @property
    def case_url(self) -> str:
        """The URL of the case, next to the list that it was opened from."""
        return f"/c/{self.case.id}{self.list_query}"

    @property
    def fresh_url(self) -> str:
        """The URL of a new answer that ignores an existing draft."""
        return f"{self.url}&{FRESH}=1"

    def _url(self, *, everybody: bool) -> str:
        every = "&all=1" if everybody else ""
        return f"/c/{self.case.id}/reply?to={self.message.id}{every}{self.list_query.replace('?', '&', 1)}"


@dataclass(frozen=True, slots=True)
class ComposeContext:
    """Everything around the form.

    Attributes:
        mailboxes: Those that the writer may choose from; for an answer, only the case's.
        offers: The kinds of message that `mailbox` may send.
        hidden: How many more mailboxes the writer has than are listed to choose from.
    """

    visitor: Visitor
    mailboxes: tuple[FunctionMailbox, ...]
    mailbox: FunctionMailbox
    offers: tuple[Kind, ...]
    answered: Answered | None = None
    hidden: int = 0

    @property
    def answered_addresses(self) -> Mapping[str, Address]:
        """Addresses from the answered message; they need not be in any address book."""
        return {key(recipient): recipient for recipient in self.answered.begin.recipients} if self.answered else {}

    def kind(self, name_or_transport: str) -> str:
        """Return the name of the chosen kind, or of a transport's kind; the first one if that is not offered."""
        matches = (
            kind.name for kind in self.offers if name_or_transport == kind.name or name_or_transport in kind.transports
        )
        return next(matches, "") or next((kind.name for kind in self.offers), "")

    def kind_of(self, name: str) -> Kind | None:
        """Return the kind of message of that name, if it is offered."""
        return next((kind for kind in self.offers if kind.name == name), None)

    def clean(self) -> ComposeForm:
        """Return the initial form, before any input."""
        if self.answered is None:
            chosen = self.begin_with
            return ComposeForm(
                mailbox=self.mailbox.id,
                kind=self.kind(""),
                body=self.signature,
                loa=chosen.default_loa,
                reply_allowed=chosen.reply_allowed,
            )
        transport = self.kind(self.answered.message.transport)
        begin = replace(self.answered.begin, body=self.answered.begin.body + self.signature)
        return form_of_draft(begin, self.mailbox.id, transport, self.answered.last)

    @property
    def begin_with(self) -> MessageSettings:
        """Return the organisation's defaults for a new message; an answer has its own level."""
        chosen = self.visitor.settings(MessageSettings)
        levels = assurance.levels(self.visitor.session.organisation.settings)
        offered = {int(level.loa) for level in levels if level.on}
        loa = chosen.default_loa if chosen.default_loa in offered and self.answered is None else 0
        return replace_fields(chosen, default_loa=loa)

    @property
    def approval_level(self) -> int:
        """Return the lowest level whose messages a colleague must approve; 0 if there is none."""
        is_shared = self.mailbox.kind is MailboxKind.FUNCTION
        return self.visitor.settings(MessageSettings).approval_from_loa if is_shared else 0

    @property
    def signature(self) -> str:
        """Return the writer's signature, with space above it for the message; empty without one (U6)."""
        with self.visitor.work() as work:
            return signature(work)


def context_for_message(visitor: Visitor, mailbox_id: UUID | None) -> ComposeContext:
    """Return the context for a new message; by default from the first mailbox that is not the writer's own inbox.

    Raises:
        NotFound: The writer is not a member of the mailbox.
    """
    with visitor.work() as work:
        sending = senders(work, mailbox_id)
    ordered = sorted(sending.mailboxes, key=lambda box: box.kind is MailboxKind.PERSONAL)
    chosen = next((box for box in ordered if mailbox_id in {None, box.id}), None)
    if chosen is None:
        raise NotFound(NO_MAILBOX)
    with visitor.work() as work:
        offers = sendable_kinds(work, chosen, channels_of(visitor.session.organisation))
    return ComposeContext(visitor, tuple(ordered), chosen, tuple(offers), hidden=sending.hidden)


def context_of_typed(visitor: Visitor, mailbox_id: UUID | None) -> tuple[ComposeContext, dict[str, str]]:
    """Return the context of a message that has been typed, so that the text is not lost with its mailbox.

    Returns:
        The context, and an error if the writer can no longer write from the mailbox: then it is that of another one.
    """
    try:
        return context_for_message(visitor, mailbox_id), {}
    except NotFound:
        return context_for_message(visitor, None), {"mailbox": LOST_MAILBOX}


def context_without_case(visitor: Visitor) -> tuple[ComposeContext, dict[str, str]]:
    """Return the context of an answer that has been typed to a case that is not the writer's any more, and its error.

    It becomes a new message: the writer decides what to do with the text.
    """
    return context_for_message(visitor, None), {"mailbox": LOST_CASE}


def context_for_answer(
    visitor: Visitor, case_id: UUID, message_id: UUID | None, *, everybody: bool, list_query: str = ""
) -> ComposeContext:
    """Return the context for an answer; by default to the last incoming message.

    Raises:
        NotFound: The case or the message is not the writer's to read.
    """
    with visitor.work() as work:
        view = read_case(work, case_id)
    message = _answered(view, message_id)
    if message.direction is Direction.IN and not message.reply_allowed:
        raise Conflict(drafts.NO_ANSWERS)
    alone = context_for_message(visitor, view.case.mailbox_id)
    with visitor.work() as work:
        own_address = directories.own_address(work, alone.mailbox.id, message.transport)
    to_sender, to_everybody = (drafts.reply(message, own_address, thread) for thread in ((), _in_time(view)))
    answered = Answered(
        case=view.case,
        message=message,
        begin=to_everybody if everybody else to_sender,
        everybody=everybody,
        several=len(to_everybody.recipients) > len(to_sender.recipients),
        last=str(_in_time(view)[-1].id),
        list_query=list_query,
    )
    return replace(alone, mailboxes=(alone.mailbox,), hidden=0, answered=answered)


def with_news(context: ComposeContext, last_seen: str) -> ComposeContext:
    """Return the context as it is now, with the messages that have come since `last_seen`."""
    if context.answered is None:
        return context
    old = context.answered
    fresh = context_for_answer(
        context.visitor, old.case.id, old.message.id, everybody=old.everybody, list_query=old.list_query
    )
    with context.visitor.work() as work:
        view = read_case(work, old.case.id)
    if not fresh.answered:
        return fresh
    return replace(fresh, answered=replace(fresh.answered, newer=_since(view, as_uuid(last_seen))))


def _answered(view: CaseView, message_id: UUID | None) -> Message:
    thread = _in_time(view)
    if message_id is None:
        return next((entry for entry in reversed(thread) if entry.state is not None), thread[-1])
    message = next((entry for entry in thread if entry.id == message_id), None)
    if message is None:
        raise NotFound("Meddelandet som du svarar på finns inte kvar i den här brevlådan.")
    return message


def _since(view: CaseView, last_seen: UUID | None) -> tuple[Message, ...]:
    thread = _in_time(view)
    at = next((number for number, message in enumerate(thread) if message.id == last_seen), len(thread))
    return tuple(thread[at + 1 :])


def _in_time(view: CaseView) -> list[Message]:
    return sorted((entry.message for entry in view.thread), key=lambda message: message.created_at)
