"""How our cookies are named: bound to this host and to https, and apart in each frame."""

from budkavle.web.http.embedding import frame_of
from budkavle.web.http.forms import WebRequest


def cookie_name(request: WebRequest, name: str = "budkavle") -> str:
    """Return the cookie's name: bound to this host and to https, wherever the installation has https.

    In a frame it is another, so that neither is ever taken for the other.
    """
    frame = frame_of(request)
    if frame:
        return f"__Host-{frame.name}-{name}"
    return f"__Host-{name}" if is_https(request) else name


def is_https(request: WebRequest) -> bool:
    """Tell whether browsers reach the installation by https."""
    base_url: str = request.app.state.platform.settings.base_url
    return base_url.startswith("https://")
