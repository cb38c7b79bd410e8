"""Charts, computed here as positions and sizes; the template makes SVG of them. No colours, no scripts.

What a chart shows is also in a table beside it, which is what a screen reader reads.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 520, 230, 52, 132, 14, 30
LINE = 15
"""The height of a line of text."""
TICKS = 7
"""The most texts under a chart."""
SHADES = 6
"""The number of shades of the bars. Further series start over."""


@dataclass(frozen=True, slots=True)
class Series:
    """A series of numbers with a name. None is drawn as a gap."""

    name: str
    values: Sequence[int | None]


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a bar."""

    x: float
    y: float
    width: float
    height: float
    shade: int


@dataclass(frozen=True, slots=True)
class Label:
    """A text at a position."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart to draw: a grid with its numbers, texts under it, and bars or lines.

    Attributes:
        summary: A sentence that describes it, for those who cannot see it.
        lines: The points of each line, in the order of the series. The second one is dashed.
        before: The compared number of each bar, as the points of short dashes.
    """

    title: str
    summary: str
    grid: Sequence[Label]
    ticks: Sequence[Label]
    bars: Sequence[Bar] = ()
    lines: Sequence[Sequence[str]] = ()
    dots: Sequence[Label] = ()
    before: Sequence[tuple[float, float, float]] = ()
    names: Sequence[Label] = ()
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = field(default=WIDTH - RIGHT)


@dataclass(frozen=True, slots=True)
class Labels:
    """The texts of a chart: its title, its summary, the steps under it, and the numbers of the grid."""

    title: str
    summary: str
    steps: Sequence[str]
    numbers: "Sequence[tuple[int, str]]"
    """The numbers of the grid with their texts; see `grid_numbers`."""


def grid_numbers(top: int, *, minutes: bool = False) -> list[int]:
    """Return round numbers for a grid up to at least `top`. Large numbers of minutes give whole hours or days."""
    units = [60, 24 * 60] if minutes else []
    unit = next((size for size in reversed(units) if top >= 2 * size), 1)
    largest = max(top / unit, 1)
    step = 10 ** math.floor(math.log10(largest))
    share = next((part for part in (0.2, 0.5, 1, 2) if largest / (step * part) <= 5), 2)
    whole = max(1, round(step * share))
    return [number * whole * unit for number in range(math.ceil(largest / whole) + 1)]


def stacked(labels: Labels, series: Sequence[Series], compared: Sequence[int | None] = ()) -> Chart:
    """Draw stacked bars, the first series lowest, with a dash at the compared number."""
    scale = _Scale(labels)
    bars: list[Bar] = []
    middles = [0.0] * len(series)
    for place in range(len(labels.steps)):
        x, width = scale.bar(place)
        below = 0
        for number, line in enumerate(series):
            part = max(line.values[place] or 0, 0)
            top, foot = scale.y(below + part), scale.y(below)
            if part:
                bars.append(Bar(x, top, width, round(max(foot - top - 1, 0.5), 1), number % SHADES + 1))
            below += part
            middles[number] = (top + foot) / 2 + 4
    names = [Label(scale.right + 10, y, part.name) for part, y in zip(series, _apart(middles, scale), strict=True)]
    before = []
    for place, earlier in enumerate(compared):
        if earlier is not None:
            x, width = scale.bar(place)
            before.append((round(x - 3, 1), round(x + width + 3, 1), scale.y(earlier)))
    return Chart(labels.title, labels.summary, scale.grid, scale.ticks, bars=bars, before=before, names=names)


def lines(labels: Labels, series: Sequence[Series]) -> Chart:
    """Draw lines, each with its name at its end, and a gap where there is no number."""
    scale = _Scale(labels)
    parts, dots, ends = [], [], []
    for line in series:
        points = [(scale.x(place), value) for place, value in enumerate(line.values) if value is not None]
        runs: list[list[str]] = [[]]
        for place, value in enumerate(line.values):
            if value is None:
                runs.append([])
            else:
                runs[-1].append(f"{scale.x(place)},{scale.y(value)}")
        parts.append([" ".join(run) for run in runs if run])
        if points:
            x, value = points[-1]
            dots.append(Label(x, scale.y(value), line.name))
            ends.append((scale.y(value) + 4, line.name))
    places = _apart([y for y, _ in ends], scale)
    names = [Label(scale.right + 10, y, name) for y, (_, name) in zip(places, ends, strict=True)]
    return Chart(labels.title, labels.summary, scale.grid, scale.ticks, lines=parts, dots=dots, names=names)


class _Scale:
    """The positions of numbers and steps."""

    def __init__(self, labels: Labels) -> None:
        self.count = len(labels.steps)
        self.top = labels.numbers[-1][0]
        self.right = WIDTH - RIGHT
        self.grid = [Label(LEFT - 8, self.y(number), text) for number, text in labels.numbers]
        every = math.ceil(self.count / TICKS)
        # Counted from the end, because people look for the last step.
        shown = [place for place in range(self.count) if (self.count - 1 - place) % every == 0]
        self.ticks = [Label(self.x(place), HEIGHT - 8, labels.steps[place]) for place in shown]

    def y(self, number: int) -> float:
        """Return the vertical position of a number."""
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - number / self.top), 1)

    def x(self, place: int) -> float:
        """Return the horizontal position of the middle of a step."""
        return round(LEFT + (self.right - LEFT) * (place + 0.5) / self.count, 1)

    def bar(self, place: int) -> tuple[float, float]:
        """Return where a bar begins, and its width."""
        width = round(min((self.right - LEFT) / self.count * 0.62, 44), 1)
        return round(self.x(place) - width / 2, 1), width


def _apart(places: Sequence[float], scale: _Scale) -> list[float]:
    """Return the heights of the names at the end, moved so that none overlaps another."""
    order = sorted(range(len(places)), key=lambda number: -places[number])
    result, lowest = list(places), scale.y(0) + 4
    for number in order:
        result[number] = round(min(result[number], lowest), 1)
        lowest = result[number] - LINE
    return result
