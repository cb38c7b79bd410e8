"""The register of processing (GDPR article 30): what the core and plugins process, and the organisation's additions.

A row comes from the core or the plugin that processes the data. The organisation chooses the legal ground, and may add
a note. Its name, data protection officer and joint controllers are separate settings.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from budkavle.accounts.permissions import require_admin
from budkavle.accounts.stored_settings import read_settings
from budkavle.model.errors import Invalid, NotFound
from budkavle.model.sentences import Sentence
from budkavle.model.settings_sections import SettingField, fields_of
from budkavle.organisation.core_processing import CORE_ROWS
from budkavle.plugins.loader import GROUP
from budkavle.plugins.protocols.personal_data import PersonalData
from budkavle.storage import audit
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform, Work

LONGEST_GROUND = 500
LONGEST_NOTE = 2_000
HOOK = "budkavle_personal_data"


class _Queries(QueryFile):
    load_processing: Statement
    store_processing: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class Activity:
    """A row of an organisation's register.

    Attributes:
        key: Its name in URLs, `PLUGIN.NAME`; the core's plugin is `budkavle`.
        data: The description by the core or the plugin.
        ground: The legal ground that the organisation has chosen; empty if it follows the suggestion.
        note: The organisation's note.
        kept_by: The settings that decide the retention time, each with its current value.
    """

    key: str
    data: PersonalData
    ground: str
    note: str
    kept_by: Sequence[tuple[SettingField, Any]] = ()


@dataclass(frozen=True, slots=True)
class Register:
    """An organisation's register.

    Attributes:
        activities: The rows, the core's first.
        silent: Enabled plugins that do not declare what they process.
    """

    activities: Sequence[Activity]
    silent: Sequence[str]


def read_register(work: Work) -> Register:
    """Return the register of the actor's organisation, for its administrators.

    Args:
        work: The unit of work; its actor administers the organisation.

    Raises:
        Forbidden: The actor is not an administrator of the organisation.
    """
    require_admin(work.actor)
    rows = QUERIES.load_processing.all(work.connection, {"organisation": work.organisation_id})
    chosen = {row.activity: (row.ground, row.note) for row in rows}
    activities = [
        Activity(key, data, *chosen.get(key, ("", "")), kept_by=_kept_by(work, data))
        for key, data in _rows(work.platform)
    ]
    return Register(activities, _silent(work.platform))


def choose_ground(work: Work, key: str, ground: str, note: str) -> None:
    """Set the legal ground and the note of a row.

    Args:
        work: The unit of work; its actor administers the organisation.
        key: The row.
        ground: The legal ground in words; empty follows the suggestion.
        note: The note; may be empty.

    Raises:
        NotFound: There is no such row.
        Invalid: A text is too long; `fields` says which.
    """
    require_admin(work.actor)
    if key not in dict(_rows(work.platform)):
        raise NotFound("Behandlingen finns inte i registret.")
    texts = {"ground": (ground.strip(), LONGEST_GROUND), "note": (note.strip(), LONGEST_NOTE)}
    faults = {
        name: Sentence("Texten är för lång. Korta den till högst {most} tecken.", most=most)
        for name, (text, most) in texts.items()
        if len(text) > most
    }
    if faults:
        raise Invalid("Det som du skrev sparades inte.", fields=faults)
    values = {name: text for name, (text, _) in texts.items()}
    QUERIES.store_processing.enqueue(work.connection, {"organisation": work.organisation_id, "activity": key, **values})
    audit.record(work, "processing.changed", None, name=key)


def _rows(platform: Platform) -> Iterator[tuple[str, PersonalData]]:
    yield from ((f"{GROUP}.{row.name}", row) for row in CORE_ROWS)
    yield from ((f"{of.plugin}.{of.thing.name}", of.thing) for of in platform.plugins.registered("personal_data"))


def _silent(platform: Platform) -> list[str]:
    return [name for name in platform.plugins.names if HOOK not in platform.plugins.hooks(name)]


def _kept_by(work: Work, data: PersonalData) -> list[tuple[SettingField, Any]]:
    shown = []
    for settings_type, name in data.kept_by:
        value = getattr(read_settings(work, settings_type), name)
        shown += [(field, value) for field in fields_of(settings_type) if field.name == name]
    return shown
