"""The views of the pages. Each has a table, a file to download, and possibly a chart with its own table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, TypeAlias

from budkavle import Platform
from budkavle.cases import count_organisation
from budkavle_statistics import numbers
from budkavle_statistics.charts import Chart, Labels, Series, grid_numbers, lines, stacked
from budkavle_statistics.numbers import Answers, Traffic
from budkavle_statistics.periods import N_, Step
from budkavle_statistics.question import Question

Cell: TypeAlias = str | int | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table to show. The first cell of a row is its header, and the others are right-aligned.

    Attributes:
        shades: The shade of each row's marker, as in the chart. Empty if the rows have none.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    foot: Sequence[str] = ()
    shades: Sequence[int] = ()
    percents: Sequence[float] = ()
    """The length of each row's bar. Empty if the rows have no bars."""


@dataclass(frozen=True, slots=True)
class Share:
    """A line of a list of bars; `percent` is relative to the longest."""

    name: str
    percent: float
    text: str


@dataclass(frozen=True, slots=True)
class View:
    """A part of a page.

    Attributes:
        name: The name of the view in addresses.
        note: An additional remark.
        file: The rows of its file, including the header, with unrounded numbers.
    """

    name: str
    title: str
    subtitle: str
    table: Table
    file: Sequence[Sequence[Cell]]
    chart: Chart | None = None
    chart_table: Table | None = None
    shares: Sequence[Share] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Messages:
    """The messages of a period by step and channel, and those of the compared period."""

    days: Sequence[date]
    by_step: Mapping[date, Mapping[str, Traffic]]
    channels: Mapping[str, Traffic]
    before: Mapping[str, Traffic] | None
    before_by_step: Sequence[int | None] = field(default=())


def messages(q: Question) -> View:
    """Return the messages sent and received, by channel and step."""
    read = _read_messages(q)
    step = q.period.step
    names = {channel: q.channel_text(channel) for channel in read.channels}
    order = sorted(names, key=lambda channel: (-read.channels[channel].total, names[channel]))
    per_step = [numbers.total(read.by_step.get(day, {}).values()) for day in read.days]
    top = max([traffic.total for traffic in per_step] + [number or 0 for number in read.before_by_step] + [1])
    series = [Series(names[channel], [_at(read.by_step, day, channel).total for day in read.days]) for channel in order]
    parts = [(line.name, dict(zip(read.days, [value or 0 for value in line.values], strict=True))) for line in series]
    title = q.say("Meddelanden")
    labels = Labels(title, q.summary(parts, step), [q.step_text(day, step) for day in read.days], _grid(q, top))
    return View(
        "messages",
        title,
        q.say(_PER[step]),
        _channel_table(q, read, order, names),
        _message_file(q, read, order, names),
        stacked(labels, series, read.before_by_step) if read.channels else None,
        _step_table(q, read, per_step),
    )


def _read_messages(q: Question) -> _Messages:
    step = q.period.step
    by_step = q.messages(q.period)
    days, compared = q.period.steps(step), q.compared
    if compared is None:
        return _Messages(days, by_step, numbers.by_channel(by_step), None)
    before = q.messages(compared)
    totals = [numbers.total(before.get(day, {}).values()).total for day in compared.steps(step)]
    return _Messages(days, by_step, numbers.by_channel(by_step), numbers.by_channel(before), totals[: len(days)])


def _at(by_step: Mapping[date, Mapping[str, Traffic]], day: date, channel: str) -> Traffic:
    return by_step.get(day, {}).get(channel, Traffic())


def _channel_table(q: Question, read: _Messages, order: Sequence[str], names: Mapping[str, str]) -> Table:
    head = [q.say("Kanal"), q.say("Skickade"), q.say("Mottagna"), q.say("Totalt")]
    rows = [_traffic_row(q, names[channel], read.channels[channel]) for channel in order]
    everything = numbers.total(read.channels.values())
    foot = _traffic_row(q, q.say("Alla"), everything)
    if read.before is not None:
        head.append(q.say("Förändring"))
        for row, channel in zip(rows, order, strict=True):
            row.append(q.change(read.channels[channel].total, read.before.get(channel, Traffic()).total))
        foot.append(q.change(everything.total, numbers.total(read.before.values()).total))
    return Table(head, rows, foot, shades=[place % 6 + 1 for place in range(len(rows))])


def _traffic_row(q: Question, name: str, traffic: Traffic) -> list[str]:
    return [name, q.number(traffic.sent), q.number(traffic.received), q.number(traffic.total)]


def _step_table(q: Question, read: _Messages, per_step: Sequence[Traffic]) -> Table:
    step = q.period.step
    head = [q.say("Tid"), q.say("Skickade"), q.say("Mottagna"), q.say("Totalt")]
    rows = [_traffic_row(q, q.step_name(day, step), traffic) for day, traffic in zip(read.days, per_step, strict=True)]
    if read.before is not None:
        head.append(q.compared_text.capitalize())
        for place, row in enumerate(rows):
            row.append(q.number(read.before_by_step[place] if place < len(read.before_by_step) else None))
    return Table(head, rows)


def _message_file(q: Question, read: _Messages, order: Sequence[str], names: Mapping[str, str]) -> list[list[Cell]]:
    head: list[Cell] = [q.say("Från"), q.say("Kanal"), q.say("Skickade"), q.say("Mottagna"), q.say("Totalt")]
    rows: list[list[Cell]] = [head]
    for day in read.days:
        first = max(day, q.period.first).isoformat()
        for channel in order:
            traffic = _at(read.by_step, day, channel)
            rows.append([first, names[channel], traffic.sent, traffic.received, traffic.total])
    return rows


def first_answers(q: Question) -> View:
    """Return the median of the time to first answer, by step."""
    step = q.answer_step
    few = q.mailbox is not None and q.mailbox.users < numbers.FEWEST_USERS
    by_step = {} if few else q.first_answers(q.period)
    days = q.period.steps(step)
    medians = [by_step.get(day, Answers()).median for day in days]
    series, compared = [Series(q.say("nu"), medians)], q.compared
    before: list[int | None] = []
    if compared is not None and not few:
        earlier = q.first_answers(compared)
        before = [earlier.get(day, Answers()).median for day in compared.steps(step)][: len(days)]
        before += [None] * (len(days) - len(before))
        series.append(Series(q.compared_text, before))
    top = max([value for line in series for value in line.values if value is not None] + [1])
    shown = {day: median for day, median in zip(days, medians, strict=True) if median is not None}
    title = q.say("Tid till första svar")
    labels = Labels(
        title,
        q.summary([(title, shown)], step, minutes=True),
        [q.step_text(day, step) for day in days],
        [(number, q.duration(number)) for number in grid_numbers(top, minutes=True)],
    )
    head = [q.say("Tid"), q.say("Median"), q.say("Första svar")]
    rows = [
        [q.step_name(day, step), q.duration(median), q.number(by_step.get(day, Answers()).count)]
        for day, median in zip(days, medians, strict=True)
    ]
    if before:
        head.append(q.compared_text.capitalize())
        for row, median in zip(rows, before, strict=True):
            row.append(q.duration(median))
    file: list[list[Cell]] = [[q.say("Från"), q.say("Median i minuter"), q.say("Första svar")]]
    file += [
        [max(day, q.period.first).isoformat(), median, by_step.get(day, Answers()).count]
        for day, median in zip(days, medians, strict=True)
    ]
    note = q.say(FEW_USERS if few else FEW_ANSWERS, users=numbers.FEWEST_USERS, answers=numbers.FEWEST_ANSWERS)
    subtitle = q.say(_MEDIAN_PER[step])
    table = Table(head, rows)
    return View("first-answers", title, subtitle, table, file, lines(labels, series) if shown else None, note=note)


FEW_USERS = "Brevlådan har färre än {users} användare. Därför visas ingen svarstid: den skulle handla om en person."
FEW_ANSWERS = "Från att ärendet kom in till det första svaret. En median av färre än {answers} svar visas inte."


def sign_ins(q: Question) -> View:
    """Return how often people signed in, by sign-in method."""
    return _divided(q, "sign-ins", "user.signed-in", q.say("Inloggningar"), q.provider_text)


def identifications(q: Question) -> View:
    """Return how often readers without an account identified themselves, by method."""
    return _divided(q, "identifications", "guest.identified", q.say("Legitimeringar"), q.method_text)


def _divided(q: Question, name: str, kind: str, title: str, text: Callable[[str], str]) -> View:
    counts = numbers.divided(q.work, kind, q.period)
    before = numbers.divided(q.work, kind, q.compared) if q.compared else None
    order = sorted(counts, key=lambda what: (-counts[what], text(what)))
    longest = max(counts.values(), default=1)
    percents = [round(counts[what] * 100 / longest, 1) for what in order]
    head = [q.say("Sätt"), q.say("Antal")]
    rows = [[text(what), q.number(counts[what])] for what in order]
    foot = [q.say("Alla"), q.number(counts.total())]
    if before is not None:
        head.append(q.say("Förändring"))
        for row, what in zip(rows, order, strict=True):
            row.append(q.change(counts[what], before[what]))
        foot.append(q.change(counts.total(), before.total()))
    file: list[list[Cell]] = [[q.say("Sätt"), q.say("Antal")]]
    file += [[text(what), counts[what]] for what in order]
    return View(name, title, q.say("per sätt"), Table(head, rows, foot, percents=percents), file)


def accounts(q: Question) -> View:
    """Return the open accounts: opening, added, closed and closing."""
    now = count_organisation(q.work).accounts
    read = numbers.level(q.work, now, q.period, ["user.created", "user.opened"], ["user.closed"])
    return _level(q, "accounts", q.say("Konton"), q.say("Stängda"), read)


def mailboxes(q: Question) -> View:
    """Return the function mailboxes: opening, added, removed and closing."""
    now = count_organisation(q.work).mailboxes
    read = numbers.level(q.work, now, q.period, ["mailbox.created", "mailbox.restored"], ["mailbox.deleted"])
    return _level(q, "mailboxes", q.say("Antal brevlådor"), q.say("Borttagna"), read)


UNDATED = "Händelseloggen säger inte när {count} av dem kom. De räknas som om de hade funnits från början."


def _level(q: Question, name: str, title: str, gone: str, read: numbers.Level) -> View:
    step = q.period.step
    head = [q.say("Ingående"), q.say("Nya"), gone, q.say("Förändring"), q.say("Utgående")]
    changes = [_signed(q, read.added), _signed(q, -read.removed), _signed(q, read.added - read.removed)]
    row = [q.number(read.opening), *changes, q.number(read.closing)]
    rows: list[list[str]] = []
    file: list[list[Cell]] = [[q.say("Från"), *head]]
    closing, after = read.opening, {}
    for day in q.period.steps(step):
        opening, (plus, minus) = closing, read.steps.get(day, (0, 0))
        closing = after[day] = opening + plus - minus
        rows.append([q.step_name(day, step), _signed(q, plus), _signed(q, -minus), q.number(closing)])
        file.append([max(day, q.period.first).isoformat(), opening, plus, minus, plus - minus, closing])
    title_of_steps = [q.say("Tid"), q.say("Nya"), gone, q.say("Utgående")]
    words = [q.step_text(day, step) for day in after]
    labels = Labels(title, q.summary([(title, after)], step), words, _grid(q, max([*after.values(), 1])))
    chart = lines(labels, [Series(title, list(after.values()))])
    note = q.say(UNDATED, count=q.number(read.undated)) if read.undated > 0 else ""
    return View(name, title, "", Table(head, [row]), file, chart, Table(title_of_steps, rows), note=note)


def _signed(q: Question, number: int) -> str:
    return f"+{q.number(number)}" if number > 0 else q.number(number)


AGES = {"today": N_("I dag"), "week": N_("7 dagar"), "month": N_("30 dagar"), "older": N_("Äldre")}


def waiting(q: Question) -> View:
    """Return the cases open now, by channel and age, and how many of them are unassigned."""
    groups = q.waiting()
    channels = sorted({group.channel for group in groups}, key=q.channel_text)
    head = [q.say("Kanal"), *(q.say(text) for text in AGES.values()), q.say("Öppna"), q.say("Otilldelade")]
    rows: list[list[int]] = []
    for channel in channels:
        mine = [group for group in groups if group.channel == channel]
        by_age = [sum(group.count for group in mine if group.age == age) for age in AGES]
        rows.append([*by_age, sum(by_age), sum(group.count for group in mine if not group.is_taken)])
    sums = [sum(column) for column in zip(*rows, strict=True)] if rows else [0] * (len(AGES) + 2)
    texts = [[q.channel_text(channel), *map(q.number, row)] for channel, row in zip(channels, rows, strict=True)]
    file: list[list[Cell]] = [list(head)]
    file += [[q.channel_text(channel), *row] for channel, row in zip(channels, rows, strict=True)]
    longest = max([*sums[: len(AGES)], 1])
    shares = [
        Share(q.say(text), round(count * 100 / longest, 1), q.number(count))
        for text, count in zip(AGES.values(), sums, strict=False)
    ]
    table = Table(head, texts, [q.say("Alla"), *map(q.number, sums)])
    return View("waiting", q.say("Öppna ärenden"), q.say("efter ålder, just nu"), table, file, shares=shares)


_PER: Mapping[Step, str] = {"day": N_("per dag"), "week": N_("per vecka"), "month": N_("per månad")}
_MEDIAN_PER: Mapping[Step, str] = {"week": N_("median per vecka"), "month": N_("median per månad")}


def _grid(q: Question, top: int) -> list[tuple[int, str]]:
    return [(number, q.number(number)) for number in grid_numbers(top)]


ORGANISATION = {
    "messages": messages,
    "first-answers": first_answers,
    "waiting": waiting,
    "sign-ins": sign_ins,
    "identifications": identifications,
    "accounts": accounts,
    "mailboxes": mailboxes,
}
"""The views of the organisation by their names in addresses."""


def of_plugins(platform: Platform) -> dict[str, Callable[[Question], View]]:
    """Return the views of the events that other plugins count, by their names in addresses."""
    return {
        kind.replace(".", "-"): partial(_counted, kind, counted)
        for answer in platform.plugins.call_hook("statistics_events")
        for kind, counted in answer.thing.items()
    }


def _counted(kind: str, counted: Mapping[str, Any], q: Question) -> View:
    """Return how often an event of another plugin happened, divided by its fact `what`."""
    names: Mapping[str, str] = counted.get("names", {})

    def text(what: str) -> str:
        return q.say(names[what]) if what in names else what or q.say("Övriga")

    return _divided(q, kind.replace(".", "-"), kind, q.say(str(counted["title"])), text)


MAILBOX = {"messages": messages, "first-answers": first_answers, "waiting": waiting}
"""The views of one mailbox."""
