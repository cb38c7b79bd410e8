"""A directory makes, changes, closes and opens accounts, and never goes above the organisation."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from budkavle.accounts import delegate, mailboxes, users
from budkavle.cases import actions
from budkavle.identification import DirectoryAccounts, DirectoryPerson, identities, sessions
from budkavle.identification.outcome import SignedIn
from budkavle.model.errors import Conflict, Forbidden, Invalid, NotFound, NotSignedIn
from budkavle.model.loa import Loa
from budkavle.model.people import ActorScope, GuestActor, Role, SystemActor, User
from budkavle.testing import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser

ANNA = DirectoryPerson("Anna@Habo.example", "Anna Ek", "en")


@contextmanager
def directory(organisation: SampleOrganisation, source: str = "scim") -> Iterator[DirectoryAccounts]:
    """Act as the directory of the organisation."""
    scopes = frozenset({ActorScope.ADMINISTER, ActorScope.ACCOUNTS})
    with organisation.platform.work(SystemActor(organisation.id, source, scopes, source)) as work:
        yield DirectoryAccounts(work, source)


def made(organisation: SampleOrganisation, person: DirectoryPerson = ANNA) -> User:
    with directory(organisation) as accounts:
        return accounts.create(person)


def test_an_account_is_made_and_marked(organisation: SampleOrganisation) -> None:
    """It has a personal mailbox as every other, and says who keeps it."""
    anna = made(organisation)
    stored = in_work(organisation.platform, organisation.system, users.user, anna.id)
    assert (stored.email, stored.name, stored.language) == ("anna@habo.example", "Anna Ek", "en")
    assert (stored.source, stored.active, stored.role) == ("scim", True, Role.USER)
    box = in_work(organisation.platform, stored.acting(), mailboxes.mailbox, mailboxes.personal_id(anna.id))
    assert box.mailbox.owner_id == anna.id
    assert organisation.log_kinds()[-1] == "user.created"


def test_what_nobody_sees_of_a_name_is_left_out(organisation: SampleOrganisation) -> None:
    """Nobody is there to type it again; and an account that had it already is closed as any other."""
    anna = made(organisation, DirectoryPerson("anna@habo.example", " Anna\u00a0\u200bEk\u202e ", "sv"))
    assert in_work(organisation.platform, organisation.system, users.user, anna.id).name == "Anna Ek"
    organisation.rows("UPDATE users SET name = :name WHERE id = :id", name="\u200b", id=anna.id)
    assert not in_work(organisation.platform, organisation.system, users.update_user, anna.id, active=False).active


def test_an_address_is_had_once(organisation: SampleOrganisation, other_administrator: SampleUser) -> None:
    """Neither a new account nor a change takes somebody's address, in this organisation or another."""
    anna = made(organisation)
    for taken in (organisation.case_worker.email, other_administrator.email):
        with pytest.raises(Invalid) as refused, directory(organisation) as accounts:
            accounts.create(DirectoryPerson(taken, "Bo"))
        assert set(refused.value.fields) == {"email"}
        with pytest.raises(Invalid), directory(organisation) as accounts:
            accounts.update(anna.id, DirectoryPerson(taken, "Anna"))


def test_closing_ends_sessions_and_the_account_opens_again(organisation: SampleOrganisation) -> None:
    """The account is shut at once, and found all the same."""
    platform = organisation.platform
    anna = made(organisation)
    cookie = sessions.start(platform, SignedIn(anna, Loa.TWO, "fake", "/", "fake", None))
    with directory(organisation) as accounts:
        accounts.update(anna.id, DirectoryPerson(anna.email, "Anna Ek", active=False))
    with pytest.raises(NotSignedIn):
        sessions.find(platform, cookie)
    with directory(organisation) as accounts:
        shut = accounts.find("ANNA@habo.example")
        assert shut
        assert not shut.active
        assert accounts.update(anna.id, DirectoryPerson(anna.email, "Anna Ek", active=True)).active
    assert organisation.log_kinds()[-2:] == ["user.closed", "user.opened"]


@pytest.mark.parametrize("gone", [False, True])
def test_closing_releases_what_the_account_held(organisation: SampleOrganisation, gone: bool) -> None:
    """Whether the directory closes it or has it no longer: its cases are free, and it reads nobody's inbox."""
    worker, colleague = organisation.case_worker, organisation.colleague
    case_id = organisation.arrive()
    in_work(organisation.platform, worker, actions.take, case_id)
    in_work(organisation.platform, colleague, delegate, worker.id, datetime.now(UTC) + timedelta(days=30))
    with directory(organisation) as accounts:
        accounts.update(worker.id, DirectoryPerson(worker.email, worker.name))
    assert organisation.cases(colleague)[0].holder == worker.name
    with directory(organisation) as accounts:
        if gone:
            accounts.let_go(worker.id)
        else:
            accounts.update(worker.id, DirectoryPerson(worker.email, worker.name, active=False))
    assert organisation.cases(colleague)[0].holder == ""
    assert organisation.case_events(case_id)[-1] == "released"
    assert "delegation.ended" in organisation.log_kinds()


def test_a_name_alone_opens_nothing(organisation: SampleOrganisation) -> None:
    """What the directory says nothing of stays: who has been closed here by hand stays closed."""
    anna = made(organisation)
    in_work(organisation.platform, organisation.system, users.update_user, anna.id, active=False)
    with directory(organisation) as accounts:
        renamed = accounts.update(anna.id, DirectoryPerson("", "Anna Berg"))
    assert (renamed.name, renamed.email, renamed.active) == ("Anna Berg", "anna@habo.example", False)


def test_what_is_said_again_writes_nothing(organisation: SampleOrganisation) -> None:
    """A directory repeats itself; the event log does not."""
    anna = made(organisation)
    before = organisation.log_kinds()
    with directory(organisation) as accounts:
        accounts.update(anna.id, ANNA)
    assert organisation.log_kinds() == before


def test_an_account_made_by_hand_is_taken_over_and_let_go(
    organisation: SampleOrganisation, colleague: SampleUser
) -> None:
    """The event log says so; a person who has left the directory has a closed account that it keeps no longer."""
    with directory(organisation) as accounts:
        accounts.update(colleague.id, DirectoryPerson(colleague.email, "Bo Ek", "sv"))
    assert organisation.log_kinds()[-1] == "user.taken-over"
    with directory(organisation) as accounts:
        accounts.let_go(colleague.id)
        gone = accounts.find(colleague.email)
    assert gone
    assert (gone.active, gone.source) == (False, "")


def test_the_last_administrator_stays(organisation: SampleOrganisation, administrator: SampleUser) -> None:
    """No directory leaves an organisation without one."""
    with pytest.raises(Conflict), directory(organisation) as accounts:
        accounts.set_role(administrator.id, Role.USER)
    with pytest.raises(Conflict), directory(organisation) as accounts:
        accounts.let_go(administrator.id)
    anna = made(organisation)
    with directory(organisation) as accounts:
        accounts.set_role(anna.id, Role.ADMIN)
        accounts.set_role(administrator.id, Role.USER)
        people = accounts.users([anna.id, administrator.id])
    assert {user_id: user.role for user_id, user in people.items()} == {
        anna.id: Role.ADMIN,
        administrator.id: Role.USER,
    }


def test_who_administers_the_installation_is_out_of_reach(organisation: SampleOrganisation) -> None:
    """A directory of one organisation neither closes nor changes them, nor makes anybody one of them."""
    root = organisation.add_user("Rut Rot", Role.PLATFORM)
    with pytest.raises(Forbidden), directory(organisation) as accounts:
        accounts.update(root.id, DirectoryPerson(root.email, "Rut", active=False))
    with pytest.raises(Forbidden), directory(organisation) as accounts:
        accounts.set_role(made(organisation).id, Role.PLATFORM)


def test_access_to_a_mailbox_follows(organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """Members are added, raised, lowered and taken away in one call."""
    anna, box = made(organisation), organisation.mailbox.id
    with directory(organisation) as accounts:
        accounts.set_access(box, {anna.id: False, case_worker.id: True})
        assert accounts.access(box, [anna.id, case_worker.id]) == {anna.id: False, case_worker.id: True}
        accounts.set_access(box, {anna.id: True, case_worker.id: None})
        assert accounts.access(box, [anna.id, case_worker.id]) == {anna.id: True}
    with pytest.raises(Invalid), directory(organisation) as accounts:
        accounts.set_access(organisation.outsider.personal_id, {organisation.other_mailbox.id: False})


def test_an_identity_is_linked_to_its_own_accounts_only(
    organisation: SampleOrganisation, colleague: SampleUser
) -> None:
    """A directory opens no way into an account that people keep."""
    anna = made(organisation)
    with directory(organisation) as accounts:
        accounts.link(anna.id, "fake", "abc")
        accounts.link(anna.id, "fake", "abc")
    assert organisation.log_kinds().count("user.method-added") == 1
    with pytest.raises(NotFound), directory(organisation) as accounts:
        accounts.link(colleague.id, "fake", "abc")


def test_a_link_is_worth_what_an_administrator_enters(organisation: SampleOrganisation) -> None:
    """Level 2, at once where nobody has signed in, else after the waiting time, and with no second account."""
    platform, anna = organisation.platform, made(organisation)
    dag = made(organisation, DirectoryPerson("yngve@habo.example", "Yngve"))
    with directory(organisation) as accounts:
        accounts.link(anna.id, "fake", "abc")
        with pytest.raises(Conflict):
            accounts.link(dag.id, "fake", "abc")
    assert [(user.id, worth) for user, worth in identities.opened(platform, "fake", "abc")] == [(anna.id, Loa.TWO)]
    sessions.start(platform, SignedIn(anna, Loa.TWO, "fake", "/", "fake", None))
    with directory(organisation) as accounts:
        second = accounts.link(anna.id, "fake", "def")
        assert second is not None
        assert accounts.link(anna.id, "fake", "def") is None
    assert identities.opened(platform, "fake", "def") == []
    in_work(platform, organisation.system, identities.confirm, anna.id, second)
    assert identities.opened(platform, "fake", "def") == [(anna, Loa.THREE)]
    with directory(organisation) as accounts:
        accounts.unlink(anna.id, second)
        accounts.unlink(anna.id, second)
    assert identities.opened(platform, "fake", "def") == []


@pytest.mark.parametrize(
    "actor",
    [
        lambda organisation: organisation.administrator,
        lambda organisation: GuestActor(organisation.id),
        lambda organisation: SystemActor(organisation.id, "x", frozenset({ActorScope.ADMINISTER})),
        lambda organisation: SystemActor(organisation.id, "x", frozenset({ActorScope.ACCOUNTS})),
    ],
)
def test_it_takes_both_scopes(
    organisation: SampleOrganisation, actor: Callable[[SampleOrganisation], SystemActor]
) -> None:
    """Neither people nor a plugin that lacks one of them acts as a directory."""
    with pytest.raises(Forbidden), organisation.platform.work(actor(organisation)) as work:
        DirectoryAccounts(work, "scim")


def test_another_organisation_is_not_found(organisation: SampleOrganisation, other_administrator: SampleUser) -> None:
    """Nothing of another organisation is there, by address or by id."""
    with directory(organisation) as accounts:
        assert accounts.find(other_administrator.email) is None
    with pytest.raises(NotFound), directory(organisation) as accounts:
        accounts.update(other_administrator.id, ANNA)
