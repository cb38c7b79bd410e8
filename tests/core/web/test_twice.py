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
from budkavle.model.people import User
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.working import deliver_due

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    """An installation with what is built in, where a sending can be undone."""
    return budkavle_open(undo_seconds=10)


def written(browser: Any, world: Any, **fields: str) -> dict[str, str]:
    """What somebody has written to Eve, in a form that was opened just now."""
    page = browser.get("/compose").text
    hidden = dict(re.findall(r'<input type="hidden" name="(once|draft|seen)" value="([^"]*)"', page))
    text = {"kind": "secure", "recipients": f"secure:{world.eve.email}", "loa": "2", "subject": "Hej", "body": "Hej!"}
    return {**hidden, "mailbox": str(world.personal(world.ada)), **text, "send": "1", **fields}


def sent(world: Any, user: User) -> list[str]:
    """The subjects that somebody has sent."""
    return [one.subject for one in in_work(world.platform, user.acting(), inbox.sent, world.personal(user)).items]


def test_a_double_click_sends_once(browse: Callable[..., Any], world: Any) -> None:
    """The second leads to the same message as the first, also when both come at the same moment."""
    ada = browse(world.ada)
    form = written(ada, world)
    first, second = ada.post("/compose", **form), ada.post("/compose", **form)
    assert first.status_code == 303, first.text
    assert second.headers["location"] == first.headers["location"]
    form = written(ada, world, subject="Samtidigt")
    browsers = [browse(world.ada) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda one: one.post("/compose", **form), browsers))
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert sorted(sent(world, world.ada)) == ["Hej", "Samtidigt"]


def test_one_press_takes_three_transactions(
    browse: Callable[..., Any], world: Any, transactions: list[list[bytes]]
) -> None:
    """Beside the session's and the address book's: the mailboxes, the checks, and the message with its draft."""
    ada = browse(world.ada)
    form = written(ada, world)
    assert "Utkast sparat" in ada.post("/drafts", **form).text
    transactions.clear()
    assert ada.post("/compose", **form).status_code == 303
    asked_about_people = 4  # their accounts and mailboxes, as the address book and the transport write them
    assert len(transactions) <= 1 + asked_about_people + 3
    assert sent(world, world.ada) == ["Hej"]


def test_what_was_refused_can_be_sent_by_the_same_form(browse: Callable[..., Any], world: Any) -> None:
    """Only a message that went uses the form up; and a new form is a new message."""
    ada = browse(world.ada)
    form = written(ada, world)
    refused = ada.post("/compose", **{**form, "subject": ""})
    assert refused.status_code == 422
    assert f'name="once" value="{form["once"]}"' in refused.text
    assert ada.post("/compose", **form).status_code == 303
    assert ada.post("/compose", **written(ada, world)).status_code == 303
    assert sent(world, world.ada) == ["Hej", "Hej"]


def test_after_an_undoing_the_draft_is_sent_as_a_new_message(browse: Callable[..., Any], world: Any) -> None:
    """The form that comes back has not been used."""
    ada = browse(world.ada)
    form = written(ada, world)
    message = ada.post("/compose", **form).headers["location"].partition("?sent=")[2]
    back = ada.post("/undo", message=message)
    page = ada.get(back.headers["location"]).text
    (once,) = re.findall(r'name="once" value="([^"]*)"', page)
    assert once != form["once"]
    assert ada.post("/compose", **{**form, "once": once}).status_code == 303
    assert sent(world, world.ada) == ["Hej"]


def test_after_an_undoing_the_old_page_sends_too(browse: Callable[..., Any], world: Any) -> None:
    """Whoever goes back to the page that was undone and sends it is not told that it went when it did not."""
    ada = browse(world.ada)
    form = written(ada, world)
    message = ada.post("/compose", **form).headers["location"].partition("?sent=")[2]
    ada.post("/undo", message=message)
    assert sent(world, world.ada) == []
    again = ada.post("/compose", **form)
    assert again.status_code == 303
    assert again.headers["location"].partition("?sent=")[2] != message
    assert sent(world, world.ada) == ["Hej"]


def test_somebody_elses_message_is_not_told_by_its_id(browse: Callable[..., Any], world: Any) -> None:
    """A form with the id of a message of another mailbox is refused, and tells nothing of it."""
    ada, root = browse(world.ada), browse(world.root)
    form = written(ada, world)
    ada.post("/compose", **form)
    theirs = {**written(root, world), "mailbox": str(world.personal(world.root)), "once": form["once"]}
    refused = root.post("/compose", **theirs)
    assert refused.status_code == 409
    assert "redan skickat" in refused.text
    assert root.post("/compose", **{**theirs, "once": str(uuid4())}).status_code == 303


@pytest.mark.feature("R7", "R8")
def test_what_was_done_from_the_menu_is_said_and_undone(browse: Callable[..., Any], world: Any) -> None:
    """As from the bar: a line with Ångra, in the words of one's own inbox; without any script."""
    eve = browse(world.eve)
    draft = Draft((Address("secure", world.eve.email),), "Hej", "Hej!", loa=Loa.ONE)
    in_work(world.platform, world.ada.acting(), sending.send, world.personal(world.ada), draft)
    deliver_due(world.platform)
    actor = world.eve.acting()
    (case,) = in_work(world.platform, actor, inbox.inbox, world.personal(world.eve)).items
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
    assert in_work(world.platform, actor, counts.counts, world.personal(world.eve))["binned"] == 0
    assert 'class="toast"' not in eve.get(f"/c/{case.id}?did=nonsense").text
