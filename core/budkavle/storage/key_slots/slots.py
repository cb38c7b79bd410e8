"""The vault's interface to the key store: a new slot, a slot's content, and the slot of sealed data."""

from collections.abc import Callable, Iterable

from budkavle.model.errors import Misconfigured
from budkavle.storage.database import Database
from budkavle.storage.key_slots import sealing, watch
from budkavle.storage.key_slots.shelf import Shelf
from budkavle.storage.key_slots.store import KeyStore, Slot

_NO_STORE = "Valvet behöver nyckellagret för att öppna det här."


class Slots:
    """The slots of an installation; without a shelf there are none.

    Args:
        shelf: Where they are stored.
        database: Knows which key store is the installation's.
        key: Returns the key under which the store's root is sealed.
    """

    def __init__(self, shelf: Shelf | None, database: Database | None, key: Callable[[], bytes]) -> None:
        self.store = KeyStore(shelf, key) if shelf is not None else None
        self._database = database
        self._is_found = False

    def take(self) -> Slot | None:
        """Return an unused slot, for data that is destroyed together; None if there are no slots.

        Raises:
            KeysUnavailable: The key store does not answer, is missing, or is not the one that the database knows.
        """
        if self.store is None:
            return None
        self.find_store()
        return self.store.take()

    def find_store(self) -> None:
        """Compare the key store with the database once, and create it for an installation that never had one.

        Raises:
            KeysUnavailable: The key store does not answer, is missing, or is another one.
            Damaged: It belongs to another installation.
        """
        if self.store is not None and self._database is not None and not self._is_found:
            self._is_found = watch.find_store(self.store, self._database)

    def beside(self, sealed: bytes | None) -> Slot | None:
        """Return the slot of a small sealed value, for data that is destroyed together with it.

        None if it has none, or if the slot is destroyed.
        """
        return self.find(sealing.slot_number(sealed) if sealed else None)

    def find(self, number: int | None) -> Slot | None:
        """Return a slot by its number; None if it is destroyed, or if there is no number."""
        return self.read([number]).get(number)

    def read(self, numbers: Iterable[int | None]) -> dict[int | None, Slot | None]:
        """Return slots by their numbers, without destroyed ones; the key None, for no slot, is always included.

        Raises:
            SlotsMissing: The key store has no such slot.
            KeysUnavailable: The store does not answer.
        """
        slots: dict[int | None, Slot | None] = {None: None}
        if slot_numbers := {number for number in numbers if number is not None}:
            if self.store is None:
                raise Misconfigured(_NO_STORE)
            for number, secret in self.store.secrets(slot_numbers).items():
                if secret is not None:
                    slots[number] = Slot(number, secret)
        return slots
