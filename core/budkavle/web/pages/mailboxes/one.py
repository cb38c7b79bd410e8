"""The tabs of a function mailbox: Information, Inställningar with its two parts, and API."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle.accounts import mailboxes
from budkavle.accounts.mailbox_list import Administrators, administrators
from budkavle.accounts.permissions import Standing
from budkavle.model.errors import Invalid
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.pages.mailboxes.tabs import (
    confirmation_text,
    form_context,
    head,
    kinds,
    mailbox_sections,
    managed,
    pieces,
    read_details,
    shared,
    stored_values,
    typed_values,
)
from budkavle.web.views.layout import page
from budkavle.web.views.render import LANGUAGES, grouped


@get("/mailboxes/{mailbox_id:uuid}", sync_to_thread=True)
def show(
    request: WebRequest, visitor: NamedDependency[Visitor], mailbox_id: FromPath[UUID], said: FromQuery[str] = ""
) -> Response[str]:
    """Show a mailbox's details and administrators (features F4, F9, F21)."""
    standing = shared(visitor, mailbox_id)
    with visitor.work() as work:
        people = administrators(work, mailbox_id)
    context = {
        **head(standing, "info"),
        "facts": _facts(visitor, standing.mailbox, people),
        "pieces": pieces(request, visitor, standing, "mailbox.information"),
        "is_admin": visitor.actor.is_admin,
        "said": confirmation_text(visitor, said),
    }
    return page(visitor, "pages/mailbox.html", context, mailbox_id=mailbox_id, folder="mailboxes")


@get("/mailboxes/{mailbox_id:uuid}/settings", sync_to_thread=True)
def show_settings(
    request: WebRequest, visitor: NamedDependency[Visitor], mailbox_id: FromPath[UUID], said: FromQuery[str] = ""
) -> Response[str]:
    """Show the settings for all messages of a mailbox to its administrators (features F6, F8)."""
    standing = managed(visitor, mailbox_id)
    typed = stored_values(visitor, standing.mailbox)
    return _settings_page(request, visitor, standing, typed, {}, notice=confirmation_text(visitor, said))


@post("/mailboxes/{mailbox_id:uuid}/settings", sync_to_thread=True)
def save(
    request: WebRequest, visitor: NamedDependency[Visitor], form: NamedDependency[Form], mailbox_id: FromPath[UUID]
) -> Response[Any]:
    """Change a mailbox's name, purpose, language and kinds of message (feature F6)."""
    standing = managed(visitor, mailbox_id)
    try:
        details = read_details(visitor, form, standing.mailbox.transports)
        with visitor.work() as work:
            mailboxes.update_mailbox(work, mailbox_id, **details)
            if form.get("default") and not standing.mailbox.default:
                mailboxes.make_default(work, mailbox_id)
            if visitor.actor.is_admin:
                mailboxes.set_needs_approval(work, mailbox_id, needed=bool(form.get("needs_approval")))
    except Invalid as error:
        return _settings_page(request, visitor, standing, typed_values(form), error.fields)
    return Redirect(f"/mailboxes/{mailbox_id}/settings?said=saved", status_code=303)


@get("/mailboxes/{mailbox_id:uuid}/systems", sync_to_thread=True)
def show_systems(
    request: WebRequest, visitor: NamedDependency[Visitor], mailbox_id: FromPath[UUID], said: FromQuery[str] = ""
) -> Response[str]:
    """Show the addresses by which other systems reach a mailbox, such as an SDK identifier or a fax number."""
    standing = managed(visitor, mailbox_id)
    context = {
        **head(standing, "settings", "systems"),
        "kinds": _kinds_in_use(visitor, standing.mailbox),
        "pieces": pieces(request, visitor, standing, "mailbox.systems"),
        "said": confirmation_text(visitor, said),
    }
    return page(visitor, "pages/mailbox_systems.html", context, mailbox_id=mailbox_id, folder="mailboxes")


@get("/mailboxes/{mailbox_id:uuid}/api", sync_to_thread=True)
def show_api(request: WebRequest, visitor: NamedDependency[Visitor], mailbox_id: FromPath[UUID]) -> Response[str]:
    """Show which business systems use a mailbox through an API, to its administrators (features F7, O13)."""
    standing = managed(visitor, mailbox_id)
    context = {**head(standing, "api"), "pieces": pieces(request, visitor, standing, "mailbox.api"), "said": ""}
    return page(visitor, "pages/mailbox_api.html", context, mailbox_id=mailbox_id, folder="mailboxes")


def _settings_page(
    request: WebRequest,
    visitor: Visitor,
    standing: Standing,
    typed: Mapping[str, Any],
    faults: Mapping[str, str],
    *,
    notice: str = "",
) -> Response[str]:
    context = {
        **head(standing, "settings", "all"),
        **form_context(visitor, typed, faults),
        "said": notice,
        "pieces": pieces(request, visitor, standing, "mailbox.settings"),
        "is_admin": visitor.actor.is_admin,
        "sections": mailbox_sections(visitor, standing),
    }
    box, status = standing.mailbox.id, 422 if faults else 200
    return page(visitor, "pages/mailbox_settings.html", context, mailbox_id=box, folder="mailboxes", status=status)


def _kinds_in_use(visitor: Visitor, mailbox: FunctionMailbox) -> Sequence[str]:
    labels = {key: text for key, text, _ in kinds(visitor)}
    return [labels.get(transport, transport) for transport in mailbox.transports or labels]


def _facts(visitor: Visitor, mailbox: FunctionMailbox, people: Administrators) -> list[tuple[str, str]]:
    say, more = visitor.say, people.many - len(people.names)
    names = [*people.names, *([say("och {number} till", number=more)] if more else [])]
    default_text = say("Brevlådan tar emot det som inte hör hemma i någon annan brevlåda.") if mailbox.default else ""
    approval = say("Det som skickas från brevlådan godkänns först av en kollega.") if mailbox.needs_approval else ""
    terms = [
        (say("Beskrivning"), mailbox.description),
        (say("Språk"), LANGUAGES.get(mailbox.language, mailbox.language)),
        (say("Typer av meddelanden"), ", ".join(_kinds_in_use(visitor, mailbox))),
        (say("Användare"), grouped(people.members, visitor.language)),
        (say("Administratörer"), ", ".join(names)),
        *((say(term), text) for term, text in (("Övrigt", f"{default_text} {approval}".strip()),) if text),
    ]
    return [(term, text or "–") for term, text in terms]


HANDLERS = [show, show_settings, save, show_systems, show_api]
