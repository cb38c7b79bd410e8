"""A trace of each reading and each refused sign-in, once a minute."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from budkavle.cases import attachments
from budkavle.identification.account_secrets import GuessOrigin, check_password
from budkavle.messaging.case_view import case, open_attachment
from budkavle.model.people import INSTALLATION
from budkavle.storage.events import traces
from budkavle.storage.events.chaining import chain_log
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
