"""Information: the organisation's details, logo and accessibility statement, for its administrators."""

from collections.abc import Generator, Mapping
from types import MappingProxyType
from typing import Any

from anyio import to_thread
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect

from budkavle.accounts import organisations
from budkavle.accounts.permissions import require_admin
from budkavle.accounts.profile import STATUSES, AccessibilitySettings, InformationSettings
from budkavle.accounts.stored_settings import SectionValues, section_values, write_settings
from budkavle.colours import read_colour
from budkavle.messaging.guest_access import logo_url
from budkavle.model.errors import Invalid
from budkavle.model.input_rules.swedish_numbers import organisation_number
from budkavle.model.people import Organisation
from budkavle.model.settings_sections import fields_of
from budkavle.organisation import accessibility, licences, logos
from budkavle.organisation.usage import UsageKind
from budkavle.web.auth import Visitor, check_own
from budkavle.web.http.forms import Form, WebRequest, read_multipart
from budkavle.web.pages.organisation.licence_words import in_short
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import page
from budkavle.web.views.settings_form import shown_fields, typed_values

HERE = "/organisation"
SECTION, ACCESSIBILITY = "budkavle.information", "budkavle.accessibility"
SAID = {
    "saved": N_("Ändringarna är sparade."),
    "logo": N_("Logotypen är bytt. Den syns på sidorna för mottagare utan konto."),
    "no-logo": N_("Logotypen är borttagen."),
}


@get(HERE, sync_to_thread=True)
def show(visitor: NamedDependency[Visitor], said: FromQuery[str] = "") -> Response[str]:
    """Show the organisation's details and its usage (features O1, O3, A13)."""
    require_admin(visitor.actor)
    with visitor.work() as work:
        information = section_values(work, SECTION)
        statement = accessibility.read_statement(work)
        licence = licences.read_licence(work)
        logo = logos.find_logo(work)
        organisation = organisations.organisation(work)
    rows = {field["name"]: (field["label"], field["words"]) for field in shown_fields(visitor, information, None, {})}
    used = {measure.kind: measure.used for measure in licence.measures}
    context = {
        "name": organisation.name,
        "slug": organisation.slug,
        "logo_url": logo_url(organisation.id, logo.version if logo else ""),
        "facts": rows,
        "preview": _preview(organisation, information, logo),
        "users": used[UsageKind.USERS],
        "mailboxes": used[UsageKind.MAILBOXES],
        "licence": in_short(visitor, licence),
        "status": _status(visitor, statement.chosen),
        "has_status": bool(statement.chosen.status),
        "said": visitor.say(SAID[said]) if said in SAID else "",
    }
    return page(visitor, "pages/organisation_profile.html", context, folder="organisation")


@get(f"{HERE}/information", sync_to_thread=True)
def ask(visitor: NamedDependency[Visitor]) -> Response[str]:
    """Show the form for the organisation's details."""
    return _information_page(visitor)


@post(f"{HERE}/information", sync_to_thread=True)
def save(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Change name and information, or show the errors at the fields (feature O4)."""
    require_admin(visitor.actor)
    if number := organisation_number(form.get("number")):
        form.add("number", number)
    try:
        _save(visitor, form)
    except Invalid as error:
        return _information_page(visitor, form, error.fields)
    return Redirect(f"{HERE}?said=saved", status_code=303)


@post(f"{HERE}/logo")
async def save_logo(request: WebRequest, visitor: NamedDependency[Visitor]) -> Response[Any]:
    """Store an image as the organisation's logo, or say why not."""
    require_admin(visitor.actor)
    form = await read_multipart(request, _take)
    check_own(request, visitor, form)
    return await to_thread.run_sync(_save_logo, visitor, form)


@post(f"{HERE}/logo/remove", sync_to_thread=True)
def remove_logo(
    visitor: NamedDependency[Visitor],
    form: NamedDependency[Form],  # noqa: ARG001 - checks the token
) -> Response[Any]:
    """Remove the logo."""
    with visitor.work() as work:
        logos.remove_logo(work)
    return Redirect(f"{HERE}?said=no-logo", status_code=303)


@get(f"{HERE}/accessibility", sync_to_thread=True)
def ask_statement(visitor: NamedDependency[Visitor]) -> Response[str]:
    """Show the form for the accessibility statement, with what the automatic check found."""
    return _statement_page(visitor)


@post(f"{HERE}/accessibility", sync_to_thread=True)
def save_statement(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
    """Change the statement."""
    require_admin(visitor.actor)
    try:
        with visitor.work() as work:
            write_settings(work, AccessibilitySettings, typed_values(section_values(work, ACCESSIBILITY), form))
    except Invalid as error:
        return _statement_page(visitor, form, error.fields)
    return Redirect(f"{HERE}?said=saved", status_code=303)


def _take(name: str, content_type: str) -> Generator[None, bytes, bytes]:  # noqa: ARG001 - neither is trusted
    """Receive a file, up to slightly more than the size limit, so that a larger one is refused by its size."""
    content = bytearray()
    while len(content) <= logos.MOST_BYTES and (piece := (yield)):
        content += piece
    return bytes(content)


def _save_logo(visitor: Visitor, form: Form) -> Response[Any]:
    if not form.files or not form.files[0]:
        return _information_page(visitor, faults={"logo": "Välj en bild först."})
    require_admin(visitor.actor)
    try:
        logo = logos.read_picture(form.files[0])
        with visitor.work() as work:
            logos.set_logo(work, logo)
    except Invalid as error:
        return _information_page(visitor, faults=error.fields)
    return Redirect(f"{HERE}?said=logo", status_code=303)


def _save(visitor: Visitor, form: Form) -> None:
    """Store name and information, both or neither.

    Raises:
        Invalid: With a sentence for each invalid field.
    """
    faults: dict[str, str] = {}
    with visitor.work() as work:
        for change in (
            lambda: organisations.rename_organisation(work, form.get("name")),
            lambda: write_settings(work, InformationSettings, typed_values(section_values(work, SECTION), form)),
        ):
            try:
                change()
            except Invalid as error:
                faults |= error.fields
        if faults:
            raise Invalid("Uppgifterna kunde inte sparas.", fields=faults)


def _information_page(
    visitor: Visitor, typed: Form | None = None, faults: Mapping[str, str] = MappingProxyType({})
) -> Response[str]:
    require_admin(visitor.actor)
    with visitor.work() as work:
        values, organisation = section_values(work, SECTION), organisations.organisation(work)
        logo = logos.find_logo(work)
    context = {
        "name": typed.get("name") if typed else organisation.name,
        "fields": _fields(visitor, values, typed, faults),
        "faults": _faults(visitor, ("name", "logo", *InformationSettings.__struct_fields__), faults),
        "fault": visitor.say_all(faults),
        "logo_url": logo_url(organisation.id, logo.version if logo else ""),
    }
    status = 422 if faults else 200
    return page(visitor, "pages/organisation_information.html", context, folder="organisation", status=status)


def _statement_page(
    visitor: Visitor, typed: Form | None = None, faults: Mapping[str, str] = MappingProxyType({})
) -> Response[str]:
    require_admin(visitor.actor)
    with visitor.work() as work:
        values = section_values(work, ACCESSIBILITY)
    check = accessibility.automatic_check()
    context = {
        "fields": _fields(visitor, values, typed, faults),
        "faults": _faults(visitor, AccessibilitySettings.__struct_fields__, faults),
        "statuses": [(key, visitor.say(text), None) for key, text in STATUSES.items()],
        "check": check,
        "proposal": [visitor.say(line) for line in check.proposal()],
        "slug": visitor.session.organisation.slug,
    }
    status = 422 if faults else 200
    return page(visitor, "pages/organisation_accessibility.html", context, folder="organisation", status=status)


def _fields(
    visitor: Visitor, values: SectionValues[Any], typed: Form | None, faults: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """Return the fields by name, with only their own help text: all of them are the organisation's."""
    help_of = {field.name: field.setting.help for field in fields_of(values.section.type)}
    return {
        field["name"]: {**field, "hint": visitor.say(text) if (text := help_of[field["name"]]) else None}
        for field in shown_fields(visitor, values, typed, faults)
    }


def _faults(visitor: Visitor, order: tuple[str, ...], faults: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(name, visitor.say(faults[name])) for name in order if name in faults]


def _preview(
    organisation: Organisation, information: SectionValues[InformationSettings], logo: logos.Logo | None
) -> dict[str, str]:
    """Return what a reader without an account sees first: the organisation as the sender of a page."""
    return {
        "name": organisation.name,
        "detail": "",
        "logo_url": logo_url(organisation.id, logo.version if logo else ""),
        "colour": read_colour(information.value.colour),
    }


def _status(visitor: Visitor, chosen: AccessibilitySettings) -> str:
    return visitor.say(STATUSES[chosen.status])


HANDLERS = [show, ask, save, save_logo, remove_logo, ask_statement, save_statement]
