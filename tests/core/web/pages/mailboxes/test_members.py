"""Members of a mailbox are found, added, promoted and removed."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from budkavle.model.mailboxes import FunctionMailbox
from budkavle.testing.organisations import SampleUser

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")


@pytest.mark.feature("F10")
def test_users_are_found_chosen_and_added(
    browse: Callable[..., Any],
    mailbox_administrator: SampleUser,
    mailbox: FunctionMailbox,
    outsider: SampleUser,
    administrator: SampleUser,
) -> None:
    """One or many, over several searches; members and strangers are not offered."""
    cleo, url = browse(mailbox_administrator), f"/mailboxes/{mailbox.id}/add"
    found = cleo.post(url, q="dag", find="1").text
    assert str(outsider.id) in found
    assert "Ingen utanför" in cleo.post(url, q="ada ahl", find="1").text
    assert "Eve" not in cleo.post(url, q="eve", find="1").text.replace("”eve”", "")
    chosen = cleo.post(url, q="dag", add=str(outsider.id)).text
    assert re.search(rf'type="hidden" name="chosen" value="{outsider.id}"', chosen)
    both = cleo.post(url, q="root", chosen=str(outsider.id), add=str(administrator.id)).text
    assert both.count('name="chosen"') == 2
    less = cleo.post(url, chosen=[str(outsider.id), str(administrator.id)], remove=str(administrator.id))
    assert less.text.count('name="chosen"') == 1
    done = cleo.post(url, chosen=[str(outsider.id), str(administrator.id)], save="1")
    assert done.status_code == 303
    people = cleo.get(done.headers["location"]).text
    assert "Dag Ny" in people
    assert "Root Adm" in people


def test_nobody_chosen_is_told_at_the_field(
    browse: Callable[..., Any], mailbox_administrator: SampleUser, mailbox: FunctionMailbox
) -> None:
    """Giving access to nobody is a fault of the field."""
    answer = browse(mailbox_administrator).post(f"/mailboxes/{mailbox.id}/add", save="1")
    assert answer.status_code == 422
    assert 'id="chosen-error"' in answer.text


@pytest.mark.feature("F10")
def test_results_come_while_typing(
    browse: Callable[..., Any], mailbox_administrator: SampleUser, mailbox: FunctionMailbox, outsider: SampleUser
) -> None:
    """Only the list below the field, as a fragment."""
    text = browse(mailbox_administrator).get(f"/mailboxes/{mailbox.id}/add/found?q=dag").text
    assert str(outsider.id) in text
    assert "<html" not in text


@pytest.mark.feature("F11")
def test_ticked_users_are_removed_after_a_confirmation(
    browse: Callable[..., Any],
    mailbox_administrator: SampleUser,
    mailbox: FunctionMailbox,
    case_worker: SampleUser,
    colleague: SampleUser,
) -> None:
    """The first answer asks and names them; nothing is gone before the second."""
    cleo, url = browse(mailbox_administrator), f"/mailboxes/{mailbox.id}/users"
    ticked = [str(case_worker.id), str(colleague.id)]
    asked = cleo.post(f"{url}/remove", user=ticked)
    assert asked.status_code == 200
    assert "Ada Ahl" in asked.text
    assert "Bo Ek" in asked.text
    assert "Ada Ahl" in cleo.get(url).text
    done = cleo.post(f"{url}/remove", user=ticked, confirmed="1")
    assert done.status_code == 303
    left = cleo.get(done.headers["location"]).text
    assert "Ada Ahl" not in left
    assert browse(case_worker).get(f"/mailboxes/{mailbox.id}").status_code == 404


def test_nothing_ticked_is_told(
    browse: Callable[..., Any], mailbox_administrator: SampleUser, mailbox: FunctionMailbox
) -> None:
    """The page comes back and says what to do."""
    answer = browse(mailbox_administrator).post(f"/mailboxes/{mailbox.id}/users/remove")
    assert answer.status_code == 422
    assert "Kryssa för" in answer.text


@pytest.mark.feature("Q5")
def test_a_member_becomes_administrator_and_ordinary_again(
    browse: Callable[..., Any], mailbox_administrator: SampleUser, mailbox: FunctionMailbox, case_worker: SampleUser
) -> None:
    """The mailbox's own administrator, without being the organisation's."""
    cleo, url = browse(mailbox_administrator), f"/mailboxes/{mailbox.id}/users"
    for wanted, status in (("1", 200), ("0", 403)):
        cleo.post(f"{url}/administrator", user=str(case_worker.id), administrator=wanted)
        assert browse(case_worker).get(f"/mailboxes/{mailbox.id}/add").status_code == status


def test_a_stranger_from_another_organisation_is_not_added(
    browse: Callable[..., Any],
    mailbox_administrator: SampleUser,
    mailbox: FunctionMailbox,
    other_administrator: SampleUser,
) -> None:
    """An id of another organisation is as unknown as any other."""
    cleo = browse(mailbox_administrator)
    url = f"/mailboxes/{mailbox.id}/add"
    assert cleo.post(url, chosen=str(other_administrator.id), save="1").status_code == 404
    assert cleo.post(url, chosen=str(other_administrator.id), find="1").status_code == 404
    assert cleo.post(url, chosen="inte-ett-id", save="1").status_code == 422
