"""The card under Mitt konto where a user chooses whether a mail tells of new secure messages."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, Router, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from budkavle import Actor, Host
from budkavle.accounts import prefer, read_preferences
from budkavle.web import Form, Visitor

PATH = "/plugin/email_link/notices"
NAME = "mail_notices"
"""The preference that `budkavle.newcomer` reads."""


def router() -> Router:
    """Return the route of the form."""

    @post(PATH, sync_to_thread=True)
    def choose(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Keep the choice."""
        with visitor.work() as work:
            prefer(work, NAME, bool(form.get(NAME)))
        return Redirect("/account?said=saved", status_code=303)

    return Router("", route_handlers=[choose])


def card(host: Host, actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - the same page for all
    """Return what the card shows; a mail is sent where nothing has been chosen."""
    with host.work(host.system(actor.organisation_id)) as work:
        preferences = read_preferences(work, actor.user_id) if actor.user_id else {}
    return {"url": PATH, "name": NAME, "wanted": preferences.get(NAME) is not False}
