"""Files of plugins that come over a line that breaks: what the face promises of them."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from threading import Event
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from budkavle import Conflict, Damaged, NotFound, TooLarge, Unavailable
from budkavle.cases import OwnedFiles, OwnedUploads, Upload
from budkavle.cases.owned import uploads as module
from budkavle.storage import tables
from budkavle.storage.platform import Work
from budkavle.testing.organisations import SampleOrganisation, SampleUser

FILES, UPLOADS = OwnedFiles("pigeon"), OwnedUploads("pigeon")
PIECE = 100_000
CONTENT = bytes(range(256)) * 1_500  # four pieces, the last one not full
PLANTED = b"a map of the way home"


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PIECE_BYTES", PIECE)


class Sender:
    """Somebody who sends a file, a part at a time.

    Args:
        organisation: Where.
        content: The whole file.
    """

    def __init__(self, organisation: SampleOrganisation, content: bytes = CONTENT) -> None:
        self.platform, self.actor = organisation.platform, organisation.case_worker
        self.content, self.whole = content, list[UUID]()
        with self.platform.work(self.actor) as work:
            self.id = UPLOADS.begin(work, uuid4(), "karta.pdf", "application/pdf", len(content)).id

    def send(self, offset: int, size: int, *, breaks: bool = True) -> Upload | None:
        """Send bytes in bits of 7,000; the line breaks after them, or they are all."""
        taking = UPLOADS.receiving(self.platform, self.actor, self.id, offset, self._when_whole)
        with closing(taking):
            next(taking)
            for start in range(offset, offset + size, 7_000):
                taking.send(self.content[start : min(start + 7_000, offset + size)])
            if breaks:
                return None
            try:
                taking.send(b"")
            except StopIteration as end:
                upload: Upload = end.value
                return upload
        raise AssertionError

    def received(self) -> int:
        """Say how far it has come."""
        with self.platform.work(self.actor) as work:
            return UPLOADS.find(work, self.id).received

    def read(self, start: int = 0) -> bytes:
        """Return what is kept."""
        with self.platform.work(self.actor) as work:
            return b"".join(FILES.open(work, self.id, start))

    def _when_whole(self, _: Work, file: object) -> None:
        self.whole.append(file.id)  # type: ignore[attr-defined]


def in_store(organisation: SampleOrganisation) -> list[str]:
    folder = organisation.platform.settings.blob_folder
    return [path.name for path in folder.rglob("*") if path.is_file()]


def test_a_file_that_broke_off_goes_on_where_it_was(organisation: SampleOrganisation) -> None:
    """What had come is kept; the file is whole once, is found then only, and opens from any byte."""
    sender = Sender(organisation)
    sender.send(0, 150_000)
    assert sender.received() == 150_000
    with pytest.raises(NotFound):
        sender.read()
    sender.send(150_000, len(CONTENT) - 150_000, breaks=False)
    assert sender.whole == [sender.id]
    assert sender.read() == CONTENT
    for start in (1, PIECE - 1, PIECE, PIECE + 1, 150_000, len(CONTENT) - 1):
        assert sender.read(start) == CONTENT[start:], start
    with pytest.raises(NotFound):
        sender.received()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 260_000), max_size=8), st.integers(0, 300_000))
def test_any_breaks_leave_the_same_file(organisation: SampleOrganisation, breaks: list[int], start: int) -> None:
    """Wherever the line breaks, the bytes are those that were sent."""
    sender = Sender(organisation, CONTENT[:300_001])
    for size in breaks:
        at = sender.received()
        sender.send(at, min(size, len(sender.content) - 1 - at))
    sender.send(sender.received(), len(sender.content) - sender.received(), breaks=False)
    assert sender.read() == sender.content
    assert sender.read(start) == sender.content[start:]


@given(st.integers(-5, 400_000).filter(lambda offset: offset != 50_000))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_another_place_is_refused(organisation: SampleOrganisation, offset: int) -> None:
    """Bytes that begin elsewhere than where the file has come to change nothing."""
    sender = Sender(organisation)
    sender.send(0, 50_000)
    with pytest.raises(Conflict):
        sender.send(offset, 10)
    assert sender.received() == 50_000


def test_the_newest_sender_counts(organisation: SampleOrganisation) -> None:
    """A request that still lives, perhaps in another process, adds nothing once another goes on; nothing is left."""
    sender = Sender(organisation)
    old = UPLOADS.receiving(sender.platform, sender.actor, sender.id, 0, lambda *_: None)
    next(old)
    old.send(CONTENT[:40_000])
    sender.send(0, 20_000)
    with pytest.raises(Conflict):
        old.send(CONTENT[40_000:200_000])
    assert sender.received() == 20_000
    assert len(in_store(organisation)) == 1


def test_more_bytes_than_it_should_have_are_refused(organisation: SampleOrganisation) -> None:
    """The size is a promise: one byte more and the last piece is not kept."""
    sender = Sender(organisation, CONTENT[:10])
    sender.content = CONTENT
    with pytest.raises(TooLarge):
        sender.send(0, 11)
    assert sender.received() == 0
    assert in_store(organisation) == []


def test_an_empty_file_is_whole(organisation: SampleOrganisation) -> None:
    """A file without bytes is a file."""
    sender = Sender(organisation, b"")
    sender.send(0, 0, breaks=False)
    assert (sender.whole, sender.read()) == ([sender.id], b"")


def test_what_fails_at_the_end_leaves_it_unfinished(organisation: SampleOrganisation) -> None:
    """Where the plugin refuses the whole file, the file is not whole; it may be tried again."""
    sender = Sender(organisation, CONTENT[:1000])

    def refuse(*_: object) -> None:
        raise NotFound("Katalogen finns inte.")

    taking = UPLOADS.receiving(sender.platform, sender.actor, sender.id, 0, refuse)
    next(taking)
    taking.send(sender.content)
    with pytest.raises(NotFound):
        taking.send(b"")
    assert sender.received() == 0
    sender.send(0, 1000, breaks=False)
    assert sender.read() == sender.content
    assert len(in_store(organisation)) == 1


def test_what_nobody_goes_on_with_is_given_up(organisation: SampleOrganisation) -> None:
    """The plugin finds it by its age; destroyed, it leaves neither bytes nor keys."""
    sender = Sender(organisation)
    sender.send(0, 250_000)
    table = tables.owned_files
    with sender.platform.work(sender.actor) as work:
        assert UPLOADS.unfinished_since(work, timedelta(hours=24)) == []
        work.connection.execute(update(table).values(kept_at=func.now() - timedelta(hours=25)))
        (old,) = UPLOADS.unfinished_since(work, timedelta(hours=24))
        assert (old.id, FILES.destroy(work, old.id)) == (sender.id, 1)
    assert in_store(organisation) == []
    with sender.platform.work(sender.actor) as work:
        for left in (tables.owned_file_pieces, tables.owned_files):
            assert work.connection.execute(select(func.count()).select_from(left)).scalar_one() == 0


@pytest.mark.parametrize("change", ["drop", "shorten", "swap"])
def test_changed_rows_do_not_open(organisation: SampleOrganisation, change: str) -> None:
    """A piece that is left out or swapped, or a size that is changed, is told and not read."""
    sender = Sender(organisation)
    sender.send(0, len(CONTENT), breaks=False)
    table, piece = tables.owned_files, tables.owned_file_pieces
    with sender.platform.work(sender.actor) as work:
        if change == "drop":
            work.connection.execute(piece.delete().where(piece.c.start == 3 * PIECE))
        elif change == "shorten":
            work.connection.execute(piece.delete().where(piece.c.start == 3 * PIECE))
            work.connection.execute(update(table).values(size=3 * PIECE))
        else:
            other = select(piece.c.blob).where(piece.c.start == PIECE).scalar_subquery()
            work.connection.execute(update(piece).where(piece.c.start == 0).values(blob=other))
    with pytest.raises(Damaged):
        sender.read()


def test_foreign_files_are_not_found(
    organisation: SampleOrganisation, other_administrator: SampleUser, case_worker: SampleUser
) -> None:
    """Neither another organisation nor another plugin goes on with a file."""
    sender = Sender(organisation)
    for actor, uploads in ((other_administrator, UPLOADS), (case_worker, OwnedUploads("fax"))):
        with sender.platform.work(actor) as work, pytest.raises(NotFound):
            uploads.find(work, sender.id)
        with pytest.raises(NotFound):
            next(uploads.receiving(sender.platform, actor, sender.id, 0, lambda *_: None))


def test_nothing_lies_in_clear(organisation: SampleOrganisation) -> None:
    """While it comes and afterwards, no word of the file lies in the store, and its name not in the table."""
    sender = Sender(organisation, PLANTED * 10_000)
    sender.send(0, 150_000)
    sender.send(150_000, 60_000, breaks=False)
    folder = sender.platform.settings.blob_folder
    stored = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert len(stored) > 210_000
    assert b"way home" not in stored
    with sender.platform.work(sender.actor) as work:
        assert b"karta" not in work.connection.execute(select(tables.owned_files.c.name)).scalar_one()


@pytest.fixture
def slow_disk(organisation: SampleOrganisation, monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """A disk that is not done before the event is set; 20 seconds are a failure."""
    done, blobs = Event(), organisation.platform.blobs
    make_durable = blobs.make_durable

    def wait(name: str) -> None:
        assert done.wait(20)
        make_durable(name)

    monkeypatch.setattr(blobs, "make_durable", wait)
    yield done
    done.set()


def test_the_next_piece_comes_while_the_disk_writes(organisation: SampleOrganisation, slow_disk: Event) -> None:
    """Bytes are taken while the piece before them is made durable; they count once it is, and not before."""
    sender = Sender(organisation)
    taking = UPLOADS.receiving(sender.platform, sender.actor, sender.id, 0, sender._when_whole)
    next(taking)
    taking.send(CONTENT[: PIECE + 50_000])
    assert sender.received() == 0
    slow_disk.set()
    taking.close()
    assert sender.received() == PIECE + 50_000
    sender.send(PIECE + 50_000, len(CONTENT) - PIECE - 50_000, breaks=False)
    assert sender.read() == CONTENT


def test_what_a_killed_process_left_of_two_pieces_is_taken_away(
    organisation: SampleOrganisation, slow_disk: Event
) -> None:
    """The row names both the piece that is made durable and the one after it, before either is begun."""
    sender = Sender(organisation)
    killed = UPLOADS.receiving(sender.platform, sender.actor, sender.id, 0, sender._when_whole)
    next(killed)
    killed.send(CONTENT[: PIECE + 50_000])
    assert len(in_store(organisation)) == 2
    after = UPLOADS.receiving(sender.platform, sender.actor, sender.id, 0, sender._when_whole)
    next(after)
    assert in_store(organisation) == []
    slow_disk.set()
    with pytest.raises(Conflict):
        killed.close()
    after.send(CONTENT)
    with pytest.raises(StopIteration):
        after.send(b"")
    assert sender.read() == CONTENT
    assert len(in_store(organisation)) == 4


def test_a_disk_that_fails_is_told_with_the_next_bytes(
    organisation: SampleOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A piece that could not be made durable does not count, and neither does what came after it."""
    sender, blobs = Sender(organisation), organisation.platform.blobs

    def fail(_: str) -> None:
        raise OSError

    with monkeypatch.context() as broken:
        broken.setattr(blobs, "make_durable", fail)
        taking = UPLOADS.receiving(sender.platform, sender.actor, sender.id, 0, sender._when_whole)
        next(taking)
        taking.send(CONTENT[: PIECE + 50_000])
        with pytest.raises(Unavailable):
            taking.send(CONTENT[PIECE + 50_000 : 2 * PIECE])
    assert sender.received() == 0
    sender.send(0, len(CONTENT), breaks=False)
    assert sender.read() == CONTENT
    assert len(in_store(organisation)) == 4
