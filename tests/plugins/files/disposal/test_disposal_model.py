"""Retention of files against a model: over any days, places and holds nothing goes early, late or twice."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import text
from tests.plugins.files.conftest import Files

from budkavle import Host, Platform, hookimpl
from budkavle.accounts import write_settings
from budkavle.operations import Hold
from budkavle.testing import SampleOrganisation, SampleUser, offer, plugin_module
from budkavle_files.disposal.destroying import destroy_due
from budkavle_files.tree.binning import bin_entry, restore_entry
from budkavle_files.tree.moving import move_entry
from budkavle_files.tree.retention_rules import AS_ABOVE, Choice, choose
from budkavle_files.tree.settings import FileSettings
from budkavle_files.tree.store import find_entry
from budkavle_files.tree.things import Entry
from budkavle_files.tree.versions import FILES, NewVersion, add_version

ZONE = ZoneInfo("Europe/Stockholm")
BEGIN = datetime(2001, 3, 20, 12, tzinfo=ZONE)
"""Five days before the clocks are changed; long ago, so that what is stored now can be told from what is set back."""
PRESERVED, TWO_DAYS, LOST = UUID(int=1), UUID(int=2), UUID(int=3)
SET_BACK = (
    "UPDATE files_entries SET kept_from = :now WHERE kept_from > '2010-01-01'",
    "UPDATE files_retention SET changed_at = :now WHERE changed_at > '2010-01-01'",
)
SAVED = """
    INSERT INTO files_origins (organisation_id, entry_id, case_id, message_id)
    VALUES (:organisation, :entry, :case, :case) ON CONFLICT DO NOTHING
"""


@dataclass
class Holding:
    """What cases are held back."""

    cases: set[UUID] = field(default_factory=set)
    destroyed: int = 0
    """How many files have been destroyed over all examples."""


@pytest.fixture
def holding() -> Holding:
    return Holding()


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform], holding: Holding) -> Platform:
    """With a plugin that holds cases back and has kinds."""

    def kinds(organisation_id: UUID) -> Mapping[UUID, Mapping[str, Any]]:
        del organisation_id
        since = datetime(2000, 1, 1, tzinfo=UTC)
        return {
            PRESERVED: {"label": "1 Bevaras", "days": None, "since": since},
            TWO_DAYS: {"label": "2 Ringa betydelse", "days": 2, "since": since},
        }

    module = plugin_module(
        "keeper",
        hold_back=lambda planned: [Hold(case.id, "Målet pågår.") for case in planned.cases if case.id in holding.cases],
    )
    setattr(module, "files_retention_kinds", hookimpl(optionalhook=True)(kinds))  # noqa: B010 - a module has none
    return budkavle_open(offers=offer(keeper=module), enabled=("files", "keeper"))


@dataclass
class File:
    """A file of the model."""

    place: str
    day: int
    case_id: UUID | None = None
    is_binned: bool = False
    was_asked: bool = False
    """Whether it was held back today."""


PLACES: Mapping[str, tuple[str, ...]] = {"A": ("A",), "B": ("A", "B"), "C": ("C",)}
"""Catalogues, each with those above it."""
CHOICES: Mapping[Choice, int | None] = {
    Choice(days=1): 1,
    Choice(days=3): 3,
    Choice(kind_id=PRESERVED): None,
    Choice(kind_id=TWO_DAYS): 2,
    Choice(kind_id=LOST): None,
}


class Model(RuleBasedStateMachine):
    """The days of three catalogues, of which B lies in A."""

    files = Bundle("files")

    def __init__(self, kit: Files, worker: SampleUser, administrator: SampleUser, holding: Holding) -> None:
        super().__init__()
        self.kit, self.host, self.worker, self.administrator = kit, kit.host, worker, administrator
        self.holding, self.now = holding, BEGIN
        self.catalogues: dict[str, Entry] = {}
        self.known: dict[UUID, File] = {}
        self.gone: set[UUID] = set()
        self.chosen: dict[str, tuple[Choice, int]] = {}  # by place; what, and when
        self.days = (0, 0)

    def run(self, *statements: str, **values: Any) -> None:
        with self.host.transaction(self.kit.organisation.id) as connection:
            for statement in statements:
                connection.execute(text(statement), {"organisation": self.kit.organisation.id, **values})

    def set_back(self) -> None:
        """Let what was stored just now have been stored at the model's present."""
        self.run(*SET_BACK, now=self.now)

    @property
    def today(self) -> int:
        return self.now.astimezone(ZONE).date().toordinal()

    @initialize(target=files, days=st.sampled_from([2, 1, 4, 0]), ago=st.integers(0, 4))
    def begin(self, days: int, ago: int) -> UUID:
        """Catalogues with a few files; the organisation has chosen a number some days ago."""
        self.run("DELETE FROM files_entries WHERE organisation_id = :organisation")
        self.holding.cases.clear()
        a = self.kit.catalogue(self.worker, f"A {uuid4()}")
        b = self.kit.catalogue(self.worker, "B", a)
        self.catalogues = {"A": a, "B": b, "C": self.kit.catalogue(self.worker, f"C {uuid4()}")}
        self.now -= timedelta(days=3)
        self.organisation_chooses(days)
        self.now = BEGIN
        self.come("A", [ago], saved=False)
        return self.come("B", [ago, 0], saved=True)

    @rule(
        target=files,
        place=st.sampled_from(sorted(PLACES)),
        days_ago=st.lists(st.integers(0, 6), min_size=2, max_size=4),
        saved=st.booleans(),
    )
    def come(self, place: str, days_ago: list[int], *, saved: bool) -> UUID:
        """Some files were added some days ago; the last may have been saved from a case."""
        entry = self.catalogues[place]
        for ago in days_ago:
            entry = self.kit.file(self.worker, self.catalogues[place], f"{uuid4()}.txt")
            at = self.now - timedelta(days=ago)
            self.run(SET_BACK[0], now=at)
            self.known[entry.id] = File(place, at.astimezone(ZONE).date().toordinal())
        if saved:
            case_id = self.kit.organisation.arrive("Intyg")
            self.known[entry.id].case_id = case_id
            self.run(SAVED, entry=entry.id, case=case_id)
        return entry.id

    @rule(days=st.sampled_from([2, 1, 4, 0]))
    def organisation_chooses(self, days: int) -> None:
        """The organisation chooses a number."""
        with self.host.work(self.administrator) as work:
            write_settings(work, FileSettings, {"retention_days": days})
        with self.host.platform.database.transaction(self.kit.organisation.id) as connection:
            query = text("UPDATE settings SET changed_at = :now WHERE section = 'files.files'")
            assert connection.execute(query, {"now": self.now}).rowcount == 1
        self.days = (days, self.today)

    @rule(place=st.sampled_from(sorted(PLACES)), choice=st.sampled_from([AS_ABOVE, *CHOICES]))
    def catalogue_chooses(self, place: str, choice: Choice) -> None:
        """A catalogue says something, or nothing more."""
        if self.chosen.get(place, (AS_ABOVE, 0))[0] == choice:
            return
        self.kit.do(self.worker, choose, self.catalogues[place], choice)
        self.set_back()
        self.chosen[place] = (choice, self.today)

    @rule(file_id=files)
    def gets_a_version(self, file_id: UUID) -> None:
        """Its days count anew."""
        if file_id in self.gone or self.known[file_id].is_binned:
            return
        with self.host.work(self.worker) as work:
            kept = FILES.keep(work, file_id, "x", "text/plain", [b"new"])
            add_version(self.host, work, file_id, NewVersion(kept.id, kept.size, kept.content_type))
        self.counts_anew(file_id)

    @rule(file_id=files, place=st.sampled_from(sorted(PLACES)))
    def is_moved(self, file_id: UUID, place: str) -> None:
        """Its days count anew where somebody else decides over it."""
        if file_id in self.gone or self.known[file_id].is_binned:
            return
        self.kit.do(self.worker, move_entry, file_id, self.catalogues[place].id)
        if self.decides(place) != self.decides(self.known[file_id].place):
            self.counts_anew(file_id)
        self.known[file_id].place = place
        self.set_back()

    @rule(file_id=files)
    def is_binned_or_restored(self, file_id: UUID) -> None:
        """In the bin its days go on; restored, they count anew."""
        if file_id in self.gone:
            return
        file = self.known[file_id]
        self.kit.do(self.worker, restore_entry if file.is_binned else bin_entry, file_id)
        if file.is_binned:
            self.counts_anew(file_id)
        file.is_binned = not file.is_binned

    @rule(file_id=files, holds=st.booleans())
    def is_held(self, file_id: UUID, *, holds: bool) -> None:
        """The case that it was saved from is held back, or no longer."""
        case_id = self.known[file_id].case_id
        if case_id:
            (self.holding.cases.add if holds else self.holding.cases.discard)(case_id)

    @rule(hours=st.sampled_from([1, 5, 11, 23, 24, 49]))
    def time_passes(self, hours: int) -> None:
        """By the clock that is believed, and the job runs; who holds is asked again when a day has passed."""
        self.now = (self.now.astimezone(UTC) + timedelta(hours=hours)).astimezone(ZONE)
        if hours >= 24:
            self.run("UPDATE files_origins SET ask_again_at = now() - interval '1 second'")
            for file in self.known.values():
                file.was_asked = False
        self.a_run(1)

    @rule(retries=st.integers(1, 2))
    def a_run(self, retries: int) -> None:
        """It destroys exactly what is due, however often it is run."""
        due = {file_id for file_id in self.known.keys() - self.gone if self.is_due(file_id)}
        held = {file_id for file_id in due if self.known[file_id].case_id in self.holding.cases}
        expected = {file_id for file_id in due - held if not self.known[file_id].was_asked}
        for _ in range(retries):
            destroy_due(self.host, self.now)
        for file_id in held:
            self.known[file_id].was_asked = True
        self.gone |= expected
        self.holding.destroyed += len(expected)
        query = "SELECT id FROM files_entries WHERE kind <> 'catalogue' AND organisation_id = :organisation"
        there = {row.id for row in self.kit.rows(query, organisation=self.kit.organisation.id)}
        assert there == self.known.keys() - self.gone
        query = "SELECT thing FROM audit_log WHERE kind = 'files.disposed'"
        told = Counter(UUID(row.thing) for row in self.kit.organisation.rows(query))
        assert {file_id: told[file_id] for file_id in self.known} == {
            file_id: int(file_id in self.gone) for file_id in self.known
        }

    def teardown(self) -> None:
        """Let some days pass at the end of each example, so that something goes in most of them."""
        if self.catalogues:
            for _ in range(2):
                self.time_passes(49)

    def counts_anew(self, file_id: UUID) -> None:
        self.set_back()
        self.known[file_id].day = self.today

    def decides(self, place: str) -> str | None:
        """Return the catalogue that decides over a place; None where the organisation does."""
        return next((each for each in reversed(PLACES[place]) if self.choice_of(each) != AS_ABOVE), None)

    def choice_of(self, place: str) -> Choice:
        return self.chosen.get(place, (AS_ABOVE, 0))[0]

    def is_due(self, file_id: UUID) -> bool:
        file = self.known[file_id]
        decider = self.decides(file.place)
        if decider is None:
            days, changed = self.days[0] or None, self.days[1]
            below = PLACES[file.place]
        else:
            days, changed = CHOICES[self.choice_of(decider)], self.chosen[decider][1]
            below = PLACES[file.place][PLACES[file.place].index(decider) + 1 :]
        changed = max([changed, *(self.chosen[each][1] for each in below if each in self.chosen)])
        return days is not None and changed < self.today and file.day + days < self.today


def test_nothing_is_destroyed_early_late_or_twice(
    files: Files, case_worker: SampleUser, administrator: SampleUser, organisation: SampleOrganisation, holding: Holding
) -> None:
    """Over random days, catalogues, kinds, moves, versions, bins, holds, clocks and retries."""
    assert files.organisation is organisation
    begun: Any = lambda: Model(files, case_worker, administrator, holding)  # noqa: E731 - what makes a machine
    run_state_machine_as_test(begun, settings=settings_of_hypothesis(max_examples=7, stateful_step_count=16))
    assert holding.destroyed > 5, "too little was destroyed to say anything"


def test_its_bytes_and_keys_go_with_it(
    files: Files, host: Host, case_worker: SampleUser, catalogue: Entry, organisation: SampleOrganisation
) -> None:
    """Versions, sealed bytes and key slots are those of `destroy_entries`: nothing of the file is left."""
    blobs = organisation.platform.settings.blob_folder
    before = sorted(path for path in blobs.rglob("*") if path.is_file())
    entry = files.file(case_worker, catalogue, "Intyg.txt")
    files.do(case_worker, choose, catalogue, Choice(days=1))
    with host.transaction(organisation.id) as connection:
        for table, column in (("files_entries", "kept_from"), ("files_retention", "changed_at")):
            connection.execute(text(f"UPDATE {table} SET {column} = {column} - interval '3 days'"))
    assert destroy_due(host, datetime.now(UTC)) == 1
    assert sorted(path for path in blobs.rglob("*") if path.is_file()) == before
    assert not files.rows("SELECT number FROM files_versions WHERE entry_id = :id", id=entry.id)
    with host.work(case_worker) as work, pytest.raises(Exception, match="finns inte"):
        find_entry(host, work, entry.id)


def age(host: Host, organisation: SampleOrganisation, days: int, *tables: str) -> None:
    """Let what stands in the plugin's tables have been stored so many days earlier."""
    columns = {"files_entries": "kept_from", "files_retention": "changed_at", "files_origins": "ask_again_at"}
    with host.transaction(organisation.id) as connection:
        for table in tables:
            column = columns[table]
            connection.execute(text(f"UPDATE {table} SET {column} = {column} - :age"), {"age": timedelta(days=days)})


def test_what_is_held_back_stays_until_the_hold_is_over(
    files: Files,
    host: Host,
    case_worker: SampleUser,
    catalogue: Entry,
    organisation: SampleOrganisation,
    holding: Holding,
) -> None:
    """Whoever holds is asked once a day; another file goes meanwhile."""
    case_id = organisation.arrive("Intyg")
    holding.cases.add(case_id)
    saved = files.file(case_worker, catalogue, "Intyg.txt")
    files.file(case_worker, catalogue, "Annat.txt")
    with host.transaction(organisation.id) as connection:
        values = {"organisation": organisation.id, "entry": saved.id, "case": case_id}
        connection.execute(text(SAVED), values)
    files.do(case_worker, choose, catalogue, Choice(days=1))
    age(host, organisation, 3, "files_entries", "files_retention")
    assert destroy_due(host, datetime.now(UTC)) == 1
    assert files.names(case_worker, catalogue) == ["Intyg.txt"]
    holding.cases.clear()
    assert destroy_due(host, datetime.now(UTC)) == 0, "it is asked again tomorrow"
    age(host, organisation, 2, "files_origins")
    assert destroy_due(host, datetime.now(UTC)) == 1


def test_a_catalogue_that_says_nothing_more_since_today_keeps_its_files_today(
    files: Files,
    host: Host,
    case_worker: SampleUser,
    administrator: SampleUser,
    catalogue: Entry,
    organisation: SampleOrganisation,
) -> None:
    """What is above it holds from the next night."""
    with host.work(administrator) as work:
        write_settings(work, FileSettings, {"retention_days": 1})
    with host.platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE settings SET changed_at = changed_at - interval '3 days'"))
    files.file(case_worker, catalogue, "Intyg.txt")
    files.do(case_worker, choose, catalogue, Choice(days=100))
    age(host, organisation, 3, "files_entries")
    files.do(case_worker, choose, catalogue, AS_ABOVE)
    assert destroy_due(host, datetime.now(UTC)) == 0
    age(host, organisation, 1, "files_retention")
    assert destroy_due(host, datetime.now(UTC)) == 1
