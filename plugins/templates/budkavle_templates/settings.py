"""The settings of a function mailbox for its templates."""

from typing import Annotated, Any

from msgspec import Struct

from budkavle import Setting, SettingsSection


class TemplateSettings(Struct, frozen=True):
    """The section Mallar of a function mailbox."""

    opening_hours: Annotated[
        str,
        Setting(
            label="Öppettider",
            help="Fylls i där en mall har fältet öppettider. Till exempel: vardagar 9–15, torsdagar till 18.",
            most=300,
            lines=3,
        ),
    ] = ""


def section() -> SettingsSection[Any]:
    """Return the section."""
    return SettingsSection(
        name="templates",
        type=TemplateSettings,
        title="Mallar",
        help="Vad som fylls i där en mall används.",
        scope="mailbox",
        order=40,
    )
