"""Signing in to a frame by a window that it opens: the user continues in the frame, with a separate session.

A frame offers no sign-in methods: people see no address there, and most services forbid framing. So the frame opens a
window, the window ends with a code, the frame's host passes the code back, and the frame exchanges it for a session.
The code is valid once, for ten minutes, and only in the frame whose page opened the window. It is issued only to a
user who has identified recently and has pressed a button.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response
from litestar.response import Redirect

from budkavle.accounts.users import user as find_user
from budkavle.identification import flow as sign_in
from budkavle.identification import flow_store
from budkavle.identification.flow_store import FlowContent
from budkavle.identification.outcome import ANOTHER, SignedIn
from budkavle.model.errors import Conflict, NotFound, NotSignedIn, StepUp
from budkavle.model.loa import Loa
from budkavle.model.people import CORE_NAME, SystemActor
from budkavle.storage import audit
from budkavle.web.auth import (
    Visitor,
    is_fresh,
    open_session,
    platform_of,
    remember_language,
    visitor_of,
)
from budkavle.web.http.cookies import cookie_name, keep_cookie
from budkavle.web.http.forms import WebRequest
from budkavle.web.identification import BROWSER, BROWSER_SECONDS

HANDOVER = "handover"
"""Stands for a provider's name, so that no identification page can continue such a flow."""
LATE = "Inloggningen tog för lång tid eller hör till ett annat fönster. Börja om från början."


@dataclass(frozen=True, slots=True)
class Window:
    """A window that a page of a frame opens, where the user signs in or identifies at a higher level.

    The frame's page opens it (`open`, `remember`). The window's pages check the user and issue a code (`require`,
    `hand_over`). The frame exchanges the code for a session (`take_over`).

    Attributes:
        word: A secret of the frame's page, which keeps it and sends it back with the code.
        challenge: The value passed to the window.
        browser: The name of the frame's browser.
    """

    word: str
    challenge: str
    browser: str

    @classmethod
    def open(cls, request: WebRequest) -> "Window":
        """Prepare a window for this frame.

        Args:
            request: A request for a page of the frame.

        Returns:
            The window; the page keeps its `word` and opens the window with its `challenge`.
        """
        browser = request.cookies.get(cookie_name(request, BROWSER)) or secrets.token_urlsafe(32)
        word = secrets.token_urlsafe(16)
        return cls(word, _challenge(request, browser, word), browser)

    def remember(self, request: WebRequest, answer: Response[Any]) -> Response[Any]:
        """Set the cookie that ties the window to this browser.

        Args:
            request: The request for the frame's page.
            answer: The frame's page.

        Returns:
            The same response, with the cookie.
        """
        return keep_cookie(request, answer, BROWSER, self.browser, BROWSER_SECONDS)

    @staticmethod
    def require(visitor: Visitor, loa: Loa) -> None:
        """Check that the visitor identified recently, at a high enough level, to continue in a frame.

        Args:
            visitor: The user signed in in the window.
            loa: The lowest level that is accepted.

        Raises:
            StepUp: It was too long ago, or the level is lower.
        """
        if not is_fresh(visitor) or not visitor.session.loa.meets(loa):
            raise StepUp("Visa vem du är, för att gå vidare.", wanted=max(loa, Loa.ONE))

    @staticmethod
    def hand_over(visitor: Visitor, challenge: str, loa: Loa = Loa.ONE) -> str:
        """Issue the code that lets the visitor continue in the frame.

        Args:
            visitor: The user signed in in the window.
            challenge: The frame's challenge; only that frame can use the code.
            loa: The lowest level that is accepted.

        Returns:
            The code, valid once, for ten minutes.

        Raises:
            StepUp: As `require`.
        """
        Window.require(visitor, loa)
        session = visitor.session
        stored = FlowContent(
            state={
                "loa": str(int(session.loa)),
                "provider": session.provider,
                "at": session.identified_at.isoformat(),
            },
            hints={},
            return_to="/",
            again="/",
            organisation=str(session.organisation.id),
            account=str(session.user.id),
        )
        return flow_store.begin(visitor.platform, challenge, HANDOVER, session.loa, stored).secret

    @staticmethod
    def take_over(request: WebRequest, code: str, word: str, return_to: str) -> Response[Any]:
        """Exchange a code for a session in this frame, and redirect to a page of ours.

        Args:
            request: The request of the frame that brings the code.
            code: The code that `hand_over` returned in the window.
            word: The `word` of the window that this page opened.
            return_to: The path of a page of ours.

        Returns:
            A redirect that sets the session's cookie.

        Raises:
            NotFound: The code has expired, is used, or is not for this frame.
            Conflict: Somebody else is signed in in this frame.
        """
        signed_in = _taken(request, code, word, sign_in.safe_path(return_to))
        answer: Response[Any] = Redirect(signed_in.return_to, status_code=303)
        remember_language(request, answer, signed_in.user.language)
        return open_session(request, answer, signed_in)


def _taken(request: WebRequest, code: str, word: str, return_to: str) -> SignedIn:
    platform = platform_of(request)
    browser = request.cookies.get(cookie_name(request, BROWSER), "")
    try:
        flow = flow_store.find(platform, code, _challenge(request, browser, word))
    except NotFound as error:
        raise NotFound(LATE) from error
    if flow.provider != HANDOVER or not flow.content.organisation or not flow.content.account:
        raise NotFound(LATE)
    flow_store.use(platform, flow)
    with platform.work(SystemActor(UUID(flow.content.organisation), CORE_NAME)) as work:
        user = find_user(work, UUID(flow.content.account))
    if not user.active:
        raise NotFound(LATE)
    _check_same(request, user.id)
    loa, provider = Loa(int(flow.content.state["loa"])), flow.content.state["provider"]
    values: dict[str, str | int] = {"provider": provider, "method": HANDOVER, "loa": int(loa)}
    with platform.work(user.acting(loa)) as work:
        audit.record(work, "user.signed-in", user.id, **values)
    at = flow.content.state.get("at", "")
    return SignedIn(user, loa, provider, return_to, identified_at=datetime.fromisoformat(at) if at else None)


def _check_same(request: WebRequest, user_id: UUID) -> None:
    """Require that a user signed in here, if any, is the same person."""
    try:
        visitor = visitor_of(request)
    except NotSignedIn:
        return
    if visitor.session.user.id != user_id:
        raise Conflict(ANOTHER)


def _challenge(request: WebRequest, browser: str, word: str) -> str:
    return platform_of(request).vault.subject_hash(HANDOVER, browser, word).hex()
