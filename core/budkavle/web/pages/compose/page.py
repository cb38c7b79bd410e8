"""The template context of the page for writing a message."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Response
from markupsafe import Markup

from budkavle.cases.owned.sizes import most_of_installation
from budkavle.messaging import directories
from budkavle.messaging.case_view import case as read_case
from budkavle.messaging.recipients import Route, find_routes, search
from budkavle.model.messages import Address, Message
from budkavle.model.times import moment
from budkavle.plugins.protocols.adviser import Advice
from budkavle.plugins.protocols.directory import Entry, KeepsFavourites
from budkavle.plugins.protocols.transport import Capabilities
from budkavle.web.auth import Visitor
from budkavle.web.http.embedding import compose_template
from budkavle.web.http.forms import WebRequest
from budkavle.web.pages.case import case_context
from budkavle.web.pages.compose import book, recipients
from budkavle.web.pages.compose.context import Answered, ComposeContext
from budkavle.web.pages.compose.form import key
from budkavle.web.pages.compose.later import page_values
from budkavle.web.pages.compose.recipients import WITHOUT_ACCOUNT
from budkavle.web.pages.compose.state import ComposePage
from budkavle.web.pages.uploads import say_notes
from budkavle.web.views import code_systems
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import MY_MAILBOXES, mailbox_name, page
from budkavle.web.views.markdown import Drawing, markdown
from budkavle.web.views.message_view import author
from budkavle.web.views.panels import panels
from budkavle.web.views.render import size

FIELDS = (
    "mailbox",
    "recipients",
    "subject",
    "body",
    "attachments",
    "loa",
    "level_reason",
    "open_text",
    "references",
    "persons",
)
"""The order of the fields on the page, for the list of errors."""
SIDES = {
    "references": (("sender", N_("Vår")), ("recipient", N_("Mottagarens"))),
    "persons": (("sender", N_("Oss")), ("recipient", N_("Mottagaren"))),
}
TYPES = {
    "application/pdf": "PDF",
    "text/plain": N_("text"),
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/tiff": "TIFF",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel",
    "application/vnd.oasis.opendocument.text": "OpenDocument",
}
"""Names of file types for users."""
OFTEN = 5
"""How many of the most used recipients are listed before the user has typed."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A recipient to choose, with its details from the address book."""

    id: str
    name: str
    organisation: str
    identifier: str
    description: str
    keywords: tuple[str, ...]
    source: str
    favourite: bool
    can_be_favourite: bool
    detailed: bool = True
    """Whether it has more details than its name."""


def respond(request: WebRequest, compose_page: ComposePage, status: int = 200) -> Response[str]:
    """Answer with the page, or with only its form for a script that updates a part of it."""
    visitor, mailbox = compose_page.context.visitor, compose_page.context.mailbox
    with directories.collect_missing() as missing:
        context = (
            _whole(compose_page, request.scope["state"]["nonce"])
            | _recipients(compose_page)
            | _rows(compose_page)
            | _files(compose_page)
            | page_values(compose_page, compose_page.later)
        )
    context["missing"] = missing_books(visitor, missing)
    own_template = compose_template(request)
    context["csrf"] = visitor.session.csrf
    if own_template or request.headers.get("hx-request"):
        template = own_template or "fragments/compose_form.html"
        return visitor.pages.page(request, template, context, visitor.language, status)
    if compose_page.context.answered:
        return _below_thread(request, visitor, compose_page.context.answered, context, status)
    context["begins"] = request.method == "GET"
    return page(visitor, "pages/compose.html", context, mailbox_id=mailbox.id, status=status)


def _below_thread(
    request: WebRequest, visitor: Visitor, answered: Answered, context: Mapping[str, Any], status: int
) -> Response[str]:
    """Answer with the page of the case, with the form below its thread."""
    with visitor.work() as work:
        view = read_case(work, answered.case.id, opens=False)
    form = visitor.pages.text("fragments/compose_form.html", {**context, "lang": visitor.language}, visitor.language)
    whole = case_context(request, visitor, view) | {
        "answer": Markup(form),  # noqa: S704 - our own template, which has escaped its values
        "everybody": answered.everybody,
        "toasts": [],
    }
    mailbox_id, folder = view.case.mailbox_id, whole["folder"]
    return page(visitor, "pages/answer.html", whole, mailbox_id=mailbox_id, folder=folder, status=status)


def missing_books(visitor: Visitor, missing: Mapping[str, str]) -> list[str]:
    """Say which address books do not answer, so that nobody thinks that a short list is complete."""
    sentence = "Adressboken {book} svarar inte just nu, så alla mottagare syns inte."
    return [visitor.say(sentence, book=visitor.say(label) if label else name) for name, label in missing.items()]


def matching_recipients(context: ComposeContext, kind: str, query: str) -> list[Hit]:
    """Return the recipients that match; without search words the mailbox's favourites (features K1, K3).

    Without search words, only people saved as favourites are listed, and not the first twenty contacts of a book.
    """
    if not kind:
        return []
    with context.visitor.work() as work:
        entries = search(work, context.mailbox.id, kind, query)
    offered = context.kind_of(kind)
    if not query.strip() and offered and offered.capabilities.family:
        entries = [entry for entry in entries if entry.favourite]
    if not query.strip():
        with context.visitor.work() as work:
            often = directories.often_used(work, context.mailbox.id, kind, OFTEN)
        present = {key(entry.address) for entry in entries}
        entries += [entry for entry in often if key(entry.address) not in present]
    keeps = any(
        isinstance(directory, KeepsFavourites) for directory in context.visitor.platform.plugins.directories.values()
    )
    hits = [_hit(context, entry, can_be_favourite=keeps) for entry in entries]
    listed = {hit.id for hit in hits}
    return hits + [hit for hit in _typed(context, kind, query) if hit.id not in listed]


def _typed(context: ComposeContext, kind: str, query: str) -> list[Hit]:
    """Return the fully typed addresses, of people who are in no address book."""
    offered = context.kind_of(kind)
    if offered is None or not offered.capabilities.guests:
        return []
    emails, _ = recipients.addresses_in(query)
    bare = [Address(kind, email) for email in emails]
    with context.visitor.work() as work:
        ways = find_routes(work, context.mailbox.id, bare)
    return [_stranger(context, kind, email, way) for email, way in zip(emails, ways, strict=True)]


def _stranger(context: ComposeContext, kind: str, email: str, way: Route | None) -> Hit:
    if way and not way.transport.capabilities.guests:
        name, detail = str(way.recipient.name), way.recipient.organisation
    else:
        name, detail = email, context.visitor.say(WITHOUT_ACCOUNT)
    return Hit(f"{kind}:{email}", name, detail, email, "", (), "", False, False, detailed=False)


def _hit(context: ComposeContext, entry: Entry, *, can_be_favourite: bool) -> Hit:
    address = entry.address
    kind = next(
        (offered for offered in context.offers if address.transport in {offered.name, *offered.transports}), None
    )
    return Hit(
        id=key(address),
        name=address.name or address.value,
        organisation=address.organisation,
        identifier=address.value,
        description=entry.description,
        keywords=entry.keywords,
        source=context.visitor.say(entry.source),
        favourite=entry.favourite,
        can_be_favourite=can_be_favourite,
        detailed=not (kind and kind.capabilities.family),
    )


def advice_digest(advice: Sequence[Advice]) -> str:
    """Return a digest of the advice, so that the page knows whether the writer has seen it; empty without advice."""
    return hashlib.sha256("\n".join(str(remark) for remark in advice).encode()).hexdigest()[:16] if advice else ""


def _whole(compose_page: ComposePage, nonce: str) -> dict[str, Any]:
    context, form, say = compose_page.context, compose_page.form, compose_page.context.visitor.say
    kind = context.kind_of(form.kind)
    answered, draw = context.answered, Drawing(context.mailbox.organisation_id, say)
    cancel = answered.case_url if answered else f"/m/{context.mailbox.id}"
    order = [*FIELDS, *(name for name in compose_page.errors if name not in FIELDS)]
    return {
        "typed": form,
        "mailbox": context.mailbox,
        "approval_level": context.approval_level,
        "mailboxes": [(str(box.id), mailbox_name(context.visitor, box)) for box in context.mailboxes],
        "more_mailboxes": MY_MAILBOXES if context.hidden else "",
        "offers": context.offers,
        "kind": kind,
        "can": kind.capabilities if kind else Capabilities(),
        "answered": answered,
        "resumed": compose_page.resumed,
        "to_open": _opens_recipients(compose_page),
        "newer": [_message(compose_page, message, draw) for message in answered.newer] if answered else [],
        "action": answered.url if answered else "/compose",
        "cancel_url": cancel,
        "errors": {name: say(text) for name, text in compose_page.errors.items()},
        "summary": [(name, say(compose_page.errors[name])) for name in order if name in compose_page.errors],
        "notice_text": say(compose_page.notice.message, **compose_page.notice.facts) if compose_page.notice else "",
        "preview": markdown(form.body, say) if compose_page.preview else None,
        "organisation_name": context.visitor.session.organisation.name,
        "advice": [say(remark.sentence, **remark.facts) for remark in (*compose_page.advice, *compose_page.told)],
        "advised": advice_digest(compose_page.advice),
        "kept_text": compose_page.kept,
        "draft_url": answered.url if answered else f"/compose?mailbox={context.mailbox.id}",
        "panels": panels(context.visitor, "compose.options", _subject(compose_page), nonce),
        "texts": panels(context.visitor, "compose.texts", _about_texts(compose_page), nonce),
    }


def _opens_recipients(compose_page: ComposePage) -> bool:
    """Tell whether the recipients and the subject of an answer must be shown at once."""
    form, wrong = compose_page.form, {"mailbox", "recipients", "subject"} & compose_page.errors.keys()
    return bool(compose_page.to_open or wrong or form.query or not form.recipients)


def _recipients(compose_page: ComposePage) -> dict[str, Any]:
    context, form = compose_page.context, compose_page.form
    people = recipients.chosen(compose_page)
    safety = recipients.safety(compose_page, people)
    unknown = context.visitor.say(WITHOUT_ACCOUNT)
    open_book = book.opened(compose_page)
    return {
        "chosen": [
            {"id": person.word, "name": person.name, "detail": unknown if person.guest else person.address.organisation}
            for person in people
        ],
        "results": [] if open_book else matching_recipients(context, form.kind, form.query),
        "book": open_book
        and {**open_book, "rows": [_hit(context, entry, can_be_favourite=True) for entry in open_book["entries"]]},
        "can_browse": book.can_browse(context, form.kind),
        "query": form.query,
        "searched": bool(form.query),
        "open": compose_page.open or compose_page.unstar,
        "unstar": compose_page.unstar,
        "seen_by": recipients.as_seen(compose_page, people) if compose_page.preview and safety["safety"] else [],
        "forwarded_level": recipients.lost_level(compose_page),
        **safety,
    }


def _rows(compose_page: ComposePage) -> dict[str, Any]:
    say = compose_page.context.visitor.say
    return {
        "reference_roots": {root: say(word) for root, word in code_systems.REFERENCES.items()},
        "person_roots": {root: say(word) for root, word in code_systems.PERSONS.items()},
        "sides": {name: [(side, say(word)) for side, word in sides] for name, sides in SIDES.items()},
    }


def _files(compose_page: ComposePage) -> dict[str, Any]:
    kind = compose_page.context.kind_of(compose_page.form.kind)
    can = kind.capabilities if kind else Capabilities()
    words = [
        compose_page.context.visitor.say(TYPES[content_type])
        for content_type in can.content_types
        if content_type in TYPES
    ]
    return {
        "files": [
            {
                "id": str(file.id),
                "name": file.file_name,
                "size": file.size,
                "note": say_notes(compose_page.context.visitor, compose_page.file_notes.get(file.id, ())),
            }
            for file in compose_page.files
        ],
        "most_bytes": can.attachment_bytes if can.attachment_bytes is not None else can.max_bytes,
        "most_file_bytes": most_of_installation(compose_page.context.visitor.platform),
        "accept": ",".join(can.content_types),
        "accept_words": ", ".join(words),
    }


def _message(compose_page: ComposePage, message: Message, draw: Drawing) -> dict[str, Any]:
    language = compose_page.context.visitor.language
    return {
        "sender": author(compose_page.context.visitor, message),
        "at_iso": message.created_at.isoformat(),
        "at_text": moment(message.created_at, language),
        "subject": message.subject,
        "body": draw(message.body),
        "files": ", ".join(f"{file.file_name} ({size(file.size, language)})" for file in message.attachments),
    }


def _subject(compose_page: ComposePage) -> dict[str, Any]:
    """Return the values for a panel of `compose.options`; its fields are named `extra.NAME`, for `Draft.extra`."""
    form = compose_page.form
    return {"mailbox_id": compose_page.context.mailbox.id, "transport": form.kind, "values": dict(form.extra)}


def _about_texts(compose_page: ComposePage) -> dict[str, Any]:
    """Return the values for a panel of `compose.texts`."""
    return {"mailbox_id": compose_page.context.mailbox.id, "words": compose_page.form.text_words}
