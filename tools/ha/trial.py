"""One fault after the other, and what was promised: how soon, and that nothing is lost or doubled."""

import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from bench_stage import Stage
from chaos import logged
from chaos_truth import Side, faults, wait_until_quiet

from ha.cluster import Cluster
from ha.faults import FAULTS, Fault, Witness
from ha.visits import LATEST, People, Visit, late, stood

CALM_SECONDS: Final = 3.0
"""Of writing before each fault."""
QUIET_SECONDS: Final = 120.0
BACK_SECONDS: Final = 90.0
"""After which messages are not sent again at all."""
_HEAD: Final = ("fault", "n", "new primary s", "writes stood s", "/readyz s", "/ s", "send s", "confirmed", "in doubt")


@dataclass
class Outcome:
    """What a fault did.

    Attributes:
        promoted: Seconds until the standby was the primary; None where it was not to be.
        stood: Seconds of the longest time without a confirmed message; `back` is when it was over, since the fault.
        slowest: The slowest answer of each page, in seconds.
        confirmed: Messages that pages have confirmed; `doubtful` those of which the writer was told that it failed, or
            nothing.
        answers: How often each status came to what was sent; `-` where there was none.
        load: The machine's load average in the last minute.
        broken: Promises that were broken, in words.
        by_load: What came late together with a page that asks no database; all that came late, where a fault is short.
    """

    fault: str
    primary: str
    promoted: float | None = None
    stood: float = 0.0
    back: float = 0.0
    slowest: dict[str, float] = field(default_factory=dict)
    confirmed: int = 0
    doubtful: int = 0
    answers: dict[str, int] = field(default_factory=dict)
    load: float = 0.0
    seconds: float = 0.0
    broken: list[str] = field(default_factory=list)
    by_load: list[str] = field(default_factory=list)

    def line(self) -> str:
        """Itself as JSON."""
        return json.dumps({"name": "ha.fault", **asdict(self)}, ensure_ascii=False)

    @staticmethod
    def table(outcomes: Sequence["Outcome"]) -> str:
        """The worst of each fault, in a table, and what was broken."""
        rows: list[tuple[str, ...]] = [_HEAD]
        for name in dict.fromkeys(outcome.fault for outcome in outcomes):
            same = [outcome for outcome in outcomes if outcome.fault == name]
            pages = (max(one.slowest.get(path, 0.0) for one in same) for path in ("/readyz", "/", "/compose"))
            promoted = max((one.promoted for one in same if one.promoted is not None), default=None)
            worst = ("-" if promoted is None else f"{promoted:.1f}", f"{max(one.stood for one in same):.1f}")
            sums = (sum(one.confirmed for one in same), sum(one.doubtful for one in same))
            rows.append((name, str(len(same)), *worst, *(f"{page:.2f}" for page in pages), *map(str, sums)))
        widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
        lines += [f"BROKEN {one.fault}: {text}" for one in outcomes for text in one.broken]
        lines += [f"late by load {one.fault}: {text}" for one in outcomes for text in one.by_load]
        return "\n".join(lines)


class Trial:
    """Lets faults befall a cluster under an installation that is used.

    Args:
        short: A fault ends when messages are sent again, not before it has done so; and nothing is judged by a clock.
    """

    def __init__(self, cluster: Cluster, made: Stage, people: People, logs: Path, *, short: bool) -> None:
        self._cluster = cluster
        self._made = made
        self._people = people
        self._logs = logs
        self._short = short
        self._told: set[str] = set()
        data = made.installation.settings.data
        self._spool = next(data.rglob("spool"), data / "spool")

    def run(self, name: str) -> Outcome:
        """Let one befall it, wait until all is well, and judge."""
        fault, people, cluster = FAULTS[name], self._people, self._cluster
        before, answers = people.sides(), people.answers()
        with people.at_work():
            self._wait_until_well()
            primary, began = cluster.primary(), time.monotonic()
            outcome = Outcome(name, primary, load=round(os.getloadavg()[0], 1))
            with fault.do(cluster, self._made.platform, primary):
                outcome.promoted = self._endure(fault, primary, began)
            witness = Witness(cluster, primary)
            cluster.wait(lambda: people.sent_after(time.monotonic() - CALM_SECONDS), "a message", BACK_SECONDS)
            cluster.wait(cluster.is_whole, "the synchronous standby")
        visits = people.visits(began)
        foreign = witness.end(cluster)
        judge(outcome, fault, visits, began, short=self._short)
        if foreign:
            outcome.broken.append(f"the old primary confirmed {foreign} rows that the cluster does not have")
        self._count(outcome, before, people.sides())
        outcome.answers = dict(people.answers() - answers)
        outcome.broken += self._judge()
        outcome.seconds = round(time.monotonic() - began, 1)
        return outcome

    def _wait_until_well(self) -> None:
        self._cluster.wait(self._cluster.is_whole, "the synchronous standby")
        since = time.monotonic()
        self._cluster.wait(lambda: self._people.sent_after(since), "a message", BACK_SECONDS)
        since = time.monotonic()
        self._cluster.wait(lambda: time.monotonic() > since + CALM_SECONDS, "calm")

    def _endure(self, fault: Fault, primary: str, began: float) -> float | None:
        """Wait as long as the fault lasts, and until it has done what it does; return when the standby took over."""
        cluster, promoted = self._cluster, None
        new = next(name for name in ("db1", "db2") if name != primary)
        until = began + fault.seconds
        while True:
            now = time.monotonic()
            if fault.takes_over and promoted is None and cluster.is_primary(new):
                promoted = round(time.monotonic() - began, 1)
            done = promoted is not None or not fault.takes_over
            if done and (now > until or (self._short and self._people.sent_after(began + (promoted or 1)))):
                return promoted
            if now > until + BACK_SECONDS:
                return promoted
            time.sleep(0.05)

    @staticmethod
    def _count(outcome: Outcome, before: Sequence[Side], after: Sequence[Side]) -> None:
        for old, new in zip(before, after, strict=True):
            outcome.confirmed += len(new.confirmed) - len(old.confirmed)
            outcome.doubtful += len(new.doubtful) - len(old.doubtful)

    def _judge(self) -> list[str]:
        """What is wrong that was not before; people rest, and what is under way is waited for."""
        sides = self._people.sides()
        left = wait_until_quiet(self._made.platform, sides, self._spool, QUIET_SECONDS)
        wrong = [f"not done in time: {number} {what}" for what, number in left.items()]
        wrong += faults(self._made.platform, sides[0], sides[1], self._spool)
        # Jobs are at work while we look, so a job that is held is none of nobody's.
        wrong = [fault for fault in wrong if not fault.endswith("held by nobody")]
        wrong += [f"{what} {number} times in the logs" for what, number in logged(self._logs).items()]
        new = [fault for fault in wrong if fault not in self._told]
        self._told.update(new)
        return new


def judge(outcome: Outcome, fault: Fault, visits: Sequence[Visit], began: float, *, short: bool) -> None:
    """Note how long messages stood and pages took since a fault began, and what of it was not promised so."""
    if fault.takes_over and outcome.promoted is None:
        outcome.broken.append("the standby did not take over")
    outcome.stood, outcome.back = (round(seconds, 1) for seconds in stood(visits, began))
    slowest, too_late, outcome.by_load = late(visits, LATEST | {"/compose": fault.send})
    outcome.slowest = {path: round(seconds, 2) for path, seconds in slowest.items()}
    if outcome.stood < fault.stands:
        outcome.broken.append(f"messages were confirmed after {outcome.stood} s, not {fault.stands} s or later")
    if outcome.stood > fault.back:
        too_late.append(f"messages were sent again after {outcome.back} s, not within {fault.back} s")
    (outcome.by_load if short else outcome.broken).extend(too_late)
