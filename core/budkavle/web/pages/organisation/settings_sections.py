"""Inställningar, of the organisation and of a mailbox: a list of sections, each with a form made from its type."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle.accounts.permissions import Standing, require_admin
from budkavle.accounts.settings_tests import SettingsTestResult, run_settings_test
from budkavle.accounts.stored_settings import (
    SectionValues,
    all_sections,
    may_change,
    section_remarks,
    section_values,
    write_settings,
)
from budkavle.model.errors import Invalid
from budkavle.model.settings_sections import SettingsLoss
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form, WebRequest
from budkavle.web.pages.mailboxes.tabs import head, managed
from budkavle.web.pages.organisation.settings_search import find_settings
from budkavle.web.pages.organisation.settings_warnings import (
    find_loss,
    needs_yes,
    refuse_lockout,
    warning,
    what_holds,
)
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import page
from budkavle.web.views.organisation_menu import places
from budkavle.web.views.panels import panels
from budkavle.web.views.settings_form import link, shown_fields, typed_values

HERE = "/organisation/settings"
SAVED = N_("Ändringarna är sparade.")
OWN, USUAL, PREVIEW = "own", "usual", "preview"
"""The field for whether a mailbox has its own settings, and the buttons that restore the defaults and that preview
the section's remarks on the input."""
TYPED = "typed"
"""The field of a test that needs input."""
Answer = str | SettingsTestResult | SettingsLoss
"""The message on a page: that settings are saved, a test's result, or a loss to confirm."""
MOVED = {"times": "budkavle.sign_out", "cases": "budkavle.cases"}
"""The sections that have replaced older pages, by the old name."""


@get(HERE, sync_to_thread=True)
def list_sections(request: WebRequest, visitor: NamedDependency[Visitor], q: FromQuery[str] = "") -> Response[str]:
    """List the organisation's settings sections, or search in all settings (feature O1)."""
    require_admin(visitor.actor)
    if q.strip():
        hits = find_settings(visitor, q)
        return page(visitor, "pages/settings_search.html", {"hits": hits, "settings_query": q}, folder="organisation")
    sections = all_sections(visitor.platform).items()
    links = [link(visitor, HERE, key, section) for key, section in sections if section.scope != "mailbox"]
    support = next(place for place in places(visitor) if place.url == "/organisation/help")
    pieces = panels(visitor, "organisation.settings", {}, request.scope["state"]["nonce"])
    context = {"sections": [*links, support], "pieces": pieces}
    return page(visitor, "pages/settings.html", context, folder="organisation")


@get(f"{HERE}/{{key:str}}", sync_to_thread=True)
def show_section(visitor: NamedDependency[Visitor], key: FromPath[str], said: FromQuery[str] = "") -> Response[str]:
    """Show the organisation's settings in a section."""
    require_admin(visitor.actor)
    return _section_page(visitor, key, answer=said)


@post(f"{HERE}/{{key:str}}", sync_to_thread=True, asks_fresh=True)
def save_section(visitor: NamedDependency[Visitor], form: NamedDependency[Form], key: FromPath[str]) -> Response[Any]:
    """Save a section, or show the errors at the fields."""
    require_admin(visitor.actor)
    if form.get(PREVIEW):
        return _section_page(visitor, key, form)
    try:
        warned = _save(visitor, key, form)
    except Invalid as error:
        return _section_page(visitor, key, form, error.fields)
    if warned:
        return _section_page(visitor, key, form, answer=warned)
    return Redirect(f"{HERE}/{key}?said=saved", status_code=303)


@post(f"{HERE}/{{key:str}}/test", sync_to_thread=True, status_code=200)
def test_section(
    visitor: NamedDependency[Visitor],
    form: NamedDependency[Form],
    key: FromPath[str],
) -> Response[Any]:
    """Test the saved settings, and show the result."""
    require_admin(visitor.actor)
    return _section_page(visitor, key, answer=_test(visitor, form, key))


@get("/mailboxes/{mailbox_id:uuid}/settings/{key:str}", sync_to_thread=True)
def show_mailbox_section(
    visitor: NamedDependency[Visitor],
    mailbox_id: FromPath[UUID],
    key: FromPath[str],
    said: FromQuery[str] = "",
) -> Response[str]:
    """Show a mailbox's settings in a section to its administrators (feature F6)."""
    return _mailbox_page(visitor, managed(visitor, mailbox_id), key, answer=said)


@post("/mailboxes/{mailbox_id:uuid}/settings/{key:str}", sync_to_thread=True)
def save_mailbox_section(
    visitor: NamedDependency[Visitor],
    form: NamedDependency[Form],
    mailbox_id: FromPath[UUID],
    key: FromPath[str],
) -> Response[Any]:
    """Save a section for the mailbox, or let the mailbox follow the organisation."""
    standing = managed(visitor, mailbox_id)
    if form.get(PREVIEW):
        return _mailbox_page(visitor, standing, key, form)
    try:
        warned = _save(visitor, key, form, mailbox_id)
    except Invalid as error:
        return _mailbox_page(visitor, standing, key, form, error.fields)
    if warned:
        return _mailbox_page(visitor, standing, key, form, answer=warned)
    return Redirect(f"/mailboxes/{mailbox_id}/settings/{key}?said=saved", status_code=303)


@post("/mailboxes/{mailbox_id:uuid}/settings/{key:str}/test", sync_to_thread=True, status_code=200)
def test_mailbox_section(
    visitor: NamedDependency[Visitor],
    form: NamedDependency[Form],
    mailbox_id: FromPath[UUID],
    key: FromPath[str],
) -> Response[Any]:
    """Test the mailbox's saved settings, and show the result."""
    standing = managed(visitor, mailbox_id)
    return _mailbox_page(visitor, standing, key, answer=_test(visitor, form, key, mailbox_id))


@get([f"/organisation/{name}" for name in MOVED])
async def moved(request: WebRequest, visitor: NamedDependency[Visitor]) -> Redirect:
    """Redirect administrators from an old page to its section."""
    require_admin(visitor.actor)
    return Redirect(f"{HERE}/{MOVED[request.url.path.rsplit('/', 1)[-1]]}", status_code=301)


def _save(visitor: Visitor, key: str, form: Form, mailbox_id: UUID | None = None) -> SettingsLoss | None:
    """Change the settings, or return what that would destroy if it is not confirmed yet."""
    with visitor.work() as work:
        values = section_values(work, key, mailbox_id)
        follows = mailbox_id is not None and values.section.scope == "both" and not form.get(OWN)
        changes = None if follows or form.get(USUAL) else typed_values(values, form)
        loss = find_loss(visitor, work, values, changes, mailbox_id)
        if loss and needs_yes(visitor, loss, form):
            return loss
        new_settings = write_settings(work, values.section.type, changes, mailbox_id=mailbox_id)
        refuse_lockout(visitor, new_settings)
    return None


def _test(visitor: Visitor, form: Form, key: str, mailbox_id: UUID | None = None) -> SettingsTestResult:
    section = all_sections(visitor.platform).get(key)
    asks = section is not None and section.test is not None and section.test.asks is not None
    address = form.get(TYPED).strip() if asks else visitor.session.user.email
    return run_settings_test(visitor.platform, visitor.actor, key, address, mailbox_id=mailbox_id)


def _said(visitor: Visitor, answer: Answer) -> Mapping[str, Any]:
    """Return the page's message about the change or the test that led to it."""
    if not isinstance(answer, SettingsTestResult):
        return {"said": visitor.say(SAVED) if isinstance(answer, str) and answer else "", "tested": None}
    steps = [visitor.say(step) for step in answer.steps]
    fault = visitor.say(answer.fault) if answer.fault else ""
    return {"said": "", "tested": {"steps": steps, "fault": fault, "is_of_field": answer.is_of_field}}


def _status(answer: Answer, faults: Mapping[str, str]) -> int:
    is_wrong = bool(faults) or (isinstance(answer, SettingsTestResult) and answer.is_of_field)
    return 422 if is_wrong else 200


def _form(
    visitor: Visitor, values: SectionValues[Any], typed: Form | None, faults: Mapping[str, str], mailbox_id: UUID | None
) -> dict[str, Any]:
    with visitor.work() as work:
        may = may_change(work, values.section, mailbox_id)
        remarks = section_remarks(work, values, typed_values(values, typed) if typed else None)
    fields = shown_fields(visitor, values, typed, faults, remarks)
    follows = mailbox_id is not None and values.section.scope == "both"
    return {
        "section": values.section,
        "fields": fields,
        "faults": [(field["name"], f"{field['label']}: {field['fault']}") for field in fields if field["fault"]],
        "may": may,
        "own_name": OWN if follows else "",
        "own": values.own if typed is None else bool(typed.get(OWN)),
        "usual_name": USUAL,
        "preview_name": PREVIEW if values.section.remarks else "",
        "typed_name": TYPED,
        "has_chosen": bool(values.chosen),
        "holds": what_holds(visitor, values, mailbox_id),
    }


def _section_page(
    visitor: Visitor,
    key: str,
    typed: Form | None = None,
    faults: Mapping[str, str] = MappingProxyType({}),
    *,
    answer: Answer = "",
) -> Response[str]:
    with visitor.work() as work:
        values = section_values(work, key)
    context = {
        **_form(visitor, values, typed, faults, None),
        "action_url": f"{HERE}/{key}",
        **_said(visitor, answer),
        **warning(visitor, answer, usual=bool(typed and typed.get(USUAL))),
    }
    template, status = "pages/settings_section.html", _status(answer, faults)
    return page(visitor, template, context, folder="organisation", status=status)


def _mailbox_page(
    visitor: Visitor,
    standing: Standing,
    key: str,
    typed: Form | None = None,
    faults: Mapping[str, str] = MappingProxyType({}),
    *,
    answer: Answer = "",
) -> Response[str]:
    mailbox_id = standing.mailbox.id
    with visitor.work() as work:
        values = section_values(work, key, mailbox_id)
    context = {
        **head(standing, "settings", "all"),
        **_form(visitor, values, typed, faults, mailbox_id),
        "action_url": f"/mailboxes/{mailbox_id}/settings/{key}",
        **_said(visitor, answer),
        **warning(visitor, answer, usual=bool(typed and typed.get(USUAL))),
    }
    template, status = "pages/mailbox_settings_section.html", _status(answer, faults)
    return page(visitor, template, context, mailbox_id=mailbox_id, folder="mailboxes", status=status)


HANDLERS = [
    list_sections,
    show_section,
    save_section,
    test_section,
    show_mailbox_section,
    save_mailbox_section,
    test_mailbox_section,
    moved,
]
