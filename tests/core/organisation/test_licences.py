"""Licences: who sets them, what is used of them, what is said, and what they never touch."""

import json
from datetime import date, datetime, timedelta

import pytest

from budkavle.accounts import mailboxes, users
from budkavle.accounts.profile import LicenceSettings
from budkavle.accounts.stored_settings import write_settings
from budkavle.model.errors import Forbidden, Invalid
from budkavle.model.people import ActorScope, Role, SystemActor
from budkavle.model.times import ZONE
from budkavle.organisation import licence_warnings, licences, usage
from budkavle.organisation.usage import UsageKind
from budkavle.testing import SampleOrganisation, SampleUser, in_work


def agree(organisation: SampleOrganisation, **changes: object) -> None:
    licences.set_licence(organisation.platform, organisation.system, organisation.id, changes)


def people(organisation: SampleOrganisation, number: int) -> None:
    """Let the organisation have so many open accounts."""
    for person in range(number - in_work(organisation.platform, organisation.system, usage.count_now)[UsageKind.USERS]):
        organisation.add_user(f"Person{person} Ny")


def in_days(days: int) -> str:
    return (datetime.now(ZONE).date() + timedelta(days=days)).isoformat()


def told(organisation: SampleOrganisation) -> list[str]:
    """Do what the job does, and return what was new."""
    return [warned.key for warned in in_work(organisation.platform, organisation.system, licence_warnings.warn_one)]


@pytest.mark.feature("O16")
def test_only_the_installations_administrators_set_a_licence(
    organisation: SampleOrganisation, administrator: SampleUser, case_worker: SampleUser
) -> None:
    """The organisation's own administrators read it; its event log says what was agreed and by whom."""
    platform = organisation.platform
    for actor in (administrator, case_worker, SystemActor(organisation.id, "fax", frozenset({ActorScope.ADMINISTER}))):
        with pytest.raises(Forbidden):
            licences.set_licence(platform, actor, organisation.id, {"users": 9_999})
    with pytest.raises(Forbidden):
        in_work(platform, administrator, write_settings, LicenceSettings, {"users": 9_999})
    boss = organisation.add_user("Ivar Installation", Role.PLATFORM)
    licences.set_licence(platform, boss, organisation.id, {"users": 12, "until": "2031-12-31", "channels": "sdk, fax"})
    licence = in_work(platform, administrator, licences.read_licence)
    assert (licence.measures[0].agreed, licence.until, licence.channels) == (12, date(2031, 12, 31), ("sdk", "fax"))
    entry = json.loads(organisation.log_entries("settings.changed")[-1])
    assert (entry["actor"]["name"], entry["facts"]["users"]) == ("Ivar Installation", "0 konton → 12 konton")


@pytest.mark.feature("O16")
@pytest.mark.parametrize("until", ["2026-13-01", "i morgon", "20271231"])
def test_a_wrong_date_is_refused(organisation: SampleOrganisation, until: str) -> None:
    """And nothing is stored."""
    with pytest.raises(Invalid) as refused:
        agree(organisation, until=until, users=5)
    assert list(refused.value.fields) == ["until"]
    assert not in_work(organisation.platform, organisation.system, licences.read_licence).is_agreed


@pytest.mark.feature("O16")
def test_use_is_counted_and_each_months_peak_kept_with_its_day(organisation: SampleOrganisation) -> None:
    """An account that closes again leaves the peak, and the first day on which it was reached."""
    platform, system = organisation.platform, organisation.system
    people(organisation, 6)
    leaver = organisation.add_user("En Till")
    in_work(platform, system, usage.note_usage, date(2026, 10, 3))
    in_work(platform, system, users.update_user, leaver.user_id, active=False)
    in_work(platform, system, usage.note_usage, date(2026, 10, 4))
    in_work(platform, system, users.update_user, leaver.user_id, active=True)
    in_work(platform, system, usage.note_usage, date(2026, 10, 5))
    in_work(platform, system, mailboxes.create_mailbox, "Socialtjänsten")
    in_work(platform, system, usage.note_usage, date(2026, 11, 1))
    months = in_work(platform, system, usage.usage_months, date(2026, 10, 1), date(2026, 12, 1))
    peaks = {(month.month.month, month.kind): (month.peak, month.peak_on.day, month.counted_on.day) for month in months}
    assert peaks[10, UsageKind.USERS] == (7, 3, 5)
    before = peaks[10, UsageKind.MAILBOXES][0]
    assert peaks[10, UsageKind.MAILBOXES] == (before, 3, 5)
    assert peaks[11, UsageKind.MAILBOXES] == (before + 1, 1, 1)


@pytest.mark.feature("O16")
def test_the_job_counts_every_organisation_apart(
    organisation: SampleOrganisation, other_organisation: SampleOrganisation
) -> None:
    """One organisation's accounts are none of the other's."""
    people(organisation, 9)
    today = datetime.now(ZONE).date().replace(day=1)
    people(other_organisation, 6)
    assert usage.count_usage(organisation.platform) == 0
    for whose, number in ((organisation, 9), (other_organisation, 6)):
        months = in_work(whose.platform, whose.system, usage.usage_months, today, today + timedelta(days=32))
        assert {month.kind: month.peak for month in months}[UsageKind.USERS] == number


@pytest.mark.feature("O16")
def test_use_is_read_by_administrators_alone(organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """A case worker has no business with it."""
    with pytest.raises(Forbidden):
        in_work(organisation.platform, case_worker, usage.usage_months, date(2026, 1, 1), date(2027, 1, 1))


@pytest.mark.feature("O16")
def test_each_step_is_told_of_once(organisation: SampleOrganisation) -> None:
    """At 80, 100 and 110 per cent, and again where it has been better meanwhile."""
    people(organisation, 8)
    agree(organisation, users=11)
    assert told(organisation) == []
    agree(organisation, users=10)
    assert told(organisation) == ["users:80"]
    assert told(organisation) == []
    agree(organisation, users=8)
    assert told(organisation) == ["users:100"]
    agree(organisation, users=7)
    assert told(organisation) == ["users:110"]
    agree(organisation, users=100)
    assert told(organisation) == []
    agree(organisation, users=10)
    assert told(organisation) == ["users:80"]
    assert organisation.log_kinds().count("licence.warned") == 4


@pytest.mark.feature("O16")
def test_its_end_is_told_of_in_time(organisation: SampleOrganisation) -> None:
    """At 60, 30 and 7 days, and when it has ended."""
    steps = []
    for days in (61, 60, 31, 30, 8, 7, 0, -1):
        agree(organisation, until=in_days(days))
        steps += [int(key.rpartition(":")[2]) for key in told(organisation)]
    assert steps == [60, 60, 30, 30, 7, 7, -1]


@pytest.mark.feature("O16")
def test_nothing_is_refused_beyond_the_licence(organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """Accounts and mailboxes are created, messages come and go, though the licence is used up and has ended."""
    platform, system = organisation.platform, organisation.system
    agree(organisation, users=1, mailboxes=1, until=in_days(-400), channels="sdk")
    assert in_work(platform, system, licences.one_more, UsageKind.USERS) is not None
    assert in_work(platform, system, licences.one_more, UsageKind.MAILBOXES) is not None
    new = organisation.add_user("Ny Genom Katalogen")
    organisation.add_mailbox("Ny brevlåda", new)
    case_id = organisation.arrive("Det här kom fram")
    assert case_id in {case.id for case in organisation.cases(case_worker)}


@pytest.mark.feature("O16")
@pytest.mark.parametrize(("agreed", "asks"), [(0, False), (8, False), (7, True), (6, True)])
def test_one_more_by_hand_is_asked_for(organisation: SampleOrganisation, agreed: int, asks: bool) -> None:
    """Where as many as agreed are there already; where nothing is agreed nobody is asked."""
    people(organisation, 7)
    agree(organisation, users=agreed)
    sentence = in_work(organisation.platform, organisation.system, licences.one_more, UsageKind.USERS)
    assert (sentence is not None) is asks
    assert not asks or str(agreed) in str(sentence)
