"""The session of a browser, of a signed-in user or of a guest, and the proof that binds it to the browser."""

from hashlib import sha256

from budkavle.identification import guest_sessions, sessions
from budkavle.identification.browser_proof import Shown
from budkavle.identification.guest_sessions import Guest
from budkavle.identification.sessions import Session
from budkavle.model.errors import Copied, NotSignedIn
from budkavle.model.people import MARK_LENGTH
from budkavle.storage.platform import Platform
from budkavle.web.http.cookies import COPIED, GUEST, GUEST_PROOF, PROOF, bring_cookie, cookie_name, own_cookie
from budkavle.web.http.devices import network_address
from budkavle.web.http.embedding import frame_of
from budkavle.web.http.forms import WebRequest

_TOLD_SECONDS = 600
"""How long a browser remembers that its session was ended as copied, for open pages that ask."""
_HAS_SHOWN = "has_shown_proof"
"""The key in a request's state that says that its session has been found by its proof."""


def session_cookie(request: WebRequest) -> str | None:
    """Return the cookie of the browser's session if it is of the right kind, else None.

    The secret of a session made in a frame names the frame; the session is not valid outside it, nor the reverse.
    """
    cookie = request.cookies.get(cookie_name(request), "")
    return cookie if cookie.partition(".")[2].rpartition(".")[0] == kind_of(request) else None


def session_of(request: WebRequest, *, touch: bool = True, even_locked: bool = False) -> Session:
    """Return the browser's session after checking its proof; the response brings the next proof.

    The proof is checked once per request: during a large upload, another tab may have got the next one.

    Args:
        request: The browser's request.
        touch: Whether the request counts as activity.
        even_locked: Whether a locked session is returned too.

    Raises:
        NotSignedIn: There is no session, or it has ended.
        Copied: The session has just been ended because two browsers used it. Without `touch`, also when another
            request of this browser has recently been told so: that may have been a script, which shows nothing.
    """
    platform, cookie, state = request.app.state.platform, session_cookie(request), request.scope["state"]
    if state.get(_HAS_SHOWN):
        return sessions.find(platform, cookie, touch=touch, even_locked=even_locked)
    name, shown = _shown(request, PROOF, cookie)
    try:
        session, proof = sessions.find_bound(platform, cookie, shown, touch=touch, even_locked=even_locked)
    except Copied:
        bring_cookie(request, own_cookie(request, COPIED, _fingerprint(cookie), _TOLD_SECONDS))
        raise
    except NotSignedIn as error:
        if not touch and request.cookies.get(cookie_name(request, COPIED)) == _fingerprint(cookie):
            raise Copied(sessions.COPIED) from error
        raise
    state[_HAS_SHOWN] = True
    _keep(request, name, shown, proof)
    return session


def forget_proof(request: WebRequest) -> None:
    """Let the response delete the proof cookie of a session that has ended."""
    bring_cookie(request, own_cookie(request, _name(PROOF, session_cookie(request)), "", 0))


def guest_of(request: WebRequest) -> Guest | None:
    """Return who has identified in this browser to read one message, after checking the browser's proof."""
    platform, cookie = request.app.state.platform, request.cookies.get(cookie_name(request, GUEST))
    name, shown = _shown(request, GUEST_PROOF, cookie)
    guest, proof = guest_sessions.find(platform, cookie, shown)
    _keep(request, name, shown, proof)
    return guest


def address_mark(request: WebRequest) -> str:
    """Return a keyed hash of the network address for the event log; the same address gives the same hash."""
    if address := network_address(request):
        platform: Platform = request.app.state.platform
        return platform.vault.subject_hash("address", address).hex()[:MARK_LENGTH]
    return ""


def kind_of(request: WebRequest) -> str:
    """Return the prefix for the secret of a session made here: the frame's name, or nothing outside of frames."""
    frame = frame_of(request)
    return frame.name if frame else ""


def _shown(request: WebRequest, kind: str, cookie: str | None) -> tuple[str, Shown]:
    """Return the name of the session's proof, and the proof that the browser sent."""
    name = _name(kind, cookie)
    return name, Shown(request.cookies.get(cookie_name(request, name), ""), address_mark(request))


def _name(kind: str, cookie: str | None) -> str:
    """Return a name unique to the session: a late response for an earlier one must not overwrite its proof."""
    return f"{kind}-{_fingerprint(cookie)}"


def _fingerprint(cookie: str | None) -> str:
    return sha256((cookie or "").encode()).hexdigest()[:8]


def _keep(request: WebRequest, name: str, shown: Shown, proof: str) -> None:
    """Let the response bring the next proof, and delete the proof cookies of earlier sessions."""
    if proof == shown.proof:
        return
    bring_cookie(request, own_cookie(request, name, proof))
    prefix, kind = cookie_name(request, ""), name.rpartition("-")[0]
    for other in request.cookies.keys() - {prefix + name}:
        if other.startswith(f"{prefix}{kind}-"):
            bring_cookie(request, own_cookie(request, other.removeprefix(prefix), "", 0))
