"""Messages and changes of accounts for which the plugin's hook was never called."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from budkavle import Address, Draft, Loa, Role
from budkavle.accounts import create_user
from budkavle.accounts.mailboxes import personal_id
from budkavle.accounts.users import set_password
from budkavle.identification import DirectoryAccounts, DirectoryPerson, NewIdentity, administration, link_identity
from budkavle.messaging import send
from budkavle.model.people import SystemActor
from budkavle.storage import audit
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.working import deliver_due, do_job
from budkavle_email_link.notices import missed
from budkavle_email_link.texts import CHANGES

NEW = "en lång mening om sommaren"


@pytest.fixture
def bo(email_link: Any) -> UUID:
    """A registered user's own mailbox."""
    system = system_actor(email_link.organisation.id, "Provaren")
    user = in_work(email_link.platform, system, create_user, email="bo@habo.example", name="Bo Ek")
    return personal_id(user.id)


@pytest.fixture
def dying(email_link: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """Let processes end right after a commit: no plugin learns of what happened."""

    @contextmanager
    def until() -> Iterator[None]:
        with monkeypatch.context() as patch:
            patch.setattr(email_link.platform.plugins, "emit", lambda *_, **__: None)
            yield

    return until


def write(email_link: Any, box: UUID) -> None:
    recipient = Address("local", str(box), "Bo Ek", "Håbo kommun", str(email_link.organisation.id))
    draft = Draft((recipient,), "Hemlig rubrik", "Hemlig text", loa=Loa.ONE)
    in_work(email_link.platform, email_link.anna, send, email_link.anna.personal_id, draft)
    deliver_due(email_link.platform)


def work_off(email_link: Any) -> None:
    do_job(email_link.platform, "email_link.missed")
    do_job(email_link.platform, "outbox.notices.mail")


@pytest.mark.feature("S1")
def test_a_message_that_nobody_was_told_of_is_found_in_the_log(
    email_link: Any, handler: Any, bo: UUID, dying: Callable[[], Any]
) -> None:
    """The process that stored it has died; its reader gets the mail all the same, and each once."""
    write(email_link, bo)
    work_off(email_link)
    with dying():
        write(email_link, bo)
    do_job(email_link.platform, "outbox.notices.mail")
    assert len(handler.got) == 1
    for _ in range(2):
        work_off(email_link)
    assert [got.message["Subject"] for got in handler.got] == ["Du har fått ett säkert meddelande"] * 2
    assert len(email_link.organisation.rows("SELECT number FROM email_link_places WHERE number > 0")) == 1


def test_what_is_old_is_told_of_no_more(
    email_link: Any, handler: Any, bo: UUID, dying: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """For example since the plugin was off: nobody is surprised by a heap of mails."""
    work_off(email_link)
    with dying():
        write(email_link, bo)
    monkeypatch.setattr(missed, "TOO_OLD", timedelta(0))
    work_off(email_link)
    assert handler.got == []


def test_where_accounts_get_no_mail_of_messages_none_is_asked_for(
    open_email_link: Callable[..., Any], mail_server: Any, handler: Any
) -> None:
    """Whoever runs the installation has said so; of their accounts they are told all the same."""
    quiet = open_email_link(host=mail_server[0], port=mail_server[1], notify_accounts=False)
    work_off(quiet)
    write(quiet, quiet.anna.personal_id)
    work_off(quiet)
    assert quiet.organisation.rows("SELECT 1 FROM notices") == []


def change_password(email_link: Any) -> None:
    system = system_actor(email_link.organisation.id)
    in_work(email_link.platform, system, set_password, email_link.anna.user_id, NEW)


def is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the time be over in which the process itself may tell of a change."""
    monkeypatch.setattr(missed, "YOUNG", timedelta(0))


@pytest.mark.parametrize("change", ["password-set", "method-added", "role-changed"])
def test_a_change_of_an_account_that_nobody_was_told_of_is_found_in_the_log(
    email_link: Any, handler: Any, dying: Callable[[], Any], monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """Its user gets the mail of the security of the account all the same, once, and with the time of the change."""
    work_off(email_link)
    with dying():
        make(email_link, change)
    for _ in range(2):
        work_off(email_link)
    assert handler.got == [], "the process may just be telling of it"
    is_over(monkeypatch)
    for _ in range(2):
        work_off(email_link)
    assert [got.message["Subject"] for got in handler.got] == [CHANGES[change]]


def make(email_link: Any, change: str) -> None:
    """Change Anna's account."""
    anna, platform = email_link.anna, email_link.platform
    system = system_actor(email_link.organisation.id)
    if change == "password-set":
        change_password(email_link)
    elif change == "role-changed":
        in_work(platform, system, administration.change_role, anna.user_id, "admin")
    else:
        in_work(platform, anna, link_identity, NewIdentity("bankid", "199001012385", "BankID"))


def test_a_change_that_its_user_was_told_of_is_told_once(
    email_link: Any, handler: Any, dying: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the process that made it; another change, of which nobody was told, is still found."""
    work_off(email_link)
    change_password(email_link)
    with dying():
        make(email_link, "method-added")
    is_over(monkeypatch)
    for _ in range(2):
        work_off(email_link)
    subjects = [got.message["Subject"] for got in handler.got]
    assert sorted(subjects) == sorted([CHANGES["password-set"], CHANGES["method-added"]])


def test_a_place_that_is_lost_tells_nobody_twice(
    email_link: Any, handler: Any, dying: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a restored backup: what the log has is told of once."""
    work_off(email_link)
    with dying():
        change_password(email_link)
    is_over(monkeypatch)
    for _ in range(2):
        work_off(email_link)
        email_link.organisation.rows("DELETE FROM email_link_places RETURNING 1")
    assert len(handler.got) == 1


@pytest.fixture
def directory(email_link: Any) -> SystemActor:
    """A plugin that manages accounts."""
    return replace(system_actor(email_link.organisation.id), name="scim", plugin="scim")


@pytest.fixture
def managed(email_link: Any, directory: SystemActor) -> UUID:
    """An account in use that the directory has made."""
    with email_link.platform.work(directory) as work:
        user_id = DirectoryAccounts(work, "scim").create(DirectoryPerson("bo@habo.example", "Bo Ek")).id
    email_link.organisation.rows("UPDATE users SET signed_in_at = now() WHERE id = :id", id=user_id)
    return user_id


@pytest.mark.feature("OX1")
@pytest.mark.parametrize("tell", [True, False])
def test_what_a_directory_has_done_is_found_in_the_log(
    email_link: Any,
    handler: Any,
    dying: Callable[[], Any],
    monkeypatch: pytest.MonkeyPatch,
    directory: SystemActor,
    managed: UUID,
    tell: bool,
) -> None:
    """If the process ended just then. Users that the directory does not have told are not told."""
    work_off(email_link)
    with dying(), email_link.platform.work(directory) as work:
        accounts = DirectoryAccounts(work, "scim")
        link = accounts.link(managed, "entra", "bo", tell=tell)
        assert link
        accounts.unlink(managed, link, tell=tell)
        accounts.link(managed, "freja", "bo", tell=False)
        accounts.update(managed, DirectoryPerson("", "Bo Ek Ny"))
        if tell:
            accounts.set_role(managed, Role.ADMIN)
    is_over(monkeypatch)
    for _ in range(2):
        work_off(email_link)
    told = ["method-added", "method-removed", "role-changed"] if tell else []
    assert sorted(got.message["Subject"] for got in handler.got) == sorted(CHANGES[kind] for kind in told)


def test_what_a_directory_of_an_older_version_has_done_is_not_looked_for(
    email_link: Any, handler: Any, monkeypatch: pytest.MonkeyPatch, directory: SystemActor, managed: UUID
) -> None:
    """Its entries do not say whether the user was to be told. Nor is a closed account told."""
    work_off(email_link)
    with email_link.platform.work(directory) as work:
        audit.record(work, "user.method-added", managed, method="entra")
        audit.record(work, "user.role-changed", managed, email_link.anna, active=False)
    is_over(monkeypatch)
    work_off(email_link)
    assert handler.got == []


def test_wrong_tries_are_told_of_once_an_hour(email_link: Any, handler: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those that are found in the log, which may have an entry for every minute."""
    work_off(email_link)
    is_over(monkeypatch)

    def mails(minutes_later: int) -> int:
        shift = f"UPDATE notices SET asked_at = asked_at - interval '{minutes_later} minutes'"
        email_link.organisation.rows(shift)
        with email_link.platform.work(system_actor(email_link.organisation.id)) as work:
            audit.record(work, "user.sign-in-blocked", email_link.anna.user_id)
        work_off(email_link)
        return len(handler.got)

    assert [mails(0), mails(1), mails(50), mails(20)] == [1, 1, 1, 2]
    assert {got.message["Subject"] for got in handler.got} == {CHANGES["sign-in-blocked"]}
