"""A quarantine ends once."""

from budkavle.storage.database import Database
from budkavle.storage.outside import quarantine
from budkavle.storage.outside.quarantine import Cause


def test_what_has_ended_does_not_begin_again(database: Database) -> None:
    """A process that still ends what was signed in, while an administrator releases, writes nothing anew."""
    quarantine.begin(database, Cause.ASKED)
    note = quarantine.find(database)
    assert note is not None
    quarantine.change(database, note)
    assert quarantine.find(database) == note
    with database.transaction(None) as connection:
        quarantine.lift(connection)
    quarantine.change(database, note)
    assert quarantine.find(database) is None
