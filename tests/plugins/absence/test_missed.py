"""Automatic answers to messages of which the plugin was never told, because a process died just then."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.plugins.absence.test_absence import subjects, write

from budkavle import Host, Loa, Platform
from budkavle.cases import list_sent
from budkavle.deliveries.recall import recall
from budkavle.model.errors import NotFound, Unavailable
from budkavle.testing import SampleOrganisation, SampleUser, in_work
from budkavle.testing.working import deliver_due, do_job
from budkavle_absence import missed
from budkavle_absence.auto_reply import auto_reply, set_auto_reply
from budkavle_absence.auto_reply_sending import PREFIX


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    return budkavle_open(enabled=("absence",))


@pytest.fixture
def host(platform: Platform) -> Host:
    host: Host = platform.plugins.host("absence")
    return host


@pytest.fixture
def unnoticed(
    platform: Platform, case_worker: SampleUser, colleague: SampleUser, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., None]:
    """`unnoticed(subject)` comes to Bo, and the process ends right after the commit: no plugin learns of it."""

    def send(subject: str) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(platform.plugins, "emit", lambda *_, **__: None)
            write(platform, case_worker, colleague, subject)

    return send


@pytest.fixture(autouse=True)
def _begun(platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    look(platform)


def look(platform: Platform) -> None:
    """Look twice for what was missed, and deliver the answers."""
    for _ in range(2):
        do_job(platform, "absence.missed")
        deliver_due(platform)


def away(host: Host, who: SampleUser, *, active: bool = True) -> None:
    set_auto_reply(host, who, active=active, text="Borta.")


@pytest.mark.feature("U7")
def test_a_message_that_the_plugin_was_not_told_of_is_answered_once(
    platform: Platform, host: Host, case_worker: SampleUser, colleague: SampleUser, unnoticed: Callable[..., None]
) -> None:
    """It is found in the event log; and what was answered at once is not answered again."""
    away(host, colleague)
    unnoticed("Ett")
    assert subjects(platform, case_worker) == []
    look(platform)
    assert subjects(platform, case_worker) == [f"{PREFIX}Ett"]
    write(platform, case_worker, colleague, "Två")
    look(platform)
    assert subjects(platform, case_worker) == [f"{PREFIX}Ett"]


@pytest.mark.feature("U7")
def test_what_was_answered_at_once_is_answered_once(
    platform: Platform, host: Host, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """The log has it too."""
    away(host, colleague)
    write(platform, case_worker, colleague, "Ett")
    look(platform)
    assert subjects(platform, case_worker) == [f"{PREFIX}Ett"]


@pytest.mark.feature("U7")
def test_what_came_before_the_absence_is_not_answered(
    platform: Platform, host: Host, case_worker: SampleUser, colleague: SampleUser, unnoticed: Callable[..., None]
) -> None:
    """Also if its owner is away when it is found; a new text begins no new absence."""
    unnoticed("Före")
    away(host, colleague)
    since = auto_reply(host, colleague.organisation_id, colleague.id).since
    set_auto_reply(host, colleague, active=True, text="Borta hela veckan.")
    assert auto_reply(host, colleague.organisation_id, colleague.id).since == since
    look(platform)
    assert subjects(platform, case_worker) == []
    away(host, colleague, active=False)
    assert auto_reply(host, colleague.organisation_id, colleague.id).since is None
    unnoticed("Hemma")
    look(platform)
    assert subjects(platform, case_worker) == []


@pytest.mark.feature("U7")
def test_what_is_found_after_a_day_is_not_answered(
    platform: Platform,
    host: Host,
    case_worker: SampleUser,
    colleague: SampleUser,
    unnoticed: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """For example since the plugin was off."""
    away(host, colleague)
    unnoticed("Ett")
    monkeypatch.setattr(missed, "TOO_OLD", -missed.TOO_OLD)
    look(platform)
    assert subjects(platform, case_worker) == []


@pytest.mark.feature("U7")
@pytest.mark.parametrize(("error", "expected"), [(Unavailable("borta"), ["Ett"]), (NotFound("borta"), ["Två"])])
def test_one_that_cannot_be_read_holds_up_no_others(
    platform: Platform,
    host: Host,
    case_worker: SampleUser,
    colleague: SampleUser,
    unnoticed: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    expected: list[str],
) -> None:
    """One that has been destroyed is passed over; while the database does not answer, none is."""
    away(host, colleague)
    for subject in ("Ett", "Två"):
        unnoticed(subject)
    answer, failed = missed.answer, []

    def fail_once(*given: Any) -> bool:
        if not failed:
            failed.append(1)
            raise error
        return answer(*given)

    monkeypatch.setattr(missed, "answer", fail_once)
    if isinstance(error, Unavailable):
        with pytest.raises(Unavailable):
            do_job(platform, "absence.missed")
    look(platform)
    assert subjects(platform, case_worker) == [f"{PREFIX}{subject}" for subject in expected]


@pytest.mark.feature("U7")
def test_what_is_recalled_is_not_answered(
    platform: Platform, host: Host, case_worker: SampleUser, colleague: SampleUser, unnoticed: Callable[..., None]
) -> None:
    """It never came."""
    away(host, colleague)
    unnoticed("Ett")
    (sent,) = in_work(platform, case_worker.at(Loa.THREE), list_sent, case_worker.personal_id).items
    in_work(platform, case_worker.at(Loa.THREE), recall, sent.recipients[0].delivery_id)
    look(platform)
    assert subjects(platform, case_worker) == []
