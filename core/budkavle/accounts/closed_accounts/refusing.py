"""Refusing changes to an account whose personal data has been destroyed."""

from budkavle.model.errors import Conflict
from budkavle.model.people import User

DESTROYED = (
    "Kontot har varit stängt så länge att personens uppgifter är gallrade. Det går inte att öppna eller ändra. "
    "Lägg till ett nytt konto om personen är tillbaka."
)


def require_kept(user: User) -> None:
    """Require that the account's personal data has not been destroyed.

    Raises:
        Conflict: It has been destroyed.
    """
    if user.destroyed:
        raise Conflict(DESTROYED)
