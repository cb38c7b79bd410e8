"""The page Mobil: notices on this and other devices, the lock, and how the app is installed."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect

from budkavle import Actor, Conflict, Host, Invalid, NotFound, as_uuid, record
from budkavle.web import Form, Visitor, plugin_page
from budkavle_phone.app.manifest import PATH
from budkavle_phone.pages.browser_names import browser_name
from budkavle_phone.push.devices import add_device, list_devices, remove_device
from budkavle_phone.push.server_keys import public_point, signing_key
from budkavle_phone.push.subscription import encode

SAID = {
    "on": "Aviseringar är på i den här webbläsaren.",
    "removed": "Enheten får inga fler aviseringar.",
    "lock": "Låset är på i den här webbläsaren.",
    "unlocked": "Låset är av i den här webbläsaren.",
}
LOCKS: Mapping[str, int | None] = {"": None, "1": 1, "5": 5, "15": 15}
FRESH = "Visa vem du är, innan du ändrar låset."
NO_LOCK = "Välj när appen ska låsas. Låset är som det var."


def router(host: Host) -> Router:
    """Return the routes."""

    @get(PATH, sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], said: FromQuery[str] = "") -> Response[str]:
        """Show the settings."""
        return _page(host, visitor, said=said)

    @post(f"{PATH}/lock", sync_to_thread=True, status_code=200)
    def lock(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Let this browser lock when its user is away, or stop that."""
        visitor.require_fresh(FRESH)
        chosen = form.get("minutes")
        if "minutes" not in form.values or chosen not in LOCKS:  # a form that says nothing opens no lock
            return _page(host, visitor, faults={"minutes": NO_LOCK}, status=422)
        minutes = LOCKS[chosen]
        with visitor.work() as work:
            record(work, "phone.lock-set", visitor.session.user.id, minutes=minutes or 0)
        try:
            return visitor.set_lock(
                Redirect(f"{PATH}?said={'lock' if minutes else 'unlocked'}", status_code=303), minutes
            )
        except Invalid as fault:
            return _page(host, visitor, faults={"minutes": fault.message}, status=422)

    return Router("", route_handlers=[show, lock, *_device_routes(host)])


def _device_routes(host: Host) -> list[Any]:
    @post(f"{PATH}/devices", sync_to_thread=True, status_code=200)
    def add(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Enable notices in this browser."""
        browser = browser_name(visitor.request.headers.get("user-agent", ""))
        try:
            with visitor.work() as work:
                add_device(host, work, visitor.actor, form.get("subscription"), browser)
        except (Invalid, Conflict) as fault:
            return _page(host, visitor, faults={"subscription": fault.message}, status=fault.status)
        return Redirect(f"{PATH}?said=on", status_code=303)

    @post(f"{PATH}/devices/remove", sync_to_thread=True)
    def remove(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Disable notices on a device."""
        device_id = as_uuid(form.get("device"))
        if device_id is None:
            raise NotFound("Enheten finns inte, eller så är den redan borttagen.")
        with visitor.work() as work:
            remove_device(host, work, visitor.session.user.id, device_id)
        return Redirect(f"{PATH}?said=removed", status_code=303)

    return [add, remove]


def card(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - the same for all
    """Return the data of the card under Mitt konto."""
    return {"url": PATH}


def _page(
    host: Host,
    visitor: Visitor,
    *,
    said: str = "",
    faults: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response[str]:
    me = visitor.session.user.id
    with visitor.work() as work:
        devices = list_devices(host, work, me)
    context = {
        "path": PATH,
        "key": encode(public_point(signing_key(host, visitor.actor.organisation_id))),
        "devices": devices,
        "can_lock": visitor.can_lock,
        "locks": [
            (key, visitor.say("Efter {minutes} min", minutes=minutes) if minutes else visitor.say("Av"), None)
            for key, minutes in LOCKS.items()
        ],
        "lock": str(visitor.session.lock_minutes or ""),
        "faults": visitor.say_all(faults),
        "said": visitor.say(SAID[said]) if said in SAID else "",
    }
    return plugin_page(visitor, "phone/settings.html", context, folder="account", status=status)
