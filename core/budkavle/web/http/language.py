"""The language for a visitor who is not signed in: the chosen one, the browser's, the installation's."""

from budkavle.web.http.cookies import cookie_name
from budkavle.web.http.forms import WebRequest
from budkavle.web.views.render import LANGUAGES

COOKIE = "language"
"""Named by `cookie_name` as every cookie of ours is; nothing outside of the core knows how."""


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
    chosen = request.cookies.get(cookie_name(request, COOKIE), "")
    return chosen if chosen in LANGUAGES else ""


def chosen_now(request: WebRequest) -> str:
    """Return the language that the address names, as links to the page in another language do; or nothing."""
    chosen = request.query_params.get("lang", "")
    return chosen if chosen in LANGUAGES else ""


def reader_language(request: WebRequest, told: str = "") -> str:
    """Return the language of a person without an account on a page of a plugin.

    Args:
        request: The request; `?lang=` in its address chooses a language, and `guest_page` lets the browser keep it.
        told: The language that somebody else has chosen for them; it counts where they have chosen none.

    Returns:
        `sv` or `en`.
    """
    wished = (chosen_now(request), chosen_language(request), told)
    return next((language for language in wished if language in LANGUAGES), "") or language_of(request)
