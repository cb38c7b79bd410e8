"""What is to be registered follows its case to another mailbox."""

from collections.abc import Callable
from typing import Any

import pytest

from budkavle.accounts import mailboxes
from budkavle.cases.teamwork.moving import move_to_mailbox
from budkavle.testing import SampleOrganisation, SampleUser, in_work
from budkavle_records.registration.views import PATH

SUBJECT = "Skolskjuts för Lo"


@pytest.mark.feature("ZR2")
def test_those_of_the_other_mailbox_register(
    register: Any,
    browse: Callable[..., Any],
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
) -> None:
    """In the list, in the case and one by one; those of the first see it no more."""
    other = in_work(register.platform, organisation.administrator, mailboxes.create_mailbox, "Skolan")
    here, system = organisation.mailbox.id, organisation.system
    in_work(register.platform, system, mailboxes.remove_members, here, [colleague.id])
    in_work(register.platform, system, mailboxes.add_members, other.id, [colleague.id])
    waiting, settled = register.arrive(SUBJECT), register.arrive(SUBJECT)
    register.settle(case_worker, settled.message_id, number="BUN 2026/5")
    in_work(register.platform, case_worker, move_to_mailbox, [waiting.case_id, settled.case_id], other.id)
    mine, theirs = browse(colleague), browse(case_worker)
    assert SUBJECT in mine.get(PATH).text
    assert "BUN 2026/5" in mine.get(f"{PATH}/register").text
    assert str(waiting.message_id) in mine.get(f"/c/{waiting.case_id}").text
    for page in (PATH, f"{PATH}/register", f"{PATH}/register.csv"):
        assert not [word for word in (SUBJECT, "BUN 2026/5") if word in theirs.get(page).text]
    fields = {"message": str(waiting.message_id), "outcome": "minor"}
    assert theirs.post(f"{PATH}/settle", **fields).status_code == 404
    assert register.unsettled(waiting.message_id)
    mine.post(f"{PATH}/settle", **fields)
    assert not register.unsettled(waiting.message_id)
