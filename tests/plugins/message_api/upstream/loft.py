"""A plugin for the server that another process runs: SDK in memory, and an address book in a file."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from budkavle import Address, Directory, Entry, Host, Transport, hookimpl
from budkavle.testing.fakes import FakeDirectory, FakeTransport


class LoftSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where the address book is: a list of addresses, each with its organisation and mailbox."""

    book: str


class FileDirectory(FakeDirectory):
    """Reads the file anew each time."""

    def __init__(self, book: Path) -> None:
        super().__init__(name="loft")
        self._book = book

    def _read(self) -> None:
        found = json.loads(self._book.read_text("utf-8")) if self._book.exists() else []
        self.entries = [Entry(Address(**one["address"])) for one in found]
        self.ours = {Address(**one["address"]): (UUID(one["organisation"]), UUID(one["mailbox"])) for one in found}

    def find(self, *args: Any) -> Any:
        self._read()
        return super().find(*args)

    def listings(self, *args: Any) -> Any:
        self._read()
        return super().listings(*args)

    def mailbox(self, *args: Any) -> Any:
        self._read()
        return super().mailbox(*args)

    def address(self, *args: Any) -> Any:
        self._read()
        return super().address(*args)


@hookimpl
def budkavle_settings() -> type[LoftSettings]:
    return LoftSettings


@hookimpl
def budkavle_transports(host: Host) -> Iterable[Transport]:
    return [FakeTransport(name="sdk", label="SDK")]


@hookimpl
def budkavle_directories(host: Host) -> Iterable[Directory]:
    return [FileDirectory(Path(host.settings.book))]
