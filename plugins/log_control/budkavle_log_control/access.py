"""Who reviews: the organisation's administrators, and those whom they name in the settings."""

from collections.abc import Mapping
from typing import Any

from budkavle import Actor, ActorScope, Forbidden, Host, SystemActor
from budkavle.accounts import find_user, read_settings
from budkavle_log_control.settings import LogControlSettings, addresses

PATH = "/plugin/log_control"


def N_(word: str) -> str:  # noqa: N802 - gettext's own name
    """Mark a word that is translated where it is shown."""
    return word


def is_named(host: Host, actor: Actor) -> bool:
    """Tell whether the settings name the actor's account."""
    if actor.user_id is None:
        return False
    with host.work(actor) as work:
        named = addresses(read_settings(work, LogControlSettings).reviewers)
        return bool(named) and find_user(work, actor.user_id).email.lower() in named


def require_reviewer(host: Host, actor: Actor) -> None:
    """Require somebody who reviews.

    Raises:
        Forbidden: It is anybody else.
    """
    if not (actor.is_admin or is_named(host, actor)):
        raise Forbidden("Det här får bara organisationens granskare av loggar göra.")


def reader(host: Host, actor: Actor) -> SystemActor:
    """Return the plugin as an actor that reads the event log, once `require_reviewer` has let somebody through."""
    return host.system(actor.organisation_id, ActorScope.READ, name=actor.name)


def menu_line(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - the same on each page
    """Return the line in the menu of Min organisation, which administrators alone have."""
    return {"url": PATH, "text": N_("Loggkontroll"), "icon": "eye"} if actor.is_admin else {}


def card(host: Host, actor: Actor) -> Mapping[str, Any]:
    """Return what the card under Mitt konto shows to those who are named and have no such menu."""
    return {"url": PATH} if not actor.is_admin and is_named(host, actor) else {}
