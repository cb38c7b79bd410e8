"""Which language to speak to somebody who is not signed in: the chosen one, the browser's, the installation's."""

from budkavle.web.http.forms import WebRequest
from budkavle.web.views.render import LANGUAGES

COOKIE = "language"
"""It has one name everywhere: plugins whose pages guests open set and read it, too."""


def language_of(request: WebRequest) -> str:
    """Return `sv` or `en`."""
    if chosen := chosen_language(request):
        return chosen
    languages = [
        part.split(";")[0].strip().lower()[:2] for part in request.headers.get("accept-language", "").split(",")
    ]
    return next((lang for lang in languages if lang in LANGUAGES), request.app.state.platform.settings.language)


def chosen_language(request: WebRequest) -> str:
    """Return the language that the browser keeps for us, or nothing."""
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in LANGUAGES else ""
