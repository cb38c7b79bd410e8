"""Out: checked before anything is stored, and handed over once."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pikepdf
import pytest
from PIL import Image, ImageSequence
from tests.plugins.fax.faxes import OTHER, PEER, due, only, tracks, write

from budkavle import Actor, Address, DeliveryState, File, FunctionMailbox, Host, Invalid, Permanent, Platform, Temporary
from budkavle.accounts import write_settings
from budkavle.accounts.mailboxes import update_mailbox
from budkavle.cases import store_attachment
from budkavle.messaging.sending import retry
from budkavle.testing import SampleOrganisation, SampleUser, deliver_due
from budkavle.testing.acting import in_work
from budkavle.testing.contracts import TransportContract
from budkavle_fax import organisation_settings, texts
from budkavle_fax.carriers.base import Fax, Progress, Stage, Unsure
from budkavle_fax.documents import rendering
from budkavle_fax.numbers import mailbox_numbers
from budkavle_fax.organisation_settings import Rules
from budkavle_fax.parts import Parts
from budkavle_fax.transport import hand_over


def pdf(pages: int = 1) -> bytes:
    made, kept = pikepdf.new(), io.BytesIO()
    for _ in range(pages):
        made.add_blank_page(page_size=(595, 842))
    made.save(kept)
    return kept.getvalue()


def pages(tiff: bytes) -> list[bytes]:
    with Image.open(io.BytesIO(tiff)) as opened:
        return [frame.convert("1").tobytes() for frame in ImageSequence.Iterator(opened)]


def upload(
    organisation: SampleOrganisation, name: str = "a.pdf", kind: str = "application/pdf", content: bytes = b""
) -> UUID:
    return store_attachment(organisation.platform, organisation.case_worker, name, kind, [content or pdf()]).id


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
