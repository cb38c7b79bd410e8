"""Claims due deliveries, so that each organisation and each destination gets its turn."""

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Protocol

from budkavle.deliveries.destinations.turns import Part, Turns
from budkavle.deliveries.queue import Claim
from budkavle.storage.database import ResultRow
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform


class _Queries(QueryFile):
    claim_lane: Statement
    claim_others: Statement
    list_lane: Statement


QUERIES = _Queries.load()


class ClaimQueue(Protocol):
    """The queue from which the threads of a lane claim."""

    @property
    def has_more(self) -> bool:
        """Whether more may be due than this thread's last claim got; False if a list read since says otherwise."""
        ...

    def expire(self) -> None:
        """Record that something new waits."""
        ...

    def claim(self, most: int, lease: timedelta, shut: Collection[int] = ()) -> list[Claim]:
        """Claim due deliveries for this worker.

        Args:
            most: The most deliveries to claim.
            lease: Time until another worker may claim them.
            shut: Destinations without room now.

        Returns:
            The claims, new deliveries first; those that may have crashed a worker come last.

        Raises:
            Unavailable: The database does not answer.
        """
        ...


class _LastClaim(threading.local):
    """What a thread knows from its last claim; another thread's list may be older."""

    left_nothing = False


class LaneQueue:
    """The queue of one transport, in all organisations. The threads of its lane share it.

    Args:
        platform: The installation.
        lane: The transport's name.
    """

    def __init__(self, platform: Platform, lane: str) -> None:
        self._platform = platform
        self._lane = lane
        self._turns = Turns()
        self._last = _LastClaim()

    @property
    def has_more(self) -> bool:
        """See `ClaimQueue`."""
        return not self._last.left_nothing

    def expire(self) -> None:
        """Read the waiting destinations again at the next claim."""
        self._turns.expire()

    def claim(self, most: int, lease: timedelta, shut: Collection[int] = ()) -> list[Claim]:
        """Claim in turns, see `ClaimQueue`."""
        taken = self._turns.take(shut)
        parts = taken or self._turns.recent(shut)
        # Recent parts say nothing of what waits now. The list does, and needs no round trip of its own here.
        is_read = bool(parts) and (not taken or self._turns.is_expired)
        claims = self._claim(parts, most, lease, shut, is_read=is_read) if parts else []
        if not claims and not is_read:
            (rows,) = self._platform.database.at_once(None, self._listing)
            self._fill(rows)
        if not claims and not parts:  # retries are due without a part
            claims = self._claim(self._turns.take(shut), most, lease, shut, is_read=False)
        while not claims and self._turns.has_room(shut):
            claims = self._claim(self._turns.take(shut), most, lease, shut, is_read=False)
        return claims

    def _claim(
        self, parts: Sequence[Part], most: int, lease: timedelta, shut: Collection[int], *, is_read: bool
    ) -> list[Claim]:
        room = -(-most // max(1, len({part.organisation_id for part in parts})))
        parameters = {
            "lane": self._lane,
            "most": most,
            "lease": lease,
            "priorities": [part.priority for part in parts],
            "organisations": [part.organisation_id for part in parts],
            "destinations": [part.destination for part in parts],
            "rooms": [room] * len(parts),
            "shut": list(shut),
        }
        listing = (self._listing,) if is_read else ()
        # Not durable: if the server crashes, the claim is undone and the row is due again.
        rows, *listed = self._platform.database.at_once(None, (QUERIES.claim_lane, parameters), *listing, durable=False)
        claims = _claims(rows)
        for lines in listed:
            self._fill(lines)
        # This thread's list was read after the claim, so later deliveries wake a thread. The shared list may be another
        # thread's by now, and older.
        self._last.left_nothing = is_read and len(claims) < most and not any(listed)
        if claims:
            self._turns.claimed(parts, full=len(claims) == most and not is_read)
        return claims

    @property
    def _listing(self) -> tuple[Statement, Mapping[str, object]]:
        return QUERIES.list_lane, {"lane": self._lane}

    def _fill(self, rows: Iterable[ResultRow]) -> None:
        self._turns.fill([Part(row.priority, row.organisation_id, row.destination) for row in rows])


class OthersQueue:
    """Deliveries of transports without a lane, such as those of a plugin that is switched off.

    Args:
        platform: The installation.
        served_lanes: The transports that have lanes.
    """

    def __init__(self, platform: Platform, served_lanes: Sequence[str]) -> None:
        self._platform = platform
        self._served_lanes = list(served_lanes)

    @property
    def has_more(self) -> bool:
        """Always true: it is not known without another claim."""
        return True

    def expire(self) -> None:
        """Do nothing: nothing is cached between claims."""

    def claim(self, most: int, lease: timedelta, shut: Collection[int] = ()) -> list[Claim]:  # noqa: ARG002
        """Claim the longest due, see `ClaimQueue`."""
        parameters = {"known": self._served_lanes, "most": most, "lease": lease}
        (rows,) = self._platform.database.at_once(None, (QUERIES.claim_others, parameters), durable=False)
        return _claims(rows)


def _claims(rows: Iterable[ResultRow]) -> list[Claim]:
    claims = [
        Claim(row.organisation_id, row.id, row.fence, row.crashes, row.died, row.kept, row.destination) for row in rows
    ]
    return sorted(claims, key=lambda claim: claim.crashes)
