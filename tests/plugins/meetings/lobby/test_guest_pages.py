"""The link of somebody who is invited: waiting, identification, the lobby, and the way in; without JavaScript."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.docs.api_fields import check_fields

from budkavle.accounts import write_settings
from budkavle.organisation import InformationSettings
from budkavle.testing import SampleUser, in_work
from budkavle_meetings.booking.booking import cancel
from budkavle_meetings.booking.participants import Admission, host_participant

ANNA, BO = "anna.ek@exempel.example", "bo.ask@exempel.example"
Browse = Callable[..., Any]
NewPhone = Callable[[str], Any]


@pytest.mark.feature("V6", "Y8")
def test_nobody_comes_in_too_early(meetings: Any, phone: NewPhone) -> None:
    """Six minutes before: a countdown by the server's clock, and nothing to press; the page reloads itself."""
    meeting = meetings.book(starts_in=timedelta(minutes=6))
    anna = phone(meetings.participant(meeting).invitee.token)
    page = anna.get().text
    assert "Du kan ansluta om" in page
    assert 'http-equiv="refresh"' in page
    assert "Uppföljning" not in page
    assert "Uppföljning" in anna.identify().text
    assert anna.post("/knock").status_code == 409
    state = anna.get("/state").json()
    check_fields("Where a participant stands", state)
    assert state["open"] is False
    assert meetings.participant(meeting).state is Admission.INVITED


@pytest.mark.feature("E31")
def test_the_page_has_the_organisations_colour(meetings: Any, phone: NewPhone, administrator: SampleUser) -> None:
    """As the pages of messages have it; without a colour it is ours."""
    anna = phone(meetings.participant(meetings.book()).invitee.token)
    assert "/brand/" not in anna.get().text
    in_work(meetings.host.platform, administrator, write_settings, InformationSettings, {"colour": "#C8102E"})
    assert "/brand/c8102e.css" in anna.get().text


@pytest.mark.feature("V4", "V6")
def test_somebody_identifies_waits_is_admitted_and_goes(
    meetings: Any, phone: NewPhone, browse: Browse, case_worker: SampleUser
) -> None:
    """The host sees the name as identified and by which way, and lets them in; both logs have it without the name."""
    meeting = meetings.book()
    token = meetings.participant(meeting).invitee.token
    anna = phone(token)
    assert "Svensk e-legitimation" in anna.get().text
    assert anna.get().headers["referrer-policy"] == "no-referrer"
    assert "Legitimerad med Svensk e-legitimation" in anna.identify().text
    assert "Du väntar i lobbyn" in anna.post("/knock").text
    cookies = dict(anna.client.cookies)
    host = browse(case_worker)
    lobby = host.get(f"/plugin/meetings/{meeting.id}").text
    assert "1 väntar i lobbyn" in lobby
    assert "Anna Ek" in lobby
    assert "Legitimerad med Svensk e-legitimation, tillitsnivå 3" in lobby
    person = meetings.participant(meeting)
    anna.client.cookies.update(cookies)
    assert anna.post("/enter").url.path == anna.path  # not before the host has let them in
    admit = f"/plugin/meetings/{meeting.id}/participants/{person.id}/admit"
    assert host.post(admit).status_code == 303
    anna.client.cookies.update(cookies)
    assert anna.get("/state").json()["state"] == "admitted"
    form = anna.get().text
    assert "Gå in i mötet" in form
    led = anna.client.post(
        f"{anna.path}/enter",
        data={"csrf": form.split('name="csrf" value="')[1].split('"')[0]},
        headers={"accept": "text/html", "sec-fetch-site": "same-origin"},
        follow_redirects=False,
    )
    assert (led.status_code, led.headers["location"]) == (303, f"{anna.path}/room")
    assert "Visa vem du är" in anna.post("/leave").text
    shown = host.get(f"/c/{meeting.case_id}").text
    for sentence in (
        "En inbjuden som legitimerat sig med Svensk e-legitimation kom till lobbyn",
        f"{case_worker.name} släppte in en deltagare som legitimerat sig med Svensk e-legitimation",
        "En deltagare som legitimerat sig med Svensk e-legitimation lämnade mötet",
    ):
        assert sentence in shown
    assert "<b>Anna Ek</b>" in shown  # who came and left when, on the case's page
    logged = meetings.organisation.rows("SELECT entry::text AS entry FROM audit_log")
    assert "Anna Ek" not in repr(logged)
    assert "meetings.admitted" in repr(logged)


@pytest.mark.feature("V4")
def test_somebody_else_is_not_let_in(meetings: Any, phone: NewPhone) -> None:
    """Whoever has another personnummer than the one that was invited gets no further."""
    meeting = meetings.book()
    stranger = phone(meetings.participant(meeting).invitee.token)
    assert "Du är inte den som" in stranger.identify("5678").text
    assert stranger.post("/knock").status_code in {401, 403}
    assert meetings.participant(meeting).state is Admission.INVITED


@pytest.mark.feature("V4")
def test_one_link_opens_no_other(meetings: Any, phone: NewPhone, invite: Callable[..., Any]) -> None:
    """Who has identified for one link has not for another's, in the same meeting."""
    meeting = meetings.book(invite(method="email"), invite(BO, "email"))
    anna = phone(meetings.participant(meeting).invitee.token)
    anna.identify()
    other = f"/plugin/meetings/join/{meetings.participant(meeting, BO).invitee.token}"
    csrf = anna.get().text.split('name="csrf" value="')[1].split('"')[0]
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
    for place in ("knock", "enter", "leave"):
        answer = anna.client.post(f"{other}/{place}", data={"csrf": csrf}, headers=headers)
        assert answer.status_code == 403, place
    assert "Visa vem du är" in anna.client.get(other, headers=headers).text
    assert meetings.participant(meeting, BO).state is Admission.INVITED


@pytest.mark.feature("V6")
def test_who_is_refused_stays_outside(meetings: Any, phone: NewPhone, browse: Browse, case_worker: SampleUser) -> None:
    """They read so, politely, and cannot knock again."""
    meeting = meetings.book()
    anna = phone(meetings.participant(meeting).invitee.token)
    anna.identify()
    anna.post("/knock")
    cookies = dict(anna.client.cookies)
    person = meetings.participant(meeting)
    browse(case_worker).post(f"/plugin/meetings/{meeting.id}/participants/{person.id}/refuse")
    anna.client.cookies.update(cookies)
    assert "Du är inte insläppt" in anna.get().text
    assert anna.post("/knock").status_code == 409
    assert anna.post("/enter").url.path == anna.path


def test_hosts_decide_of_no_host(meetings: Any, browse: Browse, case_worker: SampleUser) -> None:
    """A member of the mailbox who is in the meeting is neither let in nor taken out by another."""
    meeting = meetings.book()
    mine = meetings.do(host_participant, meeting, by=case_worker)
    for step in ("admit", "refuse"):
        path = f"/plugin/meetings/{meeting.id}/participants/{mine.id}/{step}"
        assert browse(case_worker).post(path).status_code == 404


@pytest.mark.feature("V6")
def test_nothing_happens_on_get_or_from_elsewhere(meetings: Any, phone: NewPhone) -> None:
    """Mail scanners change nothing, and neither do forms of other sites."""
    meeting = meetings.book()
    anna = phone(meetings.participant(meeting).invitee.token)
    for _ in range(3):
        assert anna.get().status_code == 200
    headers = {"accept": "text/html", "sec-fetch-site": "cross-site"}
    for place in ("identify", "knock", "enter", "leave"):
        answer = anna.client.post(f"{anna.path}/{place}", headers=headers)
        assert answer.status_code in {401, 403}, place
        assert anna.get(f"/{place}").url.path == anna.path  # led back
    assert meetings.participant(meeting).state is Admission.INVITED


@pytest.mark.feature("V6")
def test_what_is_cancelled_over_or_unknown_says_so(meetings: Any, phone: NewPhone, case_worker: SampleUser) -> None:
    """Politely, and without a word about the meeting."""
    unknown = phone("A" * 56)
    answer = unknown.get()
    assert answer.status_code == 404
    assert "Länken leder inte till något möte" in answer.text
    meeting = meetings.book()
    token = meetings.participant(meeting).invitee.token
    meetings.do(cancel, meeting, by=case_worker)
    gone = phone(token)
    page = gone.get().text
    assert "Mötet är inställt" in page
    assert "Uppföljning" not in page
    assert gone.client.post(f"{gone.path}/identify", headers={"sec-fetch-site": "same-origin"}).status_code == 403
    past = meetings.book(starts_in=-timedelta(hours=1, minutes=30, seconds=2))
    over = phone(meetings.participant(past).invitee.token)
    assert "Mötet är slut" in over.get().text
    assert over.client.post(f"{over.path}/identify", headers={"sec-fetch-site": "same-origin"}).status_code == 403


@pytest.mark.feature("Y8")
def test_it_stays_open_after_its_end(meetings: Any, phone: NewPhone) -> None:
    """29 minutes after the end somebody still comes in."""
    meeting = meetings.book(starts_in=-timedelta(hours=1, minutes=29))
    anna = phone(meetings.participant(meeting).invitee.token)
    anna.identify()
    assert "Du väntar i lobbyn" in anna.post("/knock").text


@pytest.mark.feature("V3")
def test_the_page_speaks_the_chosen_language(meetings: Any, phone: NewPhone, invite: Callable[..., Any]) -> None:
    """English for whom the organiser has chosen it; the other is a link away."""
    meeting = meetings.book(invite(language="en"))
    anna = phone(meetings.participant(meeting).invitee.token)
    assert "Show who you are" in anna.get().text
    assert "set-cookie" not in anna.get().headers
    chosen = anna.get("?lang=sv")
    assert "Visa vem du är" in chosen.text
    assert "language=sv; HttpOnly" in chosen.headers["set-cookie"]
    assert "Visa vem du är" in anna.get().text
