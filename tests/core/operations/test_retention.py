"""The bin is emptied after its days, and the health page tells the truth."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from budkavle.accounts import mailboxes
from budkavle.accounts.core_settings import BinSettings
from budkavle.accounts.stored_settings import write_settings
from budkavle.cases import actions, inbox, mailbox_deletion
from budkavle.messaging import case_view
from budkavle.model.errors import Forbidden, NotFound
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.messages import File
from budkavle.model.people import Role
from budkavle.model.states import CaseState
from budkavle.operations import health, retention
from budkavle.plugins.protocols.health import Health, HealthCheck
from budkavle.storage import tables
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser


def _age(organisation: SampleOrganisation, days: float) -> None:
    with organisation.platform.database.transaction(organisation.id) as connection:
        connection.execute(update(tables.cases).values(binned_at=tables.cases.c.binned_at - timedelta(days=days)))
        gone = tables.mailboxes.c.deleted_at - timedelta(days=days)
        connection.execute(update(tables.mailboxes).values(deleted_at=gone))


@pytest.mark.feature("Y3")
def test_the_bin_is_emptied_after_its_days(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """After thirty days keys, bytes and texts are gone; an empty row and the logs remain."""
    case_id = organisation.arrive("Hemligt", files=(File("a.pdf", "application/pdf", b"%PDF-1.7"),), evidence=b"bytes")
    kept = organisation.arrive("Kvar")
    in_work(platform, case_worker, actions.bin_case, case_id)
    _age(organisation, 29.9)
    assert retention.empty_bin(platform) == 0
    assert in_work(platform, case_worker, case_view.case, case_id).case.subject == "Hemligt"
    _age(organisation, 0.2)
    assert retention.empty_bin(platform) == 1
    assert retention.empty_bin(platform) == 0
    for function in (case_view.case, actions.restore):
        with pytest.raises(NotFound):
            in_work(platform, case_worker, function, case_id)
    with platform.database.transaction(organisation.id) as connection:
        row = connection.execute(select(tables.messages).where(tables.messages.c.case_id == case_id)).one()
        assert (row.state, row.head, row.body, row.evidence) == ("DELETED", b"", b"", None)
        keys = select(func.count()).where(tables.content_keys.c.owner_id == row.id)
        assert connection.execute(keys).scalar_one() == 0
        assert connection.execute(select(func.count()).select_from(tables.attachments)).scalar_one() == 0
    assert list(platform.blobs.names(organisation.id)) == []
    assert organisation.case_events(case_id)[-1] == "destroyed"
    assert [case.id for case in organisation.cases(case_worker)] == [kept]
    assert all(len(in_work(platform, case_worker, inbox.inbox, mailbox.id, one).items) == 0 for one in _binned())


@pytest.mark.feature("F8")
def test_what_was_in_a_deleted_mailbox_is_destroyed_after_as_many_days(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    other_mailbox: FunctionMailbox,
    administrator: SampleUser,
    mailbox: FunctionMailbox,
) -> None:
    """Closed or answered, with its keys, bytes and texts; another mailbox's cases stay."""
    file = File("a.pdf", "application/pdf", b"%PDF-1.7")
    case_id = organisation.arrive("Hemligt", files=(file,), evidence=b"bytes")
    in_work(platform, case_worker, actions.close, case_id)
    kept = organisation.arrive("Kvar", mailbox_id=other_mailbox.id)
    in_work(platform, administrator, mailboxes.make_default, other_mailbox.id)
    in_work(platform, administrator, mailbox_deletion.delete_mailbox, mailbox.id)
    _age(organisation, 29.9)
    assert retention.empty_bin(platform) == 0
    assert _left(organisation, case_id) == (4, 1, 1)
    _age(organisation, 0.2)
    assert retention.empty_bin(platform) == 1
    assert retention.empty_bin(platform) == 0
    assert _left(organisation, case_id) == (0, 0, 0)
    with platform.database.transaction(organisation.id) as connection:
        row = connection.execute(select(tables.messages).where(tables.messages.c.case_id == case_id)).one()
        assert (row.state, row.head, row.body, row.evidence) == ("DELETED", b"", b"", None)
        gone = select(tables.cases.c.messages, tables.cases.c.words).where(tables.cases.c.id == case_id)
        assert tuple(connection.execute(gone).one()) == (0, [])
        other = select(tables.cases.c.messages).where(tables.cases.c.id == kept)
        assert connection.execute(other).scalar_one() == 1
    assert organisation.case_events(case_id)[-1] == "destroyed"


@pytest.mark.feature("F8", "Y3")
def test_what_a_deleted_mailbox_is_sending_waits(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    administrator: SampleUser,
    other_mailbox: FunctionMailbox,
    mailbox: FunctionMailbox,
) -> None:
    """Until it has arrived; what lay in its bin goes by the bin's own day."""
    message = organisation.send(case_worker)
    binned = organisation.arrive()
    in_work(platform, case_worker, actions.bin_case, binned)
    _age(organisation, 20)
    in_work(platform, administrator, mailboxes.make_default, other_mailbox.id)
    in_work(platform, administrator, mailbox_deletion.delete_mailbox, mailbox.id, closing=1)
    _age(organisation, 11)
    assert retention.empty_bin(platform) == 1
    assert organisation.case_events(binned)[-1] == "destroyed"
    _age(organisation, 20)
    assert retention.empty_bin(platform) == 0
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(update(tables.deliveries).values(state="ACKNOWLEDGED"))
    assert retention.empty_bin(platform) == 1
    assert organisation.case_events(message.case_id)[-1] == "destroyed"


def _left(organisation: SampleOrganisation, case_id: Any) -> tuple[int, int, int]:
    """How many keys, files and sealed bytes there still are of a case."""
    with organisation.platform.database.transaction(organisation.id) as connection:
        ids = list(
            connection.execute(select(tables.messages.c.id).where(tables.messages.c.case_id == case_id)).scalars()
        )
        files = list(
            connection.execute(
                select(tables.attachments.c.id).where(tables.attachments.c.message_id.in_(ids))
            ).scalars()
        )
        keys = select(func.count()).where(tables.content_keys.c.owner_id.in_([*ids, *files]))
        count = connection.execute(keys).scalar_one()
    return count, len(files), len(list(organisation.platform.blobs.names(organisation.id)))


@pytest.mark.feature("Y3")
def test_what_is_on_its_way_waits(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """A binned case with a delivery under way is destroyed only when that has ended; its recipient goes too."""
    message = organisation.send(case_worker)
    in_work(platform, case_worker, actions.bin_case, message.case_id)
    _age(organisation, 31)
    assert retention.empty_bin(platform) == 0
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(update(tables.deliveries).values(state="ACKNOWLEDGED"))
        connection.execute(update(tables.delivery_events).values(detail="550 <anna@exempel.se> finns inte"))
    assert retention.empty_bin(platform) == 1
    with platform.database.transaction(organisation.id) as connection:
        row = connection.execute(select(tables.deliveries)).one()
        assert set(connection.execute(select(tables.delivery_events.c.detail)).scalars()) == {""}
    assert (row.state, row.recipient) == ("DELETED", b"")
    assert in_work(platform, case_worker, inbox.sent, mailbox.id).items == []


def test_an_organisation_chooses_its_days(
    platform: Platform, organisation: SampleOrganisation, administrator: SampleUser, case_worker: SampleUser
) -> None:
    """The organisation's own number wins over the installation's."""
    in_work(platform, administrator, write_settings, BinSettings, {"bin_days": 2})
    in_work(platform, case_worker, actions.bin_case, organisation.arrive())
    _age(organisation, 3)
    assert retention.empty_bin(platform) == 1


def test_the_regular_work_runs(platform: Platform, organisation: SampleOrganisation) -> None:
    """Each job can be done."""
    done = {job.name: job.run() for job in retention.jobs(platform)}
    assert set(done.values()) == {0}


def _answers(organisation: SampleOrganisation) -> dict[str, Health]:
    return {answer.name: answer for answer in health.check_all(organisation.platform, None)}


def test_health_says_what_is_wrong_and_what_to_do(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """A silent worker, a late queue and failed deliveries are told with a remedy; the rest is well."""
    answers = _answers(organisation)
    assert not answers["Bakgrundstjänsten"].ok
    assert "budkavle worker" in answers["Bakgrundstjänsten"].remedy
    assert all(answer.ok for name, answer in answers.items() if name != "Bakgrundstjänsten")
    organisation.send(case_worker)
    with platform.database.transaction(None) as connection:
        connection.execute(text("INSERT INTO schedule (name, due_at) VALUES ('core.alive', now())"))
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE deliveries SET due_at = now() - interval '1 hour'"))
        connection.execute(text("UPDATE cases SET trouble = true"))
    answers = _answers(organisation)
    assert {name for name, answer in answers.items() if not answer.ok} == {"Utgående kö", "Leveranserna"}
    assert all(answer.remedy for answer in answers.values() if not answer.ok)


def test_health_of_tables_that_are_behind(platform: Platform, organisation: SampleOrganisation) -> None:
    """Tables of another version are told, with the command."""
    with platform.database.owner() as owner, owner.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert "migrate" in _answers(organisation)["Tabellerna"].remedy


def test_a_failing_check_is_an_answer(
    platform: Platform, organisation: SampleOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plugin's check that raises is shown as not well, and the others are asked all the same."""

    def broken(_: object) -> list[Health]:
        raise RuntimeError("secret")

    checks = {"a.x": HealthCheck("x", broken), "b.y": HealthCheck("y", lambda _: [Health("y", True, "Bra.")])}
    monkeypatch.setattr(type(platform.plugins), "health_checks", property(lambda _: checks))
    answers = _answers(organisation)
    assert not answers["a.x"].ok
    assert "secret" not in answers["a.x"].sentence
    assert answers["y"].ok


def test_health_is_for_administrators(platform: Platform, case_worker: SampleUser, administrator: SampleUser) -> None:
    """An ordinary user does not see it; an organisation's administrator sees the organisation's."""
    with pytest.raises(Forbidden):
        health.health(platform, case_worker)
    assert {answer.name for answer in health.health(platform, administrator)} >= {"Databasen", "Utgående kö"}


def test_what_installation_and_organisation_both_say_stands_once(
    platform: Platform, organisation: SampleOrganisation
) -> None:
    """Who administers the installation is answered for both, and reads nothing twice."""
    root = organisation.add_user("Rut Holm", Role.PLATFORM)
    answers = health.health(platform, root)
    assert {"Databasen", "Jobben"} <= {answer.name for answer in answers}
    assert [answer for answer in answers if answers.count(answer) > 1] == []


def _binned() -> list[Any]:
    return [inbox.CaseFilter(state=state) for state in (CaseState.BINNED, CaseState.CLOSED)]
