"""Who works at the desk: the organisation's administrators, and those whom they name in the settings."""

from collections.abc import Mapping
from typing import Any

from budkavle import Actor, ActorScope, Host, Organisation, SystemActor
from budkavle.organisation import NamedStaff
from budkavle_disclosure.settings import DisclosureSettings

PATH = "/plugin/disclosure"
DESK = NamedStaff(
    DisclosureSettings, "desk", "Det här får bara organisationens handläggare av allmänna handlingar göra."
)


def N_(word: str) -> str:  # noqa: N802 - gettext's own name
    """Mark a word that is translated where it is shown."""
    return word


def reader(host: Host, actor: Actor) -> SystemActor:
    """Return the plugin as an actor that reads every mailbox, once `DESK.require` has let somebody through."""
    return host.system(actor.organisation_id, ActorScope.READ, name=actor.name)


def reader_of_all(host: Host, actor: Actor) -> SystemActor:
    """Return the same for a person's request: it reads deleted mailboxes too, since what lies there is still kept."""
    return host.system(actor.organisation_id, ActorScope.READ, ActorScope.READ_DELETED, name=actor.name)


def searcher_of_all(host: Host, actor: Actor) -> SystemActor:
    """Return the same that meets restricted cases too: of these the desk is told that there are some, and no more."""
    scopes = (ActorScope.READ, ActorScope.READ_DELETED, ActorScope.RESTRICTED)
    return host.system(actor.organisation_id, *scopes, name=actor.name)


def menu_line(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - the same on each page
    """Return the line in the menu of Min organisation, which administrators alone have."""
    return {"url": PATH, "text": N_("Allmänna handlingar"), "icon": "document"} if actor.is_admin else {}


def card(host: Host, actor: Actor) -> Mapping[str, Any]:
    """Return what the card under Mitt konto shows to those who are named and have no such menu."""
    return {"url": PATH} if not actor.is_admin and DESK.names(host.platform, actor) else {}


def check(value: DisclosureSettings, organisation: Organisation) -> Mapping[str, str]:  # noqa: ARG001 - the same for all
    """Say which line is no e-mail address."""
    return DESK.faults(value)
