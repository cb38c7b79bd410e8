"""Changing many accounts at once: those ticked in the list, with a preview of each (feature O2).

The preview has its own URL: it works without a script, and a user who must identify again returns to it. Accounts that
cannot be changed are listed there with the reason and left out. All other accounts are changed, or none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from budkavle.accounts import mailboxes, user_list
from budkavle.accounts.mailbox_list import list_mailboxes
from budkavle.accounts.permissions import lock_administrators, require_admin
from budkavle.identification import administration, identities, succession
from budkavle.model.errors import Conflict, Invalid
from budkavle.model.people import Role, User
from budkavle.storage.platform import Work
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.pages.organisation.user_changes import require_authority
from budkavle.web.pages.organisation.users import (
    ADMIN,
    CLOSE,
    DEEDS,
    HERE,
    MAILBOX,
    OPEN,
    USER,
    may_change,
    step_up_to,
)
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import page

PATH = f"{HERE}/many"
MOST = 100
"""The most accounts at once: two pages of the list."""
TITLES = {
    CLOSE: N_("Stäng flera konton"),
    OPEN: N_("Öppna flera konton igen"),
    USER: N_("Ge flera rollen Vanlig användare"),
    ADMIN: N_("Ge flera rollen Administratör"),
    MAILBOX: N_("Lägg till flera i en funktionsbrevlåda"),
}
EXPLAINED = {
    CLOSE: N_(
        "Användarna loggas ut överallt genast och kan inte logga in. Ärenden som de har tagit blir otilldelade. "
        "De personliga inkorgarna finns kvar, förseglade. Kontona kan öppnas igen."
    ),
    OPEN: N_("Användarna kan logga in igen på de sätt som de hade."),
    USER: N_("De kan inte längre ändra användare, brevlådor och inställningar."),
    ADMIN: N_("De får ändra användare, brevlådor och inställningar, och läsa händelseloggen."),
    MAILBOX: N_(
        "De får läsa och skriva i brevlådan, men inte administrera den. Den som redan har tillgång behåller den."
    ),
}
CHANGED = N_("Något har ändrats sedan du granskade. Se igenom listan igen.")
NO_MAILBOX = N_("Ingen funktionsbrevlåda heter så. Skriv hela namnet.")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The request in a URL or a form."""

    deed: str
    user_ids: Sequence[UUID]
    mailbox: str = ""
    successor: str = ""

    @classmethod
    def read(cls, values: Mapping[str, Sequence[str]]) -> "Chosen":
        """Parse the values; invalid ids and unknown actions are left out."""

        def last(name: str) -> str:
            return (values.get(name) or [""])[-1].strip()

        user_ids = {user_id: None for text in values.get("user", []) if (user_id := _uuid(text))}
        deed = last("deed")
        return cls(deed if deed in DEEDS else "", list(user_ids)[:MOST], last("mailbox"), last("successor"))

    @property
    def path(self) -> str:
        """The URL of the preview."""
        pairs = [("deed", self.deed), *(("user", str(user_id)) for user_id in self.user_ids)]
        return f"{PATH}?{urlencode(pairs)}"


@dataclass(frozen=True, slots=True)
class Planned:
    """An account, and why it is left unchanged; empty if it is changed."""

    user: User
    fault: str


@get(PATH, sync_to_thread=True)
def preview(request: WebRequest, visitor: NamedDependency[Visitor]) -> Response[Any]:
    """Show what would be done with each account, and ask for confirmation."""
    require_admin(visitor.actor)
    query = request.query_params
    chosen = Chosen.read({name: query.getall(name) for name in query})
    return _page(visitor, chosen) if chosen.deed and chosen.user_ids else _nobody()


@post(PATH, sync_to_thread=True)
def change(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Change all accounts that the preview announced, or none."""
    require_authority(visitor)
    chosen = Chosen.read(form.values)
    if not chosen.deed or not chosen.user_ids:
        return _nobody()
    try:
        with visitor.work() as work:
            _change(work, chosen, form.get("told"))
    except Invalid as error:
        faults = {name: visitor.say(sentence) for name, sentence in error.fields.items()}
        return _page(visitor, chosen, faults, status=422)
    except Conflict as error:
        return _page(visitor, chosen, said=visitor.say(error.sentence), status=409)
    return Redirect(f"{HERE}?said=many-{chosen.deed}", status_code=303)


def _nobody() -> Redirect:
    return Redirect(f"{HERE}?said=none-chosen", status_code=303)


def plan(work: Work, chosen: Chosen) -> list[Planned]:
    """Return, sorted by name, whether each account would be changed, or why not."""
    people = (listed.user for user_id in chosen.user_ids if (listed := user_list.find_listed(work, user_id)))
    planned = [Planned(user, _fault(work, chosen.deed, user)) for user in people]
    return sorted(planned, key=lambda one: (one.user.name.casefold(), one.user.id))


def _fault(work: Work, deed: str, user: User) -> str:
    if user.id == work.actor.user_id:
        return N_("Det är ditt eget konto.")
    if user.role is Role.PLATFORM:
        return N_("Hen administrerar hela installationen.")
    if deed == OPEN:
        return _opening_fault(work, user)
    if not user.active:
        return N_("Kontot är inte öppet.")
    return N_("Har redan rollen.") if user.role is _ROLES.get(deed) else ""


def _opening_fault(work: Work, user: User) -> str:
    if user.active:
        return N_("Kontot är öppet.")
    if user.destroyed:
        return N_("Personens uppgifter är gallrade, så kontot går inte att öppna.")
    is_taken = identities.shares_number(work.platform, user)
    return N_("Kontots personnummer hör nu till ett annat konto.") if is_taken else ""


_ROLES = {USER: Role.USER, ADMIN: Role.ADMIN}


def _change(work: Work, chosen: Chosen, told: str) -> None:
    """Change the accounts.

    Raises:
        Conflict: Their number differs from the preview.
        Invalid: The mailbox or the successor is unknown.
    """
    lock_administrators(work)
    user_ids = [planned.user.id for planned in plan(work, chosen) if not planned.fault]
    if told != str(len(user_ids)) or not user_ids:
        raise Conflict(CHANGED)
    if chosen.deed == MAILBOX:
        for user_id in user_ids:
            administration.require_authority(work, user_id, other=False)
        mailboxes.add_members(work, _mailbox(work, chosen.mailbox), user_ids)
        return
    for user_id in user_ids:
        if chosen.deed == CLOSE:
            administration.close(work, user_id, _successors(work, chosen, user_id))
        elif chosen.deed == OPEN:
            administration.reopen(work, user_id)
        else:
            administration.change_role(work, user_id, _ROLES[chosen.deed].value)


def _successors(work: Work, chosen: Chosen, user_id: UUID) -> dict[UUID, UUID]:
    """Return the successor for each of the user's mailboxes: the same for all."""
    if not chosen.successor:
        return {}
    try:
        successor_id = succession.find_successor(work, chosen.successor, user_id)
    except Invalid as error:
        raise Invalid(error.sentence, fields={"successor": error.sentence}) from error
    if successor_id in chosen.user_ids:
        fault = N_("Den som tar över är själv förkryssad. Välj någon annan.")
        raise Invalid(fault, fields={"successor": fault})
    return {box.id: successor_id for box in user_list.mailboxes_of(work, user_id)}


def _mailbox(work: Work, name: str) -> UUID:
    listed = list_mailboxes(work, name).items if name else []
    matching = [box.mailbox.id for box in listed if box.mailbox.name.casefold() == name.casefold()]
    if len(matching) != 1:
        raise Invalid(NO_MAILBOX, fields={"mailbox": NO_MAILBOX})
    return matching[0]


def _page(
    visitor: Visitor,
    chosen: Chosen,
    faults: Mapping[str, str] = MappingProxyType({}),
    *,
    said: str = "",
    status: int = 200,
) -> Response[str]:
    with visitor.work() as work:
        planned = plan(work, chosen)
        boxes = list_mailboxes(work).items if chosen.deed == MAILBOX else []
    context = {
        "chosen": chosen,
        "title": visitor.say(TITLES[chosen.deed]),
        "button_text": visitor.say(DEEDS[chosen.deed]),
        "explained": visitor.say(EXPLAINED[chosen.deed]),
        "changed": [account.user for account in planned if not account.fault],
        "left": [(account.user, visitor.say(account.fault)) for account in planned if account.fault],
        "boxes": [box.mailbox.name for box in boxes],
        "faults": list(faults.items()),
        "fault": faults,
        "said_wrong": said,
        "may": may_change(visitor),
        "step_up": step_up_to(visitor, chosen.path),
    }
    return page(visitor, "pages/organisation_users_many.html", context, folder="organisation", status=status)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


HANDLERS = [preview, change]
