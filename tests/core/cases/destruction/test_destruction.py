"""Destroying cases and messages: all that belongs to them goes, and who may ask for it."""

import json
from uuid import uuid4

import pytest
from tests.core.cases.destruction.keeping import PDF, WHY, Keeper, facts, keys, messages_of, rows

from budkavle.cases import OwnedFiles
from budkavle.messaging import case_view, saved_drafts
from budkavle.model.errors import Forbidden, Invalid, NotFound
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.people import ActorScope, SystemActor
from budkavle.notices import Notice, NoticeKind, find_notice, notify
from budkavle.operations import Destroyed, Hold, destroy, would_hold
from budkavle.operations.destruction import BLOBS, CLEAN_UP
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.working import do_job


@pytest.mark.feature("Y3")
def test_a_case_is_destroyed_with_all_that_belongs_to_it(
    organisation: SampleOrganisation,
    administrator: SampleUser,
    case_worker: SampleUser,
    mailbox: FunctionMailbox,
    keeper: Keeper,
) -> None:
    """Keys, texts, files, evidence, drafts, plugins' files; the log says who, when, what kind and why."""
    case_id, kept = organisation.arrive("Hemligt", files=(PDF,), evidence=b"x" * 100_000), organisation.arrive("Kvar")
    (message_id,) = messages_of(organisation, case_id)
    files, draft_id, other_draft = OwnedFiles("keeper"), uuid4(), uuid4()
    for owner in (case_id, message_id):
        in_work(organisation.platform, administrator, files.keep, owner, "a.txt", "text/plain", [b"plugin"])
    fields = {"body": ["Hemligt citat"]}
    in_work(organisation.platform, case_worker, saved_drafts.save, draft_id, fields, about=[message_id])
    in_work(
        organisation.platform,
        case_worker,
        saved_drafts.save,
        other_draft,
        fields,
        about=messages_of(organisation, kept),
    )
    kept_keys = len(
        rows(
            organisation, "SELECT 1 FROM content_keys k JOIN messages m ON m.id = k.owner_id AND m.case_id = :c", c=kept
        )
    )
    result = in_work(organisation.platform, administrator, destroy, WHY, case_ids=[case_id])
    assert (result.case_ids, result.message_ids, result.held) == ((case_id,), (message_id,), ())
    with pytest.raises(NotFound):
        in_work(organisation.platform, case_worker, case_view.case, case_id)
    assert keys(organisation) == kept_keys > 0
    assert list(organisation.platform.blobs.names(organisation.id)) == []
    assert [draft.id for draft in in_work(organisation.platform, case_worker, saved_drafts.load_all)] == [other_draft]
    assert rows(organisation, "SELECT 1 FROM owned_files") == []
    (entry,) = organisation.log_entries("case.destroyed")
    assert json.loads(entry)["actor"]["id"] == str(administrator.user_id)
    assert facts([entry])[0] | {"mailbox": str(mailbox.id), "kinds": "1 in fake", "reason": WHY} == facts([entry])[0]
    assert do_job(organisation.platform, f"outbox.{CLEAN_UP}keeper") == 1
    assert keeper.told == [Destroyed(organisation.id, (case_id,), (message_id,), (), WHY)]
    assert in_work(organisation.platform, case_worker, case_view.case, kept).case.subject == "Kvar"


def test_notices_about_what_is_destroyed_are_forgotten(
    organisation: SampleOrganisation, administrator: SampleUser
) -> None:
    """Their addresses and texts too, sent or not; what waits is not sent, and what is about something else stays."""
    case_id = organisation.arrive("Hemligt")
    (message_id,) = messages_of(organisation, case_id)
    asked = {
        about: in_work(
            organisation.platform,
            administrator,
            notify,
            Notice(NoticeKind.PUSH, "https://push.example/maria", "fake.landed", text="Hej", about=about),
        )
        for about in (case_id, message_id, uuid4())
    }
    in_work(organisation.platform, administrator, destroy, WHY, case_ids=[case_id])
    with organisation.platform.work(administrator) as work:
        left = {about for about, notice_id in asked.items() if notice_id and find_notice(work, notice_id)}
    assert left == set(asked) - {case_id, message_id}
    assert do_job(organisation.platform, "outbox.notices.push") == 3
    assert rows(organisation, "SELECT 1 FROM outbox WHERE queue = 'notices.push'") == []


def test_single_messages_are_destroyed_and_the_case_goes_on(
    organisation: SampleOrganisation, case_worker: SampleUser, administrator: SampleUser, keeper: Keeper
) -> None:
    """Its counts and the words it is found by are those of what is left; with the last one it goes whole."""
    case_id = organisation.arrive("Ansökan")
    (first,) = messages_of(organisation, case_id)
    second = organisation.send(case_worker, "Beslutsbrev", reply_to=first)
    rows_before = rows(organisation, "UPDATE deliveries SET state = 'ACKNOWLEDGED' RETURNING id")
    result = in_work(organisation.platform, administrator, destroy, WHY, message_ids=[first])
    assert (result.case_ids, result.message_ids) == ((), (first,))
    view = in_work(organisation.platform, case_worker, case_view.case, case_id)
    assert [threaded.message.subject for threaded in view.thread] == ["Beslutsbrev"]
    (case,) = rows(
        organisation, "SELECT messages, incoming, has_incoming, has_outgoing, last_message_id, words FROM cases"
    )
    assert tuple(case)[:5] == (1, 0, False, True, second.id)
    assert not set(case.words) & set(organisation.platform.vault.word_hashes(organisation.id, ["ansökan"]))
    assert set(case.words) & set(organisation.platform.vault.word_hashes(organisation.id, ["beslutsbrev"]))
    assert facts(organisation.log_entries("message.destroyed"))[0]["kind"] == "in fake"
    assert organisation.case_events(case_id)[-1] == "messages-destroyed"
    result = in_work(organisation.platform, administrator, destroy, WHY, message_ids=[second.id])
    assert (result.case_ids, result.message_ids) == ((case_id,), (second.id,)), "the first is not destroyed again"
    do_job(organisation.platform, f"outbox.{CLEAN_UP}keeper")
    assert [told.delivery_ids for told in keeper.told] == [(), (rows_before[0].id,)]


def test_a_dry_run_asks_and_destroys_nothing(
    organisation: SampleOrganisation, administrator: SampleUser, case_worker: SampleUser, keeper: Keeper
) -> None:
    """It notes nothing either."""
    case_id = organisation.arrive()
    keeper.holds = lambda planned: [Hold(case_id, "Behövs.")]
    (hold,) = in_work(organisation.platform, administrator, would_hold, WHY, case_ids=[case_id])
    assert (hold.by, hold.why) == ("keeper", "Behövs.")
    keeper.holds = lambda planned: []
    assert in_work(organisation.platform, administrator, would_hold, WHY, case_ids=[case_id]) == ()
    assert organisation.case_events(case_id) == ["opened"]
    assert in_work(organisation.platform, case_worker, case_view.case, case_id).case.id == case_id


def test_it_is_an_administrators_and_has_a_reason(
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    mailbox_administrator: SampleUser,
    administrator: SampleUser,
    other_administrator: SampleUser,
) -> None:
    """A member may not, nor a plugin without the scope, nor another organisation's administrator."""
    case_id = organisation.arrive()
    for actor in (
        case_worker,
        mailbox_administrator,
        SystemActor(organisation.id, "x", frozenset({ActorScope.WRITE}), "x"),
    ):
        with pytest.raises(Forbidden):
            in_work(organisation.platform, actor, destroy, WHY, case_ids=[case_id])
    with pytest.raises(Invalid):
        in_work(organisation.platform, administrator, destroy, " ", case_ids=[case_id])
    (message_id,) = messages_of(organisation, case_id)
    for given in ({"case_ids": [case_id]}, {"message_ids": [message_id]}):
        assert in_work(organisation.platform, other_administrator, destroy, WHY, **given).message_ids == ()
    assert in_work(organisation.platform, case_worker, case_view.case, case_id).case.id == case_id


def test_bytes_that_could_not_be_deleted_are_deleted_later(
    organisation: SampleOrganisation, administrator: SampleUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their key is gone at once; the store is asked again."""
    case_id = organisation.arrive(files=(PDF,))
    (name,) = organisation.platform.blobs.names(organisation.id)

    def away(*_: object) -> None:
        raise OSError("no such device")

    with monkeypatch.context() as patch:
        patch.setattr(type(organisation.platform.blobs), "delete", away)
        assert in_work(organisation.platform, administrator, destroy, WHY, case_ids=[case_id]).case_ids == (case_id,)
    assert keys(organisation) == 0
    assert list(organisation.platform.blobs.names(organisation.id)) == [name]
    rows(organisation, "UPDATE outbox SET due_at = now() RETURNING id")
    assert do_job(organisation.platform, f"outbox.{BLOBS}") == 1
    assert list(organisation.platform.blobs.names(organisation.id)) == []
