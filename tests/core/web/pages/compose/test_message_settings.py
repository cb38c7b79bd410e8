"""What an organisation lets a new message begin with, how long it can be undone, and which files may be attached."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from litestar.testing import TestClient

from budkavle.accounts import organisations
from budkavle.accounts.message_settings import FileSettings, MessageSettings
from budkavle.accounts.stored_settings import all_sections, write_settings
from budkavle.cases import attachments
from budkavle.cases.inbox import sent as list_sent
from budkavle.identification import sessions
from budkavle.identification.flow import SignedIn
from budkavle.messaging import begin_draft, send
from budkavle.model.errors import Invalid, TooLarge
from budkavle.model.loa import Loa
from budkavle.model.messages import Address, Draft
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation
from budkavle.testing.working import deliver_due
from budkavle.web.app import create_app

PDF = b"%PDF-1.7 " + b"x" * 1_500_000


class Office:
    """Ada, who writes, and the administrator's settings."""

    def __init__(self, platform: Platform, client: TestClient[Any]) -> None:
        self.platform, self.client = platform, client
        self.organisation = SampleOrganisation.create(platform, "Håbo kommun")
        self.ada, self.bo = self.organisation.add_user("Ada"), self.organisation.add_user("Bo")
        cookie = sessions.start(platform, SignedIn(self.ada.user, Loa.TWO, "password", "/"))
        self.csrf = sessions.find(platform, cookie).csrf
        client.cookies.set("budkavle", cookie)
        client.headers.update({"sec-fetch-site": "same-origin", "accept": "text/html"})

    def choose(self, settings_type: Any, **values: object) -> None:
        in_work(self.platform, system_actor(self.organisation.id), write_settings, settings_type, values)

    def checked(self, page: str) -> tuple[str, bool]:
        """The level that is chosen, and whether the box of answers is ticked."""
        level = re.search(r'name="loa" value="(\d)" checked', page)
        answers = re.search(r'<input[^>]*name="reply_allowed"[^>]*>', page)
        assert answers
        return level[1] if level else "", "checked" in answers[0]


@pytest.fixture
def office(budkavle_open: Callable[..., Platform]) -> Iterator[Office]:
    platform = budkavle_open(undo_seconds=10)
    with TestClient(create_app(platform)) as client:
        yield Office(platform, client)


@pytest.mark.feature("O7")
def test_a_message_begins_with_the_organisations_level_and_answers(office: Office) -> None:
    """Until the writer chooses otherwise; also where the kind of message is chosen afterwards."""
    begin = f"/compose?mailbox={office.ada.personal_id}&to=secure:{office.bo.email}"
    assert office.checked(office.client.get(begin).text) == ("", True)
    office.choose(MessageSettings, default_loa=2, reply_allowed=False)
    assert office.checked(office.client.get(begin).text) == ("2", False)
    form = {"csrf": office.csrf, "mailbox": str(office.ada.personal_id), "kind": "secure"}
    assert office.checked(office.client.post("/compose", data=form).text) == ("2", False)
    chosen = {**form, "loa": "1", "reply_asked": "1", "reply_allowed": "1"}
    assert office.checked(office.client.post("/compose", data=chosen).text) == ("1", True)


@pytest.mark.feature("O7")
def test_a_level_that_is_switched_off_is_not_chosen(office: Office) -> None:
    """The writer has to choose one of those that there are."""
    office.choose(MessageSettings, default_loa=3)
    levels = {n: {"on": n != "3", "text": ""} for n in "123"}
    in_work(
        office.platform,
        system_actor(office.organisation.id),
        organisations.update_organisation,
        settings={"loa": levels},
    )
    assert office.checked(office.client.get(f"/compose?to=secure:{office.bo.email}").text) == ("", True)


@pytest.mark.feature("O7")
@pytest.mark.parametrize("seconds", [0, 30])
def test_a_message_can_be_undone_as_long_as_the_organisation_says(office: Office, seconds: int) -> None:
    """With 0 it is sent at once, and nothing offers to undo it."""
    office.choose(MessageSettings, undo_seconds=seconds)
    form = {
        "csrf": office.csrf,
        "mailbox": str(office.ada.personal_id),
        "kind": "secure",
        "subject": "Om mötet",
        "body": "Vi ses.",
        "loa": "2",
        "recipients": f"secure:{office.bo.email}",
        "reply_asked": "1",
        "once": str(uuid4()),
        "send": "1",
    }
    done = office.client.post("/compose", data=form, follow_redirects=False)
    assert done.status_code == 303
    assert len(in_work(office.platform, office.ada.at(Loa.TWO), list_sent, office.ada.personal_id).items) == 1
    assert deliver_due(office.platform) == (1 if seconds == 0 else 0)


@pytest.mark.feature("O7", "O10")
def test_files_are_as_large_as_many_and_of_the_types_that_the_organisation_says(office: Office) -> None:
    """The installation's limit holds too; what may not be attached is told by its name."""

    def put(name: str, content: bytes = PDF) -> Any:
        return attachments.store(office.platform, office.ada, name, "application/pdf", iter([content]))

    first = put("plan.pdf")
    office.choose(FileSettings, largest_mb=1)
    with pytest.raises(TooLarge):
        put("plan.pdf")
    office.choose(FileSettings, largest_mb=10_000, extensions=".PDF, docx")
    second = put("PLAN.Pdf", PDF[:1000])
    with pytest.raises(Invalid) as refused:
        put("plan.txt", PDF[:1000])
    assert refused.value.fields["attachments"].startswith("plan.txt är av en filtyp")
    office.choose(FileSettings, most_files=1)
    with pytest.raises(Invalid) as many:
        in_work(office.platform, office.ada, attachments.files, [first.id, second.id])
    assert "högst 1 bilagor" in many.value.fields["attachments"]


@pytest.mark.feature("O10")
def test_a_kind_of_message_has_types_of_file_of_its_own(office: Office) -> None:
    """A file of another type is refused when it is uploaded for that kind, and when it is sent by any way."""
    section = all_sections(office.platform)["budkavle.channel_files"]
    office.choose(section.type, types_secure="pdf")
    headers = {"x-csrf": office.csrf, "accept": "application/json"}

    def upload(name: str) -> Any:
        file = {"file": (name, b"Planen.", "text/plain")}
        return office.client.post("/attachments?kind=secure", data={"csrf": office.csrf}, files=file, headers=headers)

    refused = upload("plan.txt")
    assert refused.status_code == 422
    assert refused.json()["errors"]["attachments"].startswith("plan.txt är av en filtyp som er organisation inte")
    kept = attachments.store(office.platform, office.ada, "plan.txt", "text/plain", iter([b"Planen."]))
    draft = Draft((Address("secure", office.bo.email),), "Plan", "Hej.", loa=Loa.TWO, attachments=(kept.id,))
    writer = office.ada.at(Loa.TWO)
    with pytest.raises(Invalid) as unsent:
        in_work(office.platform, writer, send, office.ada.personal_id, draft)
    assert unsent.value.fields["attachments"].startswith("plan.txt är av en filtyp")
    with pytest.raises(Invalid):
        in_work(office.platform, writer, begin_draft, office.ada.personal_id, draft)
    office.choose(section.type, types_secure="pdf, .TXT")
    assert upload("plan.txt").status_code == 201
    assert in_work(office.platform, writer, send, office.ada.personal_id, draft).attachments
    with pytest.raises(Invalid) as wrong:
        office.choose(section.type, types_secure="*.txt")
    assert wrong.value.fields["types_secure"].startswith("*.txt är ingen filändelse.")


@pytest.mark.feature("O10")
def test_what_is_no_ending_is_refused_in_words(office: Office) -> None:
    """At its field."""
    with pytest.raises(Invalid) as refused:
        office.choose(FileSettings, extensions="pdf *.exe")
    assert refused.value.fields["extensions"].startswith("*.exe är ingen filändelse.")
