"""A licence in words and figures, as the pages show it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from budkavle.model.times import day_in_words
from budkavle.organisation.licences import DAYS, FULL, GIGABYTE, NEAR, Licence, Measure
from budkavle.organisation.usage import UsageKind, UsageMonth
from budkavle.web.auth import Visitor
from budkavle.web.views.delivery_status import N_
from budkavle.web.views.render import grouped, size

KINDS = {
    UsageKind.USERS: N_("Användare"),
    UsageKind.MAILBOXES: N_("Funktionsbrevlådor"),
    UsageKind.STORAGE: N_("Lagring"),
}


def amount(kind: UsageKind, count: int, language: str) -> str:
    """Return a count as formatted text; bytes with their unit."""
    if kind is not UsageKind.STORAGE:
        return grouped(count, language)
    return f"{grouped(count // GIGABYTE, language)} GB" if count >= 10 * GIGABYTE else size(count, language)


def shown_measure(visitor: Visitor, measure: Measure) -> dict[str, Any]:
    """Return one line of the licence as the template shows it."""
    agreed = measure.agreed
    kind = "plain" if not agreed else "bad" if measure.percent >= FULL else "wait" if measure.percent >= NEAR else "ok"
    return {
        "name": visitor.say(KINDS[measure.kind]),
        "used": amount(measure.kind, measure.used, visitor.language),
        "agreed": amount(measure.kind, agreed, visitor.language) if agreed else "",
        "percent": measure.percent,
        "kind": kind,
        "note": _note(visitor, measure),
    }


def ends(visitor: Visitor, licence: Licence) -> dict[str, str]:
    """Return the end date of a licence, with a tag that says how near it is."""
    days_left = licence.days_left
    if licence.until is None or days_left is None:
        return {"text": visitor.say("Tills vidare"), "tag": "", "kind": "plain"}
    text = day_in_words(licence.until, visitor.language)
    if days_left < 0:
        return {"text": text, "tag": visitor.say("Har gått ut"), "kind": "bad"}
    near = visitor.say("{days} dagar kvar", days=days_left)
    return {"text": text, "tag": near, "kind": "wait" if days_left <= DAYS[0] else "ok"}


def in_short(visitor: Visitor, licence: Licence) -> Mapping[str, str]:
    """Return a one-line summary of a licence: the agreed limits, and the most urgent warning."""
    if not licence.is_agreed:
        return {"text": visitor.say("Inget är avtalat."), "tag": "", "kind": "plain"}
    parts = [
        f"{amount(measure.kind, measure.agreed, visitor.language)} {visitor.say(UNITS[measure.kind])}".strip()
        for measure in licence.measures
        if measure.agreed
    ]
    end = ends(visitor, licence)
    worst = max(licence.measures, key=lambda measure: measure.percent)
    if worst.percent >= NEAR and end["kind"] != "bad":
        end = {**end, "tag": _note(visitor, worst), "kind": "bad" if worst.percent >= FULL else "wait"}
    return {"text": f"{', '.join(parts)} · {end['text']}" if parts else end["text"], **_tag(end)}


UNITS = {UsageKind.USERS: N_("konton"), UsageKind.MAILBOXES: N_("funktionsbrevlådor"), UsageKind.STORAGE: ""}


def shown_months(visitor: Visitor, months: list[UsageMonth]) -> list[dict[str, str]]:
    """Return the months with their peaks, the latest first."""
    by_month: dict[date, dict[UsageKind, UsageMonth]] = {}
    for month in months:
        by_month.setdefault(month.month, {})[month.kind] = month
    rows = []
    for first, kinds in sorted(by_month.items(), reverse=True):
        row = {"month": day_in_words(first, visitor.language, "LLLL y")}
        for kind in UsageKind:
            peak = kinds.get(kind)
            row[kind.value] = amount(kind, peak.peak, visitor.language) if peak else "–"
            row[f"{kind.value}_on"] = day_in_words(peak.peak_on, visitor.language, "d MMM") if peak else ""
        rows.append(row)
    return rows


def _note(visitor: Visitor, measure: Measure) -> str:
    if not measure.agreed:
        return ""
    if measure.used > measure.agreed:
        over = amount(measure.kind, measure.used - measure.agreed, visitor.language)
        return visitor.say("{over} mer än avtalat", over=over)
    return visitor.say("{percent} % används", percent=measure.percent)


def _tag(end: Mapping[str, str]) -> dict[str, str]:
    return {"tag": end["tag"], "kind": end["kind"]}
