"""Nytt möte shows when the organiser, the recipients who work here and the mailbox are busy, in words."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from budkavle.accounts import write_settings
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle_meetings.booking.times import ZONE
from budkavle_meetings.providers.settings import TeamsRooms

APPLICATION = {
    "on": True,
    "tenant": "11111111-2222-4333-8444-555555555555",
    "client_id": "66666666-7777-4888-8999-000000000000",
    "client_secret": "klienthemlighet~som~entra~skapade",
    "account": "moten@kommun.example",
}
NEW = "/plugin/meetings/new"
MARIA = "maria@exempel.example"
Browse = Callable[..., Any]


@pytest.fixture
def typed(mailbox: Any, colleague: SampleUser) -> dict[str, str]:
    day = (datetime.now(ZONE) + timedelta(days=3)).date().isoformat()
    emails = f"{colleague.email}\n{MARIA}"
    times = {"day": day, "start": "09:00", "end": "10:00", "repeats": "", "times": ""}
    return {"mailbox": str(mailbox.id), "kind": "room", "emails": emails, "subject": "Uppföljning", **times}


@pytest.fixture
def exchange(organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser, microsoft: Any) -> Any:
    """From seven o'clock: the organiser is busy for an hour, the colleague half an hour later for two."""
    with organisation.platform.work(organisation.administrator) as work:
        write_settings(work, TeamsRooms, APPLICATION)
    microsoft.busy[case_worker.email] = "2222" + "0" * 40
    microsoft.busy[colleague.email] = "00" + "2" * 8 + "0" * 34
    return microsoft


def words(page: str) -> str:
    section = page.partition('id="free-busy"')[2].partition("</section>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", section).split())


@pytest.mark.feature("V2")
def test_busy_times_stand_in_words(
    browse: Browse, case_worker: SampleUser, colleague: SampleUser, exchange: Any, typed: dict[str, str]
) -> None:
    """Each by name, when all are free, and whose calendar nobody knows; what was typed stays."""
    assert "Visa lediga tider" in browse(case_worker).get(NEW).text
    answer = browse(case_worker).post(NEW, step="times", **typed)
    assert answer.status_code == 200
    said = words(answer.text)
    assert f"{case_worker.name} Upptagen 07.00–08.00" in said
    assert f"{colleague.name} Upptagen 07.30–09.30" in said
    assert "Alla är lediga 09.30–18.00" in said
    assert f"Kalendern är inte känd för {MARIA}." in said
    assert 'value="Uppföljning"' in answer.text
    (asked,) = exchange.asked
    assert asked["schedules"] == [case_worker.email, colleague.email], "nobody else's address leaves the house"
    assert "hemligt ärende" not in answer.text


@pytest.mark.feature("V2")
def test_a_calendar_that_does_not_answer_is_told(
    browse: Browse, case_worker: SampleUser, exchange: Any, typed: dict[str, str]
) -> None:
    """The form stays as it is; nobody is called free."""
    exchange.status = 503
    said = words(browse(case_worker).post(NEW, step="times", **typed).text)
    assert "Microsoft har för mycket att göra just nu." in said
    assert "Alla är lediga" not in said
    assert "Ledig hela dagen" not in said
    exchange.status, exchange.busy = 0, {}
    assert "Kalendern är inte känd." in words(browse(case_worker).post(NEW, step="times", **typed).text)


@pytest.mark.feature("V2")
def test_without_a_calendar_nothing_is_offered(
    browse: Browse, case_worker: SampleUser, outsider: SampleUser, typed: dict[str, str]
) -> None:
    """Nor is a foreign mailbox's calendar shown, nor a day that is none."""
    assert "Visa lediga tider" not in browse(case_worker).get(NEW).text
    assert "Det finns ingen kalender att läsa." in words(browse(case_worker).post(NEW, step="times", **typed).text)
    assert browse(outsider).post(NEW, step="times", **typed).status_code == 404
    answer = browse(case_worker).post(NEW, step="times", **{**typed, "day": "30/2"})
    assert (answer.status_code, "Välj en dag." in answer.text) == (422, True)
