"""A message that is begun elsewhere is a draft like any other: a person opens it, changes it, and sends it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from budkavle.accounts import preferences
from budkavle.accounts.message_settings import MessageSettings
from budkavle.cases import attachments
from budkavle.messaging import saved_drafts
from budkavle.messaging.recipients import message_kinds
from budkavle.messaging.saved_drafts import begin_draft, form_fields
from budkavle.model.errors import Conflict, Forbidden, Invalid, NotFound, TooLarge
from budkavle.model.loa import Loa
from budkavle.model.messages import Address, Draft, Person, Reference, Terms
from budkavle.plugins.protocols.transport import Capabilities
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.browsing import Browser
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.web.http.forms import Form
from budkavle.web.pages.compose.form import ComposeForm, PersonRow, ReferenceRow, key, read

THEM = Address("fake", "region")


@pytest.fixture
def pigeon() -> FakeTransport:
    """A transport of another kind, which takes little, and no files but texts."""
    can = Capabilities(max_bytes=100, content_types=("text/plain",))
    return FakeTransport(name="pigeon", label="Brevduva", capabilities=can)


@pytest.fixture
def platform(open_fake: Callable[..., Platform], pigeon: FakeTransport) -> Platform:
    """An installation with both."""
    return open_fake(transports=[pigeon])


@pytest.fixture
def begin(platform: Platform, case_worker: SampleUser, organisation: SampleOrganisation) -> Callable[..., UUID]:
    """Begin a draft as the case worker, from the organisation's mailbox unless another is named."""

    def make(draft: Draft, mailbox_id: UUID | None = None, actor: Any = None, kind: str = "") -> UUID:
        box = mailbox_id or organisation.mailbox.id
        return in_work(platform, actor or case_worker, begin_draft, box, draft, kind)

    return make


@pytest.fixture
def file(platform: Platform, case_worker: SampleUser) -> Callable[..., UUID]:
    """Store a file of the case worker's."""

    def store(name: str = "plan.pdf", kind: str = "application/pdf", content: bytes = b"%PDF-1.7 plan") -> UUID:
        return attachments.store(platform, case_worker, name, kind, iter([content])).id

    return store


def refused(begin: Callable[..., UUID], draft: Draft, field: str) -> str:
    with pytest.raises(Invalid) as told:
        begin(draft)
    assert list(told.value.fields) == [field]
    return str(told.value.fields[field])


@pytest.mark.parametrize(
    "draft",
    [
        Draft((), "", ""),
        Draft((THEM, Address("fake", "a:b")), "Ämne", "Text\nmed rader", (uuid4(), uuid4()), confidential=True),
        Draft(
            (THEM,),
            "Ämne",
            "Text",
            references=(Reference("dnr", "2026-1", "", "recipient"), Reference("x", "2", "Etikett")),
            persons=(Person("pnr", "19121212-1212", "Tolvan"),),
            loa=Loa.TWO,
            reply_allowed=False,
            open_text="Öppet",
            terms={"anna@x.example": Terms("sms", "+46701234567", "191212121212", "en")},
            extra={"fax.cover": "1"},
            once=uuid4(),
        ),
    ],
)
def test_the_page_reads_what_was_written(draft: Draft) -> None:
    """Every field of a draft comes back as the form of the page for writing."""
    draft_id, mailbox_id = uuid4(), uuid4()
    fields = form_fields(draft, {"draft": draft_id, "mailbox": mailbox_id, "kind": "fake"})
    form = read(Form({name: list(values) for name, values in fields.items()}), MessageSettings())
    assert form == ComposeForm(
        mailbox=mailbox_id,
        kind="fake",
        recipients=[key(recipient) for recipient in draft.recipients],
        subject=draft.subject,
        body=draft.body,
        confidential=draft.confidential,
        references=[ReferenceRow(one.root, one.value, one.party, one.label) for one in draft.references],
        persons=[PersonRow(one.name, one.root, one.value, one.party) for one in draft.persons],
        attachments=list(draft.attachments),
        extra=dict(draft.extra),
        loa=int(draft.loa),
        reply_allowed=draft.reply_allowed,
        open_text=draft.open_text,
        guests=dict(draft.terms),
        kept_as=draft_id,
        once=draft.once or form.once,
    )


def test_a_person_goes_on_with_it_and_sends_it(
    begin: Callable[..., UUID],
    file: Callable[..., UUID],
    browse: Callable[..., Browser],
    organisation: SampleOrganisation,
    case_worker: SampleUser,
) -> None:
    """It is in the list, opens with everything, and goes as it was begun; nothing was sent before."""
    plan = file()
    draft_id = begin(Draft((THEM,), "Begäran om yttrande", "Kan ni svara?", attachments=(plan,)))
    assert organisation.delivery_states() == []
    browser = browse(case_worker)
    assert f'href="/compose?draft={draft_id}"' in browser.get("/drafts").text
    page = browser.get(f"/compose?draft={draft_id}")
    assert page.status_code == 200
    assert all(word in page.text for word in ("fake:region", "Begäran om yttrande", "Kan ni svara?", "plan.pdf"))
    assert str(organisation.mailbox.id) in page.text
    fields = in_work(organisation.platform, case_worker, saved_drafts.load, draft_id).fields
    sent = browser.post("/compose", **{name: list(values) for name, values in fields.items()}, send="1")
    assert sent.status_code in {200, 303}, sent.text
    assert organisation.delivery_states() == ["READY_TO_SEND"]
    assert [
        row.name for row in organisation.rows("SELECT 'plan' AS name FROM attachments WHERE message_id IS NOT NULL")
    ]


def test_only_its_own_user_sees_it(
    begin: Callable[..., UUID], browse: Callable[..., Browser], colleague: SampleUser
) -> None:
    """As any draft."""
    draft_id = begin(Draft((THEM,), "Hej", "Hej"))
    assert browse(colleague).get(f"/compose?draft={draft_id}").status_code == 404


def test_it_may_begin_with_next_to_nothing(
    begin: Callable[..., UUID], browse: Callable[..., Browser], case_worker: SampleUser
) -> None:
    """Recipients and text may come from the person."""
    page = browse(case_worker).get(f"/compose?draft={begin(Draft((), 'Protokoll', ''))}")
    assert page.status_code == 200
    assert "Protokoll" in page.text


def test_the_users_signature_stands_below(
    begin: Callable[..., UUID], platform: Platform, case_worker: SampleUser
) -> None:
    """As on an empty page."""
    in_work(platform, case_worker, preferences.prefer, "signature", "Ada Ahl")
    draft_id = begin(Draft((THEM,), "Hej", "Hej!"))
    assert in_work(platform, case_worker, saved_drafts.load, draft_id).get("body") == "Hej!\n\nAda Ahl"


def test_a_mailbox_that_is_not_the_users_is_refused(
    begin: Callable[..., UUID], organisation: SampleOrganisation
) -> None:
    """Unknown, another organisation's, or one without the user; who is no user has no drafts."""
    draft = Draft((THEM,), "Hej", "Hej")
    for mailbox_id in (uuid4(), organisation.other_mailbox.id):
        with pytest.raises(NotFound):
            begin(draft, mailbox_id)
    with pytest.raises(Forbidden):
        begin(draft, actor=system_actor(organisation.id))


def test_what_cannot_be_reached_is_refused_at_its_field(begin: Callable[..., UUID]) -> None:
    """A transport that is not there; recipients of two kinds, which no one message has."""
    assert "inget sätt att skicka till" in refused(begin, Draft((Address("gone", "x"),), "Hej", "Hej"), "recipients")
    several = refused(begin, Draft((THEM, Address("pigeon", "loft")), "Hej", "Hej"), "recipients")
    assert "Låtsas" in several
    assert "Brevduva" in several


@pytest.mark.parametrize(
    ("subject", "body", "field"), [("x" * 257, "", "subject"), ("a\nb", "", "subject"), ("", "x" * 2_000_001, "body")]
)
def test_what_is_too_long_is_refused_at_its_field(
    begin: Callable[..., UUID], subject: str, body: str, field: str
) -> None:
    """A page could not send it either."""
    assert refused(begin, Draft((), subject, body), field)


def test_files_that_the_recipients_cannot_take_are_refused(
    begin: Callable[..., UUID], file: Callable[..., UUID], pigeon: FakeTransport
) -> None:
    """Of a wrong type, too large together, none at all, or gone."""
    loft = Draft((Address("pigeon", "loft"),), "Hej", "Hej")
    assert "plan.pdf" in refused(begin, replace(loft, attachments=(file(),)), "attachments")
    texts = tuple(file(f"{number}.txt", "text/plain", b"x" * 60) for number in range(2))
    assert "tillsammans" in refused(begin, replace(loft, attachments=texts), "attachments")
    assert begin(replace(loft, attachments=texts[:1]))
    assert refused(begin, replace(loft, attachments=(uuid4(),)), "attachments")
    pigeon.capabilities = replace(pigeon.capabilities, attachments=False)
    assert "Brevduva" in refused(begin, replace(loft, attachments=texts[:1]), "attachments")


def test_a_file_that_is_too_large_is_refused_when_it_is_stored(platform: Platform, case_worker: SampleUser) -> None:
    """With its name, and nothing of it is left."""
    most = platform.settings.uploads.max_bytes

    def chunks() -> Iterator[bytes]:
        for _ in range(most // 1_000_000 + 2):
            yield b"x" * 1_000_000

    with pytest.raises(TooLarge) as told:
        attachments.store(platform, case_worker, "stor.txt", "text/plain", chunks())
    assert "stor.txt" in str(told.value.fields["attachments"])


def test_somebody_elses_file_is_refused(begin: Callable[..., UUID], platform: Platform, colleague: SampleUser) -> None:
    """A plugin can attach only what the same user has given it."""
    theirs = attachments.store(platform, colleague, "a.txt", "text/plain", iter([b"a"]))
    assert refused(begin, Draft((THEM,), "Hej", "Hej", attachments=(theirs.id,)), "attachments")


def test_answers_and_what_is_passed_on_begin_elsewhere(begin: Callable[..., UUID]) -> None:
    """Their pages know the thread, the level and the files."""
    assert refused(begin, Draft((THEM,), "Hej", "Hej", reply_to=uuid4()), "reply_to")
    assert refused(begin, Draft((THEM,), "Hej", "Hej", forwards=uuid4()), "forwards")


def test_too_many_drafts_are_refused(begin: Callable[..., UUID], monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin cannot fill somebody's list; nothing is saved."""
    monkeypatch.setattr(saved_drafts, "MOST_DRAFTS", 1)
    begin(Draft((), "Hej", ""))
    with pytest.raises(Conflict):
        begin(Draft((), "Hej", ""))


def test_a_kind_may_be_chosen_before_the_recipients(
    platform: Platform, case_worker: SampleUser, organisation: SampleOrganisation
) -> None:
    """Somebody chooses the kind of message elsewhere; the page for writing begins with it."""
    mailbox_id = organisation.mailbox.id
    names = [kind.name for kind in in_work(platform, case_worker, message_kinds, mailbox_id)]
    assert {"fake", "pigeon"} <= set(names)
    draft_id = in_work(platform, case_worker, begin_draft, mailbox_id, Draft((), "Plan", ""), "pigeon")
    assert in_work(platform, case_worker, saved_drafts.load, draft_id).get("kind") == "pigeon"


def test_a_kind_that_the_mailbox_cannot_send_is_refused(begin: Callable[..., UUID], file: Callable[..., UUID]) -> None:
    """An unknown kind is no kind, and files are judged by the kind that is chosen, as by recipients."""
    draft = Draft((), "Plan", "", attachments=(file(),))
    assert refused(partial(begin, kind="smoke"), draft, "kind")
    assert "plan.pdf" in refused(partial(begin, kind="pigeon"), draft, "attachments")
