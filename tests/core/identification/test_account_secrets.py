"""The password of an account and the code beside it, as the core judges them for whichever provider asks."""

import runpy
from typing import Any

import pytest
from argon2 import PasswordHasher

from budkavle.accounts import passwords, users
from budkavle.identification import account_secrets, rate_limit, second_factor
from budkavle.identification.account_secrets import GuessOrigin, PasswordHolder, PasswordStanding
from budkavle.identification.second_factor import Verdict
from budkavle.model.errors import NotFound
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation, SampleUser

PASSWORD = "en lång mening om vintern"

HERE = GuessOrigin("192.0.2.1")


def test_an_unknown_account_takes_as_long_as_a_known_one() -> None:
    """What its password is compared with was made at today's cost."""
    module = runpy.run_path(passwords.__file__)
    assert not module["outdated"](module["_NOBODY"])


@pytest.fixture
def ada(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, administrator: SampleUser
) -> Any:
    """Ada with a password."""
    in_work(platform, system_actor(organisation.id), users.set_password, case_worker.user_id, PASSWORD)
    return in_work(platform, administrator, users.user, case_worker.user_id)


def check(
    organisation: SampleOrganisation, email: str, password: str, origin: GuessOrigin = HERE
) -> account_secrets.PasswordCheck:
    return account_secrets.check_password(organisation.platform, email, password, origin)


def test_the_verdict_names_the_account_only_where_the_password_is_right(
    platform: Platform, organisation: SampleOrganisation, administrator: SampleUser, colleague: SampleUser, ada: Any
) -> None:
    """A wrong password, an unknown address and an account without password look the same."""
    right = check(organisation, ada.email, PASSWORD)
    assert right.verdict is Verdict.RIGHT
    assert right.holder is not None
    assert (right.holder.user_id, right.holder.email, right.needs_code) == (str(ada.id), ada.email, False)
    bo = in_work(platform, administrator, users.user, colleague.user_id)
    for email in (ada.email, "ingen@exempel.se", bo.email):
        assert check(organisation, email, "fel lösenord här") == account_secrets.PasswordCheck(Verdict.WRONG)


def test_no_provider_can_leave_the_limit_out(organisation: SampleOrganisation, ada: Any) -> None:
    """After five wrong ones the right one is not looked at; from elsewhere it is."""
    for _ in range(rate_limit.PAIR.failures):
        assert check(organisation, ada.email, "fel lösenord här").verdict is Verdict.WRONG
    assert check(organisation, ada.email, PASSWORD) == account_secrets.PasswordCheck(Verdict.BLOCKED)
    assert check(organisation, ada.email, PASSWORD, GuessOrigin("198.51.100.7")).verdict is Verdict.RIGHT


def test_a_code_is_judged_of_an_account_that_is_still_there(
    platform: Platform, organisation: SampleOrganisation, colleague: SampleUser, administrator: SampleUser, ada: Any
) -> None:
    """A recovery code is told from one of an app; another's account, and one that is closed, are refused."""
    with platform.work(ada.acting()) as work:
        codes = second_factor.make_recovery_codes(work, ada)
    holder = check(organisation, ada.email, PASSWORD).holder
    assert holder is not None
    result = account_secrets.check_code(platform, holder, codes[0], HERE)
    assert result == account_secrets.CodeCheck(Verdict.RIGHT, recovery=True)
    assert account_secrets.check_code(platform, holder, codes[0], HERE).verdict is Verdict.WRONG
    assert account_secrets.check_code(platform, holder, "123 456", HERE) == account_secrets.CodeCheck(Verdict.WRONG)
    another = PasswordHolder(str(colleague.user_id), ada.email, holder.mark)
    with pytest.raises(NotFound):
        account_secrets.check_code(platform, another, codes[1], HERE)
    in_work(platform, administrator, users.update_user, ada.id, active=False)
    with pytest.raises(NotFound):
        account_secrets.check_code(platform, holder, codes[1], HERE)


def test_who_has_shown_a_password_that_is_replaced_is_not_let_in(
    platform: Platform, organisation: SampleOrganisation, colleague: SampleUser, ada: Any
) -> None:
    """The standing goes by the very password that was shown, and by whose account it is."""
    holder = check(organisation, ada.email, PASSWORD).holder
    assert holder is not None
    assert account_secrets.password_standing(platform, holder) is PasswordStanding.LASTING
    another = PasswordHolder(str(colleague.user_id), holder.email, holder.mark)
    assert account_secrets.password_standing(platform, another) is PasswordStanding.REPLACED
    _set(organisation, "ett nytt långt lösenord")
    assert account_secrets.password_standing(platform, holder) is PasswordStanding.REPLACED


def test_a_hash_of_an_earlier_cost_is_made_anew(platform: Platform, organisation: SampleOrganisation, ada: Any) -> None:
    """Signing in makes the hash as strong as today's, and the holder still stands."""
    _keep(organisation, PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD))
    holder = check(organisation, ada.email, PASSWORD).holder
    assert holder is not None
    assert account_secrets.password_standing(platform, holder) is PasswordStanding.LASTING
    with platform.work(ada.acting()) as work:
        kept = users.user_row(work, ada.id)["password_hash"]
    assert not passwords.outdated(kept)


def test_a_password_that_is_replaced_meanwhile_stays_replaced(
    platform: Platform, organisation: SampleOrganisation, ada: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Making an old hash anew never brings back a password that has just been taken away."""
    _keep(organisation, PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD))
    outdated = passwords.outdated

    def replaced_now(kept: str) -> bool:
        _set(organisation, "ett nytt långt lösenord")
        return outdated(kept)

    monkeypatch.setattr(passwords, "outdated", replaced_now)
    holder = check(organisation, ada.email, PASSWORD).holder
    monkeypatch.undo()
    assert holder is not None
    assert account_secrets.password_standing(platform, holder) is PasswordStanding.REPLACED
    assert check(organisation, ada.email, PASSWORD).verdict is Verdict.WRONG
    assert check(organisation, ada.email, "ett nytt långt lösenord").verdict is Verdict.RIGHT


def _set(organisation: SampleOrganisation, password: str) -> None:
    system = system_actor(organisation.id)
    in_work(organisation.platform, system, users.set_password, organisation.case_worker.user_id, password)


def _keep(organisation: SampleOrganisation, kept: str) -> None:
    with organisation.platform.work(system_actor(organisation.id)) as work:
        change = users.users.update().where(users.users.c.id == organisation.case_worker.user_id)
        work.connection.execute(change.values(password_hash=kept))
