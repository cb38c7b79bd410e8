"""The common part of BankID and Freja: an order in an app, on this device or another, at a peer that may fail."""

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
    """The data of an order between the steps; a `msgspec.Struct`, sealed by the core."""

    @property
    def hints(self) -> dict[str, str]:
        """The hints from the core."""
        ...

    @property
    def device(self) -> str:
        """Where the app is: `same`, `other`, or a value of the provider's own that offers no choice."""
        ...


F = TypeVar("F", bound=AppFlow)


@dataclass(frozen=True, slots=True)
class AppWords:
    """The texts of an app's provider, as Swedish translation keys; `peer` is the app's name in the log."""

    peer: str
    over: str
    down: str
    strange: str
    same_device: str
    other_device: str


class AppProvider(ABC, Generic[F]):
    """The part of an `IdentityProvider` that is the same for every app.

    Args:
        settings: The settings of the connection.
        environment: The rate limit, the log and the clock.
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
        """Cancel the order."""
        flow = self._opened(state)
        if flow is not None:
            self._take_back(flow)

    @abstractmethod
    def _opened(self, state: Mapping[str, str]) -> F | None:
        """Parse the stored flow; None if it is invalid."""

    @abstractmethod
    def _begin_again(self, flow: F, device: Literal["same", "other"]) -> Step:
        """Replace this order by a new one for a device."""

    @abstractmethod
    def _go_on(self, flow: F, answers: Mapping[str, str]) -> Step:
        """Poll the status of the order."""

    @abstractmethod
    def _cancel_order(self, flow: F) -> None:
        """Cancel the order at the peer."""

    @abstractmethod
    def _refusal(self, error: Exception) -> str | None:
        """Return the sentence for a call that the peer refused; None if the peer is down or its answer was invalid."""

    def _logged(self, error: Exception) -> str:
        """Return an error as the log may have it."""
        return str(error)

    def _too_many(self, hints: Mapping[str, str]) -> Failed | None:
        """Count a start; return an error for the person if there have been too many."""
        if self._may_start(hints.get("ip", "")):
            return None
        self._log.warning(f"{self.words.peer}.too-many")
        return Failed(TOO_MANY)

    def _choices(self, flow: F) -> dict[str, str]:
        """Return the button for the other device, if that can be chosen."""
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
            self._log.info(f"{self.words.peer}.cancel-failed", error=self._logged(error))  # it expires by itself


def device_of(hints: Mapping[str, str]) -> Literal["same", "other"]:
    """Return the device that the person's app is most likely on, judging by the browser."""
    return "same" if is_mobile(hints.get("user_agent", "")) and hints.get("return_url") else "other"


def kept(flow: msgspec.Struct) -> dict[str, str]:
    """Return a flow as the state of a step."""
    return {"flow": msgspec.json.encode(flow).decode()}
