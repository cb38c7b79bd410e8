"""The session that a browser brings: of somebody who has signed in, or of a guest; and what binds it to the browser."""

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
"""How long a browser remembers that its session has ended as copied, for open pages that ask."""
_HAS_SHOWN = "has_shown_proof"
"""Where a request keeps that its session has been found by its proof."""


def session_cookie(request: WebRequest) -> str | None:
    """Return the cookie of the browser's session, where it is of the kind that belongs here.

    A session that was made in a frame says so in its secret, and is worth nothing outside of it, nor the other way.
    """
    cookie = request.cookies.get(cookie_name(request), "")
    return cookie if cookie.partition(".")[2].rpartition(".")[0] == kind_of(request) else None


def session_of(request: WebRequest, *, touch: bool = True, even_locked: bool = False) -> Session:
    """Return the session of the browser that asks, once it has shown its proof; the answer brings it the next one.

    A request shows its proof once: while a large file was on its way, another tab may have got the next one.

    Args:
        request: What the browser asks.
        touch: Whether this counts as being there.
        even_locked: Whether a locked one is returned too.

    Raises:
        NotSignedIn: There is none, or it is over.
        Copied: It has just been ended since it was used in two browsers; where this is none of being there, also when
            another request of this browser has been told so lately: a script may have asked, which shows nothing.
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
    """Let the answer take what binds the session, which has ended, out of the browser."""
    bring_cookie(request, own_cookie(request, _name(PROOF, session_cookie(request)), "", 0))


def guest_of(request: WebRequest) -> Guest | None:
    """Return who has identified in this browser to read one message, once it has shown its proof."""
    platform, cookie = request.app.state.platform, request.cookies.get(cookie_name(request, GUEST))
    name, shown = _shown(request, GUEST_PROOF, cookie)
    guest, proof = guest_sessions.find(platform, cookie, shown)
    _keep(request, name, shown, proof)
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


def _shown(request: WebRequest, kind: str, cookie: str | None) -> tuple[str, Shown]:
    """Return the name of the session's proof, and what the browser has of it."""
    name = _name(kind, cookie)
    return name, Shown(request.cookies.get(cookie_name(request, name), ""), address_mark(request))


def _name(kind: str, cookie: str | None) -> str:
    """Return a name that no other session has: a late answer to the one before must not overwrite this one's proof."""
    return f"{kind}-{_fingerprint(cookie)}"


def _fingerprint(cookie: str | None) -> str:
    return sha256((cookie or "").encode()).hexdigest()[:8]


def _keep(request: WebRequest, name: str, shown: Shown, proof: str) -> None:
    """Let the answer bring the next proof, and take those of sessions before out of the browser."""
    if proof == shown.proof:
        return
    bring_cookie(request, own_cookie(request, name, proof))
    prefix, kind = cookie_name(request, ""), name.rpartition("-")[0]
    for other in request.cookies.keys() - {prefix + name}:
        if other.startswith(f"{prefix}{kind}-"):
            bring_cookie(request, own_cookie(request, other.removeprefix(prefix), "", 0))
