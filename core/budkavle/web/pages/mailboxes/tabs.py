"""Shared parts of the pages about a function mailbox: access checks, tabs, and the form."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from budkavle.accounts import mailboxes
from budkavle.accounts.permissions import NO_MAILBOX, Standing
from budkavle.accounts.stored_settings import all_sections
from budkavle.messaging.recipients import group_by_family
from budkavle.model.errors import Forbidden, Invalid, NotFound
from budkavle.model.input_rules.names import name_fault, one_line
from budkavle.model.mailboxes import FunctionMailbox, MailboxKind
from budkavle.model.people import refuse_barred
from budkavle.model.sentences import Sentence
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.organisation_menu import Place
from budkavle.web.views.panels import panels
from budkavle.web.views.render import LANGUAGES
from budkavle.web.views.settings_form import link

LONGEST_DESCRIPTION = 2_000
TOO_LONG = Sentence("Beskrivningen får ha högst {longest_text} tecken.", longest_text=LONGEST_DESCRIPTION)
NONE_CHOSEN = N_("Välj minst ett slag av meddelanden.")
SAID = {
    "created": N_("Brevlådan är skapad. Lägg till dem som ska ha tillgång till den."),
    "saved": N_("Ändringarna är sparade."),
    "deleted": N_("Brevlådan är borttagen."),
    "restored": N_("Brevlådan är återställd, med sina användare, inställningar och ärenden."),
    "added": N_("Användarna har fått tillgång till brevlådan."),
    "removed": N_("Användarna har inte längre tillgång till brevlådan."),
    "imported": N_("Raderna i filen är införda."),
    "linked": N_("Kopplingen till adressboken är sparad."),
    "unlinked": N_("Brevlådan är inte längre kopplad till adressboken."),
    "administrator": N_("Behörigheten är ändrad."),
}
"""The confirmation on a page, by `said` in its URL."""


def confirmation_text(visitor: Visitor, code: str) -> str:
    """Return the confirmation for a code, or nothing."""
    return visitor.say(SAID[code]) if code in SAID else ""


def shared(visitor: Visitor, mailbox_id: UUID) -> Standing:
    """Return a function mailbox with the visitor's role in it.

    Raises:
        NotFound: It does not exist here, is a personal inbox, or the visitor has no access to it.
    """
    with visitor.work() as work:
        try:
            standing = mailboxes.mailbox(work, mailbox_id)
        except NotFound:
            refuse_barred(visitor.actor)
            raise
    if standing.mailbox.kind is not MailboxKind.FUNCTION:
        raise NotFound(NO_MAILBOX)
    return standing


def managed(visitor: Visitor, mailbox_id: UUID) -> Standing:
    """Return a function mailbox that the visitor may manage.

    Raises:
        NotFound: The visitor has no access to it.
        Forbidden: The visitor is an ordinary member.
    """
    standing = shared(visitor, mailbox_id)
    if not standing.administrator:
        refuse_barred(visitor.actor)
        raise Forbidden("Det här får bara brevlådans administratörer göra. Be en av dem om hjälp.")
    return standing


def head(standing: Standing, tab: str, part: str = "") -> dict[str, Any]:
    """Return the context for the top of each page about a mailbox; see fragments/mailbox_head.html.

    Args:
        standing: The mailbox, and the visitor's role in it.
        tab: `info`, `users`, `settings` or `api`.
        part: The page inside the tab: `access`, `add`, `all` or `systems`.
    """
    rights = {"manages": standing.administrator, "member": standing.member}
    return {"mailbox": standing.mailbox, **rights, "tab": tab, "part": part}


def pieces(request: WebRequest, visitor: Visitor, standing: Standing, place: str) -> list[Any]:
    """Return what plugins show at a place of a mailbox's pages."""
    subject = {"mailbox": standing.mailbox, "administrator": standing.administrator}
    return list(panels(visitor, place, subject, request.scope["state"]["nonce"]))


def mailbox_sections(visitor: Visitor, standing: Standing) -> list[Place]:
    """Return links to the settings sections of a mailbox, if the visitor manages it."""
    if not standing.administrator:
        return []
    base = f"/mailboxes/{standing.mailbox.id}/settings"
    sections = all_sections(visitor.platform).items()
    return [link(visitor, base, key, section) for key, section in sections if section.scope != "organisation"]


def form_context(visitor: Visitor, typed: Mapping[str, Any], faults: Mapping[str, str]) -> dict[str, Any]:
    """Return the context for fragments/mailbox_fields.html."""
    return {
        "typed": typed,
        "faults": {name: visitor.say(sentence) for name, sentence in faults.items()},
        "languages_offered": list(LANGUAGES.items()),
        "kinds": kinds(visitor),
    }


def kinds(visitor: Visitor) -> list[tuple[str, str, None]]:
    """Return the installation's kinds of message, as options for a group of checkboxes."""
    every = visitor.platform.plugins.transports.values()
    return [(kind.name, visitor.say(kind.label), None) for kind in group_by_family(every)]


def stored_values(visitor: Visitor, mailbox: FunctionMailbox) -> dict[str, Any]:
    """Return the stored values of a mailbox's form."""
    return {
        "name": mailbox.name,
        "description": mailbox.description,
        "language": mailbox.language,
        "kinds": list(mailbox.transports) or [key for key, _, _ in kinds(visitor)],
        "default": mailbox.default,
        "needs_approval": mailbox.needs_approval,
    }


def typed_values(form: Form) -> dict[str, Any]:
    """Return the submitted values of a mailbox's form."""
    fields = {name: form.get(name) for name in ("name", "description", "language")}
    boxes = {name: bool(form.get(name)) for name in ("default", "needs_approval")}
    return {**fields, "kinds": form.all("kinds"), **boxes}


def read_details(visitor: Visitor, form: Form, old: Sequence[str] = ()) -> dict[str, Any]:
    """Read the name, description, language and kinds of message of a mailbox.

    Args:
        visitor: The visitor.
        form: The submitted form.
        old: The kinds that the mailbox has so far; those that the installation does not offer now are kept.

    Returns:
        The values for `create_mailbox` and `update_mailbox`. If all kinds are ticked the list is empty, so that a new
        kind is included.

    Raises:
        Invalid: With a sentence at each wrong field.
    """
    name, description, language = (form.get(field) for field in ("name", "description", "language"))
    offered = [key for key, _, _ in kinds(visitor)]
    ticked = [key for key in offered if key in form.all("kinds")]
    faults = {
        "name": name_fault(one_line(name), "Skriv brevlådans namn."),
        "description": TOO_LONG if len(description) > LONGEST_DESCRIPTION else "",
        "language": "" if language in LANGUAGES else "Välj svenska eller engelska.",
        "kinds": NONE_CHOSEN if offered and not ticked else "",
    }
    if wrong := {field: fault for field, fault in faults.items() if fault}:
        raise Invalid("Brevlådan kunde inte sparas.", fields=wrong)
    transports = [] if ticked == offered else [*ticked, *(key for key in old if key not in offered)]
    return {"name": name, "description": description, "language": language, "transports": transports}
