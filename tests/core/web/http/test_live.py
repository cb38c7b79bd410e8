"""What open pages hear: of their own mailboxes alone, and for as long as their session lasts."""

import asyncio
import json
import re
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from tests.docs.api_fields import check_fields

from budkavle.accounts import mailboxes, users
from budkavle.cases import actions
from budkavle.cases.counts import mailbox_ids
from budkavle.cases.teamwork.restricting import hidden_cases, lift, restrict
from budkavle.identification import sessions
from budkavle.identification.browser_proof import Shown
from budkavle.identification.outcome import SignedIn
from budkavle.messaging import sending
from budkavle.model.errors import Copied
from budkavle.model.loa import Loa
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.messages import Address, Draft
from budkavle.model.receipts import Receipt
from budkavle.model.states import DeliveryState
from budkavle.storage.platform import Platform
from budkavle.testing import acting
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.working import deliver_due
from budkavle.web.http.live import server_events as module
from budkavle.web.http.live.server_events import Listener, Live, TooManyStreams, View

Told = list[dict[str, Any]]


class Ear:
    """One open page of somebody who is signed in.

    Attributes:
        told: What it has been told.
        ended: Set when its stream has ended.
    """

    def __init__(self, organisation: SampleOrganisation, user: SampleUser, cookie: str = "") -> None:
        self._world, self.user = organisation, user
        self.cookie = cookie or sessions.start(organisation.platform, SignedIn(user, Loa.TWO, "password", "/"))
        self.told: Told = []
        self.ended = asyncio.Event()
        self._heard = asyncio.Event()
        self._marks = 0

    def listener(self) -> Listener:
        """Who it says that it is."""
        platform = self._world.platform

        def look() -> View:
            actor = sessions.find(platform, self.cookie, touch=False).actor
            return View(in_work(platform, actor, mailbox_ids), in_work(platform, actor, hidden_cases))

        return Listener(self.user.organisation_id, self.user.id, self.cookie, look)

    async def listen(self, live: Live) -> None:
        """Listen until the stream ends."""
        async for piece in live.open(self.listener()):
            if b"data: " in piece:
                note = json.loads(piece.decode().partition("data: ")[2])
                check_fields("Change", note)
                if note["kind"] == f"mark{self._marks}":
                    self._heard.set()
                elif not note["kind"].startswith("mark"):
                    self.told.append(note)
        self.ended.set()

    async def caught_up(self) -> None:
        """Wait until it has heard all that was told until now; it may not listen yet."""
        self._heard.clear()
        self._marks += 1  # an earlier mark, which comes late, says nothing of what was told since
        mailbox_id = mailboxes.personal_mailbox(self.user).id
        note = {"o": self.user.organisation_id, "m": mailbox_id, "k": f"mark{self._marks}"}
        while not self._heard.is_set() and not self.ended.is_set():
            await asyncio.to_thread(self._tell, note)
            await asyncio.wait([asyncio.create_task(self._heard.wait())], timeout=0.2)

    def _tell(self, note: dict[str, Any]) -> None:
        with self._world.platform.database.transaction(self.user.organisation_id) as connection:
            self._world.platform.database.notify(connection, note)


@asynccontextmanager
async def listening(
    organisation: SampleOrganisation, *people: SampleUser, cookie: str = ""
) -> AsyncIterator[list[Ear]]:
    """Pages of these people, which hear already, of a process of their own; each of a new session without `cookie`."""
    live = Live(organisation.platform)
    await live.start()
    ears = [Ear(organisation, user, cookie) for user in people]
    tasks = [asyncio.create_task(ear.listen(live)) for ear in ears]
    try:
        for ear in ears:
            await ear.caught_up()
            ear.told.clear()  # of what was done before
        yield ears
    finally:
        await live.close()
        await asyncio.wait(tasks)


def run(
    organisation: SampleOrganisation, people: list[SampleUser], test: Callable[[list[Ear]], Awaitable[None]]
) -> None:
    """Do a test with pages of these people."""

    async def main() -> None:
        async with listening(organisation, *people) as ears:
            await test(ears)

    asyncio.run(main())


def send(organisation: SampleOrganisation) -> None:
    """Send a message from Ada's mailbox, let it go, and let its receipt come."""
    draft = Draft((Address("fake", "them", "Mottagningen"),), "Begäran", "Hej!")
    in_work(organisation.platform, organisation.case_worker, sending.send, organisation.mailbox.id, draft)
    deliver_due(organisation.platform)
    with organisation.platform.database.transaction(organisation.id) as connection:
        query = "SELECT id, transport, remote_id FROM deliveries WHERE purpose = 'message'"
        row = connection.execute(text(query)).one()
    receipt = Receipt(organisation.id, row.transport, row.remote_id, DeliveryState.ACKNOWLEDGED, datetime.now(UTC))
    assert acting.receipt(organisation.platform, receipt)


@pytest.mark.feature("F12")
def test_only_members_hear_what_becomes_of_a_message(
    organisation: SampleOrganisation,
    mailbox: FunctionMailbox,
    case_worker: SampleUser,
    colleague: SampleUser,
    outsider: SampleUser,
    administrator: SampleUser,
) -> None:
    """Its sending, what the worker made of it and its receipt reach those who share the mailbox, and nobody else."""

    async def test(ears: list[Ear]) -> None:
        await asyncio.to_thread(send, organisation)
        for ear in ears:
            await ear.caught_up()
        members, strangers = ears[:2], ears[2:]
        for ear in members:
            assert {one["mailbox"] for one in ear.told} == {str(mailbox.id)}
            assert "state" in {one["kind"] for one in ear.told}  # what is the same and waits is told once
        assert [ear.told for ear in strangers] == [[], []]

    run(organisation, [case_worker, colleague, outsider, administrator], test)


def test_a_stream_ends_with_its_session(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Whoever signs out hears no more; another session of the same person goes on."""

    async def test(ears: list[Ear]) -> None:
        await asyncio.to_thread(sessions.end, platform, ears[0].cookie)
        await asyncio.wait_for(ears[0].ended.wait(), 60)
        await ears[1].caught_up()
        assert not ears[1].ended.is_set()

    run(organisation, [case_worker, case_worker], test)


@pytest.mark.feature("ZS3")
def test_the_streams_of_a_copied_session_end_at_once_in_all_processes(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has a copy of the cookies hears no more, without waiting until it is asked anew."""
    monkeypatch.setattr(module, "PING_SECONDS", 3600)

    async def main() -> None:
        async with (
            listening(organisation, case_worker) as (copy,),
            listening(organisation, case_worker, cookie=copy.cookie) as (own,),
        ):
            await asyncio.to_thread(show_copy, organisation, copy.cookie)
            for ear in (copy, own):
                await asyncio.wait_for(ear.ended.wait(), 60)

    asyncio.run(main())


def show_copy(organisation: SampleOrganisation, cookie: str) -> None:
    """Let a browser with the right proof go on, and then somebody show another one."""
    _, proof = sessions.find_bound(organisation.platform, cookie, Shown(""))
    sessions.find_bound(organisation.platform, cookie, Shown(proof))
    organisation.rows("UPDATE sessions SET proof_shown_at = proof_shown_at - interval '1 hour'")
    with pytest.raises(Copied):
        sessions.find_bound(organisation.platform, cookie, Shown("from before"))


def test_a_session_that_ended_while_nobody_listened_has_no_stream_any_more(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the process listens again, every stream asks whether it goes on."""
    monkeypatch.setattr(module, "PING_SECONDS", 3600)

    async def main() -> None:
        live, ear = Live(platform), Ear(organisation, case_worker)
        stream = live.open(ear.listener())
        await anext(stream)
        goes_on = asyncio.ensure_future(anext(stream, None))
        while not all(each.judged for each in live._streams[organisation.id]):  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
        await asyncio.to_thread(sessions.end, platform, ear.cookie)
        live._tell_missed()
        assert await asyncio.wait_for(goes_on, 60) is None

    asyncio.run(main())


def test_a_stream_ends_with_its_account(
    platform: Platform,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    colleague: SampleUser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever is closed hears no more."""
    monkeypatch.setattr(module, "PING_SECONDS", 0.05)

    async def test(ears: list[Ear]) -> None:
        await asyncio.to_thread(in_work, platform, administrator, users.update_user, colleague.id, active=False)
        await asyncio.wait_for(ears[0].ended.wait(), 60)

    run(organisation, [colleague], test)


def test_who_is_no_member_any_more_hears_no_more(
    platform: Platform,
    organisation: SampleOrganisation,
    mailbox_administrator: SampleUser,
    mailbox: FunctionMailbox,
    case_worker: SampleUser,
    outsider: SampleUser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What somebody may open is asked again all the time; who becomes a member hears from then on."""
    monkeypatch.setattr(module, "PING_SECONDS", 0.05)

    async def test(ears: list[Ear]) -> None:
        ada, dag = ears
        cleo = mailbox_administrator
        await asyncio.to_thread(in_work, platform, cleo, mailboxes.remove_members, mailbox.id, [case_worker.id])
        await asyncio.to_thread(in_work, platform, cleo, mailboxes.add_members, mailbox.id, [outsider.id])
        await asyncio.sleep(2 * module.PING_SECONDS)
        for ear in ears:
            await ear.caught_up()
            ear.told.clear()
        await asyncio.to_thread(note, organisation, mailbox.id)
        for ear in ears:
            await ear.caught_up()
        assert (ada.told, bool(dag.told)) == ([], True)

    run(organisation, [case_worker, outsider], test)


def note(organisation: SampleOrganisation, mailbox_id: UUID) -> None:
    """Tell of something in a mailbox."""
    with organisation.platform.database.transaction(organisation.id) as connection:
        told = {"o": organisation.id, "m": mailbox_id, "c": uuid4(), "k": "joined"}
        organisation.platform.database.notify(connection, told)


def test_what_changes_while_it_is_asked_is_asked_again(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """An answer that was true a moment ago, and comes after the news that it no longer is, is not believed."""
    old, new, asked, go_on = uuid4(), uuid4(), threading.Event(), threading.Event()
    answers = [old, new]

    def look() -> View:
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        asked.set()
        go_on.wait(60)
        return View(frozenset({answer}))

    async def main() -> None:
        live, home = Live(platform), organisation.id
        stream = live.open(Listener(home, case_worker.id, "s", look))
        await anext(stream)
        hears = asyncio.ensure_future(anext(stream))
        await asyncio.to_thread(asked.wait, 60)
        live._spread(json.dumps({"o": str(home), "u": str(case_worker.id), "k": "access"}))
        for box in (old, new):
            live._spread(json.dumps({"o": str(home), "m": str(box), "c": str(uuid4()), "k": "joined"}))
        go_on.set()
        told = (await asyncio.wait_for(hears, 60)).decode()
        assert (str(old) in told, str(new) in told) == (False, True)

    asyncio.run(main())


def test_a_notice_without_a_mailbox_reaches_nobody(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """What cannot be judged is not told."""

    async def test(ears: list[Ear]) -> None:
        with platform.database.transaction(organisation.id) as connection:
            platform.database.notify(connection, {"o": organisation.id, "c": uuid4(), "k": "state"})
        await ears[0].caught_up()
        assert ears[0].told == []

    run(organisation, [case_worker], test)


def test_a_session_has_so_many_streams_and_no_more(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One too many is refused in words; the others go on, and one that ends makes room."""
    monkeypatch.setattr(module, "MOST_OF_SESSION", 3)

    async def main() -> None:
        live, ear = Live(platform), Ear(organisation, case_worker)
        streams = [live.open(ear.listener()) for _ in range(3)]
        for one in streams:
            await anext(one)
        with pytest.raises(TooManyStreams, match="Stäng några"):
            live.open(ear.listener())
        live.open(Ear(organisation, case_worker).listener())
        await streams[0].aclose()  # type: ignore[attr-defined]
        live.open(ear.listener())
        for one in streams[1:]:
            await one.aclose()  # type: ignore[attr-defined]

    asyncio.run(main())


def test_the_page_itself_is_refused_in_words(
    browse: Callable[..., Any], case_worker: SampleUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program is told with the status that says so."""
    monkeypatch.setattr(module, "MOST_OF_SESSION", 0)
    ada = browse(case_worker)
    (path,) = set(re.findall(r'data-live="([^"]*)"', ada.get("/account").text))
    assert ada.get(path, accept="text/event-stream").status_code == 429


@pytest.mark.feature("F12", "E22")
def test_what_happens_in_a_restricted_case_is_told_to_those_who_are_named(
    organisation: SampleOrganisation, mailbox: FunctionMailbox, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """From the moment when it is restricted: its id reaches nobody else, until it is lifted; other cases' do."""
    platform = organisation.platform
    case_id, other = organisation.arrive("Skyddat"), organisation.arrive("Annat")

    async def test(ears: list[Ear]) -> None:
        def told() -> list[set[str]]:
            cases = [{note["case"] for note in ear.told if note["case"]} for ear in ears]
            for ear in ears:
                ear.told.clear()
            return cases

        await asyncio.to_thread(in_work, platform, case_worker, restrict, case_id, [case_worker.id], "Skyddad")
        for ear in ears:
            await ear.caught_up()
        assert told() == [{str(case_id)}, set()]
        for each in (case_id, other):
            await asyncio.to_thread(in_work, platform, case_worker, actions.take, each)
        for ear in ears:
            await ear.caught_up()
        assert told() == [{str(case_id), str(other)}, {str(other)}]
        await asyncio.to_thread(in_work, platform, case_worker, lift, case_id)
        await asyncio.to_thread(in_work, platform, case_worker, actions.release, case_id)
        for ear in ears:
            await ear.caught_up()
        assert told() == [{str(case_id)}, {str(case_id)}]

    run(organisation, [case_worker, colleague], test)
