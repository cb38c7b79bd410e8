"""An organisation's settings: when its faxes may be sent, and the cover's note on sensitive content."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Annotated, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from budkavle import Host, Organisation, Setting, SettingsSection
from budkavle.accounts import read_settings
from budkavle_fax.documents.cover import NOTE

ZONE: Final = ZoneInfo("Europe/Stockholm")
SATURDAY: Final = 5
_HOURS: Final = {hour: f"{hour:02}.00" for hour in range(25)}


class Rules(Struct, frozen=True):
    """The organisation's settings.

    Attributes:
        from_hour: The first hour in which faxes may be sent, 0 to 23, Swedish time.
        to_hour: The hour from which they may not, 1 to 24.
        weekdays: Whether they wait over Saturdays and Sundays.
        note: The cover's note on sensitive content; empty for none.
    """

    from_hour: Annotated[
        int, Setting(label="Skicka tidigast", choices={hour: text for hour, text in _HOURS.items() if hour < 24})
    ] = 0
    to_hour: Annotated[int, Setting(label="Skicka senast", choices={h: text for h, text in _HOURS.items() if h})] = 24
    weekdays: Annotated[
        bool,
        Setting(label="Bara måndag till fredag", help="Det som skrivs på andra tider väntar och går när tiden börjar."),
    ] = False
    note: Annotated[
        str,
        Setting(
            label="Om känsliga uppgifter, på försättsbladet",
            help="Lämna tomt för att inte ha någon sådan text.",
            most=300,
            lines=2,
        ),
    ] = NOTE

    def wait(self, now: datetime) -> timedelta:
        """Return how long a fax must wait; zero if it may be sent now."""
        local = now.astimezone(ZONE)
        opens = local
        if local.hour >= self.to_hour or self._closed(local):
            opens = self._at(local + timedelta(days=1))
        elif local.hour < self.from_hour:
            opens = self._at(local)
        while self._closed(opens):
            opens = self._at(opens + timedelta(days=1))
        return opens.astimezone(now.tzinfo) - now

    def _closed(self, local: datetime) -> bool:
        return self.weekdays and local.weekday() >= SATURDAY

    def _at(self, local: datetime) -> datetime:
        return datetime.combine(local.date(), time(self.from_hour), ZONE)


def _check(chosen: Rules, _: Organisation) -> Mapping[str, str]:
    if chosen.from_hour < chosen.to_hour:
        return {}
    return {"to_hour": "Välj en sluttid som är senare än starttiden."}


SECTION: Final = SettingsSection(
    name="rules",
    type=Rules,
    title="När och hur fax går",
    help="Tider på dygnet, och vad försättsbladet säger.",
    check=_check,
)


def rules(host: Host, organisation_id: UUID) -> Rules:
    """Return an organisation's settings, or the defaults."""
    with host.work(host.system(organisation_id)) as work:
        return read_settings(work, Rules)
