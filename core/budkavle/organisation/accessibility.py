"""The accessibility statement of an organisation: its choices, and the result and date of the last automatic check.

Source: lag (2018:1937) om tillgänglighet till digital offentlig service, and Digg's MDFFS 2019:2.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from budkavle.accounts.profile import AccessibilitySettings, InformationSettings
from budkavle.accounts.stored_settings import ORGANISATION, read_settings
from budkavle.model.sentences import Sentence
from budkavle.model.times import ZONE
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Work

COMPLAIN_URL = "https://www.digg.se/tdosanmalan"
"""Where anybody can report shortcomings to the authority."""
SECTION = "budkavle.accessibility"


class _Queries(QueryFile):
    find_changed: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class AutomaticCheck:
    """The result of this release's automatic check by `tools/accessibility.py`.

    Attributes:
        on: The day of the check.
        tool: The tool, with its version.
        pages: The number of pages checked, each at two widths.
        faults: The violations by rule, each with its pages.
        unclear: What it could not decide, by rule.
    """

    on: date
    tool: str
    pages: int
    faults: Mapping[str, Mapping[str, Any]]
    unclear: Mapping[str, Mapping[str, Any]]

    def proposal(self) -> list[Sentence]:
        """Return proposed lines for the statement; they do not include what an automatic check cannot find."""
        lines = [
            Sentence("{rule}: {help} ({pages} sidor)", rule=rule, help=fault["help"], pages=len(fault["pages"]))
            for rule, fault in self.faults.items()
        ]
        if self.unclear:
            rules = ", ".join(self.unclear)
            lines.append(Sentence("Den automatiska kontrollen kunde inte avgöra allt: {rules}.", rules=rules))
        lines.append(Sentence("Tjänsten är inte provad i sin helhet med skärmläsare och andra hjälpmedel."))
        return lines


@dataclass(frozen=True, slots=True)
class AccessibilityStatement:
    """A statement with its date and contact details."""

    chosen: AccessibilitySettings
    updated_on: date | None
    email: str
    phone: str

    def text(self, name: str, language: str) -> tuple[str, str]:
        """Return one of its texts, and the language that it is in."""
        english = str(getattr(self.chosen, f"{name}_en"))
        return (english, "en") if language == "en" and english else (str(getattr(self.chosen, name)), "sv")


@cache
def automatic_check() -> AutomaticCheck:
    """Return the result of this release's automatic check."""
    stored = json.loads(files("budkavle.organisation").joinpath("accessibility_check.json").read_text("utf-8"))
    on = date.fromisoformat(stored["on"])
    return AutomaticCheck(on, stored["tool"], stored["pages"], stored["faults"], stored["unclear"])


def read_statement(work: Work) -> AccessibilityStatement:
    """Return the statement of the organisation of a unit of work, for anybody."""
    chosen, information = read_settings(work, AccessibilitySettings), read_settings(work, InformationSettings)
    place = {"organisation": work.organisation_id, "section": SECTION, "mailbox": ORGANISATION}
    row = QUERIES.find_changed.one_or_none(work.connection, place)
    changed = row.changed_at.astimezone(ZONE).date() if row else None
    return AccessibilityStatement(chosen, changed, chosen.email or information.email, information.phone)


def paragraphs(text: str) -> Sequence[str]:
    """Return the non-empty lines of a text."""
    return [line for part in text.splitlines() if (line := part.strip())]
