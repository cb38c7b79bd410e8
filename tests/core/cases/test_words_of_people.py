"""The blind index: addresses of people are in it, and asking about cases that one has opens none of them."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from budkavle import Address, Forbidden, Invalid
from budkavle.cases import cases_with_words, search_cases, search_everything
from budkavle.cases.actions import bin_case
from budkavle.messaging import read_case
from budkavle.storage import EventLog
from budkavle.testing import SampleOrganisation, SampleUser, in_work


@pytest.mark.parametrize(
    ("value", "words"), [("eva@holm.example", "eva@holm.example"), ("+46701234567", "+46701234567")]
)
def test_people_are_found_by_their_address(
    organisation: SampleOrganisation, case_worker: SampleUser, value: str, words: str
) -> None:
    """An e-mail address and a telephone number, as a whole word; an address of a function is not."""
    case_id = organisation.arrive(sender=Address("fake", value))
    organisation.arrive(sender=Address("fake", "sdk:funktion:7"))
    assert [case.id for case in in_work(organisation.platform, case_worker, search_cases, words)] == [case_id]
    assert in_work(organisation.platform, case_worker, search_cases, "funktion") == []


def test_cases_that_have_words(organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """All of the words, of the cases and mailboxes that are named; no word is in no case."""
    one, other = organisation.arrive("Om Ida Ahl"), organisation.arrive("Om Ida Berg")
    mailbox, elsewhere = organisation.mailbox.id, organisation.other_mailbox.id

    def having(words: str, *, in_mailbox: UUID = mailbox) -> object:
        return in_work(organisation.platform, organisation.system, cases_with_words, [in_mailbox], [one, other], words)

    assert having("Ahl") == {one}
    assert having("ida") == {one, other}
    assert having("Berg Ida") == {other}
    assert having("Ahl", in_mailbox=elsewhere) == set()
    assert having("") == set()
    with pytest.raises(Forbidden):
        in_work(organisation.platform, case_worker, cases_with_words, [mailbox], [one], "Ahl")


def test_everything_that_there_is_can_be_searched(organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """Also the bin, the latest first, and no more than is asked for; only by the system, and no deleted mailbox."""
    old, binned = organisation.arrive("Om Ida Ahl"), organisation.arrive("Om Ida Ahl, i papperskorgen")
    gone = organisation.add_mailbox("Nedlagd", case_worker)
    other = organisation.arrive("Ett annat ämne")
    deleted = organisation.arrive("Om Ida Ahl, i en borttagen brevlåda", mailbox_id=gone.id)
    organisation.arrive("Om Ida Berg")
    platform = organisation.platform
    in_work(platform, case_worker, bin_case, binned)
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE mailboxes SET deleted_at = now() WHERE id = :id"), {"id": gone.id})
    assert [case.id for case in in_work(platform, case_worker, search_cases, "Ida Ahl")] == [old]

    def found(words: str, **more: Any) -> list[UUID]:
        return [case.id for case in in_work(platform, organisation.system, search_everything, words, **more)]

    assert found("Ida Ahl") == [binned, old]
    assert found("Ida Ahl", limit=1) == [binned]
    assert found("Ida Ahl", also=[other, deleted]) == [other, binned, old]
    (row,) = organisation.rows("SELECT number FROM cases WHERE id = :id", id=binned)
    assert found(row.number) == [binned]
    with pytest.raises(Invalid):
        found("-")
    with pytest.raises(Forbidden):
        in_work(platform, organisation.administrator, search_everything, "Ida Ahl")


def test_an_opening_says_its_mailbox_and_whether_it_was_protected(
    organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """The event log gives what happened to a case by `about`, the earliest first, page by page."""
    cases = [organisation.arrive(), organisation.arrive(confidential=True)]
    for case_id in cases:
        in_work(organisation.platform, case_worker, read_case, case_id)
    with organisation.platform.work(organisation.system) as work:
        log = EventLog(work)
        entries = log.about(cases, ["case.viewed"])
        assert [entry.facts["protected"] for entry in entries] == [False, True]
        assert {entry.facts["mailbox"] for entry in entries} == {str(organisation.mailbox.id)}
        assert log.about(cases, ["case.viewed"], after=entries[0].number) == entries[1:]
        assert log.about(cases, ["case.viewed"], limit=1) == entries[:1]
        assert log.about(cases[:1], ["case.taken"]) == []
