"""Reads the status of messages that were sent through a message service."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from budkavle import DeliveryState, Reason, Receipt
from budkavle_message_api.formats import Attributes, Events, Issue, MessageDocument, text_of
from budkavle_message_api.status import FAILED, REJECTED
from budkavle_message_api.upstream.transport import NAME, STATES

ITS_OWN = frozenset({"BV", "SV", "SIG"})
"""Codes of a rejecting receipt (KV Orsakskod)."""


class ServiceReceipts:
    """Reads a message from the service, a JSON document; there is one receipt for each status.

    Its context has `delivery_id`, `remote_id` and `at`, the time of the poll.
    """

    name = transport = NAME

    def read(self, words: bytes, context: Mapping[str, str]) -> Receipt | None:
        """Turn the service's document into a receipt; None if its status says nothing yet."""
        try:
            one = msgspec.json.decode(words, type=MessageDocument)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        status = text_of(one.data.attributes.message_status)
        state, issues = STATES.get(status), _issues(one.data.attributes)
        if state is None:
            return None
        if state is DeliveryState.SEND_FAILURE and any(
            text_of(one.type_code) in {REJECTED, *ITS_OWN} for one in issues
        ):
            state = DeliveryState.REJECTED
        return Receipt(
            organisation_id=UUID(context["organisation_id"]),
            transport=NAME,
            remote_id=context["delivery_id"],
            state=state,
            at=datetime.fromisoformat(context["at"]),
            evidence=words,
            reasons=tuple(_reasons(issues)),
            receipt_id=f"{context['remote_id']} {status}",
        )


def _issues(attributes: Attributes) -> list[Issue]:
    """Return the events, in either spelling."""
    for events in (attributes.events, attributes.event):
        if isinstance(events, Events) and isinstance(events.issues, list):
            return events.issues
    return []


def _reasons(issues: list[Issue]) -> list[Reason]:
    """Return the receipt's own reasons for a rejection, otherwise the reason why sending failed."""
    own = [one for one in issues if text_of(one.type_code) in ITS_OWN]
    if own:
        return [
            Reason(f"{text_of(one.type_code)} {text_of(one.title)}", text_of(one.detail), text_of(one.where) or "NA")
            for one in own
        ]
    failed = next((one for one in issues if text_of(one.type_code) == FAILED), None)
    if failed is None:
        return []
    detail = text_of(failed.detail)
    return [Reason(FAILED, detail if detail not in {"", "NA"} else text_of(failed.title))]
