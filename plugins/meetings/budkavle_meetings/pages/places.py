"""Links to meetings from pages of the core: the navigation, a mailbox's list, a case."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from budkavle import Actor, Host
from budkavle.accounts import read_settings
from budkavle_meetings.booking.lists import meetings_of_case
from budkavle_meetings.booking.participants import list_participants
from budkavle_meetings.booking.times import next_time, occurrences
from budkavle_meetings.booking.wording import PATH, spoken_time
from budkavle_meetings.lobby.attendance import list_visits
from budkavle_meetings.pages.list_pages import chat_rows, visit_rows
from budkavle_meetings.room.chat import kept_lines
from budkavle_meetings.settings import MeetingSettings


def nav_item(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the navigation item."""
    del actor
    return {"url": PATH, "text": "Möten", "icon": "calendar", "current": subject.get("folder") == "meetings"}


def tool(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the link of the icon beside a list: a new meeting of that mailbox."""
    del actor
    return {"url": new_url(mailbox=str(subject["mailbox"].id))}


def case_action(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the link in the menu of a case: a new meeting about it."""
    del actor
    return {"url": new_url(case=str(subject["case"].id))}


def case_panel(host: Host, actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the meetings of a case, with who joined and left, and when."""
    with host.work(actor) as work:
        meetings = meetings_of_case(host, work, subject["case"].id)
        open_after = read_settings(work, MeetingSettings).open_after
        rows = []
        for meeting in meetings:
            time = next_time(meeting.schedule, datetime.now(UTC), open_after) or occurrences(meeting.schedule)[-1]
            people, visits = list_participants(host, work, meeting.id), list_visits(host, work, meeting.id)
            rows.append(
                {
                    "url": f"{PATH}/{meeting.id}",
                    "time": spoken_time(time, actor.language),
                    "cancelled": meeting.is_cancelled,
                    "waits": not meeting.is_booked,
                    "failed": meeting.has_failed,
                    "visits": visit_rows(people, visits),
                    "chat": chat_rows(people, kept_lines(host, work.organisation_id, meeting.id)),
                }
            )
    return {"meetings": rows}


def new_url(**fields: str) -> str:
    """Return the address of the form, with known values filled in."""
    return f"{PATH}/new?{urlencode({name: value for name, value in fields.items() if value})}"
