"""Being away: the automatic answer and the page (features U7 to U10)."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from litestar.testing import TestClient

from budkavle import Address, Conflict, Draft, Host, Invalid, Loa, Platform
from budkavle.accounts import list_delegations
from budkavle.cases import list_cases
from budkavle.identification import sessions
from budkavle.identification.flow import SignedIn
from budkavle.messaging import read_case, send
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.acting import in_work
from budkavle.testing.working import deliver_due
from budkavle.web.app import create_app
from budkavle_absence import auto_reply_sending
from budkavle_absence.auto_reply import auto_reply, set_auto_reply
from budkavle_absence.auto_reply_sending import PREFIX


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    return budkavle_open(enabled=("absence",))


@pytest.fixture
def host(platform: Platform) -> Host:
    host: Host = platform.plugins.host("absence")
    return host


def write(platform: Platform, sender: SampleUser, to: SampleUser, subject: str = "Fråga", **more: Any) -> None:
    draft = Draft((Address("secure", to.email),), subject, "Hej!", **{"loa": Loa.TWO, **more})
    in_work(platform, sender.at(Loa.THREE), send, sender.personal_id, draft)
    for _ in range(4):  # the message, and an answer to it that may follow
        deliver_due(platform)


def subjects(platform: Platform, reader: SampleUser) -> list[str]:
    """The subjects of all that has come to somebody's inbox."""
    cases = in_work(platform, reader.at(Loa.THREE), list_cases, reader.personal_id).items
    threads = [in_work(platform, reader.at(Loa.THREE), read_case, case.id).thread for case in cases]
    return [one.message.subject for thread in threads for one in thread if one.message.state]


@pytest.mark.feature("U7", "U8")
def test_each_sender_gets_the_answer_once(
    platform: Platform, organisation: SampleOrganisation, host: Host, colleague: SampleUser, case_worker: SampleUser
) -> None:
    """Of three messages in one absence the first is answered; in the next absence the first again."""
    set_auto_reply(host, colleague.at(Loa.THREE), active=True, text="Jag är tillbaka på måndag.")
    for subject in ("Ett", "Två", "Tre"):
        write(platform, case_worker, colleague, subject)
    assert subjects(platform, case_worker) == [f"{PREFIX}Ett"]
    set_auto_reply(host, colleague.at(Loa.THREE), active=False, text="Jag är tillbaka på måndag.")
    write(platform, case_worker, colleague, "Fyra")
    set_auto_reply(host, colleague.at(Loa.THREE), active=True, text="Borta igen.")
    write(platform, case_worker, colleague, "Fem")
    assert sorted(subjects(platform, case_worker)) == [f"{PREFIX}Ett", f"{PREFIX}Fem"]
    assert sorted(subjects(platform, colleague)) == ["Ett", "Fem", "Fyra", "Tre", "Två"]


@pytest.mark.feature("U7")
@pytest.mark.parametrize("fault", [Conflict("Inte nu."), KeyboardInterrupt()])
def test_an_answer_that_was_not_sent_is_sent_to_the_next_message(
    platform: Platform,
    host: Host,
    colleague: SampleUser,
    case_worker: SampleUser,
    monkeypatch: pytest.MonkeyPatch,
    fault: BaseException,
) -> None:
    """Whether it was refused, or the process ended in the middle of it; and it is sent once."""

    def refuse(*_: Any) -> None:
        raise fault

    set_auto_reply(host, colleague.at(Loa.THREE), active=True, text="Borta.")
    with monkeypatch.context() as patch, suppress(KeyboardInterrupt):
        patch.setattr(auto_reply_sending, "send", refuse)
        write(platform, case_worker, colleague, "Ett")
    for subject in ("Två", "Tre"):
        write(platform, case_worker, colleague, subject)
    assert subjects(platform, case_worker) == [f"{PREFIX}Två"]


def test_who_has_had_the_answer_is_kept_by_a_keyed_hash_and_forgotten(
    platform: Platform, organisation: SampleOrganisation, host: Host, colleague: SampleUser, case_worker: SampleUser
) -> None:
    """Whoever has the rows and not the key cannot try addresses against them; with the absence they are gone."""
    set_auto_reply(host, colleague.at(Loa.THREE), active=True, text="Borta.")
    write(platform, case_worker, colleague)
    (row,) = organisation.rows("SELECT absence, sender FROM absence_answered")
    (case,) = in_work(platform, colleague.at(Loa.THREE), list_cases, colleague.personal_id).items
    sender = in_work(platform, colleague.at(Loa.THREE), read_case, case.id).thread[0].message.sender
    told = (row.absence, sender.transport, sender.value)
    assert row.sender != hashlib.sha256("\0".join(told).encode()).digest()
    assert row.sender == host.vault.subject_hash("absence", str(organisation.id), *told)
    set_auto_reply(host, colleague.at(Loa.THREE), active=False, text="Borta.")
    assert organisation.rows("SELECT absence FROM absence_answered") == []


@pytest.mark.feature("U7")
def test_two_who_are_away_do_not_answer_each_other_for_ever(
    platform: Platform, organisation: SampleOrganisation, host: Host, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """An automatic answer is never answered."""
    for person in (case_worker, colleague):
        set_auto_reply(host, person.at(Loa.THREE), active=True, text="Borta.")
    write(platform, case_worker, colleague)
    assert subjects(platform, case_worker) == [f"{PREFIX}Fråga"]
    assert subjects(platform, colleague) == ["Fråga"]


@pytest.mark.feature("U7", "M7", "Y4")
def test_the_answer_keeps_the_rules_of_the_message(
    platform: Platform, organisation: SampleOrganisation, host: Host, colleague: SampleUser, case_worker: SampleUser
) -> None:
    """It has the level of what it answers, and none goes where no reply is allowed."""
    set_auto_reply(host, colleague.at(Loa.THREE), active=True, text="Borta.")
    write(platform, case_worker, colleague, "Utan svar", reply_allowed=False)
    assert subjects(platform, case_worker) == []
    write(platform, case_worker, colleague, "Känsligt", loa=Loa.THREE)
    (case,) = in_work(platform, case_worker.at(Loa.THREE), list_cases, case_worker.personal_id).items
    answers = [
        one.message
        for one in in_work(platform, case_worker.at(Loa.THREE), read_case, case.id).thread
        if one.message.state
    ]
    assert [one.loa for one in answers] == [Loa.THREE]


@pytest.mark.feature("U8")
def test_an_answer_needs_a_text(organisation: SampleOrganisation, host: Host, colleague: SampleUser) -> None:
    """Switched on without words it is refused; the text is kept when it is switched off."""
    with pytest.raises(Invalid):
        set_auto_reply(host, colleague.at(Loa.THREE), active=True, text="  ")
    set_auto_reply(host, colleague.at(Loa.THREE), active=False, text="Borta.")
    kept = auto_reply(host, colleague.organisation_id, colleague.id)
    assert (kept.active, kept.text, kept.absence) == (False, "Borta.", "")


@pytest.mark.feature("U7", "U8", "U9", "U10")
def test_the_page(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """The answer is switched on, a colleague is found, let in and out again; faults stand at their fields."""
    cookie = sessions.start(platform, SignedIn(case_worker.user, Loa.TWO, "password", "/"))
    csrf = sessions.find(platform, cookie).csrf
    with TestClient(create_app(platform)) as client:
        client.cookies.set("budkavle", cookie)
        headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}

        def post(path: str, **fields: str) -> Any:
            data = {"csrf": csrf, **fields}
            return client.post(f"/plugin/absence{path}", data=data, headers=headers, follow_redirects=False)

        assert post("/reply", active="on", auto_reply="").status_code == 422
        assert post("/reply", active="on", auto_reply="Borta.").headers["location"].endswith("said=reply")
        assert "Borta." in client.get("/plugin/absence", headers=headers).text
        assert "bo@habo.example" in client.get("/plugin/absence?q=Bo", headers=headers).text
        missing = post("/delegate", q="Bo")
        assert missing.status_code == 422
        assert "Välj den sista dagen" in missing.text
        assert post("/delegate", q="Bo", person=str(uuid4()), until="2099-01-01").status_code == 422
        assert post("/delegate", q="Bo", person=str(colleague.id), until="9999-12-31").status_code == 422
        day = (datetime.now(UTC) + timedelta(days=7)).date().isoformat()
        given = post("/delegate", q="Bo", person=str(colleague.id), until=day, may_answer="1")
        assert given.headers["location"].endswith("said=delegated")
        (one,) = in_work(platform, case_worker.at(Loa.THREE), list_delegations)
        assert (one.name, one.old_too, one.may_answer) == ("Bo Ek", False, True)
        assert "Avsluta delegeringen till Bo Ek" in client.get("/plugin/absence", headers=headers).text
        post("/end", person=str(colleague.id))
        assert in_work(platform, case_worker.at(Loa.THREE), list_delegations) == []
