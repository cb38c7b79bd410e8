"""What BankID and Freja have in common: an order in an app, on this device or another, at a peer that may fail."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Generic, Literal, Protocol, TypeVar

import msgspec

from budkavle import Failed, Step
from budkavle_eid.devices import TOO_MANY, Environment, is_mobile
from budkavle_eid.mutual_tls import PeerDown, PeerRefused, PeerStrange
from budkavle_eid.settings import Connection


class AppFlow(Protocol):
    """What is kept of an order between the steps; a `msgspec.Struct`, sealed by the core."""

    @property
    def hints(self) -> dict[str, str]:
        """What the core has told."""
        ...

    @property
    def device(self) -> str:
        """Where the app is: `same`, `other`, or a place that has no choice."""
        ...


F = TypeVar("F", bound=AppFlow)


@dataclass(frozen=True, slots=True)
class AppWords:
    """What an app's provider tells people, Swedish sentences as keys; `peer` is the app's name in the log."""

    peer: str
    over: str
    down: str
    strange: str
    same_device: str
    other_device: str


class AppProvider(ABC, Generic[F]):
    """The part of an `IdentityProvider` that does not depend on which app it is.

    Args:
        settings: The connection's section.
        environment: Who may begin, the log and the clock.
    """

    icon = "id-card"
    words: ClassVar[AppWords]

    def __init__(self, settings: Connection, environment: Environment) -> None:
        self.name, self.label = settings.name, settings.label
        self.traits = settings.traits(asserts_personnummer=True)
        self._clock, self._may_start = environment.clock, environment.may_start
        self._log = environment.log.bind(provider=settings.name)

    def advance(self, state: Mapping[str, str], answers: Mapping[str, str]) -> Step:
        """Start again on another device, if that was chosen; otherwise continue."""
        flow = self._opened(state)
        if flow is None:
            return Failed(self.words.over)
        choice = answers.get("choice")
        if choice in self._choices(flow):
            self._take_back(flow)
            return self._begin_again(flow, "same" if choice == "same" else "other")
        return self._go_on(flow, answers)

    def cancel(self, state: Mapping[str, str]) -> None:
        """Take the order back."""
        flow = self._opened(state)
        if flow is not None:
            self._take_back(flow)

    @abstractmethod
    def _opened(self, state: Mapping[str, str]) -> F | None:
        """Return what was kept; None where it is nothing of ours."""

    @abstractmethod
    def _begin_again(self, flow: F, device: Literal["same", "other"]) -> Step:
        """Begin another order in place of this one, for a device."""

    @abstractmethod
    def _go_on(self, flow: F, answers: Mapping[str, str]) -> Step:
        """Poll the status of the order."""

    @abstractmethod
    def _cancel_order(self, flow: F) -> None:
        """Tell the peer that the order is over."""

    @abstractmethod
    def _refusal(self, error: Exception) -> str | None:
        """Return what to tell where the peer refused a call; None for a peer that is down or strange."""

    def _logged(self, error: Exception) -> str:
        """Return what the log may hold of an error."""
        return str(error)

    def _too_many(self, hints: Mapping[str, str]) -> Failed | None:
        """Count a beginning; return what to tell where it may not be made."""
        if self._may_start(hints.get("ip", "")):
            return None
        self._log.warning(f"{self.words.peer}.too-many")
        return Failed(TOO_MANY)

    def _choices(self, flow: F) -> dict[str, str]:
        """Return the other device that may be chosen instead."""
        if flow.device == "same":
            return {"other": self.words.other_device}
        may_come_back = flow.device == "other" and flow.hints.get("return_url")
        return {"same": self.words.same_device} if may_come_back else {}

    def _failed(self, call: str, error: Exception) -> Failed:
        self._log.warning(f"{self.words.peer}.refused", kind=call, error=self._logged(error))
        refusal = self._refusal(error)
        if refusal is not None:
            return Failed(refusal)
        return Failed(self.words.down if isinstance(error, PeerDown) else self.words.strange)

    def _take_back(self, flow: F) -> None:
        try:
            self._cancel_order(flow)
        except (PeerDown, PeerStrange, PeerRefused) as error:
            self._log.info(f"{self.words.peer}.cancel-failed", error=self._logged(error))  # it runs out by itself


def device_of(hints: Mapping[str, str]) -> Literal["same", "other"]:
    """Return where the person's app most likely is, by the browser that begins."""
    return "same" if is_mobile(hints.get("user_agent", "")) and hints.get("return_url") else "other"


def kept(flow: msgspec.Struct) -> dict[str, str]:
    """Return the state of a step in which a flow is kept."""
    return {"flow": msgspec.json.encode(flow).decode()}
