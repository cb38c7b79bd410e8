"""The input of the compose page: parsed from the form, and turned into a draft."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any
from uuid import UUID, uuid4

from budkavle.accounts.message_settings import MessageSettings
from budkavle.messaging.saved_drafts import recipient_key
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.model.loa import Loa
from budkavle.model.messages import Address, Draft, Person, Reference, Terms
from budkavle.web.http.forms import Form
from budkavle.web.views import code_systems

EXTRA = "extra."
"""Prefix of the fields of plugins' panels; the rest is the name in `Draft.extra`."""


@dataclass(slots=True)
class ReferenceRow:
    """A reference as it is being typed."""

    root: str = "dnr"
    value: str = ""
    party: str = "sender"
    label: str = ""


@dataclass(slots=True)
class PersonRow:
    """A person as it is being typed."""

    name: str = ""
    root: str = code_systems.PERSONAL_NUMBER
    value: str = ""
    party: str = "recipient"


@dataclass(slots=True)
class ComposeForm:
    """Everything on the page that the user can change; none of it is trusted.

    Attributes:
        kind: The kind of message; recipients are searched in its address books.
        recipients: Keys, see `key`.
        seen: The id of the last message of the thread that was shown.
        guests: The terms for people without an account, by e-mail address.
        kept_as: The id of the draft that this is saved as.
        forwards: The message that this forwards.
        level_reason: Why that is forwarded by a kind of message that requires no level of its reader.
        told: The functions whose readers the writer has been told about, before forwarding from a restricted case.
        once: The id of the message that this form becomes; sending the form twice sends one message.
        book: The open position in the address book, see `BookPlace`; empty if it is closed.
        book_words: The search words for it.
        text_words: The search words for ready texts.
        caret: The number of characters of the body before the writer's last caret position, if the browser gives it.
        approval_reason: A note to the approver, if the mailbox needs approval.
    """

    mailbox: UUID | None = None
    kind: str = ""
    recipients: list[str] = field(default_factory=list)
    query: str = ""
    subject: str = ""
    body: str = ""
    confidential: bool = False
    references: list[ReferenceRow] = field(default_factory=list)
    persons: list[PersonRow] = field(default_factory=list)
    attachments: list[UUID] = field(default_factory=list)
    extra: dict[str, str] = field(default_factory=dict)
    seen: str = ""
    loa: int = 0
    reply_allowed: bool = True
    open_text: str = ""
    guests: dict[str, Terms] = field(default_factory=dict)
    forwards: UUID | None = None
    level_reason: str = ""
    told: list[str] = field(default_factory=list)
    kept_as: UUID = field(default_factory=uuid4)
    once: UUID = field(default_factory=uuid4)
    approval_reason: str = ""
    book: str = ""
    book_words: str = ""
    text_words: str = ""
    caret: str = ""

    def draft(
        self, addresses: Mapping[str, Address], reply_to: UUID | None = None, terms: Mapping[str, Terms] | None = None
    ) -> Draft:
        """Return the draft to send.

        Args:
            addresses: Full addresses by key, such as those of the answered message; other keys become bare addresses.
            reply_to: The message that is answered.
            terms: How each reader without an account must identify, by the value of the address; None for kinds of
                message without levels.
        """
        return Draft(
            recipients=tuple(addresses.get(word) or address(word) for word in self.recipients),
            subject=self.subject,
            body=self.body,
            attachments=tuple(self.attachments),
            confidential=self.confidential,
            references=tuple(Reference(r.root, r.value, r.label, r.party) for r in self.references if r.value),
            persons=tuple(Person(p.root, p.value, p.name, p.party) for p in self.persons if p.value or p.name),
            reply_to=reply_to,
            forwards=self.forwards,
            level_reason=self.level_reason,
            once=self.once,
            extra={**self.extra, **({"seen": self.seen} if self.seen else {})},
            **self._level(terms),
        )

    def _level(self, terms: Mapping[str, Terms] | None) -> dict[str, Any]:
        if terms is None:
            return {}
        words = {"reply_allowed": self.reply_allowed, "open_text": self.open_text.strip()}
        return {"loa": Loa(self.loa), **words, "terms": terms}


key = recipient_key


def address(word: str) -> Address:
    """Return the bare address of a recipient's key."""
    transport, _, value = word.partition(":")
    return Address(transport, value)


def form_of_draft(draft: Draft, mailbox: UUID, kind: str, last_seen: str = "") -> ComposeForm:
    """Return the initial form of an answer or of a forwarded message."""
    return ComposeForm(
        mailbox=mailbox,
        kind=kind,
        recipients=[key(recipient) for recipient in draft.recipients],
        subject=draft.subject,
        body=draft.body,
        confidential=draft.confidential,
        references=[
            ReferenceRow(reference.root, reference.value, reference.party, reference.label)
            for reference in draft.references
        ],
        persons=[PersonRow(person.name, person.root, person.value, person.party) for person in draft.persons],
        attachments=list(draft.attachments),
        seen=last_seen,
        loa=int(draft.loa),
        forwards=draft.forwards,
    )


def read(form: Form, begin: MessageSettings) -> ComposeForm:
    """Parse the posted form; invalid ids are ignored.

    Args:
        form: The posted form.
        begin: Defaults for fields that the form lacked, as when another kind of message has just been chosen.
    """
    has_terms = bool(form.get("reply_asked"))
    return ComposeForm(
        mailbox=as_uuid(form.get("mailbox")),
        kind=form.get("kind"),
        recipients=list(dict.fromkeys(form.all("recipients"))),
        query=form.get("q"),
        subject=form.get("subject"),
        body=form.values.get("body", [""])[-1].replace("\r\n", "\n").strip("\n"),
        confidential=bool(form.get("confidential")),
        references=[ReferenceRow(*row) for row in _rows(form, "reference", ("root", "value", "party", "label"))],
        persons=[PersonRow(*row) for row in _rows(form, "person", ("name", "root", "value", "party"))],
        attachments=[attachment_id for word in form.all("attachment") if (attachment_id := as_uuid(word))],
        extra={name.removeprefix(EXTRA): form.get(name) for name in form.values if name.startswith(EXTRA)},
        seen=form.get("seen"),
        book=form.get("book"),
        book_words=form.get("book_words"),
        text_words=form.get("text_words"),
        caret=form.get("caret"),
        loa=int(level) if (level := form.get("loa")) in {"1", "2", "3"} else 0 if has_terms else begin.default_loa,
        reply_allowed=bool(form.get("reply_allowed")) if has_terms else begin.reply_allowed,
        open_text=form.values.get("open_text", [""])[-1].replace("\r\n", "\n").strip("\n"),
        guests={
            value: Terms(method, phone, number, language)
            for value, method, phone, number, language in _rows(
                form, "guest", ("value", "method", "phone", "personnummer", "language")
            )
            if value
        },
        forwards=as_uuid(form.get("forwards")),
        level_reason=form.get("level_reason"),
        told=form.all("told"),
        kept_as=as_uuid(form.get("draft")) or uuid4(),
        once=as_uuid(form.get("once")) or uuid4(),
        approval_reason=form.get("approval_reason"),
    )


def _rows(form: Form, name: str, parts: tuple[str, ...]) -> list[tuple[str, ...]]:
    columns = [[value.strip() for value in form.values.get(f"{name}.{part}", [])] for part in parts]
    return [tuple(row) for row in zip_longest(*columns, fillvalue="")]
