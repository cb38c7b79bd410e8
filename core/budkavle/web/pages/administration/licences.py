"""The licence of an organisation, set by the administrators of the installation."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle.accounts import organisations
from budkavle.accounts.permissions import require_platform
from budkavle.accounts.stored_settings import section_values
from budkavle.model.errors import Invalid
from budkavle.model.people import ActorScope, SystemActor
from budkavle.organisation import licences
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form
from budkavle.web.pages.organisation.licence_words import shown_measure
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import page
from budkavle.web.views.settings_form import shown_fields, typed_values
from budkavle.web.views.tags import channel_texts

SECTION = "budkavle.licence"
SAVED = N_("Licensen är sparad.")


@get("/administration/organisations/{organisation_id:uuid}/licence", sync_to_thread=True)
def ask(visitor: NamedDependency[Visitor], organisation_id: FromPath[UUID], said: FromQuery[str] = "") -> Response[str]:
    """Show the form for an organisation's licence, next to its usage (feature O16)."""
    return _page(visitor, organisation_id, notice=visitor.say(SAVED) if said else "")


@post("/administration/organisations/{organisation_id:uuid}/licence", sync_to_thread=True)
def save(
    visitor: NamedDependency[Visitor], form: NamedDependency[Form], organisation_id: FromPath[UUID]
) -> Response[Any]:
    """Change the licence."""
    actor = _inside(visitor, organisation_id)
    form.add("channels", ", ".join(form.all("channels")))
    with visitor.platform.work(actor) as work:
        changes = typed_values(section_values(work, SECTION), form)
    try:
        licences.set_licence(visitor.platform, visitor.actor, organisation_id, changes)
    except Invalid as error:
        return _page(visitor, organisation_id, form, error.fields)
    return Redirect(f"/administration/organisations/{organisation_id}/licence?said=saved", status_code=303)


def _inside(visitor: Visitor, organisation_id: UUID) -> SystemActor:
    """Return the visitor as an actor within the organisation, which must exist.

    Raises:
        Forbidden: The visitor is not an administrator of the installation.
        NotFound: There is no such organisation.
    """
    require_platform(visitor.actor)
    actor = SystemActor(organisation_id, visitor.actor.name, frozenset({ActorScope.ADMINISTER}))
    with visitor.platform.work(actor) as work:
        organisations.organisation(work)
    return actor


def _page(
    visitor: Visitor,
    organisation_id: UUID,
    typed: Form | None = None,
    faults: Mapping[str, str] = MappingProxyType({}),
    *,
    notice: str = "",
) -> Response[str]:
    with visitor.platform.work(_inside(visitor, organisation_id)) as work:
        whose = organisations.organisation(work)
        values, licence = section_values(work, SECTION), licences.read_licence(work)
    chosen = typed.get("channels").split(", ") if typed else licence.channels
    names = dict.fromkeys([*visitor.platform.plugins.transports, *(name for name in chosen if name)])
    fields = {field["name"]: field for field in shown_fields(visitor, values, typed, faults)}
    context = {
        "name": whose.name,
        "action_url": f"/administration/organisations/{organisation_id}/licence",
        "fields": fields,
        "faults": [(name, f"{field['label']}: {field['fault']}") for name, field in fields.items() if field["fault"]],
        "channels": [(name, text, None) for name, text in channel_texts(visitor, list(names)).items()],
        "chosen": chosen,
        "measures": [shown_measure(visitor, measure) for measure in licence.measures],
        "said": notice,
    }
    status = 422 if faults else 200
    return page(visitor, "pages/administration_licence.html", context, folder="administration", status=status)


HANDLERS = [ask, save]
