"""The pages as a test asks for them: without a server, and with somebody signed in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from litestar.testing import TestClient

from budkavle import sessions
from budkavle.loa import Loa
from budkavle.people import User
from budkavle.platform import Platform
from budkavle.sign_in import SignedIn
from budkavle.web.app import create_app


class Browser:
    """Somebody's browser: it sends a cookie and what a form would send, and follows nothing by itself.

    Attributes:
        csrf: The token that a form of this session sends; empty where nobody is signed in.
    """

    def __init__(self, client: TestClient[Any], platform: Platform, user: User | None) -> None:
        """Sign somebody in at level 2, or nobody."""
        self.client = client
        self.cookie = sessions.start(platform, SignedIn(user, Loa.TWO, "password", "/")) if user else ""
        self.csrf = sessions.find(platform, self.cookie).csrf if user else ""

    def get(self, path: str, **headers: str) -> Any:
        """Open a page."""
        return self._ask("GET", path, headers)

    def post(self, path: str, csrf: str | None = None, **fields: str | list[str]) -> Any:
        """Send a form, with its token unless another is given."""
        return self._ask("POST", path, {}, {"csrf": self.csrf if csrf is None else csrf, **fields})

    def _ask(self, method: str, path: str, headers: dict[str, str], data: Any = None) -> Any:
        own = {"sec-fetch-site": "same-origin", "accept": "text/html", "cookie": f"budkavle={self.cookie}", **headers}
        self.client.cookies.clear()
        return self.client.request(method, path, data=data, headers=own, follow_redirects=False)


@contextmanager
def browsing(platform: Platform) -> Iterator[Callable[..., Browser]]:
    """Serve the pages of an installation, and open a browser for a user, or for nobody."""
    with TestClient(create_app(platform), raise_server_exceptions=False) as client:

        def new(user: User | None = None) -> Browser:
            return Browser(client, platform, user)

        yield new
