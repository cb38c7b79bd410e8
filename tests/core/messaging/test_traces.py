"""A trace of each reading and each refused sign-in, once a minute."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from budkavle.cases import actions, attachments, inbox, search
from budkavle.deliveries import recall, undo
from budkavle.identification.account_secrets import GuessOrigin, check_password
from budkavle.messaging.case_view import case, open_attachment
from budkavle.model.errors import NotFound
from budkavle.model.loa import Loa
from budkavle.model.people import INSTALLATION
from budkavle.storage.case_log import note_refused
from budkavle.storage.events import traces
from budkavle.storage.events.chaining import chain_log
from budkavle.storage.events.traces import note_refusal, record_not_there
from budkavle.storage.platform import Work
from budkavle.testing.acting import in_work
from budkavle.testing.browsing import Browser
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.web.pages import case_readers


def things(organisation: SampleOrganisation, kind: str, log: UUID | None = None) -> list[str]:
    """The things of a log's entries of a kind, the earliest first."""
    query = "SELECT thing FROM audit_log WHERE organisation_id = :log AND kind = :kind ORDER BY number"
    chain_log(organisation.platform.database, log or organisation.id)
    with organisation.platform.database.transaction(log or organisation.id) as connection:
        rows = connection.execute(text(query), {"kind": kind, "log": log or organisation.id})
        return [row.thing for row in rows]


def pass_a_minute(organisation: SampleOrganisation, log: UUID | None = None) -> None:
    """Let all that was read be a minute old."""
    with organisation.platform.database.transaction(log or organisation.id) as connection:
        for table in ("traces", "reads"):
            connection.execute(text(f"UPDATE {table} SET at = at - interval '61 seconds'"))


def pass_an_hour(organisation: SampleOrganisation) -> None:
    """Let all that was read be an hour older."""
    for _ in range(60):
        pass_a_minute(organisation)


@pytest.fixture
def file(organisation: SampleOrganisation, case_worker: SampleUser) -> tuple[UUID, UUID]:
    """A file that has been sent from the mailbox, and its case."""
    stored = attachments.store(organisation.platform, case_worker, "plan.txt", "text/plain", [b"en plan"])
    message = organisation.send(case_worker, attachments=(stored.id,))
    return stored.id, message.case_id


@pytest.mark.feature("ZS4")
def test_each_reading_of_a_case_is_an_entry(organisation: SampleOrganisation, colleague: SampleUser) -> None:
    """Twice within a minute is one; later is another."""
    case_id = organisation.arrive()
    in_work(organisation.platform, colleague, case, case_id)
    in_work(organisation.platform, colleague, case, case_id)
    assert things(organisation, "case.viewed") == [str(case_id)]
    pass_a_minute(organisation)
    in_work(organisation.platform, colleague, case, case_id)
    assert things(organisation, "case.viewed") == [str(case_id)] * 2


@pytest.mark.feature("ZS4")
def test_a_file_that_staff_open_is_an_entry_of_its_case(
    organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser, file: tuple[UUID, UUID]
) -> None:
    """For each who opens it, once a minute."""
    for user in (colleague, colleague, case_worker):
        in_work(organisation.platform, user, open_attachment, file[0])
    assert things(organisation, "case.file-opened") == [str(file[1])] * 2
    pass_a_minute(organisation)
    in_work(organisation.platform, colleague, open_attachment, file[0])
    assert len(things(organisation, "case.file-opened")) == 3


@pytest.mark.feature("ZS4")
def test_a_search_is_an_entry_without_its_words(organisation: SampleOrganisation, colleague: SampleUser) -> None:
    """Each search of each person once a minute; who reads the event log learns of nobody by it."""
    organisation.arrive("Elvira Alm flyttar")
    for words in ("Elvira Alm", "elvira  ALM", "finns inte"):
        in_work(organisation.platform, colleague, search.search, words)
    assert things(organisation, "user.searched") == [str(colleague.id)] * 2
    assert not [entry for entry in organisation.log_entries("user.searched") if "lvira" in entry or "finns" in entry]
    pass_a_minute(organisation)
    in_work(organisation.platform, colleague, search.search, "finns inte")
    assert len(things(organisation, "user.searched")) == 3


@pytest.mark.feature("ZS4")
def test_a_wrong_password_is_an_entry(organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """In the organisation's log for an account, and in the installation's for an address that has none."""
    here = GuessOrigin("192.0.2.1")
    for email in (case_worker.email, case_worker.email, "ingen@example.org", "ingen@example.net"):
        check_password(organisation.platform, email, "fel lösenord här", here)
    assert things(organisation, "user.sign-in-failed") == [str(case_worker.id)]
    assert len(things(organisation, "sign-in.unknown", INSTALLATION)) == 1


@pytest.mark.feature("ZS4")
def test_a_case_says_who_has_read_it(
    organisation: SampleOrganisation, browse: Callable[..., Browser], file: tuple[UUID, UUID]
) -> None:
    """To those who may read it, and to nobody else."""
    colleague, case_id = organisation.colleague, file[1]
    in_work(organisation.platform, colleague, case, case_id)
    in_work(organisation.platform, colleague, open_attachment, file[0])
    page = browse(organisation.case_worker).get(f"/c/{case_id}/readers")
    for words in (colleague.name, "Läste ärendet", "Öppnade en fil"):
        assert words in page.text
    assert f"/c/{case_id}/readers" in browse(organisation.case_worker).get(f"/c/{case_id}").text
    assert browse(organisation.outsider).get(f"/c/{case_id}/readers").status_code == 404


@pytest.mark.feature("ZS4")
def test_a_long_text_that_is_pasted_into_a_search_is_searched_for(
    organisation: SampleOrganisation, colleague: SampleUser
) -> None:
    """However many words it has, the mark of them fits the index of what was done lately."""
    words = " ".join(f"ord{number}" for number in range(400))
    assert in_work(organisation.platform, colleague, search.search, words) == []
    assert things(organisation, "user.searched") == [str(colleague.id)]


@pytest.mark.feature("ZS4")
def test_a_reading_says_by_which_way_and_how_surely(
    organisation: SampleOrganisation, browse: Callable[..., Browser], file: tuple[UUID, UUID]
) -> None:
    """As the reader had signed in: in the event log, and to those who see who has read the case."""
    reader = browse(organisation.colleague, loa=Loa.THREE)
    assert reader.get(f"/c/{file[1]}").status_code == 200
    (entry,) = organisation.log_entries("case.viewed")
    assert {"way": "test", "loa": "3"}.items() <= json.loads(entry)["actor"].items()
    page = browse(organisation.case_worker).get(f"/c/{file[1]}/readers").text
    assert "test, tillitsnivå 3" in " ".join(page.split())


TRIES: dict[str, Callable[[UUID, UUID], tuple[Any, ...]]] = {
    "case": lambda case_id, _: (case, case_id),
    "actions": lambda case_id, _: (actions.close, case_id),
    "file": lambda _, file_id: (open_attachment, file_id),
}
"""What somebody may try who does not read the mailbox."""


@pytest.mark.feature("ZS4")
@pytest.mark.parametrize("name", TRIES)
@pytest.mark.parametrize("who", ["outsider", "administrator"])
def test_a_try_to_read_what_is_not_theirs_is_an_entry(
    name: str, who: str, organisation: SampleOrganisation, file: tuple[UUID, UUID]
) -> None:
    """It is answered as if there was no such case, once a minute written down with who it was, and nothing is read."""
    person: SampleUser = getattr(organisation, who)
    function, *arguments = TRIES[name](file[1], file[0])
    for _ in range(2):
        with pytest.raises(NotFound):
            in_work(organisation.platform, person, function, *arguments)
    (entry,) = organisation.log_entries("case.not-readable") + organisation.log_entries("mailbox.not-readable")
    assert person.name in entry
    assert str(organisation.mailbox.id) in entry
    assert organisation.log_entries("case.viewed") == organisation.log_entries("case.file-opened") == []


@pytest.mark.feature("ZS4")
def test_a_try_to_open_a_mailbox_is_an_entry(organisation: SampleOrganisation) -> None:
    """Of somebody who does not read it."""
    with pytest.raises(NotFound):
        in_work(organisation.platform, organisation.outsider, inbox.inbox, organisation.mailbox.id)
    (entry,) = organisation.log_entries("mailbox.not-readable")
    assert json.loads(entry)["facts"]["mailbox"] == str(organisation.mailbox.id)  # who looks for the mailbox finds it
    assert organisation.log_entries("mailbox.not-there") == []


def ask_for(organisation: SampleOrganisation, person: SampleUser, function: Any, *ids: UUID) -> None:
    """Ask for things, each of which is answered as if there was no such thing."""
    for one in ids:
        with pytest.raises(NotFound):
            in_work(organisation.platform, person, function, one)


@pytest.mark.feature("ZS4")
@pytest.mark.parametrize("whose", ["nobody", "other organisation"])
def test_an_id_that_the_organisation_does_not_have_is_an_entry(
    whose: str, organisation: SampleOrganisation, other_organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Invented or another organisation's, which cannot be told apart; in the log of who asked, once a minute."""
    theirs = other_organisation.send(other_organisation.case_worker)
    foreign = {
        case: other_organisation.arrive(),
        open_attachment: attachments.store(
            other_organisation.platform, other_organisation.case_worker, "plan.txt", "text/plain", [b"en plan"]
        ).id,
        undo.undo: theirs.id,
        recall.recall: other_organisation.deliveries(theirs)[0].id,
        inbox.inbox: other_organisation.mailbox.id,
    }
    ids = {function: uuid4() if whose == "nobody" else id_ for function, id_ in foreign.items()}
    for function, id_ in ids.items():
        ask_for(organisation, case_worker, function, id_, id_)
    asked = [str(ids[function]) for function in (case, open_attachment, undo.undo, recall.recall)]
    assert things(organisation, "case.not-there") == asked
    assert things(organisation, "mailbox.not-there") == [str(ids[inbox.inbox])]
    entry = organisation.log_entries("case.not-there")[0]
    assert case_worker.name in entry
    assert json.loads(entry)["facts"]["asked"] == str(ids[case])
    pass_a_minute(organisation)
    ask_for(organisation, case_worker, case, ids[case])
    assert things(organisation, "case.not-there") == [*asked, str(ids[case])]
    for kind in ("case.not-there", "mailbox.not-there", "case.not-readable", "mailbox.not-readable"):
        assert other_organisation.log_entries(kind) == []


@pytest.mark.feature("ZS4")
def test_somebody_who_goes_through_ids_is_counted(
    organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """Ten entries within an hour, whatever minutes pass, and then their number when it has doubled; of each person."""
    ask_for(organisation, case_worker, case, *(uuid4() for _ in range(30)))
    pass_a_minute(organisation)
    assert traces.forget(organisation.platform) == traces.SINGLE
    ask_for(organisation, case_worker, inbox.inbox, *(uuid4() for _ in range(15)))
    ask_for(organisation, colleague, case, uuid4())
    assert len(things(organisation, "case.not-there")) == traces.SINGLE + 1
    assert things(organisation, "mailbox.not-there") == []
    assert things(organisation, "user.asked-in-vain") == [str(case_worker.id)] * 2
    counts = [json.loads(entry)["facts"]["count"] for entry in organisation.log_entries("user.asked-in-vain")]
    assert counts == [20, 40]
    pass_an_hour(organisation)
    ask_for(organisation, case_worker, case, uuid4())
    assert len(things(organisation, "case.not-there")) == traces.SINGLE + 2
    pass_an_hour(organisation)
    assert traces.forget(organisation.platform) > 0
    assert organisation.rows("SELECT 1 FROM traces") == []


@pytest.mark.feature("ZS4")
def test_two_requests_of_one_person_at_once_leave_their_entries(
    organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Whichever order each asks in: the second one waits for the first, and neither waits for the other."""
    first, second = uuid4(), uuid4()
    platform = organisation.platform
    waits = "SELECT count(*) AS many FROM pg_locks WHERE NOT granted"

    def ask() -> None:
        with platform.work(case_worker) as work:
            record_not_there(work, "case.not-there", second)

    with ThreadPoolExecutor(1) as pool:
        with platform.work(case_worker) as work:
            record_not_there(work, "case.not-there", first)
            other, patience = pool.submit(ask), time.monotonic() + 60
            while not organisation.rows(waits)[0].many and time.monotonic() < patience:
                wait([other], 0.05)
            record_not_there(work, "case.not-there", second)
        other.result(60)
    assert things(organisation, "case.not-there") == [str(first), str(second)]


@pytest.mark.feature("ZS4")
def test_several_ids_of_one_try_are_told_in_their_order(
    organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Of more than are told it is the same ones, in whichever order they are asked for."""
    ids = sorted((uuid4() for _ in range(traces.SINGLE)), key=str)

    def refuse(work: Work) -> None:
        note_refused(work, ids[::-1])
        raise NotFound("Ärendet finns inte.")

    with pytest.raises(NotFound):
        in_work(organisation.platform, case_worker, refuse)
    assert things(organisation, "case.not-there") == [str(each) for each in ids]


@pytest.mark.feature("ZS4")
def test_what_the_system_itself_looks_for_is_nobodys_try(organisation: SampleOrganisation) -> None:
    """A job that finds nothing any more, or a plugin with an id of long ago."""

    def refuse(work: Work) -> None:
        note_refused(work, [uuid4()])
        for is_there in (True, False):
            note_refusal(work, "mailbox", uuid4(), is_there=is_there)
        raise NotFound("Ärendet finns inte.")

    with pytest.raises(NotFound):
        in_work(organisation.platform, organisation.system, refuse)
    for kind in ("case.not-there", "mailbox.not-there", "mailbox.not-readable"):
        assert organisation.log_entries(kind) == []


@pytest.mark.feature("ZS4")
def test_what_was_destroyed_is_no_try(
    organisation: SampleOrganisation, case_worker: SampleUser, file: tuple[UUID, UUID]
) -> None:
    """Its id is the organisation's own; a link to it may be kept by anybody."""
    in_work(organisation.platform, case_worker, actions.close, file[1])
    with organisation.platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE cases SET messages = 0"))
    ask_for(organisation, case_worker, case, file[1])
    for kind in ("case.not-there", "case.not-readable"):
        assert organisation.log_entries(kind) == []


def test_of_many_readings_the_latest_are_told(
    organisation: SampleOrganisation, browse: Callable[..., Browser], file: tuple[UUID, UUID], monkeypatch: Any
) -> None:
    """Not the first ones."""
    monkeypatch.setattr(case_readers, "MOST", 2)
    for reader in (organisation.case_worker, organisation.colleague, organisation.colleague):
        in_work(organisation.platform, reader, case, file[1])
        pass_a_minute(organisation)
    page = browse(organisation.case_worker).get(f"/c/{file[1]}/readers").text
    assert page.count("Läste ärendet") == 2
    assert page.count(f"<td>{organisation.colleague.name}") == 2


def test_what_decides_nothing_is_forgotten(organisation: SampleOrganisation, file: tuple[UUID, UUID]) -> None:
    """After the minute; what is younger stays."""
    in_work(organisation.platform, organisation.colleague, open_attachment, file[0])
    assert traces.forget(organisation.platform) == 0
    pass_a_minute(organisation)
    assert traces.forget(organisation.platform) == 1
