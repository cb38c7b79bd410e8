"""What is chosen to be reviewed: by each rule, at random, once, and nothing of it too early or twice."""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID

import pytest

from budkavle import ActorScope, Host, Loa, Person
from budkavle.identification import NewIdentity, link_identity
from budkavle.messaging import read_case
from budkavle.storage import EventLog
from budkavle.testing import SampleOrganisation, SampleUser, do_job, in_work
from budkavle_log_control import control, rules, sampling
from budkavle_log_control.accesses import OPENINGS, ZONE, Access
from budkavle_log_control.settings import LogControlSettings

Happen = Callable[..., UUID]
Settings = Callable[..., None]
NUMBER = "198112189876"


def chosen(organisation: SampleOrganisation) -> list[tuple[UUID, list[str]]]:
    """What waits after the job: the case and the reasons."""
    do_job(organisation.platform, "log_control.control")
    rows = organisation.rows("SELECT case_id, reasons FROM log_control_items ORDER BY number")
    return [(row.case_id, row.reasons) for row in rows]


def viewed(organisation: SampleOrganisation, reader: SampleUser, **more: Any) -> UUID:
    """A case that somebody has opened in the pages, three hours ago."""
    case_id = organisation.arrive(**more)
    in_work(organisation.platform, reader, read_case, case_id)
    return case_id


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Openings count at once, as they would in two hours."""
    monkeypatch.setattr(control, "SETTLED", timedelta(seconds=-5))


@pytest.mark.feature("Z7")
def test_outside_of_working_hours(
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    happen: Happen,
    quiet: Settings,
    tuesday: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before six, from seven in the evening, and on a Saturday."""
    monkeypatch.setattr(control, "BACK", timedelta(days=30))
    quiet(hours=True)
    last = tuesday - timedelta(days=7)
    for hour in (12, 6, 18):
        happen(case_worker, last.replace(hour=hour))
    outside = (last.replace(hour=5), last.replace(hour=19), last.replace(hour=12) + timedelta(days=4))
    expected = [(happen(case_worker, at), ["hours"]) for at in outside]
    assert sorted(chosen(organisation)) == sorted(expected)


@pytest.mark.feature("Z7")
def test_many_in_a_short_time(
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    happen: Happen,
    quiet: Settings,
    tuesday: datetime,
) -> None:
    """The opening that makes it many, once; the same case again does not count, nor what is spread over the day."""
    quiet(many=3, many_minutes=60)
    start = tuesday - timedelta(hours=3)
    same = happen(colleague, start)
    for minute in (1, 2):
        happen(colleague, start + timedelta(minutes=minute), same)
    for hour in range(3):
        happen(colleague, start + timedelta(hours=hour, minutes=30))
    cases = [happen(case_worker, start + timedelta(minutes=10 * number)) for number in range(5)]
    assert chosen(organisation) == [(cases[2], ["many"])]


@pytest.mark.feature("Z7")
def test_many_over_two_turns_of_the_job(
    organisation: SampleOrganisation, case_worker: SampleUser, happen: Happen, quiet: Settings
) -> None:
    """What was read before counts together with what comes now."""
    now = datetime.now(UTC) - timedelta(hours=3)
    quiet(many=3, many_minutes=60)
    for minute in (0, 10):
        happen(case_worker, now - timedelta(minutes=30 - minute))
    assert chosen(organisation) == []
    third = happen(case_worker, now)
    assert chosen(organisation) == [(third, ["many"])]


@pytest.mark.feature("Z7")
@pytest.mark.parametrize("protection", [{"confidential": True}, {"loa": Loa.TWO}, {}])
def test_protected_cases(
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    quiet: Settings,
    later: None,
    protection: dict[str, Any],
) -> None:
    """Confidential ones and those that ask for a level of assurance, as the opening itself says."""
    quiet(protected=True)
    case_id = viewed(organisation, case_worker.at(Loa.THREE), **protection)
    assert chosen(organisation) == ([(case_id, ["protected"])] if protection else [])


@pytest.mark.feature("Z7")
@pytest.mark.parametrize(
    ("subject", "reasons"),
    [("Ansökan från Ida Ahl", ["relatives"]), ("Om Ada Ahl", ["own"]), ("Om Ada Berg", None), ("Ahlbäck", None)],
)
def test_relatives_and_own_case(
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    quiet: Settings,
    later: None,
    subject: str,
    reasons: list[str] | None,
) -> None:
    """The reader is Ada Ahl: the surname as a whole word, and the whole name; found without opening the case."""
    quiet(relatives=True, own_case=True)
    case_id = viewed(organisation, case_worker, subject=subject)
    assert chosen(organisation) == ([(case_id, reasons)] if reasons else [])
    assert "log_control.numbers-read" not in organisation.log_kinds()


@pytest.mark.feature("Z7")
@pytest.mark.parametrize(("seconds", "is_many"), [(600, True), (601, False)])
def test_the_short_time_has_its_last_moment(seconds: int, is_many: bool, tuesday: datetime) -> None:
    """Two different cases within ten minutes, no second more."""
    settings, reader = LogControlSettings(many=2, many_minutes=10), UUID(int=9)
    both = [
        Access(number, tuesday + timedelta(seconds=after), reader, "Ada", UUID(int=number), None, protected=False)
        for number, after in ((1, 0), (2, seconds))
    ]
    assert rules.by_number(both, [], settings) == (both[1:] if is_many else [])


@pytest.mark.feature("Z7")
def test_names_in_one_s_own_inbox_are_no_reason(
    organisation: SampleOrganisation, case_worker: SampleUser, quiet: Settings, later: None
) -> None:
    """What comes to a person is addressed to them by name; only function mailboxes are judged."""
    quiet(relatives=True, own_case=True)
    viewed(organisation, case_worker, subject="Om Ada Ahl", mailbox_id=case_worker.personal_id)
    assert chosen(organisation) == []


@pytest.mark.feature("Z7")
@pytest.mark.parametrize("reads", ["case_worker", "colleague"])
def test_ones_own_number(
    organisation: SampleOrganisation, quiet: Settings, later: None, reads: str, request: pytest.FixtureRequest
) -> None:
    """Where it is switched on, the reader's personal identity number is looked for, and the log says that it was."""
    quiet(own_number=True)
    organisation_worker: SampleUser = request.getfixturevalue("case_worker")
    identity = NewIdentity("personnummer", NUMBER, "")
    in_work(organisation.platform, organisation.system, link_identity, identity, user_id=organisation_worker.user_id)
    case_id = viewed(organisation, request.getfixturevalue(reads), persons=(Person("personnummer", NUMBER),))
    assert chosen(organisation) == ([(case_id, ["own"])] if reads == "case_worker" else [])
    assert "log_control.numbers-read" in organisation.log_kinds()


@pytest.mark.feature("Z7")
def test_an_unusual_mailbox(
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    happen: Happen,
    quiet: Settings,
    tuesday: datetime,
) -> None:
    """Who works there, or acts on what was opened, is not chosen; who only looks is."""
    quiet(unusual=True)
    happen(case_worker, tuesday - timedelta(hours=2), kind="case.taken")
    happen(case_worker, tuesday)
    acted = happen(colleague, tuesday, mailbox=str(organisation.other_mailbox.id))
    happen(colleague, tuesday + timedelta(minutes=9), acted, "case.taken", mailbox=str(organisation.other_mailbox.id))
    looked = happen(colleague, tuesday)
    assert chosen(organisation) == [(looked, ["unusual"])]


@pytest.mark.feature("Z7")
@pytest.mark.parametrize(("days", "is_unusual"), [(29, False), (31, True)])
def test_a_mailbox_is_usual_for_so_many_days(
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    happen: Happen,
    quiet: Settings,
    tuesday: datetime,
    monkeypatch: pytest.MonkeyPatch,
    days: int,
    is_unusual: bool,
) -> None:
    """Thirty days after somebody last did something there, as the setting says."""
    monkeypatch.setattr(control, "BACK", timedelta(days=60))
    quiet(unusual=True, unusual_days=30)
    happen(case_worker, tuesday - timedelta(days=days), kind="case.taken")
    opened = happen(case_worker, tuesday)
    assert chosen(organisation) == ([(opened, ["unusual"])] if is_unusual else [])


@pytest.mark.feature("Z7")
@pytest.mark.parametrize("batch", [500, 7])
def test_the_sample_can_be_computed_again(
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    happen: Happen,
    quiet: Settings,
    tuesday: datetime,
    monkeypatch: pytest.MonkeyPatch,
    batch: int,
) -> None:
    """Drawn when the week is over; its seed was promised before, and gives the same sample from the event log."""
    monkeypatch.setattr(control, "BACK", timedelta(days=30))
    monkeypatch.setattr(control, "BATCH", batch)
    quiet(sample=4)
    at = tuesday - timedelta(days=7)
    for number in range(30):
        happen(case_worker, at + timedelta(minutes=number))
    drawn = chosen(organisation)
    assert [reasons for _, reasons in drawn] == [["sample"]] * 4
    entries = organisation.rows("SELECT entry FROM audit_log WHERE kind LIKE 'log_control.%' ORDER BY number")
    begun, ended = (json.loads(row.entry)["facts"] for row in entries)
    seed = bytes.fromhex(ended["seed"])
    assert hashlib.sha256(seed).hexdigest() == begun["sha256"]
    assert (ended["drawn"], ended["openings"]) == (4, 30)
    with organisation.platform.work(organisation.system) as work:
        openings = EventLog(work).entries(OPENINGS, at - timedelta(days=1), at + timedelta(days=1))
    scores = {entry.thing: hmac.digest(seed, str(entry.number).encode(), hashlib.sha256).hex() for entry in openings}
    assert {str(case_id) for case_id, _ in drawn} == set(sorted(scores, key=scores.__getitem__)[:4])
    assert chosen(organisation) == drawn


def test_a_week_that_is_not_over_is_not_drawn(
    organisation: SampleOrganisation, case_worker: SampleUser, happen: Happen, quiet: Settings, later: None
) -> None:
    """Its seed is secret until then: the row holds it sealed, the log its hash."""
    quiet(sample=4)
    happen(case_worker, datetime.now(UTC))
    assert chosen(organisation) == []
    assert organisation.log_kinds().count("log_control.week-begun") == 1
    assert "log_control.sample-drawn" not in organisation.log_kinds()


@pytest.mark.feature("Z7")
@pytest.mark.parametrize(("seconds", "is_drawn"), [(-1, False), (0, True)])
def test_a_week_is_drawn_two_hours_after_its_end_and_no_sooner(
    host: Host, organisation: SampleOrganisation, monkeypatch: pytest.MonkeyPatch, seconds: int, is_drawn: bool
) -> None:
    """By the clock in Sweden: an opening of its last moment takes part before anybody can compute the draw."""
    week = date(2026, 10, 19)  # the clocks change in its last night
    end = datetime(2026, 10, 26, tzinfo=ZONE)
    with host.work(host.system(organisation.id, ActorScope.READ)) as work:
        sampling.seed_of(host, work, week)
        assert sampling.due_weeks(host, work, end - timedelta(seconds=1)) == []
        assert sampling.due_weeks(host, work, end) == [week]

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return (end + control.SETTLED + timedelta(seconds=seconds)).astimezone(tz)

    monkeypatch.setattr(control, "datetime", Clock)
    do_job(organisation.platform, "log_control.control")
    assert ("log_control.sample-drawn" in organisation.log_kinds()) is is_drawn


def test_samples_by_mailbox(
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    happen: Happen,
    quiet: Settings,
    tuesday: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So many out of each one."""
    monkeypatch.setattr(control, "BACK", timedelta(days=30))
    quiet(sample=2, per="mailbox")
    for number in range(5):
        at = tuesday - timedelta(days=7, minutes=number)
        happen(case_worker, at)
        happen(case_worker, at, mailbox=str(organisation.other_mailbox.id))
    assert len(chosen(organisation)) == 4


def test_more_than_a_day_may_have_are_counted(
    organisation: SampleOrganisation, case_worker: SampleUser, happen: Happen, quiet: Settings
) -> None:
    """Two of five are chosen, over two turns of the job as well."""
    now = datetime.now(UTC) - timedelta(hours=3)
    quiet(protected=True, most=2)
    for number in range(5):
        happen(case_worker, now - timedelta(seconds=number), protected=True)
    assert len(chosen(organisation)) == 2
    happen(case_worker, now, protected=True)
    assert len(chosen(organisation)) == 2
    (row,) = organisation.rows("SELECT hits, kept FROM log_control_counts")
    assert (row.hits, row.kept) == (6, 2)


@pytest.mark.feature("Z7")
def test_which_of_a_day_are_chosen_is_drawn(
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    happen: Happen,
    quiet: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the week's seed, and not by who came first: nobody hides among the late ones."""
    seed = b"\x07" * 32
    monkeypatch.setattr("budkavle_log_control.sampling.secrets.token_bytes", lambda _: seed)
    now = datetime.now(UTC) - timedelta(hours=3)
    quiet(protected=True, most=3)
    cases = {happen(case_worker, now + timedelta(seconds=number), protected=True) for number in range(12)}
    with organisation.platform.work(organisation.system) as work:
        openings = EventLog(work).about(list(cases), OPENINGS, limit=100)
    scores = {entry.thing: hmac.digest(seed, str(entry.number).encode(), hashlib.sha256).hex() for entry in openings}
    assert {str(case_id) for case_id, _ in chosen(organisation)} == set(sorted(scores, key=scores.__getitem__)[:3])


def test_nothing_is_read_twice_and_nothing_missed(
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    happen: Happen,
    quiet: Settings,
    tuesday: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Small batches, a second reason for the same opening, and one that is too young."""
    monkeypatch.setattr(control, "BATCH", 2)
    quiet(protected=True, hours=True, most=100)
    night = tuesday.replace(hour=3)
    cases = [happen(case_worker, night + timedelta(minutes=number), protected=True) for number in range(5)]
    young = happen(case_worker, datetime.now(UTC) - timedelta(minutes=30), protected=True)
    before = chosen(organisation)
    assert [case_id for case_id, _ in before] == cases
    assert {tuple(sorted(reasons)) for _, reasons in before} == {("hours", "protected")}
    assert chosen(organisation) == before
    monkeypatch.setattr(control, "SETTLED", timedelta(0))
    assert young in {case_id for case_id, _ in chosen(organisation)}


def test_organisations_are_apart(
    organisation: SampleOrganisation,
    other_organisation: SampleOrganisation,
    case_worker: SampleUser,
    happen: Happen,
    quiet: Settings,
    tuesday: datetime,
) -> None:
    """What happened here is chosen here."""
    quiet(protected=True)
    happen(case_worker, tuesday, protected=True)
    assert len(chosen(organisation)) == 1
    assert other_organisation.rows("SELECT 1 FROM log_control_items") == []


def test_what_is_kept_long_enough_is_destroyed(
    organisation: SampleOrganisation, case_worker: SampleUser, happen: Happen, quiet: Settings, tuesday: datetime
) -> None:
    """After five years, and the log says how many."""
    quiet(protected=True)
    happen(case_worker, tuesday, protected=True)
    happen(case_worker, tuesday, protected=True)
    assert len(chosen(organisation)) == 2
    age = "UPDATE log_control_items SET at = now() - interval '5 years 2 days' WHERE number = (SELECT min(number)"
    organisation.rows(f"{age} FROM log_control_items) RETURNING 1")
    assert len(chosen(organisation)) == 1
    assert organisation.last_log_facts() == {"reviews": 1}


def test_every_reason_has_words(host: Host) -> None:
    """And a score is as long as it is random."""
    assert {rules.SAMPLE, rules.RELATIVES, rules.OWN, rules.PROTECTED, rules.MANY, rules.HOURS, rules.UNUSUAL} == set(
        rules.REASONS
    )
    assert len(sampling.score(b"\0" * 32, 1)) == 64
