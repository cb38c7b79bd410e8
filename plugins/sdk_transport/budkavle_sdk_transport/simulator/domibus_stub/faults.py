"""How a stub misbehaves: what it does instead of answering, and what it does to what it delivers."""

import random
import threading
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

HTML: Final = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
BROKEN: Final = b"<?xml version='1.0'?><soap:Envelope xmlns:soap='http://www.w3.org/2003/05/soap-envelope'><soap:Bo"


class CallFaultKind(StrEnum):
    """What may happen to a call."""

    LATE = "late"
    """It is done and answered, after `seconds`."""
    FAULT = "fault"
    """It is not done; the answer is a fault with the code `word`."""
    HTML = "html"
    """It is not done; a proxy answers with a page."""
    HALF = "half"
    """It is done; the answer breaks off in the middle, and the connection with it."""
    DIES_BEFORE = "dies_before"
    """The connection ends before anything is done."""
    DIES_AFTER = "dies_after"
    """It is done, and the connection ends without an answer."""
    STATUS = "status"
    """It is not done; the answer is the HTTP status `word`, without content."""
    NONSENSE = "nonsense"
    """It is not done; the answer is a SOAP envelope that says something else."""


@dataclass(frozen=True, slots=True)
class CallFault:
    """One call's fate."""

    way: CallFaultKind
    word: str = ""
    seconds: float = 0.0


_ANY: Final = (
    CallFault(CallFaultKind.LATE, seconds=1.0),
    CallFault(CallFaultKind.FAULT, "WS_PLUGIN_0001"),
    CallFault(CallFaultKind.HTML),
    CallFault(CallFaultKind.HALF),
    CallFault(CallFaultKind.DIES_BEFORE),
    CallFault(CallFaultKind.DIES_AFTER),
    CallFault(CallFaultKind.STATUS, "503"),
    CallFault(CallFaultKind.NONSENSE),
)
"""What may happen by chance: nothing that says that a parcel never can be delivered."""


@dataclass(slots=True)
class StubFaults:
    """What a stub has been asked to do wrong.

    Attributes:
        delay: Seconds that each message waits before it is delivered.
        twice: Whether each message is delivered once more under another id, as an access point without memory does.
        shuffled: Whether what is pending is listed the newest first.
        hands_out_once: Whether what has been retrieved counts as downloaded, whatever the request says.
        refuses_mtom: Whether a payload beside the envelope is answered with 415.
        unreachable: Whether other stubs find nobody here.
        chance: How likely each call is to go wrong in some way, where nothing has been planned for it.
    """

    delay: float = 0.0
    twice: bool = False
    shuffled: bool = False
    refuses_mtom: bool = False
    hands_out_once: bool = False
    unreachable: bool = False
    chance: float = 0.0
    _next: dict[str, deque[CallFault]] = field(default_factory=lambda: defaultdict(deque))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def plan(self, operation: str, *call_faults: CallFault) -> None:
        """Let the next calls of an operation go wrong, one after the other."""
        with self._lock:
            self._next[operation].extend(call_faults)

    def take(self, operation: str) -> CallFault | None:
        """Return the fate of the call that has just come; one that is late waits here."""
        with self._lock:
            waiting = self._next[operation]
            call_fault = waiting.popleft() if waiting else None
        if call_fault is None and random.random() < self.chance:  # noqa: S311 - nothing secret
            call_fault = random.choice(_ANY)  # noqa: S311 - the same
        if call_fault is not None and call_fault.way is CallFaultKind.LATE:
            time.sleep(call_fault.seconds)
            return None
        return call_fault
