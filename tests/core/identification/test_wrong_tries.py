"""Whoever has an account hears of wrong tries at it: by their page, and by those who send notices."""

from typing import Any

import pytest
from sqlalchemy import text

from budkavle.accounts import users
from budkavle.identification import account_secrets, rate_limit
from budkavle.identification.account_secrets import GuessOrigin
from budkavle.identification.refusals import wrong_tries
from budkavle.identification.refusals.wrong_tries import own_wrong_tries
from budkavle.model.errors import Unavailable
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.event_log import chain_log
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.working import do_job

JOB = "core.wrong-tries"
PASSWORD = "en lång mening om vintern"


@pytest.fixture
def told(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What plugins hear of accounts."""
    heard: list[dict[str, Any]] = []
    monkeypatch.setattr(type(platform.plugins), "emit", lambda self, event, **what: heard.append(what))
    return heard


@pytest.fixture
def ada(organisation: SampleOrganisation, case_worker: SampleUser, told: list[dict[str, Any]]) -> SampleUser:
    """Ada with a password."""
    in_work(organisation.platform, system_actor(organisation.id), users.set_password, case_worker.user_id, PASSWORD)
    told.clear()
    return case_worker


def guess(platform: Platform, email: str, times: int = rate_limit.PAIR.failures + 1) -> None:
    for _ in range(times):
        account_secrets.check_password(platform, email, "fel lösenord här", GuessOrigin("192.0.2.1"))


def test_too_many_wrong_tries_are_told_once_an_hour(
    platform: Platform, organisation: SampleOrganisation, ada: SampleUser, told: list[dict[str, Any]]
) -> None:
    """Not while they are made, which would take longer where there is an account; nor to anybody else."""
    guess(platform, ada.email)
    guess(platform, "ingen@exempel.se")
    assert told == []
    assert [do_job(platform, JOB) for _ in range(2)] == [1, 0]
    assert told == [{"organisation_id": organisation.id, "user_id": ada.user_id, "kind": "sign-in-blocked"}]
    with platform.database.transaction(None) as connection:
        connection.execute(text("UPDATE attempts SET until = until - interval '1 hour'"))
    guess(platform, ada.email)
    assert do_job(platform, JOB) == 1


def test_what_a_fault_has_undone_is_told_at_the_next_run(
    platform: Platform, ada: SampleUser, told: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not an hour later: nothing counts as told before it is."""
    guess(platform, ada.email)
    with monkeypatch.context() as patch:
        patch.setattr(wrong_tries, "announce_change", away)
        with pytest.raises(Unavailable):
            do_job(platform, JOB)
    assert told == []
    assert [do_job(platform, JOB) for _ in range(2)] == [1, 0]
    assert [what["user_id"] for what in told] == [ada.user_id]


def away(*_: object) -> None:
    """Announce as where the database has gone away meanwhile."""
    raise Unavailable("Databasen svarar inte.")


def test_a_few_wrong_tries_are_not_told(platform: Platform, ada: SampleUser, told: list[dict[str, Any]]) -> None:
    """Anybody types wrong now and then."""
    guess(platform, ada.email, rate_limit.PAIR.failures)
    assert do_job(platform, JOB) == 0
    assert told == []


def test_a_closed_account_hears_of_nothing(
    platform: Platform, organisation: SampleOrganisation, ada: SampleUser, told: list[dict[str, Any]]
) -> None:
    """Nobody is let in there."""
    guess(platform, ada.email)
    in_work(platform, system_actor(organisation.id), users.update_user, ada.user_id, active=False)
    told.clear()
    assert do_job(platform, JOB) == 0


def test_own_wrong_tries_are_read_and_nobody_elses(
    platform: Platform, organisation: SampleOrganisation, ada: SampleUser, colleague: SampleUser
) -> None:
    """One for each kind and minute, the latest first."""
    guess(platform, ada.email)
    chain_log(platform.database, organisation.id)
    assert {tried.kind for tried in in_work(platform, ada, own_wrong_tries)} == {
        "user.sign-in-failed",
        "user.sign-in-blocked",
    }
    assert in_work(platform, colleague, own_wrong_tries) == []
