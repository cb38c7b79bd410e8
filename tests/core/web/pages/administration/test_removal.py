"""Administration: an organisation is removed with everything, by two administrators."""

import json

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from budkavle.accounts import organisations
from budkavle.cases import attachments
from budkavle.messaging import sending
from budkavle.model.errors import Conflict, Forbidden, NotFound
from budkavle.model.people import INSTALLATION, Role
from budkavle.operations.jobs import core_jobs
from budkavle.operations.nodes import Heartbeat, NodeKind
from budkavle.operations.organisation_states import pause, resume
from budkavle.organisation import removal, removal_requests
from budkavle.storage import audit
from budkavle.storage.tables import metadata
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation

HERE = "/administration/organisations"


@pytest.fixture
def chief(other_organisation):
    """Who administers the installation, from the other organisation."""
    return other_organisation.add_user("Root Chef", Role.PLATFORM)


@pytest.fixture
def second(other_organisation):
    """Another one."""
    return other_organisation.add_user("Andra Chefen", Role.PLATFORM)


@pytest.fixture
def filled(platform, organisation, draft):
    """An organisation with messages, files and a log."""
    case_worker = organisation.case_worker
    file = attachments.store(platform, case_worker, "a.pdf", "application/pdf", [b"%PDF-1." + bytes(70_000)])
    in_work(platform, case_worker, sending.send, organisation.mailbox.id, draft(attachments=(file.id,)))
    organisation.arrive("Ett ärende")
    return organisation


def rows_left(platform, organisation_id):
    """Count what is left of an organisation in every table, past the row-level security."""
    left = {}
    with platform.database.owner() as engine, engine.connect() as connection:
        for table in metadata.sorted_tables:
            if "organisation_id" in table.c:
                query = text(f'SELECT count(*) FROM "{table.name}" WHERE organisation_id = :id')
                if count := connection.execute(query, {"id": organisation_id}).scalar_one():
                    left[table.name] = count
    return left


@pytest.mark.feature("N2")
def test_it_takes_two_administrators_and_nothing_is_left(platform, filled, chief, second, other_organisation, browse):
    """Asked for by one with a reason and the short name, approved by another; the installation's log keeps it."""
    one, asker, decider = f"{HERE}/{filled.id}", browse(chief), browse(second)
    request = {"why": "Avtalet har gått ut.", "slug": filled.slug}
    assert "Pausa organisationen först" in asker.post(f"{one}/remove", **request).text
    pause(platform, chief, filled.id, "Avtal")
    wrong = asker.post(f"{one}/remove", why="Avtal", slug="annan")
    assert wrong.status_code == 422
    assert "Avtal" in wrong.text
    assert asker.post(f"{one}/remove", **request).headers["location"] == f"{one}?said=asked"
    assert asker.post(f"{one}/remove", **request).status_code == 409
    assert asker.post(f"{one}/remove", answer="approve").status_code == 403
    assert removal.remove_approved(platform) == 0
    assert "Någon vill ta bort Habo" in decider.get("/administration").text
    assert "Avtalet har gått ut." in decider.get(one).text
    assert browse(other_organisation.administrator).post(f"{one}/remove", answer="approve").status_code == 403
    assert decider.post(f"{one}/remove", answer="approve").status_code == 303
    before = len(list(platform.blobs.names(filled.id)))
    assert before
    assert removal.remove_approved(platform) == 1
    assert rows_left(platform, filled.id) == {}
    assert list(platform.blobs.names(filled.id)) == []
    assert decider.get(one).status_code == 404
    with pytest.raises(NotFound):
        organisations.organisation_by_slug(platform, filled.slug)
    (entry,) = [e for e in audit.entries(platform.database, INSTALLATION) if e.kind == "organisation.removed"]
    assert (entry.facts["name"], entry.facts["asker"], entry.facts["decider"]) == ("Habo", "Root Chef", "Andra Chefen")
    assert entry.facts["files"] == before
    assert entry.facts["rows"] > 10
    assert len(entry.facts["last_hash"]) == 64
    assert rows_left(platform, other_organisation.id)
    assert other_organisation.log_kinds()
    assert removal.remove_approved(platform) == 0
    assert "Root Chef" not in json.dumps(_requests(platform))


def _requests(platform):
    with platform.database.transaction(None) as connection:
        rows = connection.execute(text("SELECT id, sealed FROM removals")).all()
    return [platform.vault.open_installation(f"removal:{row.id}", row.sealed).decode() for row in rows]


@pytest.mark.feature("N2")
def test_keys_go_first_and_a_removal_that_broke_off_is_finished(platform, filled, chief, second, monkeypatch):
    """Nothing can be read from the first step on; the next run does what is left."""
    pause(platform, chief, filled.id, "Avtal")
    removal_requests.ask_removal(platform, chief, filled.id, "Avtal", filled.slug)
    removal_requests.approve_removal(platform, second, filled.id)
    with monkeypatch.context() as patch:
        patch.setattr(removal, "_delete_files", lambda *_: (_ for _ in ()).throw(RuntimeError("dead")))
        with pytest.raises(RuntimeError):
            removal.remove_approved(platform)
    with pytest.raises(NotFound, match="nyckel"), platform.database.transaction(filled.id) as connection:
        platform.vault.seal_small(filled.id, "x", b"x", connection)
    assert filled.rows("SELECT 1 FROM messages")
    assert core_jobs(platform)["core.removals"].run() == 1
    assert rows_left(platform, filled.id) == {}


@pytest.mark.feature("N2")
def test_a_removal_that_cannot_be_done_does_not_hold_up_the_others(platform, filled, chief, second, monkeypatch):
    """Whichever was approved first; it is tried again in the next run."""
    others = [SampleOrganisation.create(platform, name) for name in ("Kisa", "Ydre")]
    for one in others:
        pause(platform, chief, one.id, "Avtal")
        removal_requests.ask_removal(platform, chief, one.id, "Avtal", one.slug)
        removal_requests.approve_removal(platform, second, one.id)
    broken, delete_files = others[0].id, removal._delete_files

    def stumble(platform, organisation_id):
        if organisation_id == broken:
            raise RuntimeError("trasig")
        return delete_files(platform, organisation_id)

    with monkeypatch.context() as patch:
        patch.setattr(removal, "_delete_files", stumble)
        with pytest.raises(RuntimeError, match="trasig"):
            removal.remove_approved(platform)
    assert [request.organisation_id for request in removal_requests.approved_removals(platform)] == [broken]
    assert removal.remove_approved(platform) == 1


@pytest.mark.feature("N2")
def test_other_processes_forget_the_keys(platform, filled, chief, second):
    """A process that has the keys in memory forgets them at its next beat."""
    heart = Heartbeat(platform, NodeKind.WORKER)
    heart.beat()
    pause(platform, chief, filled.id, "Avtal")
    removal_requests.ask_removal(platform, chief, filled.id, "Avtal", filled.slug)
    removal_requests.approve_removal(platform, second, filled.id)
    platform.vault.seal_small(filled.id, "x", b"x")
    with platform.database.transaction(filled.id) as connection:
        connection.execute(text("DELETE FROM organisation_keys"))  # as another process does
    platform.vault.seal_small(filled.id, "x", b"x")  # it is still in memory here
    heart.beat()
    with pytest.raises(NotFound):
        platform.vault.seal_small(filled.id, "x", b"x")


@pytest.mark.feature("N2")
def test_a_request_is_refused_taken_back_or_overtaken(platform, filled, chief, second):
    """Nobody approves what they have asked for, nor what is not paused any more."""
    pause(platform, chief, filled.id, "Avtal")
    ask = lambda: removal_requests.ask_removal(platform, chief, filled.id, "Avtal", filled.slug)  # noqa: E731
    ask()
    with pytest.raises(Forbidden):
        removal_requests.approve_removal(platform, chief, filled.id)
    removal_requests.refuse_removal(platform, chief, filled.id)
    with pytest.raises(NotFound):
        removal_requests.approve_removal(platform, second, filled.id)
    ask()
    removal_requests.refuse_removal(platform, second, filled.id)
    ask()
    resume(platform, chief, filled.id)
    with pytest.raises(Conflict, match="inte pausad"):
        removal_requests.approve_removal(platform, second, filled.id)
    kinds = [kind for kind in filled.log_kinds() if "removal" in kind]
    asked = "organisation.removal-asked"
    assert kinds == [asked, "organisation.removal-withdrawn", asked, "organisation.removal-refused", asked]
    with (
        pytest.raises(SQLAlchemyError, match="not being removed"),
        platform.database.transaction(filled.id) as connection,
    ):
        connection.execute(text("SELECT remove_event_log(:id)"), {"id": filled.id})
