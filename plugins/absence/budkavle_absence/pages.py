"""The page Frånvaro: the automatic reply, and the substitute."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.dates import format_date
from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect

from budkavle import Actor, Host, Invalid, NotFound, as_uuid
from budkavle.accounts import delegate, end_delegation, list_delegations, search_users
from budkavle.organisation import read_day
from budkavle.web import Form, Visitor, plugin_page
from budkavle_absence.auto_reply import NAME, auto_reply, set_auto_reply

PATH = "/plugin/absence"
LOCAL = ZoneInfo("Europe/Stockholm")
SAID = {"reply": "Autosvaret är sparat.", "delegated": "Delegeringen är sparad.", "ended": "Delegeringen är avslutad."}


@dataclass(slots=True)
class Typed:
    """The contents of the forms."""

    active: bool = False
    text: str = ""
    q: str = ""
    person: str = ""
    until: str = ""
    old_too: bool = False
    may_answer: bool = True
    faults: dict[str, str] = field(default_factory=dict)


def router(host: Host) -> Router:
    """Return the routes of the page."""

    @get(PATH, sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], said: FromQuery[str] = "", q: FromQuery[str] = "") -> Response[str]:
        """Show both forms. `q` searches for a colleague."""
        return _page(visitor, _stored_form(host, visitor.actor, q), said)

    @post(f"{PATH}/reply", sync_to_thread=True, status_code=200)
    def save(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Save the automatic reply."""
        active, text = form.get("active") == "on", form.get(NAME)
        try:
            set_auto_reply(host, visitor.actor, active=active, text=text)
        except Invalid as fault:
            return _page(visitor, Typed(active, text, faults=fault.fields))
        return Redirect(f"{PATH}?said=reply", status_code=303)

    @post(f"{PATH}/delegate", sync_to_thread=True, status_code=200)
    def give(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Delegate to a colleague."""
        typed = _stored_form(host, visitor.actor, form.get("q"))
        typed.person, typed.until = form.get("person"), form.get("until")
        typed.old_too, typed.may_answer = bool(form.get("old_too")), bool(form.get("may_answer"))
        try:
            person, until = _chosen(typed)
            terms = {"old_too": typed.old_too, "may_answer": typed.may_answer}
            with host.work(visitor.actor) as work:
                delegate(work, person, until, **terms)
        except Invalid as fault:
            typed.faults = fault.fields
        except NotFound as fault:
            typed.faults = {"person": str(fault)}
        else:
            return Redirect(f"{PATH}?said=delegated", status_code=303)
        return _page(visitor, typed)

    @post(f"{PATH}/end", sync_to_thread=True)
    def end(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """End a delegation."""
        person = as_uuid(form.get("person"))
        if person is not None:
            with host.work(visitor.actor) as work:
                end_delegation(work, person)
        return Redirect(f"{PATH}?said=ended", status_code=303)

    return Router("", route_handlers=[show, save, give, end])


def card(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - the same for all
    """Return the data of the card under Mitt konto."""
    return {"url": PATH}


def _stored_form(host: Host, actor: Actor, q: str) -> Typed:
    reply = auto_reply(host, actor.organisation_id, actor.user_id) if actor.user_id else None
    return Typed(reply.active, reply.text, q) if reply else Typed(q=q)


def _chosen(typed: Typed) -> tuple[UUID, datetime]:
    faults, person, day = {}, as_uuid(typed.person), read_day(typed.until)
    if person is None:
        faults["person"] = "Sök efter en kollega och välj den som ska läsa åt dig."
    if day is None:
        faults["until"] = "Välj den sista dagen."
    if person is None or day is None:
        raise Invalid("Delegeringen kunde inte sparas.", fields=faults)
    return person, datetime.combine(day + timedelta(days=1), time(), LOCAL)


def _last_day(until: datetime, language: str) -> str:
    return format_date((until - timedelta(seconds=1)).astimezone(LOCAL).date(), "d MMMM y", locale=language)


def _page(visitor: Visitor, typed: Typed, said: str = "") -> Response[str]:
    with visitor.work() as work:
        users = search_users(work, typed.q) if typed.q else ()
    colleagues = [user for user in users if user.id != visitor.actor.user_id]
    with visitor.work() as work:
        context = {
            "typed": typed,
            "faults": {name: visitor.say(sentence) for name, sentence in typed.faults.items()},
            "said": visitor.say(SAID[said]) if said in SAID else "",
            "colleagues": [(str(user.id), user.name, user.email) for user in colleagues],
            "given": [
                (delegation, _last_day(delegation.until, visitor.language)) for delegation in list_delegations(work)
            ],
            "today": datetime.now(LOCAL).date().isoformat(),
            "path": PATH,
            "name": NAME,
        }
    status = 422 if typed.faults else 200
    return plugin_page(visitor, "absence/absence.html", context, folder="account", status=status)
