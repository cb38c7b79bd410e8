"""Destroying cases and messages: what plugins hold back and clean up, what the log says, and a kill in between."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import text

from budkavle.cases import OwnedFiles, actions
from budkavle.host import host_of
from budkavle.messaging import case_view, saved_drafts
from budkavle.model.errors import Forbidden, Invalid, NotFound
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.messages import File
from budkavle.model.people import ActorScope, SystemActor
from budkavle.notices import Notice, NoticeKind, find_notice, notify
from budkavle.operations import Destroyed, Hold, PlannedDestruction, destroy, retention, would_hold
from budkavle.operations.destruction import BLOBS, CHANGED, CLEAN_UP, UNDER_WAY
from budkavle.operations.destruction_holds import NO_ANSWER
from budkavle.operations.jobs import core_jobs
from budkavle.plugins import registry
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage import outbox
from budkavle.storage.platform import Platform, open_platform
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeNotifier, FakeTransport
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.plugins import offer, plugin_module
from budkavle.testing.working import do_job

WHY = "Tiden i planen har gått ut."
PDF = File("a.pdf", "application/pdf", b"%PDF-1.7")


class Keeper:
    """What the plugin `keeper` does: it answers `holds`, and remembers what it was asked and told."""

    def __init__(self) -> None:
        self.asked: list[PlannedDestruction] = []
        self.told: list[Destroyed] = []
        self.holds: Callable[[PlannedDestruction], Any] = lambda planned: []
        self.failures: list[Exception] = []

    def hold_back(self, planned: PlannedDestruction) -> Any:
        self.asked.append(planned)
        return self.holds(planned)

    def clean_up(self, destroyed: Destroyed) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.told.append(destroyed)


@pytest.fixture
def keeper() -> Keeper:
    return Keeper()


@pytest.fixture
def platform(budkavle_settings: Settings, keeper: Keeper) -> Iterator[Platform]:
    """An installation with a transport, and a plugin that holds back and cleans up."""
    fake = plugin_module("fake", transports=lambda host: [FakeTransport()], notifiers=lambda host: [FakeNotifier()])

    def hold_back(planned: PlannedDestruction) -> Any:
        return keeper.hold_back(planned)

    def clean_up(destroyed: Destroyed) -> None:
        keeper.clean_up(destroyed)

    module = plugin_module("keeper", hold_back=hold_back, clean_up=clean_up)
    settings = msgspec.structs.replace(budkavle_settings, enabled=("fake", "keeper"))
    plugins = Plugins.load(settings, offer(fake=fake, keeper=module))
    with closing(open_platform(settings, plugins=plugins)) as opened:
        plugins.start(lambda plugin: host_of(plugin, settings, lambda: opened))
        yield opened


def rows(organisation: SampleOrganisation, query: str, **values: object) -> Sequence[Any]:
    with organisation.platform.database.transaction(organisation.id) as connection:
        return connection.execute(text(query), values).all()


def messages_of(organisation: SampleOrganisation, case_id: UUID) -> list[UUID]:
    query = "SELECT id FROM messages WHERE case_id = :case ORDER BY created_at"
    return [row.id for row in rows(organisation, query, case=case_id)]


def keys(organisation: SampleOrganisation) -> int:
    return int(rows(organisation, "SELECT count(*) AS n FROM content_keys")[0].n)


def facts(entries: Sequence[str]) -> list[dict[str, Any]]:
    return [json.loads(entry)["facts"] for entry in entries]


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


def test_what_a_plugin_holds_is_kept_and_the_log_says_by_whom_and_why(
    organisation: SampleOrganisation, administrator: SampleUser, case_worker: SampleUser, keeper: Keeper
) -> None:
    """The other case goes; the same hold is written once, and what is no longer held is destroyed the next time."""
    held, free = organisation.arrive("Tvist"), organisation.arrive("Annat")
    keeper.holds = lambda planned: [
        Hold(case.id, "Ärendet behövs i en rättegång.") for case in planned.cases if case.id == held
    ]
    for _ in range(2):
        result = in_work(organisation.platform, administrator, destroy, WHY, case_ids=[held, free])
    assert [hold.by for hold in result.held] == ["keeper"]
    assert (result.held[0].case_id, result.held[0].why) == (held, "Ärendet behövs i en rättegång.")
    assert in_work(organisation.platform, case_worker, case_view.case, held).case.subject == "Tvist"
    with pytest.raises(NotFound):
        in_work(organisation.platform, case_worker, case_view.case, free)
    (told,) = facts(organisation.log_entries("case.held-back"))
    assert (told["by"], told["why"]) == ("keeper", "Ärendet behövs i en rättegång.")
    assert organisation.case_events(held).count("held-back") == 1
    (planned,) = {planned.reason for planned in keeper.asked}
    assert planned == WHY
    keeper.holds = lambda planned: []
    assert in_work(organisation.platform, administrator, destroy, WHY, case_ids=[held]).case_ids == (held,)
    assert rows(organisation, "SELECT 1 FROM destruction_holds") == []


def test_a_held_message_keeps_a_whole_case_and_else_itself(
    organisation: SampleOrganisation, case_worker: SampleUser, administrator: SampleUser, keeper: Keeper
) -> None:
    """A case is destroyed whole or not; of single messages the others go."""
    case_id = organisation.arrive("Ett")
    (first,) = messages_of(organisation, case_id)
    second = organisation.send(case_worker, "Två", reply_to=first).id
    third = organisation.send(case_worker, "Tre", reply_to=first).id
    rows(organisation, "UPDATE deliveries SET state = 'ACKNOWLEDGED' RETURNING id")
    keeper.holds = lambda planned: [Hold(first, "Det är inte besvarat.")]
    result = in_work(organisation.platform, administrator, destroy, WHY, case_ids=[case_id])
    assert (result.message_ids, set(result.held[0].message_ids)) == ((), {first, second, third})
    result = in_work(organisation.platform, administrator, destroy, WHY, message_ids=[first, second])
    assert (result.message_ids, result.held[0].message_ids) == ((second,), (first,))
    view = in_work(organisation.platform, case_worker, case_view.case, case_id)
    assert [threaded.message.id for threaded in view.thread] == [first, third]


def _raises(_: PlannedDestruction) -> Any:
    raise RuntimeError("the index is away")


def _ends(_: PlannedDestruction) -> Any:
    raise SystemExit(1)


ODD: dict[str, Callable[[PlannedDestruction], Any]] = {
    "raises": _raises,
    "ends the process": _ends,
    "answers a word": lambda planned: "nej",
    "answers ids": lambda planned: [case.id for case in planned.cases],
    "names something else": lambda planned: [Hold(uuid4(), "Något annat ska vara kvar.")],
    "gives no reason": lambda planned: [Hold(planned.cases[0].id, " ")],
}


@pytest.mark.parametrize("odd", ODD)
def test_nothing_is_destroyed_on_doubt(
    organisation: SampleOrganisation, administrator: SampleUser, keeper: Keeper, odd: str
) -> None:
    """A plugin that fails, or answers what it must not, holds back all that it was asked about."""
    case_ids, before = [organisation.arrive(), organisation.arrive()], keys(organisation)
    keeper.holds = ODD[odd]
    result = in_work(organisation.platform, administrator, destroy, WHY, case_ids=case_ids)
    assert (result.case_ids, keys(organisation) >= before) == ((), True)
    assert {(hold.case_id, hold.by, hold.why) for hold in result.held} == {
        (one, "keeper", NO_ANSWER) for one in case_ids
    }
    assert all("the index" not in entry for entry in organisation.log_entries("case.held-back"))


def test_a_plugin_that_is_late_holds_back(
    organisation: SampleOrganisation,
    administrator: SampleUser,
    case_worker: SampleUser,
    keeper: Keeper,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody waits for it, and what it says later changes nothing."""
    monkeypatch.setattr(registry, "TOLD", 0.2)
    case_id, answered = organisation.arrive(), Event()
    keeper.holds = lambda planned: answered.wait(20) and []
    try:
        assert in_work(organisation.platform, administrator, destroy, WHY, case_ids=[case_id]).held[0].why == NO_ANSWER
    finally:
        answered.set()
    assert in_work(organisation.platform, case_worker, case_view.case, case_id).case.id == case_id


def test_what_is_on_its_way_is_held_by_the_core(
    organisation: SampleOrganisation, case_worker: SampleUser, administrator: SampleUser
) -> None:
    """Until it has come to an end."""
    message = organisation.send(case_worker)
    result = in_work(organisation.platform, administrator, destroy, WHY, case_ids=[message.case_id])
    assert [(hold.by, hold.why) for hold in result.held] == [("", UNDER_WAY)]
    rows(organisation, "UPDATE deliveries SET state = 'ACKNOWLEDGED' RETURNING id")
    assert in_work(organisation.platform, administrator, destroy, WHY, case_ids=[message.case_id]).case_ids == (
        message.case_id,
    )


@pytest.mark.parametrize("change", ["a message comes", "it is restored", "something is sent"])
def test_what_changes_while_plugins_are_asked_is_left_alone(
    organisation: SampleOrganisation, case_worker: SampleUser, administrator: SampleUser, keeper: Keeper, change: str
) -> None:
    """Nobody was asked about what came meanwhile."""
    case_id = organisation.arrive("Ett")
    (first,) = messages_of(organisation, case_id)
    in_work(organisation.platform, case_worker, actions.bin_case, case_id)

    def change_it(_: PlannedDestruction) -> list[Hold]:
        if change == "it is restored":
            in_work(organisation.platform, case_worker, actions.restore, case_id)
        else:
            organisation.send(case_worker, reply_to=first)
        return []

    keeper.holds = change_it
    result = in_work(organisation.platform, administrator, destroy, WHY, case_ids=[case_id])
    assert (result.case_ids, result.held[0].why) == ((), CHANGED)
    assert in_work(organisation.platform, case_worker, case_view.case, case_id).case.id == case_id


def test_the_bin_waits_for_who_holds_back_and_empties_the_rest(
    organisation: SampleOrganisation, case_worker: SampleUser, keeper: Keeper
) -> None:
    """A held case does not hide those behind it; it is asked about again a day later."""
    held = [organisation.arrive() for _ in range(retention.BATCH)]
    free = organisation.arrive()
    for case_id in (*held, free):
        in_work(organisation.platform, case_worker, actions.bin_case, case_id)
    rows(organisation, "UPDATE cases SET binned_at = binned_at - interval '31 days' RETURNING id")
    keeper.holds = lambda planned: [Hold(case.id, "Behövs.") for case in planned.cases if case.id in held]
    assert retention.empty_bin(organisation.platform) == 1
    asked = len(keeper.asked)
    assert retention.empty_bin(organisation.platform) == 0
    assert len(keeper.asked) == asked
    keeper.holds = lambda planned: []
    rows(organisation, "UPDATE destruction_holds SET ask_again_at = now() RETURNING case_id")
    assert retention.empty_bin(organisation.platform) == retention.BATCH


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


def test_a_clean_up_that_fails_is_made_again_and_never_forgotten(
    organisation: SampleOrganisation, administrator: SampleUser, keeper: Keeper
) -> None:
    """After its tries it is parked, and stays however long that was ago."""
    job, queue = f"outbox.{CLEAN_UP}keeper", f"{CLEAN_UP}keeper"
    in_work(organisation.platform, administrator, destroy, WHY, case_ids=[organisation.arrive()])
    keeper.failures = [RuntimeError("away")]
    assert do_job(organisation.platform, job) == 1
    assert keeper.told == []
    rows(organisation, "UPDATE outbox SET due_at = now(), attempt = 19 RETURNING id")
    keeper.failures = [RuntimeError("away")]
    do_job(organisation.platform, job)
    rows(organisation, "UPDATE outbox SET changed_at = now() - interval '1 year' RETURNING id")
    outbox.sweep(organisation.platform.database, organisation.id)
    assert outbox.retry_parked(organisation.platform.database, organisation.id, queue) == 1
    do_job(organisation.platform, job)
    assert len(keeper.told) == 1
    assert rows(organisation, "SELECT 1 FROM outbox") == []


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


POINTS = {
    "while plugins are asked": False,
    "before the commit": False,
    "in the commit": False,
    "after the commit": True,
    "while a plugin cleans up": True,
}
"""Where the process is killed, and whether all is destroyed by then; else nothing is."""


@pytest.mark.feature("Y3")
@pytest.mark.parametrize("point", POINTS)
def test_a_kill_leaves_nothing_half_and_another_process_goes_on(
    organisation: SampleOrganisation, case_worker: SampleUser, keeper: Keeper, point: str
) -> None:
    """Really: a process that is killed, and what it left is finished."""
    case_id = organisation.arrive("Hemligt", files=(PDF,), evidence=b"x" * 100_000)
    in_work(organisation.platform, case_worker, actions.bin_case, case_id)
    rows(organisation, "UPDATE cases SET binned_at = binned_at - interval '31 days' RETURNING id")
    before = (keys(organisation), 2)
    settings = organisation.platform.settings
    script = Path(__file__).with_name("destroying_process.py")
    command = [sys.executable, str(script), point, str(settings.data), str(settings.database.url)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    left = (keys(organisation), len(rows(organisation, "SELECT 1 FROM messages WHERE length(body) > 0")) * 2)
    assert left == ((0, 0) if POINTS[point] else before)
    rows(organisation, "UPDATE outbox SET due_at = now() RETURNING id")  # its lease has run out
    assert retention.empty_bin(organisation.platform) == (0 if POINTS[point] else 1)
    rows(organisation, "UPDATE outbox SET due_at = now() RETURNING id")
    for job in core_jobs(organisation.platform):
        if job.startswith("outbox."):
            do_job(organisation.platform, job)
    assert keys(organisation) == 0
    assert list(organisation.platform.blobs.names(organisation.id)) == []
    assert [told.case_ids for told in keeper.told] == [(case_id,)]
    assert organisation.case_events(case_id).count("destroyed") == 1
    assert rows(organisation, "SELECT 1 FROM outbox") == []
