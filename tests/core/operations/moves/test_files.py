"""Once an organisation is closed, only the files that have come since the last round are looked at."""

import pytest
from sqlalchemy import text
from tests.core.operations.moves.looking import OPERATOR, at, state_of_both

from budkavle.model.errors import Unavailable
from budkavle.model.messages import File
from budkavle.model.states import OrganisationState
from budkavle.operations.moves import moving
from budkavle.operations.moves.moving import Step, move
from budkavle.operations.stored_files.comparing import compare
from budkavle.storage.blobs import Blobs
from budkavle.storage.outside import quarantine
from budkavle.testing import acting


@pytest.fixture
def arrive_with_file(organisation, platform):
    """Let a message come with a file, and return the file's name in the store."""

    def arrive(name: str) -> str:
        files = (File(name, "application/octet-stream", name.encode()),)
        incoming = organisation.incoming(mailbox_id=organisation.mailbox.id, files=files)
        message_id = acting.accept(platform, incoming).message_id
        (row,) = organisation.rows("SELECT blob FROM attachments WHERE message_id = :id", id=message_id)
        return row.blob

    return arrive


@pytest.fixture
def destroy(organisation, platform):
    """Delete an attachment and its file, as gallring does."""

    def run(name: str) -> None:
        with platform.database.transaction(organisation.id) as connection:
            connection.execute(text("DELETE FROM attachments WHERE blob = :name"), {"name": name})
        platform.blobs.delete(name)

    return run


@pytest.fixture
def listings(monkeypatch):
    """Count how often a store is listed."""
    counted, real = [], Blobs.all_files

    def note(blobs, prefix=""):
        counted.append(prefix)
        return real(blobs, prefix)

    monkeypatch.setattr(Blobs, "all_files", note)
    return counted


def test_a_file_that_comes_after_the_last_round_goes_along(arrive_with_file, organisation, platform, there, listings):
    """It is found by its row: while the organisation is closed neither store is listed."""
    arrive_with_file("före.bin")
    listed: dict[Step, int] = {}

    def tell(step, number):
        if step is Step.ROWS:
            arrive_with_file("efter.bin")
        listed[step] = len(listings)

    move(platform, there, OPERATOR, organisation.id, tell=tell)
    assert listed[Step.COMPARED] == listed[Step.ROWS] > 0
    result = compare(there, OPERATOR, organisation.id, read=True)
    assert (result.files, result.is_whole, result.extra) == (2, True, [])


def test_a_file_that_is_deleted_after_the_last_round_is_gone_over_there_too(
    arrive_with_file, destroy, organisation, platform, there
):
    """It was copied while the organisation worked; its key is destroyed, and its bytes do not stay."""
    gone, kept = arrive_with_file("borta.bin"), arrive_with_file("kvar.bin")
    move(platform, there, OPERATOR, organisation.id, tell=at(Step.ROWS, lambda: destroy(gone)))
    assert list(there.blobs.names(organisation.id)) == [kept]


def test_what_rows_over_there_name_stays_though_the_store_here_says_it_is_gone(
    arrive_with_file, organisation, platform, there, monkeypatch
):
    """A folder that is mounted no more lists nothing."""
    name = arrive_with_file("kvar.bin")

    def unmount():
        monkeypatch.setattr(platform.blobs, "all_files", lambda prefix="": iter(()))

    move(platform, there, OPERATOR, organisation.id, tell=at(Step.HANDED_OVER, unmount))
    assert list(there.blobs.names(organisation.id)) == [name]


def test_a_file_that_did_not_become_the_same_stops_the_move(
    arrive_with_file, organisation, platform, there, moved, monkeypatch
):
    """The organisation goes on working here."""
    arrive_with_file("stor.bin")
    put = there.blobs.put_sealed
    monkeypatch.setattr(there.blobs, "put_sealed", lambda name, pieces: put(name, [next(iter(pieces))[:10]]))
    with pytest.raises(Unavailable, match="inte densamma"):
        move(platform, there, OPERATOR, organisation.id)
    assert state_of_both(organisation, moved) == (OrganisationState.ACTIVE, OrganisationState.ARRIVING)


def test_a_store_that_fails_once_the_organisation_has_moved_fails_no_move(
    arrive_with_file, organisation, platform, there, moved, monkeypatch
):
    """It works over there, which the command must not deny; that a file is left there is told."""
    gone = arrive_with_file("borta.bin")

    def destroy():
        organisation.rows("DELETE FROM attachments RETURNING id")
        platform.blobs.delete(gone)

    def fail(*names):
        raise Unavailable("Lagret svarar inte.")

    def tell(step, number):
        at(Step.ROWS, destroy)(step, number)
        at(Step.HANDED_OVER, lambda: monkeypatch.setattr(there.blobs, "delete", fail))(step, number)

    done = move(platform, there, OPERATOR, organisation.id, tell=tell)
    assert done is not None
    assert done.left_files
    assert state_of_both(organisation, moved) == (OrganisationState.MOVED, OrganisationState.ACTIVE)
    assert list(there.blobs.names(organisation.id)) == [gone]


def cut_off(*_):
    raise KeyboardInterrupt


def test_a_move_that_was_cut_off_before_it_worked_there_leaves_no_deleted_file(
    arrive_with_file, destroy, organisation, platform, there
):
    """The command that goes on deletes what the first one had copied and was deleted here since."""
    gone, kept = arrive_with_file("borta.bin"), arrive_with_file("kvar.bin")

    def tell(step, number):
        at(Step.ROWS, lambda: destroy(gone))(step, number)
        at(Step.HANDED_OVER, cut_off)(step, number)

    with pytest.raises(KeyboardInterrupt):
        move(platform, there, OPERATOR, organisation.id, tell=tell)
    assert set(there.blobs.names(organisation.id)) == {gone, kept}
    move(platform, there, OPERATOR, organisation.id)
    assert list(there.blobs.names(organisation.id)) == [kept]


def test_a_move_that_was_cut_off_once_it_worked_there_leaves_no_deleted_file(
    arrive_with_file, destroy, organisation, platform, there, monkeypatch
):
    """What is being stored over there since then has no row yet, and stays."""
    gone, kept = arrive_with_file("borta.bin"), arrive_with_file("kvar.bin")
    with monkeypatch.context() as patched:
        patched.setattr(moving, "_delete_gone", cut_off)
        with pytest.raises(KeyboardInterrupt):
            move(platform, there, OPERATOR, organisation.id, tell=at(Step.ROWS, lambda: destroy(gone)))
    new = there.blobs.new_name(organisation.id)
    there.blobs.put_sealed(new, [b"a file whose row is on its way"])
    move(platform, there, OPERATOR, organisation.id)
    assert set(there.blobs.names(organisation.id)) == {kept, new}


def test_nothing_is_deleted_where_a_backup_has_been_restored(
    arrive_with_file, destroy, organisation, platform, there, monkeypatch
):
    """A later restoring may name what no row names now."""
    gone, kept = arrive_with_file("borta.bin"), arrive_with_file("kvar.bin")
    with monkeypatch.context() as patched:
        patched.setattr(moving, "_delete_gone", cut_off)
        with pytest.raises(KeyboardInterrupt):
            move(platform, there, OPERATOR, organisation.id, tell=at(Step.ROWS, lambda: destroy(gone)))
    monkeypatch.setattr(quarantine, "find", lambda database: object())
    move(platform, there, OPERATOR, organisation.id)
    assert set(there.blobs.names(organisation.id)) == {gone, kept}
