"""Administration: adding an organisation in six steps (N2).

The form itself carries the values from step to step. So nothing is lost by an error or by going back, and nothing is
stored before the last step.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency

from budkavle.accounts import passwords
from budkavle.accounts.organisations import within
from budkavle.accounts.permissions import require_platform
from budkavle.accounts.profile import LicenceSettings
from budkavle.identification import administration, providers
from budkavle.model.errors import Invalid
from budkavle.model.input_rules.swedish_numbers import organisation_number
from budkavle.model.people import ActorScope, User
from budkavle.model.settings_sections import fields_of
from budkavle.organisation import register
from budkavle.organisation.register import NewOrganisation
from budkavle.web.auth import Visitor, require_fresh
from budkavle.web.http.forms import Form
from budkavle.web.pages.administration.organisations import HERE, channel_choices
from budkavle.web.pages.administration.plugin_offers import plugin_offers
from budkavle.web.pages.mailboxes.tabs import NONE_CHOSEN
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import page
from budkavle.web.views.render import LANGUAGES
from budkavle.web.views.tags import channel_texts

STEPS = (
    N_("Organisationen"),
    N_("Första administratören"),
    N_("Meddelandesätt"),
    N_("Tillägg"),
    N_("Licens"),
    N_("Sammanfattning"),
)
LICENCE = tuple(f"{register.LICENCE_FIELD}{name}" for name in LicenceSettings.__struct_fields__)
LICENCE_CHANNELS = f"{register.LICENCE_FIELD}channels"
FIELDS = (("name", "number", "slug"), ("administrator", "email", "language"), ("channels",), (), LICENCE, ())
"""The fields of each step."""
SEVERAL = ("channels", LICENCE_CHANNELS)
"""Fields that may have several values."""
PLUGINS, AGREED, LAST = 3, 4, 5
"""The step that shows what plugins provide, the step for the licence, and the last step."""
AGAIN = "Visa vem du är igen, innan du lägger upp en organisation."
CODE = N_("Den som loggar in med lösenord behöver också en kod från en app.")
_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Draft:
    """The input so far: the organisation, and each field as the form shows it."""

    new: NewOrganisation
    values: Mapping[str, Any]


@get(f"{HERE}/new", sync_to_thread=True)
def begin(visitor: NamedDependency[Visitor]) -> Response[str]:
    """Show the first step."""
    require_platform(visitor.actor)
    everything = [name for name, _, _ in channel_choices(visitor)]
    return _page(visitor, _draft(visitor, Form({"channels": everything})), 0)


@post(f"{HERE}/new", sync_to_thread=True)
def go_on(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[str]:
    """Show the previous or the next step, or create the organisation after the last one."""
    require_platform(visitor.actor)
    draft = _draft(visitor, form)
    step = next((place for place in range(len(STEPS)) if str(place) == form.get("step")), 0)
    if form.get("go") == "back":
        return _page(visitor, draft, max(step - 1, 0))
    first, faults = _first_fault(visitor, draft, step)
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
    password = _password(visitor, first)
    context = {
        "made": made,
        "person": first,
        "url": f"{HERE}/{made.id}",
        "password": password,
        "by_mail": password == "",
        "hours": int(passwords.ONCE_FOR.total_seconds() // 3600),
    }
    return page(visitor, "pages/administration_organisation_made.html", context, folder="administration", status=201)


def _password(visitor: Visitor, first: User) -> str | None:
    """Return a one-time password for the first administrator; empty if they get a link to choose one.

    None if they have been invited, or if passwords are not used for sign-in.
    """
    if not first.active or providers.asking_for_password(visitor.platform) is None:
        return None
    actor = within(visitor.actor, first.organisation_id, ActorScope.ADMINISTER, ActorScope.ACCOUNTS)
    with visitor.platform.work(actor) as work:
        return administration.reset_password(work, first.id)


def _first_fault(visitor: Visitor, draft: _Draft, step: int) -> tuple[int, dict[str, str]]:
    """Return the first step with errors, up to this one, and its errors."""
    new, lacks_channels = draft.new, bool(channel_choices(visitor)) and not draft.values["channels"]
    faults = [register.faults_of_organisation(visitor.platform, visitor.actor, new)]
    faults += [register.faults_of_administrator(new)] if step > 0 else []
    faults += [{"channels": NONE_CHOSEN} if lacks_channels else {}] if step > 1 else []
    faults += [{}, register.faults_of_licence(new)] if step >= AGREED else []
    return next(((place, fault) for place, fault in enumerate(faults) if fault), (step, {}))


def _draft(visitor: Visitor, form: Form) -> _Draft:
    """Read the form."""
    names = [name for name, _, _ in channel_choices(visitor)]
    values: dict[str, Any] = {
        name: form.all(name) if name in SEVERAL else form.get(name) for fields in FIELDS for name in fields
    }
    values["channels"] = [name for name in names if name in values["channels"]]
    values["language"] = values["language"] if values["language"] in LANGUAGES else visitor.language
    allowed = () if len(values["channels"]) == len(names) else tuple(values["channels"])
    texts = {name: values[name] for fields in FIELDS[:2] for name in fields}
    return _Draft(NewOrganisation(**texts, channels=allowed, licence=_licence(values)), values)


def _licence(values: Mapping[str, Any]) -> dict[str, object]:
    """Return the licence's values; empty fields are left out, and an invalid number stays as text."""
    agreed: dict[str, object] = {}
    for field in fields_of(LicenceSettings):
        typed = values[register.LICENCE_FIELD + field.name]
        text = ", ".join(typed) if isinstance(typed, list) else typed
        if text:
            agreed[field.name] = int(text) if field.kind == "number" and _WHOLE.fullmatch(text) else text
    return agreed


def _page(visitor: Visitor, draft: _Draft, step: int, faults: dict[str, str] | None = None) -> Response[str]:
    errors = visitor.say_all(faults)
    hidden_fields = [
        (name, value)
        for place, fields in enumerate(FIELDS)
        if place != step
        for name in fields
        for value in (draft.values[name] if name in SEVERAL else [draft.values[name]])
    ]
    context = {
        "step": step,
        "steps": [visitor.say(text) for text in STEPS],
        "values": draft.values,
        "kept": hidden_fields,
        "channels": channel_choices(visitor),
        "language_choices": list(LANGUAGES.items()),
        "plugins": plugin_offers(visitor) if step == PLUGINS else [],
        "licence": _licence_fields(visitor),
        "transports": [(name, text, None) for name, text in _transports(visitor).items()],
        "summary": _summary(visitor, draft),
        "fault": errors,
        "faults": list(errors.items()),
    }
    status = 422 if errors else 200
    return page(visitor, "pages/administration_organisation_new.html", context, folder="administration", status=status)


def _licence_fields(visitor: Visitor) -> list[dict[str, Any]]:
    """Return the fields of the licence, as the template shows them."""
    return [
        {
            "name": register.LICENCE_FIELD + field.name,
            "kind": "channels" if field.name == "channels" else field.kind,
            "label": visitor.say(field.setting.label),
            "hint": visitor.say(field.setting.help),
            "unit": visitor.say(field.setting.unit) if field.setting.unit else None,
        }
        for field in fields_of(LicenceSettings)
    ]


def _transports(visitor: Visitor) -> dict[str, str]:
    return channel_texts(visitor, list(visitor.platform.plugins.transports))


def _summary(visitor: Visitor, draft: _Draft) -> list[tuple[str, str]]:
    new, say = draft.new, visitor.say
    names = [label for name, label, _ in channel_choices(visitor) if name in draft.values["channels"]]
    return [
        (say("Organisation"), new.name.strip()),
        (say("Organisationsnummer"), organisation_number(new.number) or "–"),
        (say("Kort namn"), register.short_name(new)),
        (say("Första administratören"), f"{new.administrator.strip()}, {new.email.strip().lower()}"),
        (say("Meddelandesätt"), ", ".join(names) or "–"),
        *([(say("Inloggning"), say(CODE))] if register.asks_for_code(visitor.platform) else []),
        (say("Licens"), "; ".join(_agreed(visitor, new.licence)) or say("Inget avtalat")),
    ]


def _agreed(visitor: Visitor, licence: Mapping[str, object]) -> Iterator[str]:
    """Yield each agreed limit, such as "Användare: 250 konton"."""
    for field in fields_of(LicenceSettings):
        value = licence.get(field.name)
        if value and field.name == "channels":
            names = _transports(visitor)
            value = ", ".join(names.get(name, name) for name in str(value).split(", "))
        if value:
            unit = f" {visitor.say(field.setting.unit)}" if field.setting.unit else ""
            yield f"{visitor.say(field.setting.label)}: {value}{unit}"


HANDLERS = [begin, go_on]
