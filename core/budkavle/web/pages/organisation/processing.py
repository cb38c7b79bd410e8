"""The register of processing of personal data: which data, why, on what legal ground, how long; also as a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle.accounts.permissions import require_admin
from budkavle.accounts.profile import InformationSettings, ProcessingSettings
from budkavle.accounts.stored_settings import read_settings
from budkavle.csv_files import write_csv
from budkavle.model.errors import Invalid, NotFound
from budkavle.organisation import processing, processing_report
from budkavle.organisation.processing import Activity, Register
from budkavle.plugins.loader import GROUP
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.layout import page
from budkavle.web.views.settings_form import in_words
from budkavle.web.views.tags import plugin_label

HERE = "/organisation/processing"
SAVED = N_("Ändringarna är sparade.")
NONE = N_("Ingen")
LABELS: Mapping[str, str] = {
    "title": N_("Behandling"),
    "purpose": N_("Ändamål"),
    "people": N_("Kategorier av registrerade"),
    "data": N_("Kategorier av personuppgifter"),
    "special": N_("Känsliga uppgifter (artikel 9 och 10)"),
    "ground": N_("Rättslig grund"),
    "recipients": N_("Mottagare utanför organisationen"),
    "third_countries": N_("Överföring till tredje land"),
    "kept": N_("Hur länge uppgifterna sparas"),
    "security": N_("Säkerhet"),
    "note": N_("Organisationens anteckning"),
    "source": N_("Del av systemet"),
}
"""What GDPR article 30 requires, in the order of the columns."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row in words.

    Attributes:
        url: The page for changing it.
        cells: The texts, by the keys of `LABELS`; empty if there is nothing to show.
        suggested: Whether the legal ground is the one suggested by the core or the plugin.
    """

    url: str
    cells: Mapping[str, str]
    suggested: bool


@get(HERE, sync_to_thread=True)
def show(visitor: NamedDependency[Visitor], said: FromQuery[str] = "") -> Response[str]:
    """Show the register to the organisation's administrators (feature Z11)."""
    register = _register(visitor)
    context = {
        "head": _head(visitor),
        "additions": _own(visitor).additions,
        "rows": [_row(visitor, activity) for activity in register.activities],
        "labels": [(key, visitor.say(label)) for key, label in LABELS.items() if key != "title"],
        "silent": ", ".join(plugin_label(visitor, name) for name in register.silent),
        "said": visitor.say(SAVED) if said else "",
    }
    return page(visitor, "pages/organisation_processing.html", context, folder="organisation")


@get(f"{HERE}/register.csv", sync_to_thread=True)
def give_csv(visitor: NamedDependency[Visitor]) -> Response[bytes]:
    """Export the register as a CSV file."""
    rows = [_row(visitor, activity) for activity in _register(visitor).activities]
    table = [[visitor.say(label) for label in LABELS.values()]]
    table += [[row.cells[key] for key in LABELS] for row in rows]
    return _file(write_csv(table), "text/csv", "csv")


@get(f"{HERE}/register.pdf", sync_to_thread=True)
def give_pdf(visitor: NamedDependency[Visitor]) -> Response[bytes]:
    """Export the register as a PDF."""
    rows = [_row(visitor, activity) for activity in _register(visitor).activities]
    paper = processing_report.Paper(
        language=visitor.language,
        title=visitor.say("Register över behandling av personuppgifter"),
        head=_head(visitor),
        rows=[
            (row.cells["title"], [(visitor.say(LABELS[key]), row.cells[key]) for key in _filled(row)]) for row in rows
        ],
        foot=(visitor.say("Andra behandlingar och tillägg"), _own(visitor).additions),
    )
    return _file(processing_report.typeset(paper), "application/pdf", "pdf")


@get(f"{HERE}/{{key:str}}", sync_to_thread=True)
def ask(visitor: NamedDependency[Visitor], key: FromPath[str]) -> Response[str]:
    """Show one row, with the fields that the organisation may fill in."""
    activity = _find(_register(visitor), key)
    return _form_page(visitor, activity, {"ground": activity.ground, "note": activity.note})


@post(f"{HERE}/{{key:str}}", sync_to_thread=True)
def save(visitor: NamedDependency[Visitor], form: NamedDependency[Form], key: FromPath[str]) -> Response[Any]:
    """Save the organisation's fields of a row."""
    require_admin(visitor.actor)
    typed = {name: form.get(name) for name in ("ground", "note")}
    try:
        with visitor.work() as work:
            processing.choose_ground(work, key, typed["ground"], typed["note"])
    except Invalid as error:
        return _form_page(visitor, _find(_register(visitor), key), typed, error.fields)
    return Redirect(f"{HERE}?said=saved", status_code=303)


def _register(visitor: Visitor) -> Register:
    require_admin(visitor.actor)
    with visitor.work() as work:
        return processing.read_register(work)


def _find(register: Register, key: str) -> Activity:
    for activity in register.activities:
        if activity.key == key:
            return activity
    raise NotFound("Behandlingen finns inte i registret.")


def _form_page(
    visitor: Visitor,
    activity: Activity,
    typed: Mapping[str, str],
    faults: Mapping[str, str] = MappingProxyType({}),
) -> Response[str]:
    field_faults = visitor.say_all(faults)
    row = _row(visitor, activity)
    context = {
        "row": row,
        "facts": [(visitor.say(LABELS[key]), row.cells[key]) for key in _filled(row) if key not in {"ground", "note"}],
        "suggestion": visitor.say(activity.data.ground.value),
        "typed": typed,
        "faults": list(field_faults.items()),
        "fault": field_faults,
    }
    status = 422 if faults else 200
    return page(visitor, "pages/organisation_processing_row.html", context, folder="organisation", status=status)


def _head(visitor: Visitor) -> list[tuple[str, str]]:
    """Return what article 30 requires about the organisation itself."""
    about, register = visitor.settings(InformationSettings), _own(visitor)
    reached = [*about.address.splitlines(), about.email, about.phone]
    officer = [about.dpo_name, about.dpo_email, about.dpo_phone]
    controller = [visitor.session.organisation.name, about.number, *reached]
    pairs: Sequence[tuple[str, str]] = (
        (N_("Personuppgiftsansvarig"), ", ".join(filter(None, controller))),
        (N_("Gemensamt ansvariga"), register.joint),
        (N_("Dataskyddsombud"), ", ".join(filter(None, officer))),
        (N_("Personuppgiftsbiträde"), register.processor),
        (N_("Säkerhetsåtgärder för alla behandlingar"), visitor.say(register.security)),
    )
    return [(visitor.say(label), text or visitor.say("Inte angivet")) for label, text in pairs]


def _own(visitor: Visitor) -> ProcessingSettings:
    with visitor.work() as work:
        return read_settings(work, ProcessingSettings)


def _row(visitor: Visitor, activity: Activity) -> Row:
    data, say = activity.data, visitor.say
    kept = [f"{say(field.setting.label)}: {in_words(visitor, field, value)}." for field, value in activity.kept_by]
    plugin = activity.key.partition(".")[0]
    source = "Budkavle" if plugin == GROUP else say("Tillägget {plugin}", plugin=plugin_label(visitor, plugin))
    cells = {
        "title": say(data.title),
        "purpose": say(data.purpose),
        "people": ", ".join(say(people.value) for people in data.people),
        "data": say(data.data),
        "special": say("Kan förekomma") if data.special else say("Nej"),
        "ground": activity.ground or say(data.ground.value),
        "recipients": say(data.recipients or NONE),
        "third_countries": say(data.third_countries or NONE),
        "kept": " ".join([say(data.kept), *kept]),
        "security": say(data.security),
        "note": activity.note,
        "source": source,
    }
    return Row(f"{HERE}/{activity.key}", cells, suggested=not activity.ground)


def _filled(row: Row) -> list[str]:
    return [key for key in LABELS if key != "title" and row.cells[key]]


def _file(content: bytes, media_type: str, ending: str) -> Response[bytes]:
    headers = {
        "content-disposition": f'attachment; filename="personuppgifter.{ending}"',
        "cache-control": "no-store",
    }
    return Response(content, media_type=media_type, headers=headers)


HANDLERS = [show, give_csv, give_pdf, ask, save]
