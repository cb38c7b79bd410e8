"""The panel of a case that shows what is registered, with the form for what is not."""

from collections.abc import Mapping
from typing import Any

from budkavle import Actor, Host
from budkavle_records.registration.decisions import Registration, case_registrations
from budkavle_records.registration.outcomes import HINTS, LABELS, Outcome
from budkavle_records.registration.views import PATH, seen_registrations


def panel(host: Host, actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the values for the panel; `rows` is empty if no message of the case has a clock."""
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


def _row(registration: Registration) -> dict[str, Any]:
    return {
        "url": f"{PATH}/m/{registration.message_id}",
        "arrived_at": registration.arrived_at,
        "is_late": registration.is_late,
        "last_at": registration.last_at,
        "label": LABELS[registration.outcome] if registration.outcome else "",
        "number": registration.number,
        "settled_at": registration.settled_at,
        "settled_by": registration.settled_by,
    }
