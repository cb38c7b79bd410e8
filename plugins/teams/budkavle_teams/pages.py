"""The pages of a tenant's app: the tab, the window that it opens where more is needed, and the way back from it.

All other pages in the frame are the core's own.
"""

from typing import Any
from urllib.parse import urlencode

from litestar import Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery
from litestar.response import Redirect

from budkavle import Forbidden, Host, Loa
from budkavle.identification import identity_accounts, linked_identities
from budkavle.web import Form, Frame, Visitor, WebRequest, Window, guest_page, plugin_page, read_multipart
from budkavle_identity_tokens import KeysUnavailable, TokenRefused
from budkavle_teams.provider import TOKEN, TeamsProvider
from budkavle_teams.settings import TenantSettings

NOT_LINKED = "Ditt konto i Teams är inte kopplat till något konto här än. Logga in en gång, så kan du koppla dem."
ELSEWHERE = "Appen i Teams hör till en annan organisation än ditt konto. Öppna Budkavle i webbläsaren i stället."


def router(host: Host, tenant: TenantSettings, provider: TeamsProvider) -> Router:
    """Return the pages; whoever opens one inside Teams has the frame from then on."""
    pages = _Pages(host, tenant, provider)
    frame = Frame(tenant.name, host.settings.ancestors, f"{tenant.path}/tab", f"{tenant.path}/window")
    return Router(tenant.path, route_handlers=[*pages.framed(), *pages.in_window()], opt={"frame": frame})


async def find_fields(request: WebRequest) -> Form:
    """Read a form of somebody who is not signed in; it can only have come from a page of ours."""
    return await read_multipart(request)


class _Pages:
    def __init__(self, host: Host, tenant: TenantSettings, provider: TeamsProvider) -> None:
        self._host, self._tenant, self._provider = host, tenant, provider

    def framed(self) -> list[HTTPRouteHandler]:
        """Return the pages inside Teams."""
        fields = {"fields": Provide(find_fields)}

        @get("/open", sync_to_thread=False)
        def open_app() -> Redirect:
            """Begin: this is what Teams opens. Whoever has no session here is led on to the tab."""
            return Redirect("/", status_code=303)

        @get("/tab", sync_to_thread=True)
        def tab(request: WebRequest, next: FromQuery[str] = "/", ask: FromQuery[bool] = False) -> Response[str]:  # noqa: A002 - the query's own words
            """Sign in by the account in Teams: at once, or when asked to."""
            return guest_page(request, "teams/tab.html", self._context(next) | {"ask": ask})

        @post("/enter", sync_to_thread=True, status_code=200, dependencies=fields)
        def enter(request: WebRequest, fields: NamedDependency[Form]) -> Response[Any]:
            """Take the token to the core's flow, or ask for the link that is missing."""
            target, token = fields.get("next", "/"), fields.get(TOKEN)
            if self._is_unknown(token):
                return self._window(request, target, Loa.ONE, NOT_LINKED)
            # With the form as it is: the page has named the way in it.
            return Redirect("/sign-in/begin", status_code=307)

        @get("/window", sync_to_thread=True)
        def window(request: WebRequest, next: FromQuery[str] = "/", loa: FromQuery[int] = 1) -> Response[Any]:  # noqa: A002 - the query's own word
            """Ask for a window in which one signs in as the organisation has chosen (features C2, Y10)."""
            return self._window(request, next, _level(loa))

        @post("/arrive", sync_to_thread=True, status_code=200, dependencies=fields)
        def arrive(request: WebRequest, fields: NamedDependency[Form]) -> Response[Any]:
            """Take the window's code, and go on in the frame."""
            target = f"{self._tenant.path}/link?{urlencode({'next': fields.get('next', '/')})}"
            return Window.take_over(request, fields.get("code"), fields.get("word"), target)

        @get("/link", sync_to_thread=True)
        def link(visitor: NamedDependency[Visitor], next: FromQuery[str] = "/") -> Response[Any]:  # noqa: A002 - the query's own word
            """Offer to link the account in Teams, once; who has done it goes on."""
            if not self._could_link(visitor):
                return Redirect(_own_path(next), status_code=303)
            return plugin_page(visitor, "teams/link.html", self._context(next))

        return [open_app, tab, enter, window, arrive, link]

    def in_window(self) -> list[HTTPRouteHandler]:
        """Return the pages of the window: before them the core's own ask who it is."""

        @get("/start", sync_to_thread=True, opt={"window": True})
        def start(
            request: WebRequest,
            visitor: NamedDependency[Visitor],
            challenge: FromQuery[str] = "",
            loa: FromQuery[int] = 1,
        ) -> Response[str]:
            """Ask whether it is this account that goes on in Teams."""
            self._require_home(visitor)
            Window.require(visitor, _level(loa))
            context = {
                "csrf": visitor.session.csrf,
                "name": visitor.session.user.name,
                "organisation_name": visitor.session.organisation.name,
                "url": f"{self._tenant.path}/done",
                "challenge": challenge,
                "loa": loa,
            }
            return guest_page(request, "teams/start.html", context, language=visitor.language)

        @post("/done", sync_to_thread=True, status_code=200, opt={"window": False})
        def done(request: WebRequest, visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[str]:
            """Give the code to Teams, and close."""
            self._require_home(visitor)
            loa = _level(int(word) if (word := form.get("loa")) in {"1", "2", "3"} else 3)
            code = Window.hand_over(visitor, form.get("challenge"), loa)
            context = {"code": code, "origins": " ".join(self._host.settings.ancestors)}
            return guest_page(request, "teams/done.html", context, language=visitor.language)

        return [start, done]

    def _context(self, target: str) -> dict[str, Any]:
        return {
            "path": self._tenant.path,
            "way": self._tenant.name,
            "label": self._tenant.label,
            "next": _own_path(target),
            "origins": " ".join(self._host.settings.ancestors),
        }

    def _window(self, request: WebRequest, target: str, loa: Loa, sentence: str = "") -> Response[Any]:
        opened = Window.open(request)
        query = urlencode({"challenge": opened.challenge, "loa": int(loa)})
        more = {
            "word": opened.word,
            "window": f"{self._tenant.path}/start?{query}",
            "loa": int(loa),
            "sentence": sentence,
        }
        return opened.remember(request, guest_page(request, "teams/window.html", self._context(target) | more))

    def _is_unknown(self, token: str) -> bool:
        """Tell whether a token is right but its account in Teams is linked to none here."""
        try:
            account = self._provider.account(token)
        except (TokenRefused, KeysUnavailable):
            return False
        return not identity_accounts(self._host.platform, self._tenant.name, account.subject)

    def _could_link(self, visitor: Visitor) -> bool:
        chosen = visitor.session.organisation.settings.get("login_methods")
        offered = not isinstance(chosen, list) or not chosen or self._tenant.name in chosen
        with self._host.work(visitor.actor) as work:
            identities = linked_identities(work)
        return offered and all(identity.provider != self._tenant.name for identity in identities)

    def _require_home(self, visitor: Visitor) -> None:
        if visitor.session.organisation.slug not in self._tenant.organisations:
            raise Forbidden(ELSEWHERE)


def _own_path(target: str) -> str:
    """Return a path of ours; the core looks once more where it leads anywhere itself."""
    plain = target.startswith("/") and not target.startswith("//") and "\\" not in target and target.isprintable()
    return target if plain else "/"


def _level(loa: int) -> Loa:
    return Loa(loa) if loa in set(Loa) - {Loa.NONE} else Loa.THREE
