"""Access to the desk: the organisation's administrators, and the users that they name in the settings."""

from collections.abc import Mapping
from typing import Any

from budkavle import Actor, ActorScope, Host, Organisation, SystemActor
from budkavle.organisation import NamedStaff
from budkavle_disclosure.settings import DisclosureSettings

PATH = "/plugin/disclosure"
DESK = NamedStaff(
    DisclosureSettings, "desk", "Det här får bara organisationens handläggare av allmänna handlingar göra."
)


def N_(word: str) -> str:  # noqa: N802 - the name that gettext uses
    """Mark a word for translation when it is shown."""
    return word


def reader(host: Host, actor: Actor) -> SystemActor:
    """Return the plugin as an actor that reads every mailbox; `DESK.require` must have been called first."""
    return host.system(actor.organisation_id, ActorScope.READ, name=actor.name)


def reader_of_all(host: Host, actor: Actor) -> SystemActor:
    """Return the same for a person's request: it also reads deleted mailboxes, whose content is still stored."""
    return host.system(actor.organisation_id, ActorScope.READ, ActorScope.READ_DELETED, name=actor.name)


def searcher_of_all(host: Host, actor: Actor) -> SystemActor:
    """Return the same, but also for finding restricted cases: the desk is only told that there are some."""
    scopes = (ActorScope.READ, ActorScope.READ_DELETED, ActorScope.RESTRICTED)
    return host.system(actor.organisation_id, *scopes, name=actor.name)


def menu_line(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - the same on each page
    """Return the line in the menu of Min organisation, which only administrators have."""
    return {"url": PATH, "text": N_("Allmänna handlingar"), "icon": "document"} if actor.is_admin else {}


def card(host: Host, actor: Actor) -> Mapping[str, Any]:
    """Return the card under Mitt konto, for users who are named in the settings and do not have that menu."""
    return {"url": PATH} if not actor.is_admin and DESK.names(host.platform, actor) else {}


def check(value: DisclosureSettings, organisation: Organisation) -> Mapping[str, str]:  # noqa: ARG001 - the same for all
    """Report which lines are not e-mail addresses."""
    return DESK.faults(value)
