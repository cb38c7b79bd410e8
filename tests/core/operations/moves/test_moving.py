"""An organisation is moved to another installation with everything, and goes on there at once."""

from datetime import timedelta

import psycopg
import pytest
from msgspec.structs import replace
from sqlalchemy import text
from tests.core.operations.moves.looking import OPERATOR, at, state, state_of_both

from budkavle.accounts.organisations import within
from budkavle.identification import sessions
from budkavle.identification.outcome import SignedIn
from budkavle.model.errors import Conflict, Misconfigured, Unavailable
from budkavle.model.loa import Loa
from budkavle.model.messages import File
from budkavle.model.states import OrganisationState
from budkavle.operations import organisation_states
from budkavle.operations.backup.ending import end_access
from budkavle.operations.moves import states
from budkavle.operations.moves.moving import Step, go_back, move, remove_copy
from budkavle.operations.moves.sides import both
from budkavle.operations.stored_files.comparing import compare
from budkavle.storage.blobs.format import CHUNK
from budkavle.storage.database.revisions import HOME, history
from budkavle.storage.events.verifying import verify
from budkavle.storage.outside import quarantine
from budkavle.storage.outside.quarantine import Cause
from budkavle.storage.vault import FileKeys, Vault
from budkavle.testing import acting
from budkavle.testing.working import deliver_due, do_job

(HEAD,) = history(str(HOME / "versions")).heads


def test_it_is_there_with_everything_and_what_waits_is_sent_there_once(
    organisation, other_organisation, platform, there, moved, fake_transport, transport_there
):
    """Messages open, the log's chain is whole, a message that waits goes from there, and the others stay."""
    case_id = organisation.arrive("Kom före flytten")
    organisation.send(organisation.case_worker, "Skickas där")
    done = move(platform, there, OPERATOR, organisation.id)
    assert state_of_both(organisation, moved) == (OrganisationState.MOVED, OrganisationState.ACTIVE)
    assert done.rows["messages"] == 2
    assert case_id in {case.id for case in moved.cases(moved.case_worker)}
    assert {case.subject for case in moved.cases(moved.case_worker)} >= {"Kom före flytten"}
    assert deliver_due(platform) == 0
    assert deliver_due(there) == 1
    assert (fake_transport.carried, len(transport_there.carried)) == ({}, 1)
    assert verify(there.database, there.vault, organisation.id).ok
    assert moved.log_kinds()[-1] == "organisation.arrived"
    assert state(other_organisation) is OrganisationState.ACTIVE


def test_sessions_stay_behind(organisation, platform, there, moved):
    """Whoever was signed in signs in again at the new address."""
    sessions.start(platform, SignedIn(organisation.case_worker.user, Loa.TWO, "password", "/"))
    move(platform, there, OPERATOR, organisation.id)
    assert moved.rows("SELECT user_id FROM sessions") == []
    assert len(moved.rows("SELECT id FROM users")) == 5


def test_what_is_in_hand_is_waited_for(organisation, platform, there, moved):
    """A delivery that a worker has is finished first; where that takes too long, everything goes on as before."""
    organisation.send(organisation.case_worker, "I handen")
    organisation.rows(
        "UPDATE deliveries SET state = 'SEND_IN_PROGRESS', lease_until = now() + interval '1 hour', due_at = now()"
    )
    with pytest.raises(Unavailable, match="tar lång tid"):
        move(platform, there, OPERATOR, organisation.id, patience=timedelta(0))
    assert state_of_both(organisation, moved) == (OrganisationState.ACTIVE, OrganisationState.ARRIVING)
    organisation.rows("UPDATE deliveries SET state = 'READY_TO_SEND', lease_until = NULL")
    move(platform, there, OPERATOR, organisation.id)
    assert state_of_both(organisation, moved) == (OrganisationState.MOVED, OrganisationState.ACTIVE)


def test_a_fault_after_closing_lets_it_work_here_again(organisation, platform, there, moved):
    """It is closed for as long as the fault takes to come, and a second try moves it."""

    def fail():
        raise Unavailable("Nätet är borta.")

    with pytest.raises(Unavailable, match="Nätet"):
        move(platform, there, OPERATOR, organisation.id, tell=at(Step.COMPARED, fail))
    assert state_of_both(organisation, moved) == (OrganisationState.ACTIVE, OrganisationState.ARRIVING)
    case_id = organisation.arrive("Efter felet")
    move(platform, there, OPERATOR, organisation.id)
    assert case_id in {case.id for case in moved.cases(moved.case_worker)}


def test_a_move_is_broken_off(organisation, platform, there, moved):
    """What was copied is gone over there, keys still open here, and the organisation can be moved later."""
    case_id = organisation.arrive("Stannar")

    def fail():
        raise Unavailable("Nätet är borta.")

    with pytest.raises(Unavailable):
        move(platform, there, OPERATOR, organisation.id, tell=at(Step.CLOSED, fail))
    go_back(platform, there, OPERATOR, organisation.id)
    assert state_of_both(organisation, moved) == (OrganisationState.ACTIVE, None)
    assert moved.rows("SELECT id FROM messages") == []
    assert do_job(there, "core.key-slots") == do_job(platform, "core.key-slots") == 0
    assert [case.subject for case in organisation.cases(organisation.case_worker) if case.id == case_id] == ["Stannar"]
    move(platform, there, OPERATOR, organisation.id)
    with pytest.raises(Conflict, match="arbetar redan"):
        go_back(platform, there, OPERATOR, organisation.id)
    assert state_of_both(organisation, moved) == (OrganisationState.MOVED, OrganisationState.ACTIVE)


def test_the_copy_that_is_left_is_removed_and_the_keys_live_on(
    organisation, other_organisation, platform, there, moved
):
    """Nothing of it is left here, what moved still opens after the slots of destroyed keys are gone, others stay."""
    organisation.arrive("Läses där")
    other_organisation.arrive("Läses här")
    with pytest.raises(Conflict, match="inte flyttats"):
        remove_copy(platform, there, OPERATOR, organisation.id)
    move(platform, there, OPERATOR, organisation.id)
    assert remove_copy(platform, there, OPERATOR, organisation.id) > 0
    assert state(organisation) is None
    for table in ("messages", "audit_log", "audit_pending", "content_keys", "users"):
        assert organisation.rows(f"SELECT count(*) AS n FROM {table}")[0].n == 0
    assert do_job(platform, "core.key-slots") == 0
    there.vault.forget()
    assert [case.subject for case in moved.cases(moved.case_worker)] == ["Läses där"]
    assert [case.subject for case in other_organisation.cases(other_organisation.case_worker)] == ["Läses här"]
    query = "SELECT count(*) AS n FROM pg_trigger WHERE tgname LIKE 'moving%'"
    assert [home.rows(query)[0].n for home in (other_organisation, moved)] == [0, 0]


def test_files_go_along(organisation, platform, there):
    """They open over there, from a store of its own; here they are gone with the copy that is left."""
    files = (File("stor.bin", "application/octet-stream", b"x" * (CHUNK * 2 + 7)),)
    acting.accept(platform, organisation.incoming(mailbox_id=organisation.mailbox.id, files=files))
    move(platform, there, OPERATOR, organisation.id)
    result = compare(there, OPERATOR, organisation.id, read=True)
    assert (result.files, result.is_whole, result.extra) == (1, True, [])
    remove_copy(platform, there, OPERATOR, organisation.id)
    assert list(platform.blobs.names(organisation.id)) == []
    assert compare(there, OPERATOR, organisation.id, read=True).is_whole


def test_two_installations_must_go_together(organisation, platform, there, moved, tmp_path):
    """One folder outside of both, another master key or other tables are refused before anything is copied."""
    settings = there.settings
    there.settings = replace(settings, outside=platform.settings.outside_folder)
    with pytest.raises(Misconfigured, match="outside"):
        move(platform, there, OPERATOR, organisation.id)
    there.settings = settings
    with there.database.owner() as engine, engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    try:
        with pytest.raises(Misconfigured, match="olika version"):
            move(platform, there, OPERATOR, organisation.id)
    finally:
        with there.database.owner() as engine, engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": HEAD})
    there.vault = Vault(FileKeys.make(tmp_path / "other.key"), there.database)
    with pytest.raises(Misconfigured, match="huvudnyckel"):
        move(platform, there, OPERATOR, organisation.id)
    assert state_of_both(organisation, moved) == (OrganisationState.ACTIVE, None)


def test_a_paused_organisation_is_not_moved(organisation, other_organisation, platform, there, moved):
    """Whoever paused it decides first."""
    organisation_states.pause(platform, OPERATOR, organisation.id, "Avtalet är inte klart.")
    with pytest.raises(Conflict, match="pausad"):
        move(platform, there, OPERATOR, organisation.id)
    assert state_of_both(organisation, moved) == (OrganisationState.PAUSED, None)


@pytest.mark.parametrize(("restored", "over_there"), [("active", "active"), ("paused", "paused"), ("moving", "active")])
def test_a_backup_from_before_the_move_is_closed_again(restored, over_there, organisation, platform, there, moved):
    """In quarantine the same command says where the organisation works; outside of one it refuses."""
    move(platform, there, OPERATOR, organisation.id)
    set_state(platform, organisation, restored)
    set_state(there, organisation, over_there)
    with pytest.raises(Conflict, match=r"finns redan|pausad"):
        move(platform, there, OPERATOR, organisation.id)
    quarantine.begin(platform.database, Cause.RESTORED)
    assert move(platform, there, OPERATOR, organisation.id) is None
    assert state_of_both(organisation, moved) == (OrganisationState.MOVED, OrganisationState(over_there))
    with pytest.raises(Unavailable, match="har flyttat"):
        organisation.arrive()


def set_state(of, organisation, name):
    """Say in one of the installations what the state is."""
    with of.database.transaction(None) as connection:
        values = {"state": name, "id": organisation.id}
        connection.execute(text("UPDATE organisations SET state = :state WHERE id = :id"), values)


def cut_off_before_the_end(platform, there, organisation):
    """Move it, and lose the command when it has moved here and does not work there yet."""

    def fail():
        raise Unavailable("Nätet är borta.")

    with pytest.raises(Unavailable, match="Nätet"):
        move(platform, there, OPERATOR, organisation.id, tell=at(Step.HANDED_OVER, fail))


def test_settings_of_a_third_installation_are_refused(organisation, platform, there, moved):
    """What lies there may be of an earlier try: the organisation works where it has moved to, and only there."""
    cut_off_before_the_end(platform, there, organisation)
    there.settings = replace(there.settings, base_url="http://127.0.0.1:8422")
    for act in (move, go_back):
        with pytest.raises(Conflict, match=r"har flyttat till http://127\.0\.0\.1:8421"):
            act(platform, there, OPERATOR, organisation.id)
    assert state_of_both(organisation, moved) == (OrganisationState.MOVED, OrganisationState.ARRIVING)
    set_state(there, organisation, "moved")
    with pytest.raises(Conflict, match="inte flyttats"):
        remove_copy(platform, there, OPERATOR, organisation.id)
    assert organisation.rows("SELECT count(*) AS n FROM users")[0].n == 5


def test_what_is_over_there_is_compared_again_before_it_works(organisation, platform, there, moved):
    """The other installation may have been restored meanwhile, to a moment in which not all of it had come."""
    organisation.arrive("Före")
    cut_off_before_the_end(platform, there, organisation)
    with there.database.owner() as engine, engine.begin() as connection:
        connection.execute(text("SELECT set_config('budkavle.mover', :id, true)"), {"id": str(organisation.id)})
        connection.execute(text("DELETE FROM messages"))
    move(platform, there, OPERATOR, organisation.id)
    assert moved.rows("SELECT count(*) AS n FROM messages")[0].n == 1
    assert verify(there.database, there.vault, organisation.id).ok


def test_a_store_that_is_named_in_two_ways_is_one(organisation, platform, there):
    """Its files stay when a move is broken off, or a copy of the rows is deleted."""
    files = (File("liten.txt", "text/plain", b"liten"),)
    acting.accept(platform, organisation.incoming(mailbox_id=organisation.mailbox.id, files=files))
    there.blobs = platform.blobs
    cut_off_before_the_end(platform, there, organisation)
    go_back(platform, there, OPERATOR, organisation.id)
    assert compare(platform, OPERATOR, organisation.id, read=True).is_whole
    move(platform, there, OPERATOR, organisation.id)
    remove_copy(platform, there, OPERATOR, organisation.id)
    result = compare(there, OPERATOR, organisation.id, read=True)
    assert (result.files, result.is_whole, result.extra) == (1, True, [])


def test_an_installation_that_goes_back_in_time_passes_over_what_has_moved(organisation, platform, there):
    """Everybody else is signed out, and the copy, in which nothing is written, stops nothing."""
    move(platform, there, OPERATOR, organisation.id)
    quarantine.begin(platform.database, Cause.RESTORED)
    assert end_access(platform)
    assert quarantine.find(platform.database).is_ended


def test_its_arrival_is_in_the_event_log_whatever_is_killed_when(organisation, platform, there, moved):
    """It begins to work there in the very transaction that writes so into both logs."""
    refuse = """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no room'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON audit_pending FOR EACH ROW
            WHEN (new.organisation_id = '00000000-0000-0000-0000-000000000000') EXECUTE FUNCTION refuse()
    """
    with there.database.owner() as engine, engine.begin() as connection:
        connection.execute(text(refuse))
    with pytest.raises(psycopg.Error, match="no room"):
        move(platform, there, OPERATOR, organisation.id)
    assert state_of_both(organisation, moved) == (OrganisationState.MOVED, OrganisationState.ARRIVING)
    with there.database.owner() as engine, engine.begin() as connection:
        connection.execute(text("DROP FUNCTION refuse() CASCADE"))
    move(platform, there, OPERATOR, organisation.id)
    assert state_of_both(organisation, moved) == (OrganisationState.MOVED, OrganisationState.ACTIVE)
    assert moved.log_kinds().count("organisation.arrived") == 1


def test_a_command_that_has_lost_its_lock_lets_nothing_begin(organisation, platform, there, moved):
    """Another command may have gone back meanwhile, so whoever was frozen must not let it work there."""
    with both(platform, there, organisation.id) as (here, side):
        states.announce(here, side, organisation.id)
        side.raw.execute("SELECT pg_advisory_unlock_all()")
        with pytest.raises(Conflict, match="ändrades"), there.work(within(OPERATOR, organisation.id)) as work:
            states.arrive(work, side)
    assert state_of_both(organisation, moved) == (OrganisationState.ACTIVE, OrganisationState.ARRIVING)
