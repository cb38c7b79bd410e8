"""The reviewers: the organisation's administrators, and the people named in the settings."""

from collections.abc import Mapping
from typing import Any

from budkavle import Actor, ActorScope, Host, Organisation, SystemActor
from budkavle.organisation import NamedStaff
from budkavle_log_control.settings import LogControlSettings

PATH = "/plugin/log_control"
REVIEWERS = NamedStaff(LogControlSettings, "reviewers", "Det här får bara organisationens granskare av loggar göra.")


def N_(word: str) -> str:  # noqa: N802 - gettext's own name
    """Mark a word that is translated where it is shown."""
    return word


def reader(host: Host, actor: Actor) -> SystemActor:
    """Return the plugin's actor for reading the event log; call `REVIEWERS.require` first."""
    return host.system(actor.organisation_id, ActorScope.READ, name=actor.name)


def menu_line(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - the same on each page
    """Return the item in the menu of Min organisation, for administrators only."""
    return {"url": PATH, "text": N_("Loggkontroll"), "icon": "eye"} if actor.is_admin else {}


def card(host: Host, actor: Actor) -> Mapping[str, Any]:
    """Return the card under Mitt konto, for named reviewers who do not have that menu."""
    return {"url": PATH} if not actor.is_admin and REVIEWERS.names(host.platform, actor) else {}


def check(value: LogControlSettings, organisation: Organisation) -> Mapping[str, str]:  # noqa: ARG001 - the same for all
    """Return errors: invalid e-mail addresses, and a working day that does not end after it begins."""
    late = {"day_to": N_("Arbetstiden ska sluta efter att den har börjat.")} if value.day_to <= value.day_from else {}
    return {**REVIEWERS.faults(value), **late}
