"""The page for writing a message, with somebody signed in."""

from collections.abc import Callable, Iterator

import pytest
from litestar.testing import TestClient
from tests.core.web.pages.compose.writing import BUP, CAN, SOC, Book, ComposePage, Transport

from budkavle.plugins.protocols.directory import Entry
from budkavle.storage.platform import Platform
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.plugins import plugin_module
from budkavle.web.app import create_app


@pytest.fixture
def compose(open_with: Callable[..., Platform]) -> Iterator[ComposePage]:
    yield from _running(open_with)


@pytest.fixture
def post(open_with: Callable[..., Platform]) -> Iterator[ComposePage]:
    """The same, where a letter may be written as well."""
    letter = FakeTransport()
    letter.name, letter.label = "post", "Brev"
    yield from _running(open_with, letter)


def _running(open_with: Callable[..., Platform], *more: FakeTransport) -> Iterator[ComposePage]:
    directory = Book(entries=[Entry(BUP, "Barn- och ungdomspsykiatri"), Entry(SOC)])
    transport = Transport(capabilities=CAN)
    every = [transport, *more]
    module = plugin_module("fake", transports=lambda host: every, directories=lambda host: [directory])
    platform = open_with(fake=module)
    made = ComposePage(platform, directory, transport)
    with TestClient(create_app(platform), base_url="http://127.0.0.1:8420") as client:
        made.sign_in(client, made.anna)
        yield made
