"""The interface of a simulated app, BankID's or Freja's, for the page of the telephone."""

from dataclasses import dataclass
from typing import Protocol

from budkavle_eid.simulator.persons import Person


class NotTaken(Exception):
    """The app does not accept what it was shown; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An order as the telephone shows it.

    Attributes:
        id: Its key on the page; not a secret of the interface.
        text: The text that the service wants shown.
        call: Whether the app first asks if the person is on the telephone.
    """

    id: str
    text: str
    call: bool = False


class App(Protocol):
    """The app of a simulated e-identification."""

    label: str

    def waiting(self) -> list[Shown]:
        """Return the orders whose code could be scanned now."""
        ...

    def scan(self, text: str, person: Person, ip: str) -> str:
        """Scan a code that is valid at this moment; return the order's id."""
        ...

    def pick(self, shown: str, person: Person, ip: str) -> str:
        """Scan the code of a waiting order, without a camera."""
        ...

    def open_link(self, query: dict[str, str], person: Person, ip: str) -> str:
        """Open the app by a link on the same device."""
        ...

    def opened(self, person: Person) -> list[Shown]:
        """Return the orders that the person's app shows."""
        ...

    def approve(self, shown: str, risk: str) -> str:
        """Enter the code and approve; return where the app sends the browser, if anywhere."""
        ...

    def decline(self, shown: str) -> str:
        """Cancel in the app; returns as `approve`."""
        ...
