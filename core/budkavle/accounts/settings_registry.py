"""All settings sections of an installation, each with the values fixed by its configuration file (`[fixed]`)."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from budkavle.accounts.core_settings import core_sections, judge_networks
from budkavle.accounts.message_settings import channel_files_section
from budkavle.model.errors import Misconfigured
from budkavle.model.settings_sections import DURATIONS, SettingField, SettingsSection, fields_of
from budkavle.plugins.loader import GROUP
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.settings_reading import read_secret


def sections_of(settings: Settings, plugins: Plugins) -> dict[str, SettingsSection[Any]]:
    """Return every section by its key, in the order of the pages: the core's, and those of the enabled plugins.

    Raises:
        Misconfigured: A value under `[fixed]` is invalid.
    """
    channels = _channels(plugins)
    of_channels = [channel_files_section(channels)] if channels else []
    core = {f"{GROUP}.{section.name}": section for section in (*core_sections(settings), *of_channels)}
    sections = {**core, **plugins.settings_sections}
    for owner, by_section in settings.fixed.items():
        for name, values in by_section.items():
            key = f"{owner}.{name}"
            if key in sections:
                sections[key] = _with_fixed(sections[key], key, values)
    return dict(sorted(sections.items(), key=lambda pair: pair[1].order))


def _channels(plugins: Plugins) -> dict[str, str]:
    """Return the label of each kind of message with attachments, by its transport or family."""
    labels: dict[str, str] = {}
    for transport in plugins.transports.values():
        if transport.capabilities.attachments:
            labels.setdefault(transport.capabilities.family or transport.name, transport.label)
    return labels


def check_fixed(settings: Settings, plugins: Plugins) -> list[str]:
    """Check everything under `[fixed]`, when a process starts.

    Returns:
        The names of sections that belong to no enabled plugin.

    Raises:
        Misconfigured: A section or a field does not exist, or a value is invalid.
    """
    sections, strays = sections_of(settings, plugins), []
    for owner, by_section in settings.fixed.items():
        for name in by_section:
            if owner != GROUP and owner not in plugins.names:
                strays.append(f"{owner}.{name}")
            elif f"{owner}.{name}" not in sections:
                known = ", ".join(key for key in sections if key.startswith(f"{owner}.")) or "–"
                sentence = "[fixed.{name}] hör till inga inställningar. Det som finns är: {known}."
                raise Misconfigured(sentence, name=f"{owner}.{name}", known=known)
    return strays


def _with_fixed(section: SettingsSection[Any], key: str, values: Mapping[str, Any]) -> SettingsSection[Any]:
    fields, fixed = {field.name: field for field in fields_of(section.type)}, {}
    for name, raw in values.items():
        of_file = name not in fields and name.endswith("_file")
        field = fields.get(name.removesuffix("_file") if of_file else name)
        if field is None:
            sentence = "Inställningen {key} under {section} är okänd. Det som finns är: {known}."
            raise Misconfigured(sentence, key=name, section=f"[fixed.{key}]", known=", ".join(sorted(fields)))
        value = _value(field, read_secret(Path(raw), name, f"fixed.{key}") if of_file else raw)
        if fault := field.fault(value) or _fault(key, field, value):
            sentence = "Inställningen {key} under {section} går inte att använda: {reason}"
            raise Misconfigured(sentence, key=name, section=f"[fixed.{key}]", reason=fault)
        fixed[field.name] = value
    return replace(section, fixed=fixed)


def _fault(key: str, field: SettingField, value: object) -> str:
    """Return an error for invalid networks, which would match nobody and close administration to all."""
    is_networks = (key, field.name) == (f"{GROUP}.administration", "networks")
    return judge_networks(str(value)) if is_networks else ""


def _value(field: SettingField, raw: object) -> object:
    is_count = field.kind == "duration" and isinstance(raw, (int, float)) and not isinstance(raw, bool)
    return raw * DURATIONS[field.setting.unit] if is_count else raw  # type: ignore[operator]
