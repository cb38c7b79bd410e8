"""A rollback, a death and a store that is away: slots are destroyed in the end, and not before."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace
from tests.core.storage.key_slots.backups import back_up, doomed, drain, restore, store_of

from budkavle.messaging import read_case
from budkavle.operations.destruction import destroy
from budkavle.operations.health import check_all
from budkavle.storage.key_slots import backups, watch
from budkavle.storage.key_slots.checking import check_store
from budkavle.storage.key_slots.store import KeyStore
from budkavle.storage.keys import KeysUnavailable
from budkavle.storage.platform import Platform, open_platform
from budkavle.storage.tables import doomed_slots
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation


def test_what_is_rolled_back_destroys_nothing(platform: Platform, organisation: SampleOrganisation) -> None:
    """Slots are doomed in the transaction that destroys, or not at all."""
    owner = uuid4()
    with platform.work(organisation.system) as work:
        sealed = work.vault.seal(work.connection, organisation.id, owner, {"head": b"a"})

    def fail() -> None:
        with platform.work(organisation.system) as work:
            work.vault.destroy(work.connection, organisation.id, owner)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert drain(platform) == 0
    with platform.work(organisation.system) as work:
        assert work.vault.open(work.connection, organisation.id, [(owner, "head", sealed["head"])]) == [b"a"]


def test_dying_between_the_store_and_the_mark_is_made_good(
    platform: Platform, organisation: SampleOrganisation, case_id: UUID
) -> None:
    """The slots are destroyed, and the database does not know: the next worker does it again."""
    in_work(platform, organisation.system, destroy, "Tiden har gått ut.", case_ids=[case_id])
    slots = doomed(platform)
    store_of(platform).destroy(slots)
    assert drain(platform) == len(slots)
    assert doomed(platform) == set()


def test_what_the_store_could_not_destroy_waits(
    platform: Platform, organisation: SampleOrganisation, case_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slots are marked once the store has destroyed them; while it is away they are waited for, and health says so."""
    in_work(platform, organisation.system, destroy, "Tiden har gått ut.", case_ids=[case_id])
    slots = doomed(platform)

    def away(_: object) -> int:
        raise KeysUnavailable("Borta.")

    with monkeypatch.context() as patched:
        patched.setattr(store_of(platform), "destroy", away)
        with pytest.raises(KeysUnavailable):
            drain(platform)
    assert doomed(platform) == slots
    with platform.database.transaction(None) as connection:
        connection.execute(doomed_slots.update().values(doomed_at=datetime.now(UTC) - timedelta(hours=1)))
    (answer,) = [answer for answer in check_all(platform, None) if answer.name == "Nyckellagret"]
    assert str(answer) == "Nycklar som väntar på att förstöras: 2."
    assert drain(platform) == 2


def test_the_stores_own_copy_from_before_opens_until_the_worker_has_been_there(
    platform: Platform, organisation: SampleOrganisation, case_id: UUID, tmp_path: Path
) -> None:
    """That is why its life is short; in the installation itself what was destroyed since is destroyed again."""
    backup, store = back_up(platform, organisation.id), store_of(platform)
    copy = backups.back_up(store, platform.database, tmp_path / "copies", 14)
    in_work(platform, organisation.system, destroy, "Tiden har gått ut.", case_ids=[case_id])
    drain(platform)
    backups.restore(store, copy)
    restore(platform, organisation.id, backup)
    (row,) = backup["messages"]

    def opened() -> list[bytes | None]:
        with platform.work(organisation.system) as work:
            return work.vault.open(work.connection, organisation.id, [(row["id"], "head", row["head"])])

    assert opened() != [None]
    assert drain(platform) == 2
    assert opened() == [None]
    with platform.database.transaction(None) as connection:
        note = watch.load_note(connection)
    assert note
    assert note.fell_to is not None
    (answer,) = [answer for answer in check_all(platform, None) if answer.name == "Nyckellagret"]
    assert not answer.ok
    assert "är äldre än databasen" in str(answer)
    watch.accept(store, platform.database)
    (answer,) = [answer for answer in check_all(platform, None) if answer.name == "Nyckellagret"]
    assert answer.ok


def test_a_store_that_is_away_is_told_and_nothing_is_sealed_elsewhere(
    platform: Platform, organisation: SampleOrganisation, case_id: UUID, tmp_path: Path
) -> None:
    """A host whose folder is not there starts, says so, and neither reads nor writes; nor with another store."""
    folder = tmp_path / "not mounted"
    key_store = replace(platform.settings.key_store, folder=folder)
    with closing(open_platform(replace(platform.settings, key_store=key_store), platform.plugins)) as lost:
        with pytest.raises(KeysUnavailable, match="saknas, men installationen har ett"):
            lost.vault.slots.take()
        with pytest.raises(KeysUnavailable), lost.work(organisation.case_worker) as work:
            read_case(work, case_id)
        assert not folder.exists()
        (answer,) = [answer for answer in check_all(lost, None) if answer.name == "Nyckellagret"]
        assert not answer.ok
        assert "saknas" in str(answer)
        KeyStore(lost.vault.slots.store._shelf, lost.vault.store_key).create()  # type: ignore[union-attr]
        with pytest.raises(KeysUnavailable, match="är inte det som installationen använder"):
            lost.vault.slots.take()


def test_a_lost_store_can_be_given_up(platform: Platform, organisation: SampleOrganisation, case_id: UUID) -> None:
    """An operator who has no copy goes on with an empty store: what was is told, and what comes is kept."""
    for path in platform.settings.key_store_folder.iterdir():
        path.unlink()
    assert check_store(platform).lost == 2
    watch.accept(store_of(platform), platform.database)
    platform.vault.slots._is_found = False
    assert check_store(platform).lost == 2
    later = organisation.arrive("Efteråt")
    with platform.work(organisation.case_worker) as work:
        assert read_case(work, later).thread[0].message.subject == "Efteråt"
