"""Our pages in another site's frame, such as Teams: who may frame them, and the cookies of a frame.

A plugin opens a frame by a router with `opt={"frame": Frame(...)}`. Once the browser has loaded one of its pages in a
frame, every page of ours may be shown there, with the same addresses and rights. Cookies set there belong to that frame
alone (`SameSite=None; Secure; Partitioned`, with their own names). So a session made there is not valid outside, nor
the reverse. Everywhere else, framing is forbidden.

Source: Content Security Policy Level 3 (`frame-ancestors`), Fetch Metadata (`Sec-Fetch-Dest`), Cookies Having
Independent Partitioned State (`Partitioned`), HTML (`Cross-Origin-Opener-Policy`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

from litestar import Router
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.types import Scope

MARK, WINDOW, THEME = "__Host-frame", "__Host-window", "__Host-theme"
THEMES = frozenset({"light", "dark", "contrast"})
"""The themes that a frame may ask for; without one, the user's own choice applies there too."""
WINDOW_SECONDS = 600
WINDOW_PAGES = ("/sign-in", "/step-up", "/account/methods")
"""Pages shown in a window that a frame has opened: they keep the reference to the window that opened them."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame in which another site shows our pages.

    Attributes:
        name: Part of its cookies' names: lower-case letters, digits and `_`.
        ancestors: Who may frame us, as the sources of `frame-ancestors`.
        sign_in: The plugin's sign-in page; gets `next`, and `ask` if the flow must not start by itself.
        step_up: The plugin's page for identifying at a higher level; gets `loa` and `next`.
        compose: The plugin's template that replaces the page for writing a message, for forms posted to
            `/compose?frame=1` or to the address of an answer with `frame=1`. It gets the context of the core's own.
        scripts: Files under `/static/` that every page in the frame loads, in this order; the last is a module.
            They find `ancestors` as `data-frame` of the body, and may set the cookie `THEME` to one of `THEMES`.
    """

    name: str
    ancestors: tuple[str, ...]
    sign_in: str
    step_up: str
    compose: str = ""
    scripts: tuple[str, ...] = ()

    def sign_in_url(self, target: str, *, ask: bool = False) -> str:
        """Return the URL where a visitor without a session signs in.

        Args:
            target: The path to go on to.
            ask: Whether the person must press a button first, so that the flow does not start by itself.
        """
        return f"{self.sign_in}?{urlencode({'next': target, **({'ask': '1'} if ask else {})})}"

    def step_up_url(self, loa: int, target: str) -> str:
        """Return the URL where a visitor identifies at a higher level.

        Args:
            loa: The level that is needed, 1 to 3.
            target: The path to go on to.
        """
        return f"{self.step_up}?{urlencode({'loa': loa, 'next': target})}"


class Partitioned(Cookie):
    """A cookie of a frame: sent only inside that top-level site, and only to us."""

    def __init__(self, key: str, value: str, max_age: int | None = None) -> None:
        super().__init__(key, value=value, max_age=max_age, secure=True, httponly=True, samesite="none")

    def to_header(self, **kwargs: Any) -> str:
        """Return the header's value with `Partitioned`, which Python supports from 3.14."""
        return f"{super().to_header(**kwargs)}; Partitioned"


def frames_of(routers: Iterable[Router]) -> dict[str, Frame]:
    """Return the frames that routers open, by name."""
    frames: Iterable[Frame] = (router.opt["frame"] for router in routers if "frame" in router.opt)
    return {frame.name: frame for frame in frames}


def frame_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Frame | None:
    """Return the frame that a request belongs to; None in an ordinary browser window."""
    return find(connection.scope)


def find(scope: Scope) -> Frame | None:
    """Return the frame that a routed request comes from; it is kept in the request's state.

    The browser's header says what a page is loaded into. For requests made by a page in a frame it says `empty`; then
    the mark cookie decides, which only that frame has.
    """
    state = scope["state"]
    if "frame" not in state:
        state["frame"] = _find(scope, state["frames"])
    frame: Frame | None = state["frame"]
    return frame


def _find(scope: Scope, frames: Mapping[str, Frame]) -> Frame | None:
    connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
    into = connection.headers.get("sec-fetch-dest", "")
    opened = opens(scope)
    if opened and into == "iframe":
        return frames.get(opened.name)
    return frames.get(connection.cookies.get(MARK, "")) if into != "document" else None


def opens(scope: Scope) -> Frame | None:
    """Return the frame that this address opens, if any."""
    opened: Frame | None = _opt(scope).get("frame")
    return opened


def cookies(scope: Scope) -> list[Cookie]:
    """Return the cookies that mark the frame, or the window that a frame has opened."""
    frame, opt = find(scope), _opt(scope)
    cookies: list[Cookie] = [Partitioned(MARK, frame.name)] if frame and opens(scope) else []
    if "window" in opt and not frame:
        seconds = WINDOW_SECONDS if opt["window"] else 0
        cookies.append(Cookie(WINDOW, value="1", max_age=seconds, secure=True, httponly=True, samesite="lax"))
    return cookies


def keeps_opener(scope: Scope) -> bool:
    """Tell whether a page must keep its opener, to report to that window how the sign-in went."""
    if "window" in _opt(scope):
        return True
    return scope["path"].startswith(WINDOW_PAGES) and WINDOW in ASGIConnection(scope).cookies


def compose_template(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Return the frame's own template for writing a message if the request's form comes from it, else empty."""
    frame = frame_of(connection)
    return frame.compose if frame and "frame" in connection.query_params else ""


def look_of(connection: ASGIConnection[Any, Any, Any, Any]) -> dict[str, Any]:
    """Return what every page needs to know about its frame and its theme."""
    frame = frame_of(connection)
    theme = connection.cookies.get(THEME, "") if frame else ""
    chosen = connection.scope["state"].get("theme") or "auto"
    return {
        "framed": frame is not None,
        "frame_scripts": frame.scripts if frame else (),
        "frame_origins": " ".join(frame.ancestors) if frame else "",
        "theme": theme if theme in THEMES else chosen,
    }


def trusted_types(scope: Scope) -> str:
    """Return the extra Trusted Types policy that the page's scripts may create, as set by its handler or router."""
    return str(_opt(scope).get("trusted_types", ""))


def _opt(scope: Scope) -> Mapping[str, Any]:
    """Return the options of the address's handler and router; empty if no route matches."""
    handler = cast("Mapping[str, Any]", scope).get("route_handler")
    options: Mapping[str, Any] = handler.opt if handler else {}
    return options
