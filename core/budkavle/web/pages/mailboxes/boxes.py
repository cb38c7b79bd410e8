"""Function mailboxes for those who look after them: the list, making one, its settings, and taking it away."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle.accounts import mailboxes
from budkavle.accounts.core_settings import BinSettings
from budkavle.accounts.permissions import NO_MAILBOX, Standing, require_admin
from budkavle.accounts.stored_settings import all_sections
from budkavle.cases import mailbox_deletion
from budkavle.messaging.recipients import group_by_family
from budkavle.model.errors import Conflict, Forbidden, Invalid, NotFound
from budkavle.model.mailboxes import FunctionMailbox, MailboxKind
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import page
from budkavle.web.views.organisation_menu import Place
from budkavle.web.views.panels import panels
from budkavle.web.views.render import LANGUAGES
from budkavle.web.views.settings_form import link

SAID = {
    "created": N_("Brevlådan är skapad. Lägg till dem som ska ha tillgång till den."),
    "saved": N_("Ändringarna är sparade."),
    "deleted": N_("Brevlådan är borttagen."),
    "added": N_("Användarna har fått tillgång till brevlådan."),
    "removed": N_("Användarna har inte längre tillgång till brevlådan."),
    "linked": N_("Kopplingen till adressboken är sparad."),
    "unlinked": N_("Brevlådan är inte längre kopplad till adressboken."),
    "administrator": N_("Behörigheten är ändrad."),
}
"""What a page says first, by the word `said` in its address."""


@get("/mailboxes", sync_to_thread=True)
def list_mailboxes(visitor: NamedDependency[Visitor], said: FromQuery[str] = "") -> Response[str]:
    """List the organisation's function mailboxes, for its administrators (features F3, O14)."""
    with visitor.work() as work:
        boxes = mailboxes.all_mailboxes(work)
        sizes = mailboxes.sizes(work)
    rows = [{"mailbox": box, "members": sizes.get(box.id, 0)} for box in boxes]
    context = {"rows": rows, "said": confirmation_text(visitor, said)}
    return page(visitor, "pages/mailboxes.html", context, folder="mailboxes")


@get("/mailboxes/new", sync_to_thread=True)
def ask_new(visitor: NamedDependency[Visitor]) -> Response[str]:
    """Ask for what a new function mailbox is called and for."""
    require_admin(visitor.actor)
    return _new_page(visitor, {"language": visitor.language}, {})


@post("/mailboxes/new", sync_to_thread=True)
def create(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Make a function mailbox, and lead to where members are added (feature F9)."""
    require_admin(visitor.actor)
    try:
        _check_language(form)
        with visitor.work() as work:
            made = mailboxes.create_mailbox(
                work,
                form.get("name"),
                description=form.get("description"),
                language=form.get("language"),
                transports=_transports(visitor, form, ()),
            )
    except Invalid as error:
        return _new_page(visitor, _typed(form), error.fields, 422)
    return Redirect(f"/mailboxes/{made.id}/add?said=created", status_code=303)


@get("/mailboxes/{mailbox_id:uuid}", sync_to_thread=True)
def show(
    request: WebRequest, visitor: NamedDependency[Visitor], mailbox_id: FromPath[UUID], said: FromQuery[str] = ""
) -> Response[str]:
    """Show what a mailbox is; its administrators can change it (features F4, F6, F21)."""
    standing = shared(visitor, mailbox_id)
    return _settings_page(
        request, visitor, standing, _stored(visitor, standing.mailbox), {}, notice=confirmation_text(visitor, said)
    )


@post("/mailboxes/{mailbox_id:uuid}", sync_to_thread=True)
def save(
    request: WebRequest, visitor: NamedDependency[Visitor], form: NamedDependency[Form], mailbox_id: FromPath[UUID]
) -> Response[Any]:
    """Change a mailbox's name, purpose, language and kinds of message (feature F6)."""
    standing = managed(visitor, mailbox_id)
    try:
        _check_language(form)
        with visitor.work() as work:
            mailboxes.update_mailbox(
                work,
                mailbox_id,
                name=form.get("name"),
                description=form.get("description"),
                language=form.get("language"),
                transports=_transports(visitor, form, standing.mailbox.transports),
            )
            if form.get("default") and not standing.mailbox.default:
                mailboxes.make_default(work, mailbox_id)
            if visitor.actor.is_admin:
                mailboxes.set_needs_approval(work, mailbox_id, needed=bool(form.get("needs_approval")))
    except Invalid as error:
        return _settings_page(request, visitor, standing, _typed(form), error.fields)
    return Redirect(f"/mailboxes/{mailbox_id}?said=saved", status_code=303)


@get("/mailboxes/{mailbox_id:uuid}/delete", sync_to_thread=True)
def ask_delete(visitor: NamedDependency[Visitor], mailbox_id: FromPath[UUID]) -> Response[str]:
    """Ask before a mailbox is taken away, and say what happens with what is in it (feature F8)."""
    require_admin(visitor.actor)
    return _delete_page(visitor, shared(visitor, mailbox_id).mailbox)


@post("/mailboxes/{mailbox_id:uuid}/delete", sync_to_thread=True)
def remove(
    visitor: NamedDependency[Visitor],
    form: NamedDependency[Form],
    mailbox_id: FromPath[UUID],
) -> Response[Any]:
    """Take a mailbox away, and close the open cases that the page has told of (features F8, F9)."""
    require_admin(visitor.actor)
    mailbox = shared(visitor, mailbox_id).mailbox
    told_of = form.get("closing")
    try:
        closing = int(told_of) if told_of.isascii() and told_of.isdecimal() and len(told_of) < 10 else 0
        with visitor.work() as work:
            mailbox_deletion.delete_mailbox(work, mailbox_id, closing=closing)
    except Conflict as error:
        return _delete_page(visitor, mailbox, visitor.say(error.message, **error.facts), error.status)
    return Redirect("/mailboxes?said=deleted", status_code=303)


def confirmation_text(visitor: Visitor, code: str) -> str:
    """Return the sentence for what has just been done, or nothing."""
    return visitor.say(SAID[code]) if code in SAID else ""


def shared(visitor: Visitor, mailbox_id: UUID) -> Standing:
    """Return a function mailbox with what the visitor is in it.

    Raises:
        NotFound: It is unknown here, somebody's own inbox, or the visitor has nothing to do with it.
    """
    with visitor.work() as work:
        standing = mailboxes.mailbox(work, mailbox_id)
    if standing.mailbox.kind is not MailboxKind.FUNCTION:
        raise NotFound(NO_MAILBOX)
    return standing


def managed(visitor: Visitor, mailbox_id: UUID) -> Standing:
    """Return a function mailbox that the visitor may manage.

    Raises:
        NotFound: The visitor has nothing to do with it.
        Forbidden: The visitor is an ordinary member.
    """
    standing = shared(visitor, mailbox_id)
    if not standing.administrator:
        raise Forbidden("Det här får bara brevlådans administratörer göra. Be en av dem om hjälp.")
    return standing


def head(standing: Standing, tab: str) -> dict[str, Any]:
    """Return what the top of each page about a mailbox needs; see fragments/mailbox_head.html."""
    return {"mailbox": standing.mailbox, "manages": standing.administrator, "member": standing.member, "tab": tab}


def mailbox_sections(visitor: Visitor, standing: Standing) -> list[Place]:
    """Return the way to each section that can be set for a mailbox, to those who manage it."""
    if not standing.administrator:
        return []
    base = f"/mailboxes/{standing.mailbox.id}/settings"
    sections = all_sections(visitor.platform).items()
    return [link(visitor, base, key, section) for key, section in sections if section.scope != "organisation"]


def _new_page(
    visitor: Visitor, typed: Mapping[str, Any], faults: Mapping[str, str], status: int = 200
) -> Response[str]:
    whole = {
        "name": "",
        "description": "",
        "kinds": [key for key, _, _ in _kinds(visitor)],
        "default": False,
        "needs_approval": False,
    }
    context = {**_form(visitor, {**whole, **typed}, faults)}
    return page(visitor, "pages/mailbox_new.html", context, folder="mailboxes", status=status)


def _settings_page(
    request: WebRequest,
    visitor: Visitor,
    standing: Standing,
    typed: Mapping[str, Any],
    faults: Mapping[str, str],
    *,
    notice: str = "",
) -> Response[str]:
    subject = {"mailbox": standing.mailbox, "administrator": standing.administrator}
    with visitor.work() as work:
        people = mailboxes.members(work, standing.mailbox.id)
    context = {
        **head(standing, "info"),
        **_form(visitor, typed, faults),
        "said": notice,
        "facts": _facts(
            visitor, standing.mailbox, [person.name for person in people if person.administrator], len(people)
        ),
        "pieces": panels(visitor, "mailbox.settings", subject, request.scope["state"]["nonce"]),
        "is_admin": visitor.actor.is_admin,
        "sections": mailbox_sections(visitor, standing),
    }
    return page(
        visitor,
        "pages/mailbox.html",
        context,
        mailbox_id=standing.mailbox.id,
        folder="mailboxes",
        status=422 if faults else 200,
    )


def _delete_page(visitor: Visitor, mailbox: FunctionMailbox, fault: str = "", status: int = 200) -> Response[str]:
    with visitor.work() as work:
        context = {
            "mailbox": mailbox,
            "fault": fault,
            "open": mailbox_deletion.open_cases(work, mailbox.id),
            "days": visitor.settings(BinSettings).bin_days,
        }
    return page(visitor, "pages/mailbox_delete.html", context, mailbox_id=mailbox.id, folder="mailboxes", status=status)


def _form(visitor: Visitor, typed: Mapping[str, Any], faults: Mapping[str, str]) -> dict[str, Any]:
    return {
        "typed": typed,
        "faults": {name: visitor.say(sentence) for name, sentence in faults.items()},
        "languages_offered": list(LANGUAGES.items()),
        "kinds": _kinds(visitor),
    }


def _facts(
    visitor: Visitor, mailbox: FunctionMailbox, administrators: Sequence[str], members: int
) -> list[tuple[str, str]]:
    say, kinds = visitor.say, {key: text for key, text, _ in _kinds(visitor)}
    named = [kinds.get(transport, transport) for transport in mailbox.transports or kinds]
    terms = [
        (say("Beskrivning"), mailbox.description),
        (say("Språk"), LANGUAGES.get(mailbox.language, mailbox.language)),
        (say("Slag av meddelanden"), ", ".join(named)),
        (say("Användare"), str(members)),
        (say("Administratörer"), ", ".join(administrators)),
    ]
    return [(term, text or "–") for term, text in terms]


def _kinds(visitor: Visitor) -> list[tuple[str, str, None]]:
    every = visitor.platform.plugins.transports.values()
    return [(kind.name, visitor.say(kind.label), None) for kind in group_by_family(every)]


def _stored(visitor: Visitor, mailbox: FunctionMailbox) -> dict[str, Any]:
    return {
        "name": mailbox.name,
        "description": mailbox.description,
        "language": mailbox.language,
        "kinds": list(mailbox.transports) or [key for key, _, _ in _kinds(visitor)],
        "default": mailbox.default,
        "needs_approval": mailbox.needs_approval,
    }


def _typed(form: Form) -> dict[str, Any]:
    fields = {name: form.get(name) for name in ("name", "description", "language")}
    return {
        **fields,
        "kinds": form.all("kinds"),
        "default": bool(form.get("default")),
        "needs_approval": bool(form.get("needs_approval")),
    }


def _transports(visitor: Visitor, form: Form, old: Sequence[str]) -> list[str]:
    """Return the kinds that may be sent; all that are on is kept as none, so that a new one is included."""
    offered = [key for key, _, _ in _kinds(visitor)]
    ticked = [key for key in offered if key in form.all("kinds")]
    if offered and not ticked:
        raise Invalid("Brevlådan kunde inte sparas.", fields={"kinds": N_("Välj minst ett slag av meddelanden.")})
    return [] if ticked == offered else [*ticked, *(key for key in old if key not in offered)]


def _check_language(form: Form) -> None:
    if form.get("language") not in LANGUAGES:
        raise Invalid("Brevlådan kunde inte sparas.", fields={"language": "Välj svenska eller engelska."})


HANDLERS = [list_mailboxes, ask_new, create, show, save, ask_delete, remove]
