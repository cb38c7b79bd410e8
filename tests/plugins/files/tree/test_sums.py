"""What catalogues and owners have, as triggers count it; and lists that an index has in their order."""

import random
from collections import Counter
from contextlib import suppress
from itertools import product
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects import postgresql
from tests.plugins.files.conftest import Files

from budkavle import BudkavleError, Host
from budkavle.testing import SampleUser
from budkavle_files.pages.parts import tidy
from budkavle_files.tables import entries, list_range
from budkavle_files.tree import binning
from budkavle_files.tree.entries import Order, _ordered
from budkavle_files.tree.moving import copy_entry, move_entry
from budkavle_files.tree.sums import Sum, fold, sums_of
from budkavle_files.tree.things import AccessRole, Entry
from budkavle_files.tree.versions import FILES, NewVersion, add_version


def _counted(files: Files) -> dict[Any, Sum]:
    """Count what there is, row by row."""
    stored, inside, catalogues = Counter[Any](), Counter[Any](), Counter[Any]()
    for row in files.rows("SELECT * FROM files_entries"):
        for subject_id in (row.owner_id, row.organisation_id):
            stored[subject_id] += row.stored
        if row.parent_id and row.binned_at is None:
            inside[row.parent_id] += 1
            catalogues[row.parent_id] += row.kind == "catalogue"
    return {each: Sum(stored[each], inside[each], catalogues[each]) for each in {*stored, *inside}}


class _Steps:
    """Steps that somebody takes by chance in two trees; a step that is refused changes nothing."""

    def __init__(self, files: Files, who: SampleUser, tops: list[Entry], seed: int) -> None:
        self._files, self._who, self._tops = files, who, tops
        self._chance = random.Random(seed)  # noqa: S311 - a test's choice
        self._live, self._binned = list[Entry](), list[Entry]()

    def take(self, number: int) -> None:
        steps = (self._file, self._file, self._catalogue, self._version, self._move, self._copy, self._bin)
        with suppress(BudkavleError, IndexError):
            self._chance.choice([*steps, self._restore, self._destroy, self._fold])(number)

    def _file(self, number: int) -> None:
        content = b"x" * self._chance.randrange(1, 50)
        self._live.append(self._files.file(self._who, self._place(), f"{number}.txt", content))

    def _catalogue(self, number: int) -> None:
        self._live.append(self._files.catalogue(self._who, f"K{number}", self._place()))

    def _version(self, number: int) -> None:
        entry = self._chance.choice(self._live)
        with self._files.host.work(self._who) as work:
            kept = FILES.keep(work, entry.id, entry.name, "text/plain", [b"y" * number])
            add_version(self._files.host, work, entry.id, NewVersion(kept.id, kept.size, "text/plain"))

    def _move(self, _: int) -> None:
        self._files.do(self._who, move_entry, self._chance.choice(self._live).id, self._place().id)

    def _copy(self, _: int) -> None:
        copy = self._files.do(self._who, copy_entry, self._chance.choice(self._live).id, self._place().id)
        self._live.append(copy)

    def _bin(self, _: int) -> None:
        self._binned.append(self._files.do(self._who, binning.bin_entry, self._chance.choice(self._live).id))

    def _restore(self, _: int) -> None:
        self._files.do(self._who, binning.restore_entry, self._binned.pop().id)

    def _destroy(self, _: int) -> None:
        self._files.do(self._who, binning.destroy_entry, self._binned.pop(0).id)

    def _fold(self, _: int) -> None:
        self._files.do(self._who, fold)

    def _place(self) -> Entry:
        return self._chance.choice([*self._tops, *(entry for entry in self._live if entry.is_catalogue)])


@pytest.mark.parametrize("seed", range(3))
def test_the_sums_are_what_counting_says(
    files: Files, case_worker: SampleUser, colleague: SampleUser, seed: int
) -> None:
    """After any steps, folded in between or not: adding, versions, moving between owners, copying, the bin, the end."""
    tops = [files.catalogue(case_worker, "Mina"), files.catalogue(colleague, "Dina")]
    files.share(colleague, tops[1], case_worker, AccessRole.ADMINISTRATOR)
    steps = _Steps(files, case_worker, tops, seed)
    for number in range(30):
        steps.take(number)
        counted = _counted(files)
        assert files.do(case_worker, sums_of, list(counted)) == counted


def test_folding_leaves_one_row_of_each(files: Files, host: Host, case_worker: SampleUser, catalogue: Entry) -> None:
    """The job makes one row of many, and none of what is nothing any more."""
    for number in range(5):
        files.file(case_worker, catalogue, f"{number}.txt")
    gone = files.catalogue(case_worker, "Tom", catalogue)
    inside = files.file(case_worker, gone, "en.txt")
    files.do(case_worker, binning.bin_entry, inside.id)
    before = _counted(files)
    tidy(host)
    rows = files.rows("SELECT subject_id FROM files_sums")
    assert sorted(str(row.subject_id) for row in rows) == sorted(
        str(subject_id) for subject_id in before if before[subject_id] != Sum()
    )
    assert files.do(case_worker, sums_of, list(before)) == before


def test_no_list_is_sorted(files: Files, catalogue: Entry) -> None:
    """Each order is that of an index, so that a page of a long list reads no more than it passes."""
    with files.host.transaction(files.organisation.id) as connection:
        for setting in ("seqscan", "sort", "bitmapscan"):
            connection.execute(text(f"SET LOCAL enable_{setting} = off"))
        for order, range_ in product(Order, (0, 1)):
            query = select(entries.c.id).where(
                entries.c.organisation_id == files.organisation.id,
                entries.c.parent_id == catalogue.id,
                list_range == range_,
                entries.c.binned_at.is_(None),
            )
            sql = query.order_by(*_ordered(order)).compile(
                dialect=postgresql.dialect(),  # type: ignore[no-untyped-call]
                compile_kwargs={"literal_binds": True},
            )
            plan = "\n".join(row[0] for row in connection.execute(text(f"EXPLAIN {sql}")))
            assert "Sort" not in plan, plan
            assert "Index Cond" in plan
