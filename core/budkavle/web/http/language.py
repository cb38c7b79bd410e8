"""Which language to speak to somebody who is not signed in: the chosen one, the browser's, the installation's."""

from budkavle.web.http.forms import WebRequest
from budkavle.web.views.render import LANGUAGES

COOKIE = "language"


def language_of(request: WebRequest) -> str:
    """Return `sv` or `en`."""
    chosen = request.cookies.get(COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    languages = [
        part.split(";")[0].strip().lower()[:2] for part in request.headers.get("accept-language", "").split(",")
    ]
    return next((lang for lang in languages if lang in LANGUAGES), request.app.state.platform.settings.language)
