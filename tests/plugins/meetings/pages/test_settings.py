"""What an organisation chooses about its meetings holds on the pages where they are booked (feature O8)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from budkavle import Platform, SettingsSection
from budkavle.accounts import write_settings
from budkavle.testing import SampleOrganisation, SampleUser, SettingsSectionContract
from budkavle_meetings.booking.times import ZONE
from budkavle_meetings.providers.settings import JitsiRooms
from budkavle_meetings.settings import MeetingSettings

NEW = "/plugin/meetings/new"
ANNA = "anna.ek@exempel.example"
Browse = Callable[..., Any]
SECOND = {"step": "2", "language-0": "sv", "method-0": "eid", "personnummer-0": "19811218-9876"}


class TestMeetingSection(SettingsSectionContract):
    """The form."""

    @pytest.fixture
    def section(self, platform: Platform) -> SettingsSection[Any]:
        return platform.plugins.settings_sections["meetings.meetings"]

    @pytest.fixture
    def changes(self) -> dict[str, object]:
        return {
            "who_books": "administrators",
            "own_room": False,
            "usual_kind": "teams",
            "least_loa": 3,
            "text": "Ring 0171-525 00 om det inte fungerar.",
            "open_after": timedelta(minutes=45),
        }

    @pytest.fixture
    def wrong(self) -> dict[str, object]:
        return {"who_books": "alla", "usual_kind": "zoom", "least_loa": 4, "open_after": timedelta(hours=5)}


@pytest.fixture
def fields(mailbox: Any) -> dict[str, str]:
    """The first step, filled in."""
    tomorrow = (datetime.now(ZONE) + timedelta(days=1)).date().isoformat()
    typed = {"kind": "room", "emails": ANNA, "subject": "SIP-möte", "day": tomorrow, "start": "13:00", "end": "14:00"}
    return {"mailbox": str(mailbox.id), "case": "", "text": "", "repeats": "", "times": "", **typed}


def choose(organisation: SampleOrganisation, section: type[Any] = MeetingSettings, **changes: Any) -> None:
    with organisation.platform.work(organisation.administrator) as work:
        write_settings(work, section, changes)


@pytest.mark.feature("O8")
def test_the_administrator_changes_them_on_the_page(
    browse: Browse, administrator: SampleUser, case_worker: SampleUser
) -> None:
    """Others read no such page."""
    path = "/organisation/settings/meetings.meetings"
    page = browse(administrator).get(path)
    assert page.status_code == 200
    for words in ("Vilka som bokar möten", "Lägsta tillitsnivå", "Text i inbjudan", "Använd det egna mötesrummet"):
        assert words in page.text
    assert browse(case_worker).get(path).status_code in {403, 404}


@pytest.mark.feature("O8")
def test_who_may_book(
    browse: Browse,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    mailbox_administrator: SampleUser,
    fields: dict[str, str],
    meetings: Any,
) -> None:
    """Where the organisation says so, the mailbox's administrators alone; others read why, and nothing is booked."""
    choose(organisation, who_books="administrators")
    refused = browse(case_worker).post(NEW, **fields)
    assert refused.status_code == 422
    assert "bokar bara brevlådans administratörer" in refused.text
    assert browse(case_worker).post(NEW, **fields, **SECOND).status_code == 422
    assert organisation.rows("SELECT id FROM meetings_meetings") == []
    assert browse(mailbox_administrator).post(NEW, **fields, **SECOND).status_code == 303


@pytest.mark.feature("O8")
def test_kinds_and_the_usual_one(
    browse: Browse, organisation: SampleOrganisation, case_worker: SampleUser, fields: dict[str, str], meetings: Any
) -> None:
    """What is off is not offered, and not booked by a form that was open before; the usual one is chosen."""
    jitsi = {"on": True, "url": "https://video.kommun.example", "app_id": "b", "secret": "x" * 32}
    choose(organisation, JitsiRooms, **jitsi)
    form = browse(case_worker).get(NEW).text
    assert 'value="room" checked' in form
    assert 'value="teams"' not in form
    choose(organisation, usual_kind="jitsi")
    assert 'value="jitsi" checked' in browse(case_worker).get(NEW).text
    choose(organisation, own_room=False)
    assert 'value="room"' not in browse(case_worker).get(NEW).text
    assert browse(case_worker).post(NEW, **fields).status_code == 422


@pytest.mark.feature("O8", "V4")
def test_ways_below_the_level_are_not_offered(
    browse: Browse, organisation: SampleOrganisation, case_worker: SampleUser, fields: dict[str, str], meetings: Any
) -> None:
    """Neither on the page nor by a form of before."""
    assert "E-post" in browse(case_worker).post(NEW, **fields).text
    choose(organisation, least_loa=3)
    page = browse(case_worker).post(NEW, **fields).text
    assert 'value="email"' not in page
    assert 'value="eid"' in page
    assert browse(case_worker).post(NEW, **fields, **{**SECOND, "method-0": "email"}).status_code == 422


@pytest.mark.feature("O8")
def test_the_text_stands_in_the_invitation(
    browse: Browse,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    fields: dict[str, str],
    meetings: Any,
    mail: Any,
) -> None:
    """Last, in the organisation's words."""
    choose(organisation, text="Ring 0171-525 00 om det inte fungerar.")
    assert browse(case_worker).post(NEW, **fields, **SECOND).status_code == 303
    meetings.told()
    (notice,) = [each for each in mail.to(ANNA) if each.topic == "meetings.invitation"]
    assert notice.text.endswith("Ring 0171-525 00 om det inte fungerar.")
