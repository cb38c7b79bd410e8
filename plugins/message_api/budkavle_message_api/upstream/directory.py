"""The directory for another message service: functions from the other address books, reached through the service."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from uuid import UUID

from budkavle import Actor, Address, Directory, Entry, Host, KeepsFavourites, KnowsSenders, Listing, Work, call
from budkavle_message_api.upstream import connections
from budkavle_message_api.upstream.transport import NAME


class ServiceDirectory:
    """A `Directory` that returns functions of the other address books, with the transport `message_service`."""

    name = NAME
    label = "SDK (meddelandetjänst)"

    def __init__(self, host: Host) -> None:
        self._host = host

    def search(self, actor: Actor, mailbox_id: UUID | None, words: str, limit: int) -> Sequence[Entry]:
        """Return the functions that the other address books find; empty if the organisation has no service."""
        if connections.of(self._host, actor.organisation_id) is None:
            return []
        entries = [entry for book in self._others() for entry in call(book.search, actor, mailbox_id, words, limit)]
        return [_ours(entry) for entry in entries if entry.address.transport in self._host.settings.transports][:limit]

    def find(self, actor: Actor, transport: str, value: str) -> Entry | None:
        """Return the function with exactly this address."""
        for original in self._host.settings.transports if transport == NAME else ():
            for book in self._others():
                entry: Entry | None = call(book.find, actor, original, value)
                if entry is not None:
                    return _ours(entry)
        return None

    def listings(self, work: Work, wanted: Sequence[Address]) -> Sequence[Listing | None]:
        """Return the listings of the first other address book that knows any of the senders."""
        for original in self._host.settings.transports if any(address.transport == NAME for address in wanted) else ():
            theirs = [replace(address, transport=original if address.transport == NAME else "") for address in wanted]
            for book in self._others():
                listings = call(book.listings, work, theirs) if isinstance(book, KnowsSenders) else []
                if any(listings):
                    return list(listings)
        return [None] * len(wanted)

    def mailbox(self, work: Work, transport: str, value: str) -> tuple[UUID, UUID] | None:
        """Return the mailbox that the other address books link this address to, with its organisation."""
        for original in self._host.settings.transports if transport == NAME else ():
            for book in self._others():
                owner: tuple[UUID, UUID] | None = call(book.mailbox, work, original, value)
                if owner is not None:
                    return owner
        return None

    def address(self, actor: Actor, mailbox_id: UUID, transport: str) -> Address | None:
        """Return the function address that the other address books link a mailbox to."""
        for original in self._host.settings.transports if transport == NAME else ():
            for book in self._others():
                address: Address | None = call(book.address, actor, mailbox_id, original)
                if address is not None:
                    return replace(address, transport=NAME)
        return None

    def set_favourite(self, actor: Actor, mailbox_id: UUID, recipient: Address, kept: bool) -> bool:
        """Save a function in the address book that it comes from."""
        for original in self._host.settings.transports if recipient.transport == NAME else ():
            for book in self._others():
                theirs = replace(recipient, transport=original)
                if isinstance(book, KeepsFavourites) and call(book.set_favourite, actor, mailbox_id, theirs, kept):
                    return True
        return False

    def _others(self) -> Iterator[Directory]:
        return (book for name, book in self._host.platform.plugins.directories.items() if name != self.name)


def _ours(entry: Entry) -> Entry:
    return replace(entry, address=replace(entry.address, transport=NAME))
