"""The frame that PDF.js renders in: an origin of its own, without cookies, that may fetch only our static files.

The page that contains the frame passes it the bytes (static/page/viewer.js); the document itself has no URL here.
"""

from urllib.parse import urlsplit

from litestar import Response, get
from litestar.params import FromQuery

from budkavle.web.auth import pages_of, platform_of
from budkavle.web.http.embedding import frame_of
from budkavle.web.http.forms import WebRequest
from budkavle.web.http.language import language_of
from budkavle.web.views.render import LANGUAGES


def frame_policy(nonce: str, host: str, ancestors: str) -> str:
    """Return the frame's Content-Security-Policy.

    Args:
        nonce: The nonce of this response.
        host: The scheme and host of the installation: in a sandboxed frame, `'self'` matches nothing.
        ancestors: Who may contain the frame.
    """
    library = f"{host}/static/"
    return "; ".join(
        (
            "sandbox allow-scripts",
            "default-src 'none'",
            f"script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'",
            "worker-src blob:",
            f"connect-src {library}",
            f"style-src {library}",
            f"font-src data: {library}",
            "img-src data: blob:",
            "base-uri 'none'",
            "form-action 'none'",
            f"frame-ancestors {ancestors}",
            "require-trusted-types-for 'script'",
            "trusted-types pdf",
        )
    )


@get("/pdf-frame", sync_to_thread=True)
def show_frame(request: WebRequest, lang: FromQuery[str] = "") -> Response[str]:
    """Return the empty frame, also to readers without an account."""
    base = urlsplit(platform_of(request).settings.base_url)
    nonce, frame = request.scope["state"]["nonce"], frame_of(request)
    ancestors = " ".join(("'self'", *(frame.ancestors if frame else ())))
    language = lang if lang in LANGUAGES else language_of(request)
    shown = pages_of(request).page(request, "pages/pdf_frame.html", {}, language)
    shown.headers["content-security-policy"] = frame_policy(nonce, f"{base.scheme}://{base.netloc}", ancestors)
    return shown


HANDLERS = [show_frame]
