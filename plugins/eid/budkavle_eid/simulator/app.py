"""What the telephone's page needs of an app, be it BankID's or Freja's."""

from dataclasses import dataclass
from typing import Protocol

from budkavle_eid.simulator.persons import Person


class NotTaken(Exception):
    """The app does not take what it was shown; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One order as the telephone shows it.

    Attributes:
        id: Its word on the page; no secret of the interface.
        text: What the service wants shown.
        call: Whether the app first asks if one is on the telephone.
    """

    id: str
    text: str
    call: bool = False


class App(Protocol):
    """The app of a simulated e-identification."""

    label: str

    def waiting(self) -> list[Shown]:
        """Give the orders whose code could be scanned now."""
        ...

    def scan(self, text: str, person: Person, ip: str) -> str:
        """Read a code, as it stands at this moment; returns the order's id."""
        ...

    def pick(self, shown: str, person: Person, ip: str) -> str:
        """Scan the code of a waiting order, without a camera."""
        ...

    def open_link(self, query: dict[str, str], person: Person, ip: str) -> str:
        """Be opened by a link on the same device."""
        ...

    def opened(self, person: Person) -> list[Shown]:
        """Give the orders that the person's app shows."""
        ...

    def approve(self, shown: str, risk: str) -> str:
        """Write the code and approve; returns where the app sends the browser back to, if it does."""
        ...

    def decline(self, shown: str) -> str:
        """Cancel in the app; returns as `approve` does."""
        ...
