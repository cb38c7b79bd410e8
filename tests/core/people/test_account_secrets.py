"""The password of an account and the code beside it, as the core judges them for whichever provider asks."""

from typing import Any

import pytest
from argon2 import PasswordHasher

from budkavle.accounts import passwords, users
from budkavle.identification import account_secrets, rate_limit, second_factor
from budkavle.identification.account_secrets import GuessOrigin, PasswordHolder, PasswordStanding
from budkavle.identification.second_factor import Verdict
from budkavle.model.errors import NotFound
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor

World = Any  # of conftest.py, which cannot be imported
HERE = GuessOrigin("192.0.2.1")


@pytest.fixture
def ada(world: World) -> Any:
    """Ada with a password."""
    in_work(world.platform, system_actor(world.organisation.id), users.set_password, world.ada.user_id, world.password)
    return in_work(world.platform, world.root, users.user, world.ada.user_id)


def check(world: World, email: str, password: str, origin: GuessOrigin = HERE) -> account_secrets.PasswordCheck:
    return account_secrets.check_password(world.platform, email, password, origin)


def test_the_verdict_names_the_account_only_where_the_password_is_right(world: World, ada: Any) -> None:
    """A wrong password, an unknown address and an account without password look the same."""
    right = check(world, ada.email, world.password)
    assert right.verdict is Verdict.RIGHT
    assert right.holder is not None
    assert (right.holder.user_id, right.holder.email, right.needs_code) == (str(ada.id), ada.email, False)
    bo = in_work(world.platform, world.root, users.user, world.bo.user_id)
    for email in (ada.email, "ingen@exempel.se", bo.email):
        assert check(world, email, "fel lösenord här") == account_secrets.PasswordCheck(Verdict.WRONG)


def test_no_provider_can_leave_the_limit_out(world: World, ada: Any) -> None:
    """After five wrong ones the right one is not looked at; from elsewhere it is."""
    for _ in range(rate_limit.PAIR.failures):
        assert check(world, ada.email, "fel lösenord här").verdict is Verdict.WRONG
    assert check(world, ada.email, world.password) == account_secrets.PasswordCheck(Verdict.BLOCKED)
    assert check(world, ada.email, world.password, GuessOrigin("198.51.100.7")).verdict is Verdict.RIGHT


def test_a_code_is_judged_of_an_account_that_is_still_there(world: World, ada: Any) -> None:
    """A recovery code is told from one of an app; another's account, and one that is closed, are refused."""
    with world.platform.work(ada.acting()) as work:
        codes = second_factor.make_recovery_codes(work, ada)
    holder = check(world, ada.email, world.password).holder
    assert holder is not None
    result = account_secrets.check_code(world.platform, holder, codes[0], HERE)
    assert result == account_secrets.CodeCheck(Verdict.RIGHT, recovery=True)
    assert account_secrets.check_code(world.platform, holder, codes[0], HERE).verdict is Verdict.WRONG
    assert account_secrets.check_code(world.platform, holder, "123 456", HERE) == account_secrets.CodeCheck(
        Verdict.WRONG
    )
    another = PasswordHolder(str(world.bo.user_id), ada.email, holder.mark)
    with pytest.raises(NotFound):
        account_secrets.check_code(world.platform, another, codes[1], HERE)
    in_work(world.platform, world.root, users.update_user, ada.id, active=False)
    with pytest.raises(NotFound):
        account_secrets.check_code(world.platform, holder, codes[1], HERE)


def test_who_has_shown_a_password_that_is_replaced_is_not_let_in(world: World, ada: Any) -> None:
    """The standing goes by the very password that was shown, and by whose account it is."""
    holder = check(world, ada.email, world.password).holder
    assert holder is not None
    assert account_secrets.password_standing(world.platform, holder) is PasswordStanding.LASTING
    another = PasswordHolder(str(world.bo.user_id), holder.email, holder.mark)
    assert account_secrets.password_standing(world.platform, another) is PasswordStanding.REPLACED
    _set(world, "ett nytt långt lösenord")
    assert account_secrets.password_standing(world.platform, holder) is PasswordStanding.REPLACED


def test_a_hash_of_an_earlier_cost_is_made_anew(world: World, ada: Any) -> None:
    """Signing in makes the hash as strong as today's, and the holder still stands."""
    _keep(world, PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(world.password))
    holder = check(world, ada.email, world.password).holder
    assert holder is not None
    assert account_secrets.password_standing(world.platform, holder) is PasswordStanding.LASTING
    with world.platform.work(ada.acting()) as work:
        kept = users.user_row(work, ada.id)["password_hash"]
    assert not passwords.outdated(kept)


def test_a_password_that_is_replaced_meanwhile_stays_replaced(
    world: World, ada: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Making an old hash anew never brings back a password that has just been taken away."""
    _keep(world, PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(world.password))
    outdated = passwords.outdated

    def replaced_now(kept: str) -> bool:
        _set(world, "ett nytt långt lösenord")
        return outdated(kept)

    monkeypatch.setattr(passwords, "outdated", replaced_now)
    holder = check(world, ada.email, world.password).holder
    monkeypatch.undo()
    assert holder is not None
    assert account_secrets.password_standing(world.platform, holder) is PasswordStanding.REPLACED
    assert check(world, ada.email, world.password).verdict is Verdict.WRONG
    assert check(world, ada.email, "ett nytt långt lösenord").verdict is Verdict.RIGHT


def _set(world: World, password: str) -> None:
    system = system_actor(world.organisation.id)
    in_work(world.platform, system, users.set_password, world.ada.user_id, password)


def _keep(world: World, kept: str) -> None:
    with world.platform.work(system_actor(world.organisation.id)) as work:
        change = users.users.update().where(users.users.c.id == world.ada.user_id)
        work.connection.execute(change.values(password_hash=kept))
