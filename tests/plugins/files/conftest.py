"""An installation with the plugin files, and a user's catalogue in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from budkavle import Host, Platform, UserActor
from budkavle.testing import SampleOrganisation
from budkavle_files.tree.entries import NewEntry, add_entry, create_catalogue, list_catalogue
from budkavle_files.tree.rights import require
from budkavle_files.tree.sharing import Subject, share_with
from budkavle_files.tree.things import AccessRole, Entry, EntryKind, ShareKind
from budkavle_files.tree.versions import FILES, NewVersion


@dataclass
class Files:
    """What users do with files, each in its own unit of work."""

    host: Host
    organisation: SampleOrganisation

    def catalogue(self, who: UserActor, name: str, parent: Entry | None = None, **more: Any) -> Entry:
        """Create a catalogue."""
        with self.host.work(who) as work:
            return create_catalogue(self.host, work, name, parent.id if parent else None, **more)

    def file(self, who: UserActor, parent: Entry, name: str, content: bytes = b"content", **more: Any) -> Entry:
        """Add a file to a catalogue; `kind` makes it a note."""
        with self.host.work(who) as work:
            kept = FILES.keep(work, parent.id, name, "text/plain", [content])
            first = NewVersion(kept.id, kept.size, kept.content_type)
            return add_entry(
                self.host, work, parent.id, NewEntry(more.pop("kind", EntryKind.FILE), name, first, **more)
            )

    def share(self, who: UserActor, entry: Entry, with_: UserActor | UUID, role: AccessRole, **more: Any) -> None:
        """Share with a person, or with a mailbox by its id."""
        person = None if isinstance(with_, UUID) else with_.user_id
        subject = Subject(ShareKind.PERSON, person) if person else Subject(ShareKind.MAILBOX, with_)  # type: ignore[arg-type]
        with self.host.work(who) as work:
            share_with(self.host, work, entry.id, [subject], role, **more)

    def reach(self, who: UserActor, entry: Entry, role: AccessRole = AccessRole.READER) -> Entry:
        """Return an entry for which a user has a role."""
        with self.host.work(who) as work:
            return require(self.host, work, entry.id, role)

    def names(self, who: UserActor, catalogue: Entry, **more: Any) -> Sequence[str]:
        """Return the names in a catalogue, in its order."""
        with self.host.work(who) as work:
            return [entry.name for entry in list_catalogue(self.host, work, catalogue, **more).entries]

    def do(self, who: UserActor, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call a function of the plugin that takes host and work first."""
        with self.host.work(who) as work:
            return function(self.host, work, *args, **kwargs)

    def rows(self, query: str, **values: Any) -> Sequence[Any]:
        """Query the plugin's tables."""
        with self.host.transaction(self.organisation.id) as connection:
            return connection.execute(text(query), values).all()


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    return budkavle_open(enabled=("files",))


@pytest.fixture
def files(platform: Platform, organisation: SampleOrganisation) -> Files:
    return Files(platform.plugins.host("files"), organisation)


@pytest.fixture
def host(files: Files) -> Host:
    """The plugin's host."""
    return files.host


@pytest.fixture
def catalogue(files: Files, case_worker: UserActor) -> Entry:
    """A catalogue that the case worker owns."""
    return files.catalogue(case_worker, "Utredning 2026-0451")
