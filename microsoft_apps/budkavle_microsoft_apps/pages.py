"""The pages in an app's frame: signing in there, the window that it opens when more is needed, and the way back.

All other pages in the frame belong to the core or the plugin.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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
from budkavle_microsoft_apps.provider import TOKEN, AppProvider


@dataclass(frozen=True, slots=True)
class FramedApp:
    """An app that shows our pages in its frame.

    Attributes:
        plugin: The plugin, which has the templates `tab.html`, `window.html`, `link.html`, `start.html` and
            `done.html`.
        name: The name of the frame.
        label: The display name of the app.
        path: The path of its pages.
        home: The page after signing in, if no other page was requested.
        ancestors: Who may show the pages in a frame: sources of `frame-ancestors`.
        organisations: The slugs of the organisations whose people may continue in the frame. Empty means all.
        provider: The provider for the app's own token. None if there is only the window.
        not_linked: The message if a token is valid, but no account is linked.
        elsewhere: The message to people of another organisation.
        compose: The frame's own template for writing a message; see `Frame`.
        first_in_window: The first page of the window: `start`, or one of the plugin that leads to it.
        scripts: The scripts of every page in the frame; see `Frame`.
        facts: Gives further data for the plugin's templates of the frame.
    """

    plugin: str
    name: str
    label: str
    path: str
    home: str
    ancestors: tuple[str, ...]
    organisations: frozenset[str]
    provider: AppProvider | None
    not_linked: str
    elsewhere: str
    compose: str = ""
    first_in_window: str = "start"
    scripts: tuple[str, ...] = ()
    facts: Callable[[], Mapping[str, Any]] = dict

    @property
    def frame(self) -> Frame:
        """The frame of its pages."""
        paths = f"{self.path}/tab", f"{self.path}/window"
        return Frame(self.name, self.ancestors, *paths, self.compose, self.scripts)


async def find_fields(request: WebRequest) -> Form:
    """Read a form of a person who is not signed in. It can only come from one of our pages."""
    return await read_multipart(request)


class AppPages:
    """The pages of an app.

    Args:
        host: The plugin's view of the installation.
        app: The app.
    """

    def __init__(self, host: Host, app: FramedApp) -> None:
        self._host, self._app = host, app

    def router(self, more: Sequence[HTTPRouteHandler] = (), trusted_types: str = "") -> Router:
        """Return the pages. A person who opens one inside the app stays in the frame.

        Args:
            more: More pages of the frame.
            trusted_types: A Trusted Types policy that its scripts may create.
        """
        opt: dict[str, Any] = {"frame": self._app.frame}
        if trusted_types:
            opt["trusted_types"] = trusted_types
        return Router(self._app.path, route_handlers=[*self.framed(), *self.in_window(), *more], opt=opt)

    def framed(self) -> list[HTTPRouteHandler]:
        """Return the pages inside the app."""
        fields = {"fields": Provide(find_fields)}

        @get("/tab", sync_to_thread=True)
        def tab(request: WebRequest, next: FromQuery[str] = "", ask: FromQuery[bool] = False) -> Response[str]:  # noqa: A002 - the query's own words
            """Sign in with the account in the app, at once or on request."""
            return guest_page(request, self._template("tab"), self._context(next) | {"ask": ask})

        @post("/enter", sync_to_thread=True, status_code=200, dependencies=fields)
        def enter(request: WebRequest, fields: NamedDependency[Form]) -> Response[Any]:
            """Pass the token to the core's sign-in flow, or ask for the missing link."""
            target, token = fields.get("next"), fields.get(TOKEN)
            if self._is_unknown(token):
                return self._window(request, target, Loa.ONE, self._app.not_linked)
            # 307 keeps the form, in which the page has named the sign-in method.
            return Redirect("/sign-in/begin", status_code=307)

        @get("/window", sync_to_thread=True)
        def window(request: WebRequest, next: FromQuery[str] = "", loa: FromQuery[int] = 1) -> Response[Any]:  # noqa: A002 - the query's own word
            """Ask for a window for signing in as the organisation has chosen (features C2, Y10)."""
            return self._window(request, next, _level(loa))

        @post("/arrive", sync_to_thread=True, status_code=200, dependencies=fields)
        def arrive(request: WebRequest, fields: NamedDependency[Form]) -> Response[Any]:
            """Accept the code of the window, and continue in the frame."""
            target = f"{self._app.path}/link?{urlencode({'next': self._target(fields.get('next'))})}"
            return Window.take_over(request, fields.get("code"), fields.get("word"), target)

        @get("/link", sync_to_thread=True)
        def link(visitor: NamedDependency[Visitor], next: FromQuery[str] = "") -> Response[Any]:  # noqa: A002 - the query's own word
            """Offer to link the account in the app, once. If it is linked, continue."""
            if not self._could_link(visitor):
                return Redirect(self._target(next), status_code=303)
            return plugin_page(visitor, self._template("link"), self._context(next))

        return [tab, enter, window, arrive, link]

    def in_window(self) -> list[HTTPRouteHandler]:
        """Return the pages of the window. Before them, the core's own pages sign the person in."""

        @get("/start", sync_to_thread=True, opt={"window": True})
        def start(
            request: WebRequest,
            visitor: NamedDependency[Visitor],
            challenge: FromQuery[str] = "",
            loa: FromQuery[int] = 1,
        ) -> Response[str]:
            """Ask whether this account should continue in the app."""
            self._require_home(visitor)
            Window.require(visitor, _level(loa))
            context = {
                "csrf": visitor.session.csrf,
                "name": visitor.session.user.name,
                "organisation_name": visitor.session.organisation.name,
                "url": f"{self._app.path}/done",
                "challenge": challenge,
                "loa": loa,
            }
            return guest_page(request, self._template("start"), context, language=visitor.language)

        @post("/done", sync_to_thread=True, status_code=200, opt={"window": False})
        def done(request: WebRequest, visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[str]:
            """Give the code to the app, and close the window."""
            self._require_home(visitor)
            loa = _level(int(word) if (word := form.get("loa")) in {"1", "2", "3"} else 3)
            code = Window.hand_over(visitor, form.get("challenge"), loa)
            context = {"code": code, "origins": " ".join(self._app.ancestors)}
            return guest_page(request, self._template("done"), context, language=visitor.language)

        return [start, done]

    def _context(self, target: str) -> dict[str, Any]:
        return {
            "path": self._app.path,
            "way": self._app.name,
            "label": self._app.label,
            "next": self._target(target),
            "with_token": self._app.provider is not None,
            "origins": " ".join(self._app.ancestors),
            **self._app.facts(),
        }

    def _window(self, request: WebRequest, target: str, loa: Loa, sentence: str = "") -> Response[Any]:
        opened = Window.open(request)
        query = urlencode({"challenge": opened.challenge, "loa": int(loa)})
        more = {
            "word": opened.word,
            "window": f"{self._app.path}/{self._app.first_in_window}?{query}",
            "loa": int(loa),
            "sentence": sentence,
        }
        return opened.remember(request, guest_page(request, self._template("window"), self._context(target) | more))

    def _is_unknown(self, token: str) -> bool:
        """Tell whether a token is valid but its account in the app is not linked to any account here."""
        if self._app.provider is None:
            return False
        try:
            account = self._app.provider.account(token)
        except (TokenRefused, KeysUnavailable):
            return False
        return not identity_accounts(self._host.platform, self._app.name, account.subject)

    def _could_link(self, visitor: Visitor) -> bool:
        if self._app.provider is None:
            return False
        chosen = visitor.session.organisation.settings.get("login_methods")
        offered = not isinstance(chosen, list) or not chosen or self._app.name in chosen
        with self._host.work(visitor.actor) as work:
            identities = linked_identities(work)
        return offered and all(identity.provider != self._app.name for identity in identities)

    def _require_home(self, visitor: Visitor) -> None:
        if self._app.organisations and visitor.session.organisation.slug not in self._app.organisations:
            raise Forbidden(self._app.elsewhere)

    def _target(self, path: str) -> str:
        """Return a path of ours. If the core itself redirects to it, it checks it again."""
        plain = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
        return path if plain else self._app.home

    def _template(self, name: str) -> str:
        return f"{self._app.plugin}/{name}.html"


def _level(loa: int) -> Loa:
    return Loa(loa) if loa in set(Loa) - {Loa.NONE} else Loa.THREE
