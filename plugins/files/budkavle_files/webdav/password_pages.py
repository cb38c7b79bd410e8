"""The page Filer på datorn: the address, the user's application passwords, and a new one, shown once."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle import Actor, Conflict, Host, Invalid
from budkavle.accounts import read_settings
from budkavle.web import Form, Visitor, plugin_page
from budkavle_files.pages.rail import framed
from budkavle_files.tree.settings import LEVELS, FileSettings
from budkavle_files.webdav import passwords, server
from budkavle_files.webdav.passwords import DAYS, NewPassword

PATH: Final = "/plugin/files/computer"
FRESH: Final = "Visa vem du är, innan du skapar ett applösenord."
N_ = str
"""Marks a sentence for the translations."""
LENGTHS: Final = {30: N_("1 månad"), 90: N_("3 månader"), 180: N_("6 månader"), 365: N_("12 månader")}
ENDED: Final = N_("Applösenordet är borttaget. Det som använder det kommer inte in längre.")


def router(host: Host) -> Router:
    """Return the pages."""

    @get(PATH, sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], done: FromQuery[str] = "") -> Response[str]:
        """Show the address and the user's passwords."""
        return _page(host, visitor, done=visitor.say(ENDED) if done == "ended" else "")

    @post(PATH, sync_to_thread=True, status_code=200)
    def create(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Create a password, and show it once."""
        visitor.require_fresh(FRESH)
        typed = {name: form.get(name) for name in ("name", "days", "loa")}
        new = NewPassword(typed["name"], _number(typed["days"]), _number(typed["loa"]))
        try:
            with visitor.work() as work:
                secret = passwords.create_password(host, work, new)
        except Invalid as error:
            return _page(host, visitor, typed, error.fields)
        except Conflict as error:
            return _page(host, visitor, typed, {"name": error.sentence})
        with visitor.work() as work:
            context = {
                **framed(host, visitor, work),
                "name": new.name.strip(),
                "secret": secret,
                **_connection(visitor),
            }
        return plugin_page(visitor, "files/computer/made.html", context, folder="files")

    @get(f"{PATH}/{{password_id:uuid}}/end", sync_to_thread=True)
    def ask(visitor: NamedDependency[Visitor], password_id: FromPath[UUID]) -> Response[str]:
        """Ask for confirmation before a password is removed."""
        with visitor.work() as work:
            password = passwords.find_password(host, work, password_id)
            context = {**framed(host, visitor, work), "password": password, "back": PATH}
        return plugin_page(visitor, "files/computer/end.html", context, folder="files")

    @post(f"{PATH}/{{password_id:uuid}}/end", sync_to_thread=True)
    def end(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],  # noqa: ARG001 - its token is checked
        password_id: FromPath[UUID],
    ) -> Redirect:
        """Remove it; the next request with it is refused. Reducing access requires no new sign-in."""
        with visitor.work() as work:
            passwords.end_password(host, work, password_id)
        return Redirect(f"{PATH}?done=ended", status_code=303)

    return Router("/", route_handlers=[show, create, ask, end])


def card(host: Host, actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - it is the actor's
    """Return the context of the card on the account's page: nothing if the organisation has not switched it on."""
    with host.work(actor) as work:
        return {"url": PATH} if read_settings(work, FileSettings).webdav else {}


def _page(
    host: Host,
    visitor: Visitor,
    typed: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
    done: str = "",
) -> Response[str]:
    with visitor.work() as work:
        settings = passwords.require_on(work)
        offered = passwords.levels(settings, visitor.actor.loa)
        context = {
            **framed(host, visitor, work, done=done),
            **_connection(visitor),
            "passwords": passwords.list_passwords(host, work),
            "typed": typed or {"name": "", "days": "180", "loa": str(offered[-1])},
            "faults": visitor.say_all(dict(faults or {})),
            "lengths": [(str(days), visitor.say(LENGTHS[days])) for days in DAYS],
            "levels": [(str(level), visitor.say(LEVELS[level])) for level in offered],
            "words": {level: visitor.say(text) for level, text in LEVELS.items()},
            "highest": settings.webdav_loa,
            "own": PATH,
        }
    return plugin_page(visitor, "files/computer/passwords.html", context, folder="files", status=422 if faults else 200)


def _connection(visitor: Visitor) -> dict[str, str]:
    base = visitor.platform.settings.base_url.rstrip("/")
    return {"address": f"{base}{server.PATH}/", "user_name": visitor.session.user.email}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else -1
