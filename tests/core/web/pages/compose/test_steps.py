"""A secure message step by step: its words, how surely its reader identifies, whether to answer, and sending."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from budkavle.messaging import case_view
from budkavle.model.loa import Loa
from budkavle.model.messages import Message
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.browsing import Browser, browsing
from budkavle.testing.organisations import SampleOrganisation
from budkavle.testing.working import deliver_due


@dataclass
class Writing:
    """Ada's and Bo's browsers; each has an inbox that the other reaches."""

    organisation: SampleOrganisation
    ada: Browser
    bo: Browser

    def form(self, **fields: Any) -> dict[str, Any]:
        """What Ada has written to Bo, with no level chosen."""
        to = {"mailbox": str(self.organisation.case_worker.personal_id), "kind": "secure", "reply_asked": "1"}
        words = {"recipients": f"secure:{self.organisation.colleague.email}", "subject": "Om mötet", "body": "Vi ses."}
        return {**to, **words, **fields}

    def got(self) -> list[Message]:
        """What has come to Bo."""
        deliver_due(self.organisation.platform)
        bo = self.organisation.colleague
        cases = self.organisation.rows("SELECT id FROM cases WHERE mailbox_id = :id", id=bo.personal_id)
        views = [in_work(self.organisation.platform, bo.at(Loa.TWO), case_view.case, row.id) for row in cases]
        return [entry.message for view in views for entry in view.thread]


@pytest.fixture
def writing(budkavle_open: Any) -> Iterator[Writing]:
    platform: Platform = budkavle_open()
    organisation = SampleOrganisation.create(platform, "Habo").staffed()
    with browsing(platform) as browser:
        yield Writing(organisation, browser(organisation.case_worker), browser(organisation.colleague))


@pytest.mark.feature("M5")
def test_the_steps_come_in_their_order(writing: Writing) -> None:
    """Who it goes to and the words, then the level, then whether an answer is wanted, and last of all Skicka."""
    page = writing.ada.post("/compose", **writing.form(find="1")).text
    steps = (
        'id="recipients"',
        'id="subject"',
        'id="body"',
        'name="loa" value="1"',
        'id="reply_allowed"',
        'name="send"',
    )
    places = [page.index(step) for step in steps]
    assert places == sorted(places)


@pytest.mark.feature("M5")
def test_without_a_level_nothing_is_sent(writing: Writing) -> None:
    """None is chosen for the writer; the fault stands at the choice."""
    page = writing.ada.post("/compose", **writing.form(find="1")).text
    assert not re.search(r'name="loa" value="\d" checked', page)
    refused = writing.ada.post("/compose", **writing.form(send="1"))
    assert refused.status_code == 422
    assert 'id="loa-error"' in refused.text
    assert writing.got() == []


@pytest.mark.feature("M5")
@pytest.mark.parametrize("answers", [True, False])
def test_the_level_and_the_answer_that_were_chosen_go_with_it(writing: Writing, answers: bool) -> None:
    """The reader meets both: at the level of the message, and with or without Svara."""
    chosen = {"loa": "1"} | ({"reply_allowed": "1"} if answers else {})
    assert writing.ada.post("/compose", **writing.form(send="1", **chosen)).status_code == 303
    (message,) = writing.got()
    assert (message.loa, message.reply_allowed) == (Loa.ONE, answers)
    page = writing.bo.get(f"/c/{message.case_id}").text
    assert (f'href="/c/{message.case_id}/reply"' in page) is answers
    assert writing.bo.get(f"/c/{message.case_id}/reply").status_code == (200 if answers else 409)


@pytest.mark.feature("M15")
def test_an_answer_brings_its_text_and_its_files(writing: Writing) -> None:
    """From Svara in the case: what is written and attached there comes to who asked, in the same case."""
    writing.bo.post(
        "/compose",
        **writing.form(
            mailbox=str(writing.organisation.colleague.personal_id),
            recipients=f"secure:{writing.organisation.case_worker.email}",
            loa="2",
            reply_allowed="1",
            send="1",
        ),
    )
    (asked,) = writing.got()
    (row,) = writing.organisation.rows(
        "SELECT id FROM cases WHERE mailbox_id = :id", id=writing.organisation.case_worker.personal_id
    )
    url = f"/c/{row.id}/reply"
    page = writing.ada.get(url).text
    hidden = {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in ("seen", "recipients", "kind")}  # type: ignore[index]
    assert re.search(r'name="loa" value="2" checked', page)
    answer = {**hidden, "body": "Här är svaret.", "loa": "2", "reply_asked": "1", "subject": "Sv: Om mötet"}
    files = {"attachments": ("svar.txt", b"Bilagan", "text/plain")}
    assert writing.ada.post(url, files=files, **answer, send="1").status_code == 303
    came = next(message for message in writing.got() if message.id != asked.id)
    assert came.case_id == asked.case_id
    assert came.body == "Här är svaret."
    assert [file.file_name for file in came.attachments] == ["svar.txt"]
