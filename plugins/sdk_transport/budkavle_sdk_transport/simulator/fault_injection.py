"""The way that parcels take through the simulator's folder while it has been ordered to misbehave.

As long as an order stands, the folder's access point puts what is submitted aside; from there it is passed on here,
late, twice, backwards, or not at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from budkavle_sdk_transport.simulator.fault_orders import LATE_SECONDS, FaultOrders, NetworkFault
from budkavle_sdk_transport.simulator.spool import SpoolAccessPoint

GATHER_SECONDS: Final = 5.0
"""For how long parcels are gathered before they are shuffled."""


@dataclass(frozen=True, slots=True)
class FaultInjection:
    """Passes on what has been put aside.

    Attributes:
        point: The folder.
        orders: What has been ordered.
        clock: The time, in seconds.
    """

    point: SpoolAccessPoint
    orders: FaultOrders
    clock: Callable[[], float] = time.time

    def act(self) -> int:
        """Pass on what is due, and return how much that was; without an order everything that was left is."""
        network_faults, now = self.orders.given(), self.clock()
        patience = GATHER_SECONDS if NetworkFault.SHUFFLED in network_faults else 0.0
        if NetworkFault.LATE in network_faults:
            patience = LATE_SECONDS
        waiting = self.point.held()
        due = [path for since, path in waiting if since + patience <= now]
        if due and NetworkFault.SHUFFLED in network_faults:
            due = [path for _, path in reversed(waiting)]
        for path in due:
            self._pass_on(path, network_faults)
        return len(due)

    def _pass_on(self, path: Path, network_faults: frozenset[NetworkFault]) -> None:
        if NetworkFault.UNREACHABLE in network_faults:
            self.point.release(path, "failed")
            return
        if NetworkFault.DOUBLE in network_faults:
            parcel = self.point.read(path)
            self.point.deliver(replace(parcel, transport_id=f"{parcel.transport_id}-again"))
        self.point.release(path, "pending")
