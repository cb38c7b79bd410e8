"""Those who use the pages while faults befall the database: people who write, and visitors who only look."""

import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import httpx
from bench_stage import RECIPIENT, SENDER, Stage, to
from chaos_load import Letter, Reader, reader
from chaos_truth import Side

from budkavle.accounts.users import account

PATIENCE: Final = 20.0
PACE: Final = 0.6
"""Seconds that a writer rests after a message; one that was refused is followed by the next sooner."""
EVERY: Final = {"/healthz": 0.25, "/readyz": 0.25, "/": 0.5}
"""Which page is looked at, and the seconds between two visits. The first asks no database: it tells of the machine."""
LATEST: Final = {"/readyz": 1.0, "/": 2.0, "/compose": 2.0}
"""Seconds after which each page has answered, whatever befalls the database."""
NEAR: Final = 2.0
"""Seconds around a visit in which the machine's own delay counts for it."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit of a page: when it began, how long it took, and whether it was answered as on a good day."""

    path: str
    began: float
    seconds: float
    well: bool

    @property
    def ended(self) -> float:
        """When the answer was there."""
        return self.began + self.seconds


@dataclass
class Writer(Reader):
    """A user who sends one message after the other with the page."""

    visits: list[Visit] = field(default_factory=list)

    def _send(self, browser: httpx.Client, letter: Letter) -> bool:
        began, before = time.monotonic(), len(self.confirmed)
        answered = super()._send(browser, letter)
        well = len(self.confirmed) > before
        self.visits.append(Visit("/compose", began, time.monotonic() - began, well))
        time.sleep(PACE if well else 0)
        return answered and well


class People:
    """A writer in each organisation, who writes to the other, and a visitor for each page."""

    def __init__(self, made: Stage) -> None:
        self._url = f"http://127.0.0.1:{made.port}"
        self._made = made
        self._writers: dict[str, Writer] = {}
        for (slug, name), (_, opposite) in ((SENDER, RECIPIENT), (RECIPIENT, SENDER)):
            box, user = made.member(slug, name), account(made.platform, f"bench@{slug}.example")
            if user is None:
                raise SystemExit(f"{slug} has no user; {box} was not made.")
            chance = random.Random(slug)  # noqa: S311 - repeatable, nothing secret
            there = reader(made.platform, self._url, user, made.box(slug, name).id, to(opposite), chance)
            self._writers[slug] = Writer(
                there.mailbox, there.to, chance, url=self._url, cookie=there.cookie, csrf=there.csrf
            )
        self._looks: list[Visit] = []

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Let them write and look as long as the block lasts."""
        stop = threading.Event()
        threads = [threading.Thread(target=one.write_until, args=(stop,)) for one in self._writers.values()]
        threads += [threading.Thread(target=self._look, args=(path, pause, stop)) for path, pause in EVERY.items()]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def sides(self) -> list[Side]:
        """What the writers of each organisation were told is sent, and what may have been."""
        return [
            Side(self._made.installation.organisation(slug), slug, dict(one.confirmed), dict(one.doubtful))
            for slug, one in self._writers.items()
        ]

    def answers(self) -> Counter[str]:
        """How often each status came to what was sent."""
        return sum((one.answers for one in self._writers.values()), Counter[str]())

    def visits(self, since: float) -> list[Visit]:
        """The visits that ended after a moment, in order."""
        written = (visit for one in self._writers.values() for visit in list(one.visits))
        return sorted(
            (visit for visit in (*written, *list(self._looks)) if visit.ended > since), key=lambda visit: visit.ended
        )

    def is_served(self) -> bool:
        """Whether the web is up."""
        try:
            return httpx.get(f"{self._url}/readyz", timeout=PATIENCE, trust_env=False).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def sent_after(self, moment: float) -> bool:
        """Whether a message that was written after a moment has been confirmed."""
        return any(visit.well and visit.path == "/compose" and visit.began > moment for visit in self.visits(moment))

    def _look(self, path: str, pause: float, stop: threading.Event) -> None:
        cookie = next(iter(self._writers.values())).cookie
        headers = {"accept": "text/html", "cookie": f"budkavle={cookie}"}
        with httpx.Client(
            base_url=self._url, headers=headers, timeout=PATIENCE, trust_env=False, follow_redirects=True
        ) as browser:
            while not stop.wait(pause):
                began = time.monotonic()
                try:
                    well = browser.get(path).status_code == httpx.codes.OK
                except httpx.TransportError:
                    well = False
                self._looks.append(Visit(path, began, time.monotonic() - began, well))


def stood(visits: Sequence[Visit], began: float) -> tuple[float, float]:
    """Return the longest time without a confirmed message after a moment, and when messages were sent again.

    Returns:
        Seconds of the gap, and seconds from the moment to its end.
    """
    times = [visit.ended for visit in visits if visit.path == "/compose" and visit.well]
    gaps = [(after - max(before, began), after - began) for before, after in zip([began, *times], times, strict=False)]
    return max(gaps, default=(float("inf"), float("inf")))


def late(visits: Sequence[Visit], latest: Mapping[str, float]) -> tuple[dict[str, float], list[str], list[str]]:
    """Judge how soon pages answered, by the seconds after which each must have.

    Returns:
        The slowest visit of each page; what came too late; and what came late with the page that asks no database, so
        that it tells of the machine.
    """
    slowest = {path: max((visit.seconds for visit in visits if visit.path == path), default=0.0) for path in latest}
    broken: dict[str, list[float]] = defaultdict(list)
    by_load: dict[str, list[float]] = defaultdict(list)
    for visit in visits:
        over = visit.seconds - latest.get(visit.path, float("inf"))
        if over > 0:
            (by_load if over <= _lag(visits, visit) else broken)[visit.path].append(visit.seconds)
    return slowest, _said(broken), _said(by_load)


def _said(times: Mapping[str, Sequence[float]]) -> list[str]:
    return [f"{path} answered late {len(some)} times, at most after {max(some):.1f} s" for path, some in times.items()]


def _lag(visits: Sequence[Visit], beside: Visit) -> float:
    """How long the page that asks nothing took around a visit, at most."""
    near = (
        visit.seconds
        for visit in visits
        if visit.path == "/healthz" and beside.began - NEAR < visit.ended and visit.began < beside.ended + NEAR
    )
    return max(near, default=0.0)
