"""Parcels that could not be handled: each has its own growing retry delay, and an administrator is told once."""

import time
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from budkavle import BudkavleError, Host, Unavailable, record

FIRST_SECONDS: Final = 1.0
LONGEST_SECONDS: Final = 600.0


@dataclass(slots=True)
class _Wait:
    tries: int = 0
    until: float = 0.0
    told: bool = False


@dataclass(slots=True)
class RetryDelays:
    """What waits, in this process; a new one tries everything at once."""

    host: Host
    _waits: dict[str, _Wait] = field(default_factory=dict)

    def is_waiting(self, transport_id: str) -> bool:
        """Tell whether it is too early to try this parcel again."""
        wait = self._waits.get(transport_id)
        return wait is not None and time.monotonic() < wait.until

    def postpone(
        self, organisation_id: UUID, transport_id: str, sentence: str, error: Exception, *, tell_after: int = 1
    ) -> None:
        """Let a parcel wait; it stays at the access point.

        Args:
            organisation_id: Whose parcel it is.
            transport_id: Which one.
            sentence: What an administrator is told, without any content.
            error: What happened; only its kind is logged, since its words may hold content.
            tell_after: How many tries must have failed before the administrator is told.
        """
        wait = self._waits.setdefault(transport_id, _Wait())
        wait.tries += 1
        wait.until = time.monotonic() + min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** min(wait.tries - 1, 20))
        self.host.log.error("sdk.parcel_postponed", parcel=transport_id, tries=wait.tries, error=type(error).__name__)
        if wait.tries >= tell_after and not wait.told and not isinstance(error, Unavailable):
            wait.told = self._tell(organisation_id, transport_id, sentence)

    def forget(self, transport_id: str) -> None:
        """Say that the parcel has been dealt with."""
        self._waits.pop(transport_id, None)

    def _tell(self, organisation_id: UUID, transport_id: str, sentence: str) -> bool:
        actor = self.host.system(organisation_id)
        try:
            with self.host.work(actor) as work:
                record(work, "parcel.postponed", transport_id, transport="sdk", reason=sentence)
        except BudkavleError as error:
            self.host.log.error("sdk.not_told", parcel=transport_id, error=type(error).__name__)  # noqa: TRY400 - as above
            return False
        return True
