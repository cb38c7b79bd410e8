"""The hook implementations of the plugin."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from budkavle import Host, Job, SettingsSection, hookimpl
from budkavle.storage import SealedColumn
from budkavle.web import Panel
from budkavle_meetings.installation import InstallationSettings
from budkavle_meetings.room import room_settings
from budkavle_meetings.settings import MeetingSettings

if TYPE_CHECKING:
    from litestar import Router

    from budkavle.approvals import ApprovalKind
    from budkavle.notices import NoticeStatus
    from budkavle.operations import Destroyed
    from budkavle.organisation import PersonalData


@hookimpl
def budkavle_settings() -> type[InstallationSettings]:
    """Give the type of `[plugins.meetings]`."""
    return InstallationSettings


@hookimpl
def budkavle_label() -> str:
    """Give its display name."""
    return "Möten"


@hookimpl
def budkavle_settings_sections(host: Host) -> list[SettingsSection[Any]]:
    """Give an organisation's settings for meetings."""
    from budkavle_meetings.appointments.section import section
    from budkavle_meetings.providers.sections import sections

    meetings = SettingsSection(name="meetings", type=MeetingSettings, title="Möten")
    return [meetings, room_settings.SECTION, *sections(host), section(host)]


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """Give the pages."""
    from litestar import Router

    from budkavle_meetings.appointments import pages as appointment_pages
    from budkavle_meetings.lobby import guests, hosts
    from budkavle_meetings.pages import booking_pages, list_pages, time_pages
    from budkavle_meetings.room import pages as room

    pages = [*booking_pages.handlers(host), *time_pages.handlers(host), *list_pages.handlers(host)]
    handlers = [*pages, *hosts.handlers(host)]
    return [Router("", route_handlers=handlers), guests.router(host), room.router(host), appointment_pages.router(host)]


@hookimpl
def budkavle_panels(host: Host) -> Iterable[Panel]:
    """Give the links to meetings, and the panel with a case's meetings."""
    from budkavle_meetings.appointments.places import card
    from budkavle_meetings.pages import places

    return [
        Panel("nav.item", "", places.nav_item, order=40),
        Panel("inbox.toolbar", "toolbar.html", places.tool),
        Panel("case.actions", "case_action.html", places.case_action),
        Panel("case.panel", "case_panel.html", lambda actor, subject: places.case_panel(host, actor, subject)),
        Panel("mailbox.information", "appointment_card.html", lambda actor, subject: card(host, actor, subject)),
    ]


@hookimpl(optionalhook=True)
def addressbook_contact_action() -> tuple[str, str]:
    """Give the link to a new meeting with a contact."""
    return "Nytt möte", "/plugin/meetings/new"


@hookimpl
def budkavle_approval_kinds(host: Host) -> "Iterable[ApprovalKind]":
    """Give the approval kind of bookings and changes that wait for a second person."""
    from budkavle_meetings.booking.held import approval_kind

    return [approval_kind(host)]


@hookimpl
def budkavle_jobs(host: Host) -> list[Job]:
    """Give the periodic jobs."""
    from budkavle_meetings.appointments.reminders import remind_of_appointments
    from budkavle_meetings.forgetting import forget_old
    from budkavle_meetings.room.sweeping import RoomSweep

    return [
        Job("rooms", RoomSweep(host).run, every=timedelta(minutes=1)),
        Job("forget", lambda: forget_old(host), every=timedelta(hours=6)),
        Job("remind", lambda: remind_of_appointments(host), every=timedelta(minutes=5)),
    ]


@hookimpl
def budkavle_notice_due(host: Host, status: "NoticeStatus") -> bool | None:
    """Withdraw reminders of times that are cancelled or moved."""
    from budkavle_meetings.appointments.reminders import is_reminder_due

    return is_reminder_due(host, status)


@hookimpl
def budkavle_clean_up(host: Host, destroyed: "Destroyed") -> None:
    """Delete the meetings of destroyed cases."""
    from budkavle_meetings.forgetting import forget_destroyed

    forget_destroyed(host, destroyed)


@hookimpl
def budkavle_sealed_columns() -> list[SealedColumn]:
    """Describe its sealed columns; the tokens of links are in no export."""
    return [
        SealedColumn("meetings_meetings", "sealed", "meeting:{id}", "json"),
        SealedColumn("meetings_participants", "sealed", "invitee:{id}", "json"),
        SealedColumn("meetings_participants", "identity", "identity:{id}", "json"),
        SealedColumn("meetings_appointments", "sealed", "appointment:{id}", "json"),
        SealedColumn("meetings_chat", "sealed", "meeting-chat:{meeting_id}"),
        SealedColumn("meetings_participants", "token", "token:{id}", exported=False),
    ]


@hookimpl
def budkavle_event_words() -> Mapping[str, str]:
    """Give the sentences of its event log entries."""
    return {
        "meetings.booked": "{by} bokade ett möte med {invited} inbjudna",
        "meetings.changed": "{by} ändrade ett möte",
        "meetings.cancelled": "{by} ställde in ett möte",
        "meetings.time-changed": "{by} gav mötet {time} en ny tid",
        "meetings.time-cancelled": "{by} ställde in mötet {time} i en serie",
        "meetings.waiting": "En inbjuden som legitimerat sig med {method} kom till lobbyn",
        "meetings.admitted": "{by} släppte in en deltagare som legitimerat sig med {method}",
        "meetings.refused": "{by} släppte inte in en deltagare som legitimerat sig med {method}",
        "meetings.left": "En deltagare som legitimerat sig med {method} lämnade mötet",
        "meetings.host-came": "{by} anslöt till mötet",
        "meetings.host-left": "{by} lämnade mötet",
        "meetings.moved-by-guest": "Den som bokade en tid flyttade mötet",
        "meetings.cancelled-by-guest": "Den som bokade en tid avbokade mötet",
    }


@hookimpl(optionalhook=True)
def statistics_events() -> Mapping[str, Mapping[str, Any]]:
    """Let statistics count booked meetings, by the kind of room."""
    names = {"room": "Eget mötesrum", "teams": "Teams", "jitsi": "Jitsi", "livekit": "LiveKit"}
    return {"meetings.booked": {"title": "Möten", "names": names}}


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Describe the personal data it handles."""
    from budkavle_meetings.personal_data import personal_data

    return personal_data()
