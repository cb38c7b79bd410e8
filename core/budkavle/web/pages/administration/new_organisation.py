"""Administration: an organisation is added in four steps (N2).

What has been written goes along from step to step in the form itself, so nothing is lost by a fault or by going back,
and nothing is stored before the last step.
"""

from dataclasses import dataclass
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency

from budkavle.accounts.organisations import within
from budkavle.accounts.permissions import require_platform
from budkavle.identification import administration, providers
from budkavle.model.errors import Invalid
from budkavle.model.people import ActorScope, User
from budkavle.model.swedish_numbers import organisation_number
from budkavle.organisation import register
from budkavle.organisation.register import NewOrganisation
from budkavle.web.auth import Visitor, require_fresh
from budkavle.web.http.forms import Form
from budkavle.web.pages.administration.organisations import HERE, channel_choices
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import page
from budkavle.web.views.render import LANGUAGES

STEPS = (N_("Organisationen"), N_("Första administratören"), N_("Meddelandesätt"), N_("Sammanfattning"))
FIELDS = (("name", "number", "slug"), ("administrator", "email", "language"), ("channels",), ())
"""The fields of each step."""
LAST = len(STEPS) - 1
AGAIN = "Visa vem du är igen, innan du lägger upp en organisation."


@dataclass(frozen=True, slots=True)
class _Draft:
    """What has been written so far."""

    new: NewOrganisation
    chosen: list[str]

    @property
    def values(self) -> dict[str, Any]:
        """The fields as the form shows them."""
        new = self.new
        return {
            "name": new.name,
            "number": new.number,
            "slug": new.slug,
            "administrator": new.administrator,
            "email": new.email,
            "language": new.language,
            "channels": self.chosen,
        }


@get(f"{HERE}/new", sync_to_thread=True)
def begin(visitor: NamedDependency[Visitor]) -> Response[str]:
    """Show the first step."""
    require_platform(visitor.actor)
    return _page(visitor, _Draft(NewOrganisation(""), [name for name, _, _ in channel_choices(visitor)]), 0)


@post(f"{HERE}/new", sync_to_thread=True)
def go_on(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[str]:
    """Show the step before or after; or make the organisation, at the last one."""
    require_platform(visitor.actor)
    draft = _read(visitor, form)
    step = next((place for place in range(len(STEPS)) if str(place) == form.get("step")), 0)
    if form.get("go") == "back":
        return _page(visitor, draft, max(step - 1, 0))
    first, faults = _first_fault(visitor, draft.new, step)
    if faults:
        return _page(visitor, draft, first, faults)
    if step < LAST:
        return _page(visitor, draft, step + 1)
    require_fresh(visitor, AGAIN)
    return _make(visitor, draft)


def _make(visitor: Visitor, draft: _Draft) -> Response[str]:
    try:
        made, first = register.found_organisation(visitor.platform, visitor.actor, draft.new)
    except Invalid as error:
        faulty = next((place for place, names in enumerate(FIELDS) if error.fields.keys() & set(names)), 0)
        return _page(visitor, draft, faulty, error.fields)
    context = {
        "made": made,
        "person": first,
        "url": f"{HERE}/{made.id}",
        "password": _password(visitor, first),
        "hours": int(administration.ONCE_FOR.total_seconds() // 3600),
    }
    return page(visitor, "pages/administration_organisation_made.html", context, folder="administration", status=201)


def _password(visitor: Visitor, first: User) -> str:
    """Give the first administrator a password that is changed when it is used.

    None where they have been invited, or nobody signs in with one.
    """
    if not first.active or providers.asking_for_password(visitor.platform) is None:
        return ""
    actor = within(visitor.actor, first.organisation_id, ActorScope.ADMINISTER, ActorScope.ACCOUNTS)
    with visitor.platform.work(actor) as work:
        return administration.reset_password(work, first.id)


def _first_fault(visitor: Visitor, new: NewOrganisation, step: int) -> tuple[int, dict[str, str]]:
    """Return the first step up to this one that something is wrong in, and what."""
    faults = [register.faults_of_organisation(visitor.platform, visitor.actor, new)]
    faults += [register.faults_of_administrator(new)] if step > 0 else []
    return next(((place, fault) for place, fault in enumerate(faults) if fault), (step, {}))


def _read(visitor: Visitor, form: Form) -> _Draft:
    names = [name for name, _, _ in channel_choices(visitor)]
    chosen = [name for name in names if name in form.all("channels")]
    language = form.get("language") if form.get("language") in LANGUAGES else visitor.language
    texts = {name: form.get(name) for name in ("name", "number", "slug", "administrator", "email")}
    allowed = () if len(chosen) == len(names) else tuple(chosen)
    return _Draft(NewOrganisation(**texts, channels=allowed, language=language), chosen)


def _page(visitor: Visitor, draft: _Draft, step: int, faults: dict[str, str] | None = None) -> Response[str]:
    errors = {field: visitor.say(sentence) for field, sentence in (faults or {}).items()}
    new, choices = draft.new, channel_choices(visitor)
    names = [label for name, label, _ in choices if name in draft.chosen]
    kept = [
        (name, value)
        for place, fields in enumerate(FIELDS)
        if place != step
        for name in fields
        for value in (draft.chosen if name == "channels" else [draft.values[name]])
    ]
    context = {
        "step": step,
        "steps": [visitor.say(text) for text in STEPS],
        "values": draft.values,
        "kept": kept,
        "channels": choices,
        "language_choices": list(LANGUAGES.items()),
        "summary": [
            (visitor.say("Organisation"), new.name.strip()),
            (visitor.say("Organisationsnummer"), organisation_number(new.number) or "–"),
            (visitor.say("Kort namn"), register.short_name(new)),
            (visitor.say("Första administratören"), f"{new.administrator.strip()}, {new.email.strip().lower()}"),
            (visitor.say("Meddelandesätt"), ", ".join(names) or "–"),
        ],
        "fault": errors,
        "faults": list(errors.items()),
    }
    status = 422 if errors else 200
    return page(visitor, "pages/administration_organisation_new.html", context, folder="administration", status=status)


HANDLERS = [begin, go_on]
