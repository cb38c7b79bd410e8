"""The page where an administrator changes the word list."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect

from budkavle import Actor, Host, Invalid
from budkavle.accounts import require_admin
from budkavle.web import Form, Visitor, plugin_page
from budkavle_adviser import word_list

PATH = "/plugin/adviser/words"
FOLDER = "adviser"


def router(host: Host) -> Router:
    """Return the routes of the list."""

    @get(PATH, sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], said: FromQuery[str] = "") -> Response[str]:
        """Show the list."""
        require_admin(visitor.actor)
        listed = word_list.of_organisation(host, visitor.actor.organisation_id)
        return _page(visitor, listed, said=said)

    @post(PATH, sync_to_thread=True, status_code=200)
    def save(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Store the list, or go back to the standard one."""
        lines = form.get("words").splitlines()
        try:
            if "standard" in form.values:
                word_list.forget(host, visitor.actor)
            else:
                word_list.keep(host, visitor.actor, lines)
        except Invalid as fault:
            return _page(visitor, lines, fault)
        return Redirect(f"{PATH}?said=saved", status_code=303)

    return Router("", route_handlers=[show, save])


def card(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - the same for all
    """Return what the card among the organisation's settings shows."""
    return {"url": PATH}


def _page(visitor: Visitor, listed: Sequence[str], fault: Invalid | None = None, said: str = "") -> Response[str]:
    context = {
        "listed": "\n".join(listed),
        "error": visitor.say(fault.fields["words"]) if fault else None,
        "said": visitor.say("Ordlistan är sparad.") if said == "saved" else "",
        "action_url": PATH,
    }
    return plugin_page(visitor, "adviser/words.html", context, folder=FOLDER, status=422 if fault else 200)
