"""The language for a visitor who is not signed in: the chosen one, the browser's, the installation's."""

from budkavle.web.http.cookies import cookie_name
from budkavle.web.http.forms import WebRequest
from budkavle.web.views.render import LANGUAGES

COOKIE = "language"
"""Its full name comes from `cookie_name`, as for all our cookies; only the core knows it."""


def language_of(request: WebRequest) -> str:
    """Return `sv` or `en`."""
    if chosen := chosen_language(request):
        return chosen
    languages = [
        part.split(";")[0].strip().lower()[:2] for part in request.headers.get("accept-language", "").split(",")
    ]
    return next((lang for lang in languages if lang in LANGUAGES), request.app.state.platform.settings.language)


def chosen_language(request: WebRequest) -> str:
    """Return the language in the browser's cookie, or nothing."""
    chosen = request.cookies.get(cookie_name(request, COOKIE), "")
    return chosen if chosen in LANGUAGES else ""


def chosen_now(request: WebRequest) -> str:
    """Return the language in the URL, as set by links to the page in another language, or nothing."""
    chosen = request.query_params.get("lang", "")
    return chosen if chosen in LANGUAGES else ""


def reader_language(request: WebRequest, told: str = "") -> str:
    """Return the language of a person without an account on a page of a plugin.

    Args:
        request: The request; `?lang=` in its URL chooses a language, and `guest_page` stores it in a cookie.
        told: The language that somebody else has chosen for them; used if they have chosen none.

    Returns:
        `sv` or `en`.
    """
    wished = (chosen_now(request), chosen_language(request), told)
    return next((language for language in wished if language in LANGUAGES), "") or language_of(request)
