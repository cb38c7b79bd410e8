"""The session that a browser brings: of somebody who has signed in, or of a guest; and what binds it to the browser."""

from budkavle.identification import guest_sessions, sessions
from budkavle.identification.browser_proof import Shown
from budkavle.identification.guest_sessions import Guest
from budkavle.identification.sessions import Session
from budkavle.model.people import MARK_LENGTH
from budkavle.storage.platform import Platform
from budkavle.web.http.cookies import GUEST, GUEST_PROOF, PROOF, bring_cookie, cookie_name, own_cookie
from budkavle.web.http.devices import network_address
from budkavle.web.http.embedding import frame_of
from budkavle.web.http.forms import WebRequest


def session_cookie(request: WebRequest) -> str | None:
    """Return the cookie of the browser's session, where it is of the kind that belongs here.

    A session that was made in a frame says so in its secret, and is worth nothing outside of it, nor the other way.
    """
    cookie = request.cookies.get(cookie_name(request), "")
    return cookie if cookie.partition(".")[2].rpartition(".")[0] == kind_of(request) else None


def session_of(request: WebRequest, *, touch: bool = True, even_locked: bool = False) -> Session:
    """Return the session of the browser that asks, once it has shown its proof; the answer brings it the next one.

    Args:
        request: What the browser asks.
        touch: Whether this counts as being there.
        even_locked: Whether a locked one is returned too.

    Raises:
        NotSignedIn: There is none, or it is over.
    """
    shown = _shown(request, PROOF)
    platform, cookie = request.app.state.platform, session_cookie(request)
    session, proof = sessions.find_bound(platform, cookie, shown, touch=touch, even_locked=even_locked)
    if proof != shown.proof:
        bring_cookie(request, own_cookie(request, PROOF, proof))
    return session


def guest_of(request: WebRequest) -> Guest | None:
    """Return who has identified in this browser to read one message, once it has shown its proof."""
    shown = _shown(request, GUEST_PROOF)
    platform, cookie = request.app.state.platform, request.cookies.get(cookie_name(request, GUEST))
    guest, proof = guest_sessions.find(platform, cookie, shown)
    if proof != shown.proof:
        bring_cookie(request, own_cookie(request, GUEST_PROOF, proof))
    return guest


def address_mark(request: WebRequest) -> str:
    """Return what the event log has of the network address: the same for the same address, and keyed."""
    if address := network_address(request):
        platform: Platform = request.app.state.platform
        return platform.vault.subject_hash("address", address).hex()[:MARK_LENGTH]
    return ""


def kind_of(request: WebRequest) -> str:
    """Return what a session that is made here says in its secret: the frame's name, or nothing outside of frames."""
    frame = frame_of(request)
    return frame.name if frame else ""


def _shown(request: WebRequest, name: str) -> Shown:
    return Shown(request.cookies.get(cookie_name(request, name), ""), address_mark(request))
