"""The page Tidsstämplar: the last stamp, its authority, the last error, and the list of all stamps."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle import Actor, BudkavleError, Host, NotFound, Sentence
from budkavle.accounts import require_admin
from budkavle.web import Form, Visitor, plugin_page
from budkavle_timestamps.stamping import Stamping

PATH = "/plugin/timestamps"
SETTINGS = "/organisation/settings/timestamps.stamps"
SHOWN = 50
NONE = "Tidsstämpeln finns inte."


def card(actor: Actor, page: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - the same on each page
    """Return the data of the card among the settings."""
    return {"url": PATH}


def router(host: Host) -> Router:
    """Return the routes of the page."""
    stamping = Stamping(host)

    @get(PATH, sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], before: FromQuery[int] = 0) -> Response[str]:
        """Show the stamps to the organisation's administrators, 50 per page."""
        return _page(stamping, visitor, before=before)

    @post(f"{PATH}/stamp", sync_to_thread=True, status_code=200)
    def stamp(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],  # noqa: ARG001 - checks the token of the form
    ) -> Response[Any]:
        """Stamp the log now."""
        require_admin(visitor.actor)
        try:
            stamping.stamp_now(visitor.actor.organisation_id)
        except BudkavleError as error:
            return _page(stamping, visitor, fault=visitor.say(Sentence.of(error)))
        return Redirect(PATH, status_code=303)

    @get(f"{PATH}/{{last:int}}/stamp.tsr", sync_to_thread=True)
    def give(visitor: NamedDependency[Visitor], last: FromPath[int]) -> Response[bytes]:
        """Return a stamp as it came."""
        require_admin(visitor.actor)
        rows = stamping.newest(visitor.actor.organisation_id, last + 1)
        if not rows or rows[0].last != last:
            raise NotFound(NONE)
        headers = {"content-disposition": f'attachment; filename="stamp-{last}.tsr"'}
        return Response(bytes(rows[0].token), media_type="application/timestamp-reply", headers=headers)

    return Router("", route_handlers=[show, stamp, give])


def _page(stamping: Stamping, visitor: Visitor, *, before: int = 0, fault: str = "") -> Response[str]:
    require_admin(visitor.actor)
    organisation_id = visitor.actor.organisation_id
    rows = stamping.newest(organisation_id, before or None, SHOWN + 1)
    newest, tried = stamping.newest(organisation_id), stamping.last_try(organisation_id)
    context = {
        "path": PATH,
        "settings": SETTINGS,
        "on": bool(stamping.chosen(organisation_id).url),
        "newest": newest[0] if newest else None,
        "rows": rows[:SHOWN],
        "older": rows[SHOWN - 1].last if len(rows) > SHOWN else None,
        "fault": fault or (visitor.say(Sentence.from_stored(tried.fault)) if tried and tried.fault else ""),
        "tried_at": tried.tried_at if tried else None,
    }
    return plugin_page(visitor, "timestamps/stamps.html", context, folder="organisation")
