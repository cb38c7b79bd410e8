"""The pages for tests: without a server, for a signed-in user or for nobody."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from secrets import token_urlsafe
from typing import Any

from litestar.testing import TestClient

from budkavle.accounts import users
from budkavle.identification import sessions
from budkavle.identification.flow import SignedIn
from budkavle.model.loa import Loa
from budkavle.model.people import Actor, User
from budkavle.storage.platform import Platform
from budkavle.web.app import create_app
from budkavle.web.http.cookies import KNOWN


class Browser:
    """A test browser: it sends a cookie and form fields, and does not follow redirects.

    Attributes:
        csrf: The token for this session's forms; empty if nobody is signed in.
        cookie: The session's secret.
    """

    def __init__(
        self, client: TestClient[Any], platform: Platform, who: User | Actor | None, loa: Loa = Loa.TWO
    ) -> None:
        """Sign a user in at a level of assurance, or nobody."""
        user = _user(platform, who) if isinstance(who, Actor) else who
        self.client = client
        self.cookie = sessions.start(platform, SignedIn(user, loa, "test", "/")) if user else ""
        self.csrf = sessions.find(platform, self.cookie).csrf if user else ""
        self._name = "__Host-budkavle" if platform.settings.base_url.startswith("https://") else "budkavle"

    def get(self, path: str, **headers: str) -> Any:
        """Open a page."""
        return self._ask("GET", path, headers)

    def post(self, path: str, csrf: str | None = None, files: Any = None, **fields: str | list[str]) -> Any:
        """Submit a form, with its token unless another is given; `files` as in httpx."""
        return self._ask("POST", path, {}, {"csrf": self.csrf if csrf is None else csrf, **fields}, files)

    def known_cookie(self) -> str:
        """Return the cookies of a browser in which somebody has signed in before, and nobody is signed in now."""
        browser = token_urlsafe(32)
        prefix, platform = self._name.removesuffix("budkavle"), self.client.app.state.platform
        mark = platform.vault.subject_hash("known-browser", browser).hex()
        return f"{prefix}browser={browser}; {prefix}{KNOWN}={mark}"

    def _ask(self, method: str, path: str, headers: dict[str, str], data: Any = None, files: Any = None) -> Any:
        cookie = f"{self._name}={self.cookie}"
        all_headers = {"sec-fetch-site": "same-origin", "accept": "text/html", "cookie": cookie, **headers}
        self.client.cookies.clear()
        return self.client.request(method, path, data=data, files=files, headers=all_headers, follow_redirects=False)


@contextmanager
def browsing(platform: Platform) -> Iterator[Callable[..., Browser]]:
    """Serve the pages of an installation.

    Args:
        platform: The installation.

    Returns:
        A function that opens a browser for a user, an actor or, with None, nobody; it also takes the level.
    """
    base = platform.settings.base_url
    with TestClient(create_app(platform), base_url=base, raise_server_exceptions=False) as client:

        def new(who: User | Actor | None = None, loa: Loa = Loa.TWO) -> Browser:
            return Browser(client, platform, who, loa)

        yield new


def _user(platform: Platform, actor: Actor) -> User:
    if actor.user_id is None:
        raise ValueError("only a user has a browser")
    with platform.work(actor) as work:
        return users.user(work, actor.user_id)
