"""The blind index: addresses of people are in it, and asking about cases that one has opens none of them."""

import pytest

from budkavle import Address, Forbidden
from budkavle.cases import cases_with_words, search_cases
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

    def having(words: str, *, in_mailbox: object = mailbox) -> object:
        return in_work(organisation.platform, organisation.system, cases_with_words, [in_mailbox], [one, other], words)

    assert having("Ahl") == {one}
    assert having("ida") == {one, other}
    assert having("Berg Ida") == {other}
    assert having("Ahl", in_mailbox=elsewhere) == set()
    assert having("") == set()
    with pytest.raises(Forbidden):
        in_work(organisation.platform, case_worker, cases_with_words, [mailbox], [one], "Ahl")


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
