"""How long the transport waits, and how often it tries again: `[plugins.sdk.timing]` (feature SD7).

No specification gives the numbers: Digg leaves them to the federation's declaration and to the agreement with the
access point's operator. So all of them are settings; the defaults are ours.
"""

from datetime import timedelta
from typing import Annotated, Final

import msgspec

from budkavle import Backoff

Positive = Annotated[float, msgspec.Meta(gt=0)]
_FIRST: Final = timedelta(seconds=30)
_LONGEST: Final = timedelta(minutes=20)
_DOUBLINGS: Final = 6
"""After as many pauses, each twice the one before, the longest has been reached."""


class TimingSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an installation says about time.

    Attributes:
        transport_receipt_hours: How long the access point may try before its transport receipt counts as missing.
        message_receipt_hours: How long the recipient may take to send its message receipt.
        resends: How many times a message that the access point could not deliver is handed over again by itself.
        resend_minutes: The pauses before those; the last one also before all that follow.
        outage_hours: For how long a message waits for an access point of ours that does not answer.
        per_recipient: At most so many messages to one organisation are under way at a time; 0 for no limit.
        log_months: How long the log of transfers is kept.
    """

    transport_receipt_hours: Positive = 4.0
    message_receipt_hours: Positive = 24.0
    resends: Annotated[int, msgspec.Meta(ge=0)] = 5
    resend_minutes: Annotated[tuple[Positive, ...], msgspec.Meta(min_length=1)] = (15.0, 60.0, 240.0)
    outage_hours: Positive = 72.0
    per_recipient: Annotated[int, msgspec.Meta(ge=0)] = 50
    log_months: Annotated[int, msgspec.Meta(ge=12)] = 24

    @property
    def transport_receipt(self) -> timedelta:
        """How long a transport receipt may take."""
        return timedelta(hours=self.transport_receipt_hours)

    @property
    def message_receipt(self) -> timedelta:
        """How long a message receipt may take."""
        return timedelta(hours=self.message_receipt_hours)

    @property
    def backoff(self) -> Backoff:
        """How an access point that does not answer is waited for."""
        tries = _DOUBLINGS + max(1, round(timedelta(hours=self.outage_hours) / _LONGEST))
        return Backoff(_FIRST, _LONGEST, tries)

    def resend_after(self, number: int) -> timedelta | None:
        """The pause before the next resend, when `number` have been made; None where a person must ask for it.

        Each time a person asks, as many may follow by themselves again.
        """
        made = number % (self.resends + 1)
        if made >= self.resends:
            return None
        return timedelta(minutes=self.resend_minutes[min(made, len(self.resend_minutes) - 1)])
