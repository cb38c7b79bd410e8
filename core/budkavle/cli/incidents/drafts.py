"""Writes the drafts: for 24 hours, 72 hours and a month, in Swedish, filled in with facts from the logs."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from budkavle.accounts.stored_settings import all_sections
from budkavle.cli.incidents.findings import Findings
from budkavle.cli.incidents.reading import SWEDISH, Asked, actor_id, actor_name
from budkavle.i18n import say
from budkavle.model.times import ZONE, moment
from budkavle.storage.audit import Entry
from budkavle.storage.platform import Platform
from budkavle.web.views.delivery_status import CASE_EVENTS
from budkavle.web.views.event_texts import INSTALLATION_WORDS, WORDS, sentence

MOST_READERS = 100
"""The most readers that are listed one by one, those with the most cases first."""
_MARKUP = re.compile(r"([\\`*_\[\]<>|#])")


@dataclass(frozen=True, slots=True)
class Total:
    """The totals of all organisations' logs."""

    first: datetime | None
    last: datetime | None
    cases: int
    protected: int
    messages: int
    recipients: int
    readers: int
    accounts: int
    refused: int
    rights: int
    stopped: int
    sent: int


def write_drafts(platform: Platform, organisations: Sequence[Findings], installation: Findings, asked: Asked) -> str:
    """Return the drafts as Markdown.

    Args:
        platform: The installation, for its plugins' texts.
        organisations: The findings in each organisation's log.
        installation: The findings in the installation's own log.
        asked: The query.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        autoescape=True,  # to distinguish a macro's output from filled-in values
        finalize=_escape,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    texts = _Texts(platform, with_names=asked.with_names)
    return environment.get_template("drafts.md.jinja").render(
        organisations=organisations,
        installation=installation,
        total=_total(organisations),
        asked=asked,
        now=datetime.now(ZONE),
        version=version("budkavle"),
        moment=lambda at: moment(at, "sv"),
        text=texts.text,
        kind=texts.kind,
        actor=texts.actor,
        most=MOST_READERS,
    )


class _Texts:
    """Entries and kinds as Swedish text."""

    def __init__(self, platform: Platform, *, with_names: bool) -> None:
        of_cases = {f"case.{event}": text for event, text in CASE_EVENTS.items()}
        self._words = {**of_cases, **platform.plugins.event_words, **WORDS}
        self._sections = all_sections(platform)
        self.actor = actor_name if with_names else actor_id

    def text(self, entry: Entry, names: Mapping[str, str], *, of_installation: bool = False) -> str:
        """Return what happened."""
        words = INSTALLATION_WORDS if of_installation else self._words
        return sentence(entry, words, names, lambda text, **facts: say(text, SWEDISH, **facts), self._sections)

    def kind(self, kind: str, *, of_installation: bool = False) -> str:
        """Return the text of a kind of entry, with dots instead of each entry's facts."""
        words = INSTALLATION_WORDS if of_installation else self._words
        return re.sub(r"\{\w+\}", "…", words.get(kind, kind))


def _total(organisations: Sequence[Findings]) -> Total:
    ends = [entry.at for one in organisations for entry in (one.first, one.last) if entry]

    def count(name: str) -> int:
        counters: list[Counter[str]] = [getattr(one, name).kinds for one in organisations]
        return sum(counter.total() for counter in counters)

    return Total(
        min(ends, default=None),
        max(ends, default=None),
        sum(len(one.cases) for one in organisations),
        sum(len(one.protected) for one in organisations),
        sum(one.messages for one in organisations),
        sum(one.recipients for one in organisations),
        sum(len([doer for doer in one.doers.values() if doer.readings]) for one in organisations),
        sum(len(one.people) for one in organisations),
        count("refused"),
        count("rights"),
        count("stopped"),
        count("sent"),
    )


def _escape(value: Any) -> Any:
    """Return a filled-in value escaped for Markdown, in one line."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return Markup(_MARKUP.sub(r"\\\1", " ".join(value.split())))  # noqa: S704 - it becomes Markdown, escaped as such
