"""Out: checked before anything is stored, handed over once, followed, and stopped."""

import io
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pikepdf
import pytest
from PIL import Image, ImageSequence
from sqlalchemy import text

from budkavle import (
    Actor,
    Address,
    Conflict,
    DeliveryState,
    Draft,
    Entry,
    File,
    FunctionMailbox,
    Host,
    Invalid,
    Message,
    Permanent,
    Platform,
    Temporary,
    Unavailable,
)
from budkavle.accounts import write_settings
from budkavle.accounts.mailboxes import update_mailbox
from budkavle.cases import store_attachment
from budkavle.deliveries.recall import recall
from budkavle.messaging import read_case, send
from budkavle.messaging.sending import retry
from budkavle.testing import SampleOrganisation, SampleUser, deliver_due
from budkavle.testing.acting import in_work
from budkavle.testing.contracts import ORGANISATION, DirectoryContract, ReceiptHandlerContract, TransportContract
from budkavle_fax import organisation_settings, receipts, texts
from budkavle_fax.carriers.base import Fax, Progress, Stage, Unsure
from budkavle_fax.directory import FaxDirectory
from budkavle_fax.documents import rendering
from budkavle_fax.numbers import contacts, mailbox_numbers
from budkavle_fax.organisation_settings import Rules
from budkavle_fax.parts import Parts
from budkavle_fax.transport import hand_over

PEER, OTHER = "+46107654321", "+4681234567"


def pdf(pages: int = 1) -> bytes:
    made, kept = pikepdf.new(), io.BytesIO()
    for _ in range(pages):
        made.add_blank_page(page_size=(595, 842))
    made.save(kept)
    return kept.getvalue()


def pages(tiff: bytes) -> list[bytes]:
    with Image.open(io.BytesIO(tiff)) as opened:
        return [frame.convert("1").tobytes() for frame in ImageSequence.Iterator(opened)]


def write(organisation: SampleOrganisation, *numbers: str, files: tuple[UUID, ...] = ()) -> Message:
    to = tuple(Address("fax", one) for one in numbers or (PEER,))
    return in_work(
        organisation.platform,
        organisation.case_worker,
        send,
        organisation.mailbox.id,
        Draft(to, "Ang. åtgärd", "Hej!\n\nSe bilagan.", files),
    )


def upload(
    organisation: SampleOrganisation, name: str = "a.pdf", kind: str = "application/pdf", content: bytes = b""
) -> UUID:
    return store_attachment(organisation.platform, organisation.case_worker, name, kind, [content or pdf()]).id


def tracks(organisation: SampleOrganisation, message: Message) -> list[Any]:
    thread = in_work(organisation.platform, organisation.case_worker, read_case, message.case_id).thread
    return [track for one in thread for track in one.tracks]


def only(organisation: SampleOrganisation, message: Message) -> Any:
    (track,) = tracks(organisation, message)
    return track


def due(organisation: SampleOrganisation) -> None:
    """Let the pause between two tries be over."""
    with organisation.platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE deliveries SET due_at = now() - interval '1 second'"))


@pytest.mark.feature("T3", "T4", "T5", "T6")
def test_a_fax_goes_to_several_numbers_cover_first(
    platform: Platform, organisation: SampleOrganisation, parts: Parts, carrier: Any, fax_number: str
) -> None:
    """Each number gets a fax of its own: the cover and then the document; each is followed by its pages."""
    message = write(organisation, PEER, "08-123 45 67", files=(upload(organisation, content=pdf(2)),))
    deliver_due(platform)
    assert {fax.to for fax in carrier.taken.values()} == {PEER, OTHER}
    assert {fax.sender for fax in carrier.taken.values()} == {fax_number}
    assert {rendering.count(fax.tiff) for fax in carrier.taken.values()} == {3}
    assert {track.to.state for track in tracks(organisation, message)} == {DeliveryState.SEND_ENQUEUED}
    carrier.goes(Stage.SENT, sent=3, pages=3, dials=1)
    parts.status_polling.ask()
    parts.status_polling.ask()
    assert {track.to.state for track in tracks(organisation, message)} == {DeliveryState.ACKNOWLEDGED}


@pytest.mark.feature("T5", "F6")
def test_the_cover_that_goes_speaks_the_mailboxs_language(
    platform: Platform,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    mailbox: FunctionMailbox,
    carrier: Any,
) -> None:
    """The same fax from a mailbox that writes English has another first page, and the same document."""
    write(organisation, files=(upload(organisation),))
    deliver_due(platform)
    in_work(platform, administrator, update_mailbox, mailbox.id, language="en")
    write(organisation, files=(upload(organisation),))
    deliver_due(platform)
    swedish, english = (pages(fax.tiff) for fax in carrier.taken.values())
    assert swedish[0] != english[0]
    assert swedish[1] == english[1]


@pytest.mark.feature("T6")
def test_a_peer_that_tries_again_is_left_to_it_and_its_reasons_are_told(
    platform: Platform, organisation: SampleOrganisation, parts: Parts, carrier: Any
) -> None:
    """Busy: waits for the next call, and says why; then it goes through."""
    message = write(organisation)
    deliver_due(platform)
    carrier.goes(Stage.RETRYING, dials=1, reason=texts.BUSY)
    parts.status_polling.ask()
    track = only(organisation, message)
    assert track.to.state is DeliveryState.WAITING_FOR_RETRY
    assert any(texts.BUSY in event.detail for event in track.events)
    due(organisation)
    deliver_due(platform)
    assert carrier.submitted == 1
    carrier.goes(Stage.SENDING, dials=2, reason="")
    parts.status_polling.ask()
    assert only(organisation, message).to.state is DeliveryState.SEND_ENQUEUED
    carrier.goes(Stage.SENT, sent=1, pages=1, dials=2)
    parts.status_polling.ask()
    assert only(organisation, message).to.state is DeliveryState.ACKNOWLEDGED
    parts.status_polling.ask()
    (entry,) = organisation.log_entries("fax.sent")
    assert '"what":"1"' in entry, "its pages are counted once"


@pytest.mark.feature("T6")
def test_what_is_given_up_says_why_and_a_person_sends_it_anew(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, parts: Parts, carrier: Any
) -> None:
    """It stands with its reason; "försök igen" is a new fax with the same pages."""
    message = write(organisation)
    deliver_due(platform)
    carrier.goes(Stage.FAILED, dials=3, reason=texts.SILENT)
    parts.status_polling.ask()
    track = only(organisation, message)
    assert track.to.state is DeliveryState.SEND_FAILURE
    assert texts.SILENT in track.to.failure
    assert texts.ASK in track.to.failure
    assert parts.submissions.failures_since(organisation.id, datetime.now(UTC) - timedelta(days=1)) == 1
    in_work(platform, case_worker, retry, track.to.delivery_id)
    deliver_due(platform)
    first, second = carrier.taken.values()
    assert first.tag != second.tag
    assert first.tiff == second.tiff


@pytest.mark.feature("SD7")
def test_a_crash_between_handing_over_and_noting_it_sends_nothing_twice(
    platform: Platform, organisation: SampleOrganisation, parts: Parts, carrier: Any
) -> None:
    """The fax is found by its tag, and followed as if nothing had happened."""
    carrier.after.append(Unsure("Förbindelsen bröts."))
    message = write(organisation)
    deliver_due(platform)
    assert only(organisation, message).to.state is DeliveryState.WAITING_FOR_RETRY
    due(organisation)
    deliver_due(platform)
    assert carrier.submitted == 1
    carrier.goes(Stage.SENT, sent=1, pages=1, dials=1)
    parts.status_polling.ask()
    assert only(organisation, message).to.state is DeliveryState.ACKNOWLEDGED


def test_a_fax_that_has_ended_meanwhile_is_not_handed_over_again(
    organisation: SampleOrganisation, parts: Parts, carrier: Any
) -> None:
    """A second worker comes with a row from before: the fax has arrived, and nobody is told to ask about it."""
    carrier.remembers = False
    row = parts.submissions.begin(organisation.id, uuid4(), 1)
    taken = hand_over(parts.submissions, carrier, row, Fax(row.tag, PEER, "", b""))
    parts.submissions.note(taken, Progress(Stage.SENT, taken.remote_id, 1, 1, 1), ended=True)
    assert hand_over(parts.submissions, carrier, row, Fax(row.tag, PEER, "", b"")).told == "SENT 1"
    assert carrier.submitted == 1


def test_where_nobody_can_know_whether_it_went_a_person_decides(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, carrier: Any
) -> None:
    """A carrier without memory: the fax is not sent again by itself, and only a person's word sends it anew."""
    carrier.remembers = False
    carrier.after.append(Unsure("Förbindelsen bröts."))
    message = write(organisation)
    deliver_due(platform)
    due(organisation)
    deliver_due(platform)
    track = only(organisation, message)
    assert track.to.state is DeliveryState.SEND_FAILURE
    assert track.to.failure == texts.UNSURE
    assert carrier.submitted == 1
    in_work(platform, case_worker, retry, track.to.delivery_id)
    deliver_due(platform)
    assert carrier.submitted == 2


def test_a_carrier_that_is_down_is_tried_again_and_one_that_refuses_is_not(
    platform: Platform, organisation: SampleOrganisation, carrier: Any
) -> None:
    """Nothing had been taken, so that the same fax goes at the next try."""
    carrier.failures += [Temporary("Faxservern svarar inte."), Permanent("Faxservern tog inte emot faxet.")]
    message = write(organisation)
    deliver_due(platform)
    assert only(organisation, message).to.state is DeliveryState.WAITING_FOR_RETRY
    due(organisation)
    deliver_due(platform)
    assert only(organisation, message).to.state is DeliveryState.SEND_FAILURE


def test_only_one_process_hands_a_fax_over(organisation: SampleOrganisation, parts: Parts) -> None:
    """Whoever comes meanwhile waits for its own next try."""
    row = parts.submissions.begin(organisation.id, uuid4(), 1)
    again = parts.submissions.begin(organisation.id, row.delivery_id, 1)
    assert again.id == row.id
    with parts.submissions.held(row), pytest.raises(Temporary), parts.submissions.held(row):
        pytest.fail("two hold the same fax")


def test_a_fax_that_the_server_has_forgotten_is_asked_about(
    platform: Platform, organisation: SampleOrganisation, parts: Parts, carrier: Any
) -> None:
    """Missed once may be a moment between two queues; missed twice it stands with what to ask the receiver."""
    message = write(organisation)
    deliver_due(platform)
    carrier.how.clear()
    parts.status_polling.ask()
    assert only(organisation, message).to.state is DeliveryState.SEND_ENQUEUED
    parts.status_polling.ask()
    track = only(organisation, message)
    assert track.to.state is DeliveryState.SEND_FAILURE
    assert track.to.failure == texts.GONE


def test_faxes_without_a_word_do_not_hide_those_that_came_after(
    platform: Platform, organisation: SampleOrganisation, parts: Parts, carrier: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are asked about in turns: what befalls the newest is told however many wait before it."""
    monkeypatch.setattr(receipts, "MOST", 2)
    messages = [write(organisation, PEER) for _ in range(5)]
    for _ in messages:
        deliver_due(platform)
    *_, newest = carrier.how
    carrier.how[newest] = Progress(Stage.FAILED, newest, dials=1, reason=texts.SILENT)
    for _ in range(3):
        parts.status_polling.ask()
    states = [only(organisation, message).to.state for message in messages]
    assert sorted(states) == [*[DeliveryState.SEND_ENQUEUED] * 4, DeliveryState.SEND_FAILURE]


def test_a_fax_whose_progress_cannot_be_stored_does_not_hide_those_that_came_after(
    platform: Platform, organisation: SampleOrganisation, parts: Parts, carrier: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one's fault is its own, and it is told once the fault has passed."""
    messages = [write(organisation, PEER), write(organisation, OTHER)]
    while deliver_due(platform):
        continue
    first = next(iter(carrier.how))
    carrier.goes(Stage.SENT, sent=1)
    register = parts.status_polling._register
    note, broken = register.note, {first}

    def stumble(row: Any, progress: Progress, *, ended: bool) -> None:
        if row.tag in broken:
            raise Unavailable("Databasen svarar inte.")
        note(row, progress, ended=ended)

    monkeypatch.setattr(register, "note", stumble)
    parts.status_polling.ask()
    assert [only(organisation, message).to.state for message in messages] == [DeliveryState.ACKNOWLEDGED] * 2
    assert [row.tag for row in register.open(receipts.FIRST, 9)] == [first]
    broken.clear()
    parts.status_polling.ask()
    assert register.open(receipts.FIRST, 9) == []


def test_faxes_of_an_organisation_that_has_moved_are_followed_where_it_works(
    platform: Platform, organisation: SampleOrganisation, parts: Parts, carrier: Any
) -> None:
    """Here nothing of it may be written, and the carrier is not asked about it."""
    write(organisation, PEER)
    deliver_due(platform)
    asked: list[Any] = []
    carrier.progress = lambda jobs: asked.append(jobs) or {}
    organisation.rows("UPDATE organisations SET state = 'moved', moved_to = 'https://two.habo.example'")
    parts.status_polling.ask()
    assert asked == []
    organisation.rows("UPDATE organisations SET state = 'active', moved_to = NULL")
    parts.status_polling.ask()
    assert len(asked) == 1


def test_a_fax_about_which_there_is_no_answer_now_stays_as_it_is(
    platform: Platform, organisation: SampleOrganisation, parts: Parts, carrier: Any
) -> None:
    """It is not taken for forgotten, however often."""
    message = write(organisation)
    deliver_due(platform)
    carrier.how = dict.fromkeys(carrier.how)
    for _ in range(3):
        parts.status_polling.ask()
    assert only(organisation, message).to.state is DeliveryState.SEND_ENQUEUED


@pytest.mark.feature("R1")
def test_a_fax_is_stopped_while_it_waits_and_not_once_it_has_gone(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, parts: Parts, carrier: Any
) -> None:
    """The carrier is asked before anything is called recalled."""
    message = write(organisation, PEER, OTHER)
    first, second = tracks(organisation, message)
    deliver_due(platform)
    in_work(platform, case_worker, recall, first.to.delivery_id)
    carrier.goes(Stage.SENT, sent=1, pages=1, dials=1)
    with pytest.raises(Conflict, match="redan"):
        in_work(platform, case_worker, recall, second.to.delivery_id)
    parts.status_polling.ask()
    with pytest.raises(Conflict, match="redan"):
        in_work(platform, case_worker, recall, second.to.delivery_id)
    states = {track.to.delivery_id: track.to.state for track in tracks(organisation, message)}
    assert states[first.to.delivery_id] is DeliveryState.RECALLED
    assert states[second.to.delivery_id] is DeliveryState.ACKNOWLEDGED


@pytest.mark.feature("R1")
def test_a_fax_that_is_recalled_between_two_tries_is_not_handed_over(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, parts: Parts, carrier: Any
) -> None:
    """Not even by a worker that has begun its next try already; while one is at it, nothing is said to be recalled."""
    carrier.failures.append(Temporary("Faxservern svarar inte."))
    message = write(organisation)
    deliver_due(platform)
    delivery_id = only(organisation, message).to.delivery_id
    row = parts.submissions.latest(organisation.id, delivery_id)
    with parts.submissions.held(row), pytest.raises(Conflict, match="just nu"):
        in_work(platform, case_worker, recall, delivery_id)
    in_work(platform, case_worker, recall, delivery_id)
    hand_over(parts.submissions, carrier, row, Fax(row.tag, PEER, "", b""))
    assert carrier.submitted == 0
    assert only(organisation, message).to.state is DeliveryState.RECALLED


@pytest.mark.feature("R1")
def test_a_fax_that_is_recalled_while_its_pages_are_prepared_is_not_handed_over(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    parts: Parts,
    carrier: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The recall finds nothing at the carrier and nothing begun; the worker sees it before it begins."""
    message = write(organisation)
    (track,) = tracks(organisation, message)
    register = parts.status_polling._register
    begin = register.begin

    def recalled_first(*arguments: Any) -> Any:
        in_work(platform, case_worker, recall, track.to.delivery_id)
        return begin(*arguments)

    monkeypatch.setattr(register, "begin", recalled_first)
    deliver_due(platform)
    assert carrier.taken == {}
    assert only(organisation, message).to.state is DeliveryState.RECALLED


def test_a_fax_at_a_service_that_stops_nothing_is_not_said_to_have_arrived(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, carrier: Any
) -> None:
    """It is there and cannot be taken back; whether it has arrived nobody knows, so the receiver is to be called."""
    carrier.stops = False
    message = write(organisation)
    deliver_due(platform)
    with pytest.raises(Conflict, match="kan inte stoppas"):
        in_work(platform, case_worker, recall, only(organisation, message).to.delivery_id)
    assert only(organisation, message).to.state is DeliveryState.SEND_ENQUEUED


def test_a_fax_waits_for_the_hours_of_the_organisation(
    platform: Platform, organisation: SampleOrganisation, administrator: SampleUser
) -> None:
    """It waits without using up a try, says until when, and goes when the time begins."""
    now = datetime.now(UTC).astimezone(organisation_settings.ZONE)
    later = (now.hour + 2) % 23
    rules = {"from_hour": later, "to_hour": later + 1, "weekdays": False, "note": ""}
    in_work(platform, administrator, write_settings, Rules, rules)
    message = write(organisation)
    deliver_due(platform)
    track = only(organisation, message)
    assert track.to.state is DeliveryState.WAITING_FOR_RETRY
    assert f"{later:02}–{later + 1:02}" in track.to.failure
    in_work(platform, administrator, write_settings, Rules, None)
    due(organisation)
    deliver_due(platform)
    assert only(organisation, message).to.state is DeliveryState.SEND_ENQUEUED


@pytest.mark.parametrize(
    ("at", "hours"),
    [("2026-11-24T06:59", 1 / 60), ("2026-11-24T07:00", 0), ("2026-11-24T18:00", 13), ("2026-11-27T18:30", 60.5)],
)
def test_hours_are_swedish_and_weekends_may_wait(at: str, hours: float) -> None:
    """Tuesday morning and evening; Friday evening until Monday morning."""
    now = datetime.fromisoformat(at).replace(tzinfo=organisation_settings.ZONE).astimezone(UTC)
    assert Rules(7, 18, weekdays=True).wait(now) == timedelta(hours=hours)


@pytest.mark.feature("Y9")
def test_what_cannot_be_faxed_is_refused_before_it_is_stored(organisation: SampleOrganisation) -> None:
    """By its name, at the field; also a file that only says that it is a PDF."""
    for name, kind, content in (("film.mp4", "video/mp4", b"\0ftyp"), ("fel.pdf", "application/pdf", b"%PDF-1.4 x")):
        with pytest.raises(Invalid) as caught:
            write(organisation, files=(upload(organisation, name, kind, content),))
        assert name in caught.value.fields["attachments"]


@pytest.mark.feature("T2", "T3")
def test_a_mailbox_without_a_number_cannot_fax(
    organisation: SampleOrganisation, administrator: SampleUser, host: Host, fax_number: str
) -> None:
    """It is told whom to ask."""
    mailbox_numbers.unlink(host, administrator, fax_number)
    with pytest.raises(Invalid) as caught:
        write(organisation)
    assert "administratör" in caught.value.fields["mailbox"]


@pytest.mark.feature("T2")
def test_a_number_is_one_mailboxs_in_the_whole_installation(
    organisation: SampleOrganisation, host: Host, fax_number: str, give_number: Callable[..., SampleOrganisation]
) -> None:
    """Also of another organisation, which is not told whose it is."""
    with pytest.raises(Invalid):
        give_number(SampleOrganisation.create(organisation.platform, "Region Vättern"), fax_number)
    with host.work(organisation.case_worker) as work:
        owner = FaxDirectory(host).mailbox(work, "fax", fax_number)
    assert owner == (organisation.id, organisation.mailbox.id)
    with pytest.raises(Invalid) as caught:
        mailbox_numbers.link(host, organisation.administrator, "12", uuid4())
    assert "number" in caught.value.fields


@pytest.mark.feature("T4")
def test_recipients_are_found_by_name_and_any_number_may_be_typed(
    organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox, host: Host
) -> None:
    """The mailbox's own names, also as the cover says them; several numbers at once."""
    contacts.keep(host, case_worker, mailbox.id, OTHER, "Vårdcentralen Söder")
    book = FaxDirectory(host)
    (hit,) = book.search(case_worker, mailbox.id, "söder", 20)
    assert (hit.address.value, hit.address.name) == (OTHER, "Vårdcentralen Söder (+46 8 123 45 67)")
    typed = book.search(case_worker, mailbox.id, "010-765 43 21, 08-123 45 67", 20)
    assert [one.address.value for one in typed] == [PEER, OTHER]
    assert typed[1].address.name == hit.address.name
    assert organisation.exported("fax_contacts")[0]["sealed"] == [OTHER, "Vårdcentralen Söder"]
    contacts.forget(host, case_worker, mailbox.id, OTHER)
    assert book.search(case_worker, mailbox.id, "söder", 20) == []
    with pytest.raises(Invalid) as caught:
        contacts.keep(host, case_worker, mailbox.id, "x", " ")
    assert set(caught.value.fields) == {"number", "name"}
    with pytest.raises(Invalid) as caught:
        contacts.keep(host, case_worker, mailbox.id, OTHER, "Söder\u202ered")
    assert set(caught.value.fields) == {"name"}


def test_no_number_stands_open_in_the_tables(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox, host: Host
) -> None:
    """Recipients and names are sealed; only the organisation's own numbers are there to read."""
    contacts.keep(host, case_worker, mailbox.id, OTHER, "Söder")
    write(organisation, OTHER)
    deliver_due(platform)
    with platform.database.transaction(organisation.id) as connection:
        for table in ("fax_jobs", "fax_contacts", "fax_talks", "deliveries", "messages"):
            rows = connection.execute(text(f"SELECT * FROM {table}")).all()
            assert OTHER not in str(rows)
            assert rows


@pytest.mark.feature("PL6")
class TestFaxTransport(TransportContract):
    """The contract of every transport."""

    @pytest.fixture
    def transport(self, parts: Parts) -> Any:
        return parts.transport

    @pytest.fixture
    def recipient(self) -> Address:
        return Address("fax", PEER)

    @pytest.fixture
    def actor(self, case_worker: SampleUser) -> Actor:
        return case_worker

    @pytest.fixture
    def files(self) -> Any:
        return (File("bilaga.pdf", "application/pdf", pdf()),)


@pytest.mark.feature("PL6")
class TestFaxReceipts(ReceiptHandlerContract):
    """The contract of every receipt handler."""

    @pytest.fixture
    def handler(self, platform: Platform) -> Any:
        return platform.plugins.receipt_handlers["fax"]

    @pytest.fixture
    def words(self) -> bytes:
        return msgspec.json.encode(Progress(Stage.SENT, "job-1", sent=2, pages=2))

    @pytest.fixture
    def context(self) -> Mapping[str, str]:
        at = "2026-05-01T12:00:00+02:00"
        return {"organisation_id": str(ORGANISATION), "delivery_id": str(ORGANISATION), "tag": "t1", "at": at}


@pytest.mark.feature("PL6")
class TestFaxDirectory(DirectoryContract):
    """The contract of every address book."""

    @pytest.fixture
    def directory(self, host: Host) -> Any:
        return FaxDirectory(host)

    @pytest.fixture
    def actor(self, case_worker: SampleUser) -> Actor:
        return case_worker

    @pytest.fixture
    def mailbox_id(self, mailbox: FunctionMailbox) -> UUID:
        return mailbox.id

    @pytest.fixture
    def known(self, case_worker: SampleUser, mailbox: FunctionMailbox, host: Host) -> Entry:
        contacts.keep(host, case_worker, mailbox.id, OTHER, "Vårdcentralen Söder")
        return Entry(Address("fax", OTHER, "Vårdcentralen Söder (+46 8 123 45 67)"))
