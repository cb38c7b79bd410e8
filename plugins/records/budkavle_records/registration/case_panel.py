"""The piece of a case that says what is registered, with the form for what is not."""

from collections.abc import Mapping
from typing import Any

from budkavle import Actor, Host
from budkavle_records.registration.decisions import Registration, case_registrations
from budkavle_records.registration.outcomes import HINTS, LABELS, Outcome
from budkavle_records.registration.views import PATH, seen_registrations


def panel(host: Host, actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the piece shows; `rows` is empty where no message of the case has a clock."""
    case = subject["case"]
    with host.work(actor) as work:
        shown = seen_registrations(work, case_registrations(host, work, case.id))
    waiting = [each for each in shown if each.outcome is None]
    numbers = [each.number for each in shown if each.number]
    return {
        "path": PATH,
        "case_id": case.id,
        "rows": [_row(each) for each in shown],
        "waiting": [each.message_id for each in waiting],
        "is_late": any(each.is_late for each in waiting),
        "first_at": min((each.last_at for each in waiting), default=None),
        "outcomes": [(each.value, LABELS[each], HINTS[each]) for each in Outcome],
        "number": numbers[-1] if numbers else "",
    }


def _row(known: Registration) -> dict[str, Any]:
    return {
        "url": f"{PATH}/m/{known.message_id}",
        "arrived_at": known.arrived_at,
        "is_late": known.is_late,
        "last_at": known.last_at,
        "label": LABELS[known.outcome] if known.outcome else "",
        "number": known.number,
        "settled_at": known.settled_at,
        "settled_by": known.settled_by,
    }
