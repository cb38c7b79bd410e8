"""Public pages of an organisation: its accessibility statement, its data-protection officer, and its logo."""

from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath
from litestar.response import Redirect

from budkavle.accounts.organisations import organisation_by_slug
from budkavle.accounts.profile import InformationSettings
from budkavle.accounts.stored_settings import read_settings
from budkavle.colours import for_dark, for_light, read_colour
from budkavle.model.errors import NotFound
from budkavle.model.people import CORE_NAME, SystemActor
from budkavle.organisation import accessibility, logos
from budkavle.storage.platform import Work
from budkavle.web import identification
from budkavle.web.auth import platform_of, visitor_or_none
from budkavle.web.http.forms import WebRequest
from budkavle.web.http.language import language_of
from budkavle.web.http.static_files import YEAR
from budkavle.web.views.sender_view import organisation_as_sender

NO_LOGO, NO_COLOUR = "Logotypen finns inte.", "Färgen finns inte."
BRAND = """\
.branded {{
  --accent: light-dark(#{light}, #{dark});
  --on-accent: light-dark(#fff, #11181c);
  --accent-hover: color-mix(in oklab, var(--accent), var(--ink) 20%);
  --accent-active: color-mix(in oklab, var(--accent), var(--ink) 40%);
  --accent-tint: color-mix(in oklab, var(--pane), var(--accent) 10%);
  --accent-tint-2: color-mix(in oklab, var(--pane), var(--accent) 18%);
}}
.branded .top {{
  border-bottom: 3px solid var(--accent);
}}
"""
"""The tokens of theme.css, in one colour for light mode and one for dark mode."""


@get("/accessibility", sync_to_thread=True)
def show_any(request: WebRequest) -> Response[Any]:
    """Show the statement of the visitor's organisation, or of the only one; else say where the statements are."""
    if visitor := visitor_or_none(request):
        return Redirect(f"/accessibility/{visitor.session.organisation.slug}", status_code=303)
    ids = [row.id for row in platform_of(request).organisations()]
    if len(ids) == 1:
        with platform_of(request).work(SystemActor(ids[0], CORE_NAME)) as work:
            return _statement_page(request, work)
    return identification.page(request, "pages/accessibility_any.html", {"check": accessibility.automatic_check()})


@get("/accessibility/{slug:str}", sync_to_thread=True)
def show_statement(request: WebRequest, slug: FromPath[str]) -> Response[Any]:
    """Show an organisation's accessibility statement; public."""
    with platform_of(request).work(_anybody(request, slug)) as work:
        return _statement_page(request, work)


@get("/data-protection/{slug:str}", sync_to_thread=True)
def show_data_protection(request: WebRequest, slug: FromPath[str]) -> Response[Any]:
    """Show who is responsible for personal data in an organisation; public."""
    with platform_of(request).work(_anybody(request, slug)) as work:
        return identification.page(request, "pages/data_protection.html", _context(work))


@get("/logo/{organisation_id:uuid}/{version:str}", sync_to_thread=True)
def show_logo(request: WebRequest, organisation_id: FromPath[UUID], version: FromPath[str]) -> Response[bytes]:
    """Return an organisation's logo, which is always an image that we have encoded ourselves."""
    with platform_of(request).work(SystemActor(organisation_id, CORE_NAME)) as work:
        logo = logos.find_logo(work)
    if logo is None or logo.version != version:
        raise NotFound(NO_LOGO)
    headers = {"cache-control": YEAR, "content-security-policy": "default-src 'none'; sandbox"}
    return Response(logo.content, media_type=logos.CONTENT_TYPE, headers=headers)


@get("/brand/{name:str}", sync_to_thread=False)
def show_brand(name: FromPath[str]) -> Response[str]:
    """Return the style sheet for an organisation's colour (feature E31), derived from the URL alone."""
    colour = read_colour(name.removesuffix(".css"))
    if not colour or f"{colour}.css" != name:
        raise NotFound(NO_COLOUR)
    content = BRAND.format(light=for_light(colour), dark=for_dark(colour))
    return Response(content, media_type="text/css", headers={"cache-control": YEAR})


def _anybody(request: WebRequest, slug: str) -> SystemActor:
    return SystemActor(organisation_by_slug(platform_of(request), slug).id, CORE_NAME)


def _statement_page(request: WebRequest, work: Work) -> Response[Any]:
    statement, language = accessibility.read_statement(work), language_of(request)
    texts = {name: _text(statement, name, language) for name in ("shortcomings", "burden", "outside")}
    context = {"statement": statement, "texts": texts, "check": accessibility.automatic_check()}
    complain = {"complain_url": accessibility.COMPLAIN_URL, "host": request.url.netloc}
    return identification.page(request, "pages/accessibility.html", {**_context(work), **context, **complain})


def _text(statement: accessibility.AccessibilityStatement, name: str, language: str) -> dict[str, Any]:
    text, written_in = statement.text(name, language)
    return {"lines": accessibility.paragraphs(text), "lang": written_in}


def _context(work: Work) -> dict[str, Any]:
    from budkavle.accounts.organisations import organisation

    return {
        "whose": organisation(work),
        "information": read_settings(work, InformationSettings),
        "sender": organisation_as_sender(work),
    }


HANDLERS = [show_any, show_statement, show_data_protection, show_logo, show_brand]
