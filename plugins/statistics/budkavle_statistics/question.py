"""A question: the period, what it is compared with, the mailbox, and the language of the answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from babel.dates import format_date

from budkavle import Platform, Sentence, Work
from budkavle.cases import MailboxPeople, WaitingCases, count_waiting_cases
from budkavle_statistics import numbers
from budkavle_statistics.numbers import Answers, Traffic
from budkavle_statistics.periods import YEAR, Period, Step

WEEKLY = 370
"""The longest period, in days, whose medians are per week."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a view answers.

    Attributes:
        work: The unit of work. Its actor may read the event log.
        say: Translates a Swedish sentence.
        compare: `year`, `before`, or empty.
        mailbox: Only this mailbox. None for the organisation.
    """

    platform: Platform
    work: Work
    say: Callable[..., str]
    language: str
    period: Period
    compare: str = ""
    mailbox: MailboxPeople | None = None
    _read: dict[Any, Any] = field(default_factory=dict, repr=False)
    """The numbers already read, since several views of a page use the same ones."""

    def messages(self, period: Period) -> dict[date, dict[str, Traffic]]:
        """Return the messages of a period by step and channel."""
        box, step = self.mailbox.id if self.mailbox else None, self.period.step
        if (key := ("messages", period)) not in self._read:
            self._read[key] = numbers.messages(self.work, period, step, self.channels, box)
        traffic: dict[date, dict[str, Traffic]] = self._read[key]
        return traffic

    @property
    def answer_step(self) -> Step:
        """The step of medians. A day seldom has enough answers."""
        return "week" if self.period.days <= WEEKLY else "month"

    def first_answers(self, period: Period) -> dict[date | None, Answers]:
        """Return the first answers of a period by step, and all of them under None."""
        box = self.mailbox.id if self.mailbox else None
        if (key := ("answers", period)) not in self._read:
            self._read[key] = numbers.first_answers(self.work, period, self.answer_step, box)
        answers: dict[date | None, Answers] = self._read[key]
        return answers

    def waiting(self) -> list[WaitingCases]:
        """Return the cases that are open now."""
        if "waiting" not in self._read:
            boxes = [self.mailbox.id] if self.mailbox else None
            self._read["waiting"] = count_waiting_cases(self.work, boxes)
        cases: list[WaitingCases] = self._read["waiting"]
        return cases

    @property
    def compared(self) -> Period | None:
        """The period to compare with."""
        return self.period.compared(self.compare)

    @property
    def compared_text(self) -> str:
        """The name of the period to compare with."""
        return self.say("samma tid i fjol") if self.compare == YEAR else self.say("tiden före")

    @property
    def channels(self) -> dict[str, str]:
        """The channel of each transport: its family, or itself."""
        transports = self.platform.plugins.transports
        return {name: transport.capabilities.family or name for name, transport in transports.items()}

    def channel_text(self, channel: str) -> str:
        """Return the name of a channel. If its plugin is off, its internal name."""
        transports = self.platform.plugins.transports.items()
        first = next(
            (transport for name, transport in transports if channel in {transport.capabilities.family, name}), None
        )
        return self.say(first.label) if first else channel or self.say("Okänd kanal")

    def provider_text(self, name: str) -> str:
        """Return the name of a sign-in method. If its plugin is off, its internal name."""
        provider = self.platform.plugins.identity_providers.get(name)
        return self.say(provider.label) if provider else name or self.say("Okänt sätt")

    def method_text(self, method: str) -> str:
        """Return the name of an identification method, as the event log has it."""
        return self.say(method) if method else self.say("Okänt sätt")

    def step_text(self, day: date, step: Step) -> str:
        """Return the text of a step under a chart."""
        if step == "month":
            return format_date(day, "MMM", locale=self.language).rstrip(".")
        if step == "week":
            return self.say("v {week}", week=day.isocalendar().week)
        return format_date(day, "d/M" if self.language == "sv" else "d MMM", locale=self.language)

    def step_name(self, day: date, step: Step) -> str:
        """Return the name of a step in a table."""
        if step == "month":
            return format_date(day, "LLLL y", locale=self.language)
        if step == "week":
            year, week, _ = day.isocalendar()
            return self.say("vecka {week}, {year}", week=week, year=year)
        return format_date(day, "d MMMM y", locale=self.language)

    def number(self, number: int | None) -> str:
        """Return a number with separated thousands."""
        if number is None:
            return "–"
        return f"{number:,}".replace(",", "\u00a0" if self.language == "sv" else ",").replace("-", "−")

    def duration(self, minutes: int | None) -> str:
        """Return a number of minutes as text, in minutes, hours or days."""
        if minutes is None:
            return "–"
        if minutes < 60:
            return self.say("{count} min", count=minutes)
        unit, size = ("{count} h", 60) if minutes < 48 * 60 else ("{count} dygn", 24 * 60)
        count = f"{minutes / size:.1f}".removesuffix(".0")
        return self.say(unit, count=count.replace(".", ",") if self.language == "sv" else count)

    def change(self, now: int, before: int | None) -> str:
        """Return the change in per cent, or a dash if there was nothing before."""
        if not before:
            return "–"
        percent = round((now - before) * 100 / before)
        sign = "+" if percent > 0 else "−" if percent < 0 else "±"
        return f"{sign}{abs(percent)}\u00a0%"

    def summary(self, parts: Sequence[tuple[str, Mapping[date, int]]], step: Step, *, minutes: bool = False) -> str:
        """Return a chart in words: the sum, the highest and the last number of each series."""
        write = self.duration if minutes else self.number
        sentence = (
            "{name}: högst {highest} ({when}), sist {last}."
            if minutes
            else "{name}: sammanlagt {sum}, högst {highest} ({when}), sist {last}."
        )
        texts: list[str] = []
        for name, values in parts:
            if not values:
                continue
            highest = max(values, key=lambda day: values[day])
            figures = {
                "name": name,
                "sum": self.number(sum(values.values())),
                "highest": write(values[highest]),
                "when": self.step_name(highest, step),
                "last": write(values[max(values)]),
            }
            texts.append(self.say(Sentence(sentence, **figures)))
        return " ".join(texts)
