"""Why nothing new is written on an account of which all that was its person's has been destroyed."""

from budkavle.model.errors import Conflict
from budkavle.model.people import User

DESTROYED = (
    "Kontot har varit stängt så länge att personens uppgifter är gallrade. Det går inte att öppna eller ändra. "
    "Lägg till ett nytt konto om personen är tillbaka."
)


def require_kept(user: User) -> None:
    """Refuse to write on an account that no longer keeps anything of its person.

    Raises:
        Conflict: It does not.
    """
    if user.destroyed:
        raise Conflict(DESTROYED)
