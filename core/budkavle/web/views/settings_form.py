"""The form of a settings section, made from its type: the template's data, and the submitted values."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from budkavle.accounts.stored_settings import SectionValues, ValueSource
from budkavle.model.settings_sections import DURATIONS, SettingField, SettingsSection, fields_of
from budkavle.web.auth import Visitor
from budkavle.web.http.forms import Form
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.organisation_menu import Place

SOURCES = {
    ValueSource.STANDARD: N_("Standardvärde."),
    ValueSource.INSTALLATION: N_("Standardvärde i den här installationen."),
    ValueSource.FIXED: N_("Bestäms av installationen."),
    ValueSource.ORGANISATION: N_("Valt för organisationen."),
    ValueSource.MAILBOX: N_("Valt för brevlådan."),
}
_WHOLE = re.compile(r"-?[0-9]{1,9}", re.ASCII)
REMOVE = "remove."
"""Prefix of the name of the checkbox that removes a secret."""


def link(visitor: Visitor, base: str, key: str, section: SettingsSection[Any]) -> Place:
    """Return the link to a section, for a list of sections."""
    return Place(f"{base}/{key}", visitor.say(section.title), visitor.say(section.help) if section.help else "")


def shown_fields(
    visitor: Visitor,
    values: SectionValues[Any],
    typed: Form | None,
    faults: Mapping[str, str],
    remarks: Mapping[str, str] = MappingProxyType({}),
) -> list[dict[str, Any]]:
    """Return the fields of a section as the template shows them.

    Args:
        visitor: The reader of the page.
        values: The section and its current values.
        typed: The submitted values, if they could not be saved.
        faults: A sentence for each invalid field.
        remarks: A sentence for each field about which the section has a remark.
    """
    shown = []
    for field in fields_of(values.section.type):
        hints = [*_hints(visitor, values, field)]
        if remark := remarks.get(field.name):
            hints.insert(1 if field.setting.help else 0, visitor.say(remark))
        shown.append(_shown(visitor, values, field, typed, faults.get(field.name)) | {"hint": " ".join(hints) or None})
    return shown


def typed_values(values: SectionValues[Any], form: Form) -> dict[str, object]:
    """Return the submitted values by field, as `write_settings` takes them; an invalid number stays as text.

    A secret that was left empty is left out, since its field never shows the stored value.
    """
    changes: dict[str, object] = {}
    for field in fields_of(values.section.type):
        text = form.get(field.name)
        if field.kind != "secret" or text:
            changes[field.name] = _typed(field, text)
        elif form.get(REMOVE + field.name):
            changes[field.name] = None
    return changes


def in_words(visitor: Visitor, field: SettingField, value: object) -> str:
    """Return a value as text; for a secret only whether it is set."""
    if field.kind == "secret":
        return visitor.say("Sparat") if value else "–"
    if isinstance(value, bool):
        return visitor.say("Ja") if value else visitor.say("Nej")
    if field.kind == "choice":
        return visitor.say(field.setting.choices.get(value, str(value)))
    unit = visitor.say(field.setting.unit) if field.setting.unit else ""
    return f"{_text(field, value)} {unit}".strip() or "–"


def _shown(
    visitor: Visitor, values: SectionValues[Any], field: SettingField, typed: Form | None, fault: str | None
) -> dict[str, Any]:
    setting, value = field.setting, getattr(values.value, field.name)
    is_secret = field.kind == "secret"
    return {
        "kind": field.kind,
        "name": field.name,
        "label": visitor.say(setting.label),
        "fixed": values.source(field.name) is ValueSource.FIXED,
        "unit": visitor.say(setting.unit) if setting.unit else None,
        "value": "" if is_secret else _text(field, value) if typed is None else typed.get(field.name),
        "checked": bool(value if typed is None else typed.get(field.name)),
        "choices": [(str(key), visitor.say(label)) for key, label in setting.choices.items()],
        "rows": setting.lines,
        "most": setting.most,
        "stored": is_secret and bool(value),
        "remove": REMOVE + field.name,
        "words": in_words(visitor, field, value),
        "fault": visitor.say(fault) if fault else None,
    }


def _hints(visitor: Visitor, values: SectionValues[Any], field: SettingField) -> Iterator[str]:
    """Yield a field's help, its range, where the value comes from, and its default."""
    setting, usual = field.setting, getattr(values.section.usual, field.name)
    value, source = getattr(values.value, field.name), values.source(field.name)
    if setting.help:
        yield visitor.say(setting.help)
    if field.kind in {"number", "duration"} and setting.least is not None and setting.most is not None:
        yield visitor.say("Mellan {least} och {most}.", least=setting.least, most=setting.most)
    if field.kind == "secret" and value and source is not ValueSource.FIXED:
        yield visitor.say("Det som är sparat visas inte. Lämna fältet tomt för att behålla det.")
    yield visitor.say(SOURCES[source])
    if field.kind in {"number", "duration", "choice"} and value != usual:
        yield visitor.say("Standardvärdet är {value}.", value=in_words(visitor, field, usual))


def _text(field: SettingField, value: Any) -> str:
    if isinstance(value, timedelta):
        return f"{value / DURATIONS[field.setting.unit]:g}"
    return str(value)


def _typed(field: SettingField, text: str) -> object:
    if field.kind == "checkbox":
        return bool(text)
    if field.kind == "choice":
        return next((key for key in field.setting.choices if str(key) == text), text)
    if field.kind in {"number", "duration"} and _WHOLE.fullmatch(text):
        return int(text) * DURATIONS[field.setting.unit] if field.kind == "duration" else int(text)
    return text.replace("\r\n", "\n")
