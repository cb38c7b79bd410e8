"""From a window to the frame that opened it: who has signed in there goes on in the frame, with a session of its own.

A frame shows no way to sign in: people see no address there, and most services let nobody frame them. So the frame
opens a window, the window ends in a code, the frame's host carries the code back, and the frame changes it for a
session. The code is good once, for ten minutes, and only in the frame whose page opened the window; it was asked for
by somebody who had just shown who they are and has pressed a button.
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
"""In place of a provider's name: such a flow is none that a page of identification goes on with."""
LATE = "Inloggningen tog för lång tid eller hör till ett annat fönster. Börja om från början."


@dataclass(frozen=True, slots=True)
class Window:
    """A window that a page of a frame opens, for somebody to sign in in, or to show more surely who they are.

    The frame's page opens it (`open`, `remember`), the window's pages let who has signed in go on (`require`,
    `hand_over`), and the frame takes them over (`take_over`).

    Attributes:
        word: What names the frame's page; it keeps it, and brings it back with the code.
        challenge: What goes to the window.
        browser: The frame's browser.
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
            The same answer, with the cookie.
        """
        return keep_cookie(request, answer, BROWSER, self.browser, BROWSER_SECONDS)

    @staticmethod
    def require(visitor: Visitor, loa: Loa) -> None:
        """Check that the visitor identified recently, at a high enough level, to go on in a frame.

        Args:
            visitor: Who is signed in in the window.
            loa: The lowest level that is accepted.

        Raises:
            StepUp: It was too long ago, or the level is lower.
        """
        if not is_fresh(visitor) or not visitor.session.loa.meets(loa):
            raise StepUp("Visa vem du är, för att gå vidare.", wanted=max(loa, Loa.ONE))

    @staticmethod
    def hand_over(visitor: Visitor, challenge: str, loa: Loa = Loa.ONE) -> str:
        """Make the code that lets the visitor go on in the frame.

        Args:
            visitor: Who is signed in in the window.
            challenge: The frame's challenge; only that frame can use the code.
            loa: The lowest level that is accepted.

        Returns:
            The code: good once, for ten minutes.

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
            NotFound: The code is over, used, or not for this frame.
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
    """Keep a rise in level with the one who is signed in here."""
    try:
        visitor = visitor_of(request)
    except NotSignedIn:
        return
    if visitor.session.user.id != user_id:
        raise Conflict(ANOTHER)


def _challenge(request: WebRequest, browser: str, word: str) -> str:
    return platform_of(request).vault.subject_hash(HANDOVER, browser, word).hex()
