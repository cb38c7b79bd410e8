"""Settings of an organisation and of its mailboxes, read and changed by their section's type.

A row holds the choices in one section: for the organisation, stored with the nil UUID as mailbox, or for a mailbox. A
value equal to the default is not stored, so that it follows the installation. Secrets are sealed in the row.
"""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, Literal, TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, func, select

from budkavle.accounts.organisations import organisation
from budkavle.accounts.permissions import require_admin, require_manager, require_platform
from budkavle.accounts.profile import ON_THEIR_OWN_PAGES
from budkavle.accounts.settings_registry import sections_of
from budkavle.model.errors import Forbidden, Invalid, NotFound
from budkavle.model.settings_sections import SettingField, SettingsSection, fields_of
from budkavle.plugins.breakers import Called
from budkavle.plugins.loader import GROUP
from budkavle.storage import audit, locks
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import settings as stored

S = TypeVar("S", bound=Struct)
ORGANISATION = UUID(int=0)
"""Stands for the mailbox in the row of the organisation itself."""
PATIENCE = 3.0
"""Timeout in seconds of a section's own check."""
NOT_SAVED = "Inställningarna kunde inte sparas."
NO_SECTION = "Inställningarna finns inte, eller så hör de till ett tillägg som är av."


class _Queries(QueryFile):
    load_settings: Statement
    load_change: Statement
    store_settings: Statement
    forget_settings: Statement
    forget_mailbox: Statement


QUERIES = _Queries.load()


class ValueSource(StrEnum):
    """Where a value comes from: FIXED is set by the installation and cannot be changed, INSTALLATION is its default."""

    STANDARD = "standard"
    INSTALLATION = "installation"
    FIXED = "fixed"
    ORGANISATION = "organisation"
    MAILBOX = "mailbox"


@dataclass(frozen=True, slots=True)
class SectionValues(Generic[S]):
    """A section with its current values.

    Attributes:
        key: The section's name in the installation, such as `pigeon.loft`.
        value: The current values.
        chosen: The fields with chosen values; the others have their defaults.
        own: Whether the requested organisation or mailbox has its own row.
        holder: Where the values come from: the organisation, or a mailbox that has its own.
    """

    key: str
    section: SettingsSection[S]
    value: S
    chosen: frozenset[str]
    own: bool
    holder: Literal["organisation", "mailbox"] = "organisation"

    def source(self, field: str) -> ValueSource:
        """Return where the value of a field comes from."""
        if field in self.section.fixed:
            return ValueSource.FIXED
        if field in self.chosen:
            return ValueSource(self.holder)
        usual, standard = getattr(self.section.usual, field), getattr(self.section.type(), field)
        return ValueSource.STANDARD if usual == standard else ValueSource.INSTALLATION


def all_sections(platform: Platform) -> dict[str, SettingsSection[Any]]:
    """Return every section by its key, in the order of the pages: the core's, and those of the enabled plugins."""
    return sections_of(platform.settings, platform.plugins)


def read_settings(work: Work, settings_type: type[S], *, mailbox_id: UUID | None = None) -> S:
    """Return the current settings of the actor's organisation, in the unit of work's own transaction.

    Args:
        work: The unit of work.
        settings_type: The type of a section of the core or of an enabled plugin.
        mailbox_id: A mailbox: its own values if it has any, else the organisation's, else the defaults. A section that
            only organisations have is the same for every mailbox.

    Returns:
        An object of the type, with its secrets in plain text.

    Raises:
        LookupError: No section has the type.

    Example:
        with host.work(host.system(organisation_id)) as work:
            rest = read_settings(work, LoftSettings, mailbox_id=mailbox_id).rest
    """
    key, section = _of_type(work.platform, settings_type)
    return _values(work, key, section, mailbox_id).value


def write_settings(
    work: Work, settings_type: type[S], changes: Mapping[str, object] | None, *, mailbox_id: UUID | None = None
) -> S:
    """Change settings of the actor's organisation or of one of its mailboxes.

    The event log records the section, and the old and new value of each field; for a secret only that it was changed.

    Args:
        work: The unit of work.
        settings_type: The type of the section.
        changes: New values by field; fields fixed by the installation are ignored, and the value None restores the
            default. None instead of a mapping makes a mailbox follow the organisation again, or restores all defaults
            of an organisation.
        mailbox_id: The mailbox; None for the organisation.

    Returns:
        The settings after the change.

    Raises:
        Forbidden: The actor may not change them; see `SettingsSection.changed_by`.
        NotFound: The mailbox does not exist here, or the actor has no access to it.
        Invalid: A value is not valid; `fields` says what to do, by field. Or the section has no settings for an
            organisation or for a mailbox.
        LookupError: No section has the type.

    Example:
        write_settings(work, LoftSettings, {"rest": timedelta(hours=3)})
    """
    key, section = _of_type(work.platform, settings_type)
    require_changer(work, section, mailbox_id)
    locks.one_at_a_time(work.connection, f"settings {work.organisation_id} {key}")
    before = _values(work, key, section, mailbox_id)
    holder = mailbox_id or ORGANISATION
    place = {"organisation": work.organisation_id, "section": key, "mailbox": holder}
    if changes is None and (mailbox_id is None or section.scope == "mailbox"):
        # The row is kept, because it has the time of the change.
        QUERIES.store_settings.enqueue(work.connection, place | {"chosen": "{}"})
    elif changes is None:
        QUERIES.forget_settings.enqueue(work.connection, place)
    else:
        value = _changed(work, before, changes, first_own=mailbox_id is not None and not before.own)
        chosen = {
            field.name: _sealed(work, key, holder, field, getattr(value, field.name))
            for field in fields_of(section.type)
            if field.name not in section.fixed and getattr(value, field.name) != getattr(section.usual, field.name)
        }
        QUERIES.store_settings.enqueue(work.connection, place | {"chosen": json.dumps(chosen)})
    after = _values(work, key, section, mailbox_id)
    _note(work, before, after, mailbox_id)
    return after.value


def settings_changed_at(work: Work, settings_type: type[Struct]) -> datetime | None:
    """Return when an organisation's section was last changed, by the database's clock; None if never.

    Args:
        work: A unit of work in the organisation.
        settings_type: The type of the section.

    Raises:
        LookupError: No section has the type.

    Example:
        changed_at = settings_changed_at(work, LoftSettings)
    """
    key, _ = _of_type(work.platform, settings_type)
    row = QUERIES.load_change.one_or_none(work.connection, {"organisation": work.organisation_id, "section": key})
    return row.changed_at if row else None


def section_values(work: Work, key: str, mailbox_id: UUID | None = None) -> SectionValues[Any]:
    """Return a section by its key, with its current values and where they come from.

    Raises:
        NotFound: There is no such section, or it has no settings for an organisation or for a mailbox.
    """
    section = all_sections(work.platform).get(key)
    if section is None or section.scope == ("organisation" if mailbox_id else "mailbox"):
        raise NotFound(NO_SECTION)
    return _values(work, key, section, mailbox_id)


def section_remarks(
    work: Work, values: SectionValues[Any], changes: Mapping[str, object] | None = None
) -> Mapping[str, str]:
    """Return the section's remarks on its values, as a sentence by field.

    Args:
        work: The unit of work.
        values: The section with its current values.
        changes: The submitted values, by field; invalid ones are ignored.
    """
    section = values.section
    if section.remarks is None:
        return {}
    new = {name: value for name, value in (changes or {}).items() if name not in section.fixed}
    fields = (field for field in fields_of(section.type) if field.name in new)
    right = {field.name: new[field.name] for field in fields if not field.fault(new[field.name])}
    typed = msgspec.structs.replace(values.value, **right)
    return _ask(work, values.key, "remarks", section.remarks, typed)


def _ask(
    work: Work, key: str, method: str, function: Callable[..., Mapping[str, str]], value: Struct
) -> dict[str, str]:
    """Call a section's check of values; it is a plugin's, so it has a timeout."""
    plugin, _, part = key.partition(".")
    called = Called(plugin, "settings_sections", f"{part}.{method}")
    whose = organisation(work)
    return work.platform.plugins.walls.ask(called, PATIENCE, lambda: dict(function(value, whose)))


def require_changer(work: Work, section: SettingsSection[Any], mailbox_id: UUID | None) -> None:
    """Require an actor who may change a section of the organisation, or of a mailbox.

    Raises:
        Forbidden: The actor may not.
        NotFound: The mailbox does not exist here, or the actor has no access to it.
        Invalid: The section has no settings for an organisation, or for a mailbox.
    """
    if section.changed_by == "installation":
        require_platform(work.actor)
    if mailbox_id is None or section.changed_by != "managers":
        require_admin(work.actor)
    if mailbox_id is not None:
        require_manager(work, mailbox_id)
    if section.scope == ("organisation" if mailbox_id else "mailbox"):
        raise Invalid("{title} går inte att ställa in här.", title=section.title)


def may_change(work: Work, section: SettingsSection[Any], mailbox_id: UUID | None) -> bool:
    """Tell whether the actor may change a section; the same rules as `require_changer`."""
    try:
        require_changer(work, section, mailbox_id)
    except (Forbidden, NotFound, Invalid):
        return False
    return True


def core_choices(organisation_id: ColumnElement[UUID]) -> ColumnElement[Any]:
    """Return an organisation's choices in the core's sections, as a column for another query.

    Code that runs at each request includes it in a query that it makes anyway; `settings_of` parses it.
    """
    here = (
        stored.c.organisation_id == organisation_id,
        stored.c.mailbox_id == ORGANISATION,
        stored.c.section.startswith(f"{GROUP}.", autoescape=True),
        stored.c.section.not_in([f"{GROUP}.{name}" for name in ON_THEIR_OWN_PAGES]),
    )
    return select(func.jsonb_object_agg(stored.c.section, stored.c.chosen)).where(*here).scalar_subquery()


def settings_of(platform: Platform, settings_type: type[S], choices: Mapping[str, Any] | None) -> S:
    """Return the settings of a section of the core without secrets, from the column `core_choices`."""
    key, section = _of_type(platform, settings_type)
    chosen = (choices or {}).get(key, {})
    return msgspec.structs.replace(section.usual, **dict(_converted(section, chosen)) | dict(section.fixed))


def forget_mailbox(work: Work, mailbox_id: UUID) -> None:
    """Delete the settings of a deleted mailbox, with their secrets; the caller checks the actor's rights."""
    QUERIES.forget_mailbox.enqueue(work.connection, {"organisation": work.organisation_id, "mailbox": mailbox_id})


def _of_type(platform: Platform, settings_type: type[S]) -> tuple[str, SettingsSection[S]]:
    for key, section in all_sections(platform).items():
        if section.type is settings_type:
            return key, section
    raise LookupError(f"{settings_type.__name__} is the type of no section of settings that is on")


def _values(work: Work, key: str, section: SettingsSection[S], mailbox_id: UUID | None) -> SectionValues[S]:
    owner_id = mailbox_id or ORGANISATION
    place = {"organisation": work.organisation_id, "section": key, "mailbox": owner_id}
    rows = {row.mailbox_id: row.chosen for row in QUERIES.load_settings.all(work.connection, place)}
    follows = section.scope == "organisation" or (section.scope == "both" and owner_id not in rows)
    holder = ORGANISATION if follows else owner_id
    secrets = {field.name for field in fields_of(section.type) if field.kind == "secret"}
    opened = {
        name: _opened(work, key, holder, name, value) if name in secrets else value
        for name, value in rows.get(holder, {}).items()
    }
    converted = dict(_converted(section, opened))
    value = msgspec.structs.replace(section.usual, **converted | dict(section.fixed))
    whose: Literal["organisation", "mailbox"] = "organisation" if holder == ORGANISATION else "mailbox"
    return SectionValues(key, section, value, frozenset(converted), owner_id in rows, whose)


def _converted(section: SettingsSection[Any], chosen: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Yield the chosen values converted to their types; a removed field or an invalid value is left out."""
    for field in fields_of(section.type):
        if field.name in chosen:
            try:
                yield field.name, msgspec.convert(chosen[field.name], field.type)
            except msgspec.ValidationError:
                continue


def _changed(work: Work, before: SectionValues[S], changes: Mapping[str, object], *, first_own: bool) -> S:
    """Return the values with the changes.

    Raises:
        Invalid: With a sentence for each field that is invalid, by itself or together with others.
        Unresponsive: The section's own check does not answer in time.
    """
    section, usual = before.section, before.section.usual
    fields = {field.name: field for field in fields_of(section.type)}
    new = {
        name: getattr(usual, name, None) if value is None else value
        for name, value in changes.items()
        if name not in section.fixed
    }
    faults = {name: "Inställningen finns inte." for name in changes if name not in fields}
    faults |= {name: fault for name, field in fields.items() if name in new and (fault := field.fault(new[name]))}
    # The organisation's secrets are not used with a mailbox's own values, such as another server.
    own_secrets = {name: getattr(usual, name) for name, field in fields.items() if first_own and field.kind == "secret"}
    right = {name: value for name, value in new.items() if name not in faults}
    changed = msgspec.structs.replace(before.value, **{**own_secrets, **right})
    if section.check is not None:
        # It may be a plugin's, so it has a timeout.
        answer = _ask(work, before.key, "check", section.check, changed)
        faults = {name: fault for name, fault in answer.items() if fault} | faults
    if faults:
        raise Invalid(NOT_SAVED, fields=faults)
    return changed


def _sealed(work: Work, key: str, holder: UUID, field: SettingField, value: object) -> object:
    """Return a value as it is stored; a secret is sealed, as text."""
    if field.kind != "secret":
        return msgspec.to_builtins(value)
    label = _label(key, holder, field.name)
    sealed = work.vault.seal_small(work.organisation_id, label, str(value).encode(), work.connection)
    return base64.b64encode(sealed).decode("ascii")


def _opened(work: Work, key: str, holder: UUID, name: str, value: object) -> str:
    sealed = base64.b64decode(str(value))
    return work.vault.open_small(work.organisation_id, _label(key, holder, name), sealed, work.connection).decode()


def _label(key: str, holder: UUID, name: str) -> str:
    return f"setting:{key}:{holder}:{name}"


def _note(work: Work, before: SectionValues[S], after: SectionValues[S], mailbox_id: UUID | None) -> None:
    """Record the changes in the event log, if there are any."""
    changes = {
        field.name: "ändrad" if field.kind == "secret" else f"{field.words(old)} → {field.words(new)}"
        for field in fields_of(before.section.type)
        if (old := getattr(before.value, field.name)) != (new := getattr(after.value, field.name))
    }
    if not changes and before.own == after.own:
        return
    kind = "settings.changed" if mailbox_id is None else "mailbox.settings-changed"
    audit.record(work, kind, mailbox_id or work.organisation_id, **{**changes, "section": before.key})
