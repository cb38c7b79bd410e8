"""What a case system reads and writes through the API, by the hook that `message_api` calls."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from budkavle import ActorScope, Conflict, Host, Invalid
from budkavle_records.registration.decisions import Registration, correct, registrations_of, settle
from budkavle_records.registration.outcomes import Decision, checked

HOW = "Meddelandet har redan ett annat beslut. Skicka med reason, som säger varför det ändras."


def registration(
    host: Host, organisation_id: UUID, message_id: UUID, client: str, decision: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    """Return the registration of a message for the hook, after storing the decision if there is one."""
    actor = host.system(organisation_id, ActorScope.READ, ActorScope.WRITE, name=client)
    try:
        with host.work(actor) as work:
            registration = registrations_of(host, work, [message_id]).get(message_id)
            if registration is None or registration.gone:
                return None
            if decision is not None:
                _write(host, work, registration, _checked(decision))
                registration = registrations_of(host, work, [message_id])[message_id]
            return {"registration": _shown(registration)}
    except Invalid as error:
        return {"faults": error.fields}
    except Conflict:
        return {"faults": {"reason": HOW}}


def _write(host: Host, work: Any, registration: Registration, decision: Decision) -> None:
    if registration.outcome is not None and decision.reason and not registration.holds(decision):
        correct(host, work, registration.message_id, decision)
    else:
        settle(host, work, [registration.message_id], decision)


def _checked(decision: Mapping[str, Any]) -> Decision:
    texts = {name: str(decision.get(name, "")) for name in ("number", "about", "reason")}
    hides = {name: bool(decision.get(name)) for name in ("hides_sender", "hides_about")}
    return checked(str(decision.get("outcome", "")), texts, **hides)


def _shown(registration: Registration) -> dict[str, Any]:
    return {
        "outcome": registration.outcome.value if registration.outcome else None,
        "number": registration.number,
        "about": registration.about,
        "hidesSender": registration.hides_sender,
        "hidesAbout": registration.hides_about,
        "arrivedAt": registration.arrived_at.isoformat(),
        "lateFrom": registration.late_from.isoformat(),
        "late": registration.is_late,
        "settledAt": registration.settled_at.isoformat() if registration.settled_at else None,
    }
