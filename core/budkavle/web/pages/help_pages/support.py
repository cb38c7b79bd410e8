"""Hjälp: help texts, a form to the organisation's own support, and the supplier's contact details (feature M19).

A reader who is not signed in gets the help texts for readers and the contact details, but no form.
"""

import contextlib
import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect

from budkavle.accounts import mailboxes, organisations
from budkavle.accounts.permissions import require_admin
from budkavle.accounts.profile import InformationSettings
from budkavle.messaging import assurance, directories, sending
from budkavle.model.errors import Conflict, Invalid
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.model.mailboxes import MailboxKind
from budkavle.model.messages import Address, Draft
from budkavle.web import identification
from budkavle.web.auth import Visitor, platform_of, visitor_or_none
from budkavle.web.help_texts import texts_for
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.pages.help_pages.texts import groups_of, guest_texts
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import page

SUPPORT = "support_mailbox"
"""The organisation's setting: the id of the function mailbox for support requests; none, or one."""
SAID = {"sent": N_("Ditt ärende är skickat till supporten. Svaret kommer till din inkorg."), "": ""}
SAVED = N_("Ändringarna är sparade.")


@get("/help", sync_to_thread=True)
def show(request: WebRequest, said: FromQuery[str] = "", q: FromQuery[str] = "") -> Response[str]:
    """Show the help page, or the help texts that match the search."""
    visitor = visitor_or_none(request)
    if visitor is None:
        supplier = _pieces(platform_of(request).settings.supplier)
        groups = groups_of(guest_texts(request), q)
        context = {"supplier": supplier, "support": "", "member": False, "groups": groups, "query": q}
        return identification.page(request, "pages/help.html", context)
    return _page(visitor, {}, notice=SAID.get(said, ""), query=q)


@post("/help", sync_to_thread=True)
def ask(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Send a request for help to the support's mailbox, where it becomes a case."""
    to = _support(visitor)
    if to is None:
        raise Invalid("Din organisation har inte valt någon brevlåda för support. Fråga din administratör.")
    typed = {name: form.get(name) for name in ("subject", "body", "once")}
    with visitor.work() as work:
        offered = [level.loa for level in assurance.offered(work)]
    draft = Draft((to,), typed["subject"], typed["body"], loa=min(offered), once=as_uuid(typed["once"]) or uuid4())
    personal_id = mailboxes.personal_id(visitor.session.user.id)
    try:
        # A conflict means that this form has already been sent, as by a double click.
        with contextlib.suppress(Conflict), visitor.work() as work:
            sending.send(work, personal_id, draft)
    except Invalid as error:
        fault = "" if error.fields else visitor.say(error.sentence)
        return _page(visitor, typed, faults=error.fields, fault=fault, status=422)
    return Redirect("/help?said=sent", status_code=303)


@get("/organisation/help", sync_to_thread=True)
def show_support(visitor: NamedDependency[Visitor], said: FromQuery[str] = "") -> Response[str]:
    """Show which function mailbox gets support requests."""
    require_admin(visitor.actor)
    with visitor.work() as work:
        boxes = mailboxes.all_mailboxes(work)
    context = {
        "boxes": [(str(box.id), box.name) for box in boxes if box.kind is MailboxKind.FUNCTION],
        "chosen": str(_chosen(visitor) or ""),
        "said": visitor.say(SAVED) if said else "",
    }
    return page(visitor, "pages/organisation_help.html", context, folder="organisation")


@post("/organisation/help", sync_to_thread=True)
def choose_support(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Choose the mailbox for support requests, or none."""
    require_admin(visitor.actor)
    mailbox_id = as_uuid(form.get("mailbox"))
    with visitor.work() as work:
        known_ids = {box.id for box in mailboxes.all_mailboxes(work)}
    if form.get("mailbox") and mailbox_id not in known_ids:
        raise Invalid("Brevlådan finns inte längre. Öppna sidan på nytt och välj en annan.")
    chosen = {SUPPORT: [str(mailbox_id)] if mailbox_id else []}
    with visitor.work() as work:
        organisations.update_organisation(work, settings=chosen)
    return Redirect("/organisation/help?said=saved", status_code=303)


def _chosen(visitor: Visitor) -> UUID | None:
    support = visitor.session.organisation.settings.get(SUPPORT)
    return as_uuid(str(support[0])) if isinstance(support, list) and support else None


def _support(visitor: Visitor) -> Address | None:
    """Return an address that reaches the support's mailbox; None if none is chosen, or if it has no address."""
    chosen = _chosen(visitor)
    if chosen is None:
        return None
    addresses = [Address(transport, str(chosen)) for transport in visitor.platform.plugins.transports]
    with visitor.work() as work:
        address = next((entry.address for entry in directories.entries(work, None, addresses) if entry), None)
    return Address(address.transport, address.value, address.name) if address else None


def _page(
    visitor: Visitor, typed: dict[str, str], *, notice: str = "", query: str = "", status: int = 200, **more: Any
) -> Response[str]:
    support = _support(visitor)
    faults = {name: visitor.say(sentence) for name, sentence in (more.get("faults") or {}).items()}
    context = {
        "supplier": _pieces(visitor.platform.settings.supplier),
        "support": support.name if support else "",
        "support_text": visitor.settings(InformationSettings).support,
        "member": True,
        "groups": groups_of(texts_for(visitor), query),
        "query": query,
        "is_admin": visitor.actor.is_admin,
        "typed": {"subject": "", "body": "", "once": str(uuid4()), **typed},
        "faults": faults,
        "fault": more.get("fault", ""),
        "said": visitor.say(notice) if notice else "",
    }
    return page(visitor, "pages/help.html", context, folder="help", status=status)


def _pieces(text: str | None) -> Sequence[tuple[str, str]]:
    """Return the words of the supplier's contact details, each with its link to an address or a page, or empty."""
    return [(word, _leads(word)) for word in re.sub(r"([,;])", r" \1", text or "").split()]


def _leads(word: str) -> str:
    if word.startswith("https://"):
        return word
    return f"mailto:{word}" if "@" in word.strip("@") else ""


HANDLERS = [show, ask, show_support, choose_support]
