"""A form that comes twice, and what is said, with its way back, after something was done without a script."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from budkavle.cases import counts, inbox
from budkavle.messaging import sending
from budkavle.model.loa import Loa
from budkavle.model.messages import Address, Draft
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.working import deliver_due

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    """An installation with what is built in, where a sending can be undone."""
    return budkavle_open(undo_seconds=10)


def written(browser: Any, organisation: SampleOrganisation, **fields: str) -> dict[str, str]:
    """What somebody has written to Eve, in a form that was opened just now."""
    page = browser.get("/compose").text
    hidden = dict(re.findall(r'<input type="hidden" name="(once|draft|seen)" value="([^"]*)"', page))
    text = {
        "kind": "secure",
        "recipients": "secure:eve@mullsjo.example",
        "loa": "2",
        "subject": "Hej",
        "body": "Hej!",
    }
    return {**hidden, "mailbox": str(organisation.case_worker.personal_id), **text, "send": "1", **fields}


def sent(organisation: SampleOrganisation, user: SampleUser) -> list[str]:
    """The subjects that somebody has sent."""
    return [one.subject for one in in_work(organisation.platform, user, inbox.sent, user.personal_id).items]


def test_a_double_click_sends_once(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """The second leads to the same message as the first, also when both come at the same moment."""
    ada = browse(case_worker)
    form = written(ada, organisation)
    first, second = ada.post("/compose", **form), ada.post("/compose", **form)
    assert first.status_code == 303, first.text
    assert second.headers["location"] == first.headers["location"]
    form = written(ada, organisation, subject="Samtidigt")
    browsers = [browse(case_worker) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda one: one.post("/compose", **form), browsers))
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert sorted(sent(organisation, case_worker)) == ["Hej", "Samtidigt"]


def test_one_press_takes_three_transactions(
    browse: Callable[..., Any],
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    transactions: list[list[bytes]],
) -> None:
    """Beside the session's and the address book's: the mailboxes, the checks, and the message with its draft."""
    ada = browse(case_worker)
    form = written(ada, organisation)
    assert "Utkast sparat" in ada.post("/drafts", **form).text
    transactions.clear()
    assert ada.post("/compose", **form).status_code == 303
    asked_about_people = 4  # their accounts and mailboxes, as the address book and the transport write them
    assert len(transactions) <= 1 + asked_about_people + 3
    assert sent(organisation, case_worker) == ["Hej"]


def test_what_was_refused_can_be_sent_by_the_same_form(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Only a message that went uses the form up; and a new form is a new message."""
    ada = browse(case_worker)
    form = written(ada, organisation)
    refused = ada.post("/compose", **{**form, "subject": ""})
    assert refused.status_code == 422
    assert f'name="once" value="{form["once"]}"' in refused.text
    assert ada.post("/compose", **form).status_code == 303
    assert ada.post("/compose", **written(ada, organisation)).status_code == 303
    assert sent(organisation, case_worker) == ["Hej", "Hej"]


def test_after_an_undoing_the_draft_is_sent_as_a_new_message(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """The form that comes back has not been used."""
    ada = browse(case_worker)
    form = written(ada, organisation)
    message = ada.post("/compose", **form).headers["location"].partition("?sent=")[2]
    back = ada.post("/undo", message=message)
    page = ada.get(back.headers["location"]).text
    (once,) = re.findall(r'name="once" value="([^"]*)"', page)
    assert once != form["once"]
    assert ada.post("/compose", **{**form, "once": once}).status_code == 303
    assert sent(organisation, case_worker) == ["Hej"]


def test_after_an_undoing_the_old_page_sends_too(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Whoever goes back to the page that was undone and sends it is not told that it went when it did not."""
    ada = browse(case_worker)
    form = written(ada, organisation)
    message = ada.post("/compose", **form).headers["location"].partition("?sent=")[2]
    ada.post("/undo", message=message)
    assert sent(organisation, case_worker) == []
    again = ada.post("/compose", **form)
    assert again.status_code == 303
    assert again.headers["location"].partition("?sent=")[2] != message
    assert sent(organisation, case_worker) == ["Hej"]


def test_somebody_elses_message_is_not_told_by_its_id(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser, administrator: SampleUser
) -> None:
    """A form with the id of a message of another mailbox is refused, and tells nothing of it."""
    ada, root = browse(case_worker), browse(administrator)
    form = written(ada, organisation)
    ada.post("/compose", **form)
    theirs = {**written(root, organisation), "mailbox": str(administrator.personal_id), "once": form["once"]}
    refused = root.post("/compose", **theirs)
    assert refused.status_code == 409
    assert "redan skickat" in refused.text
    assert root.post("/compose", **{**theirs, "once": str(uuid4())}).status_code == 303


@pytest.mark.feature("R7", "R8")
def test_what_was_done_from_the_menu_is_said_and_undone(
    browse: Callable[..., Any],
    organisation: SampleOrganisation,
    other_administrator: SampleUser,
    case_worker: SampleUser,
) -> None:
    """As from the bar: a line with Ångra, in the words of one's own inbox; without any script."""
    eve = browse(other_administrator)
    draft = Draft((Address("secure", other_administrator.email),), "Hej", "Hej!", loa=Loa.ONE)
    in_work(organisation.platform, case_worker, sending.send, case_worker.personal_id, draft)
    deliver_due(organisation.platform)
    actor = other_administrator
    (case,) = in_work(organisation.platform, actor, inbox.inbox, other_administrator.personal_id).items
    for deed, said, undo, then in (
        ("bin", "Meddelandet ligger i papperskorgen i 30 dygn.", "restore", "Meddelandet är tillbaka."),
        ("close", "Meddelandet är arkiverat.", "reopen", "Meddelandet ligger i inkorgen igen."),
    ):
        done = eve.post(f"/c/{case.id}/{deed}")
        page = eve.get(done.headers["location"]).text
        toast = page.split('class="toast"')[1].split("</div>")[0]
        assert said in toast
        assert f'action="/c/{case.id}/{undo}"' in toast
        assert "did=" not in page
        back = eve.post(f"/c/{case.id}/{undo}")
        assert then in eve.get(back.headers["location"]).text
    assert in_work(organisation.platform, actor, counts.counts, other_administrator.personal_id)["binned"] == 0
    assert 'class="toast"' not in eve.get(f"/c/{case.id}?did=nonsense").text
