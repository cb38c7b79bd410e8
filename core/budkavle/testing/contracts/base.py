"""What the contracts share: an organisation, a mailbox and an actor."""

import re
from contextlib import ExitStack
from typing import cast
from uuid import UUID, uuid4

import pytest

from budkavle.model.people import Actor, UserActor
from budkavle.storage.platform import Platform, Work

ORGANISATION = UUID("0b0b0b0b-0000-4000-8000-000000000001")
MAILBOX = UUID("0b0b0b0b-0000-4000-8000-000000000002")
NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
NONSENSE = (
    b"",
    b"\x00\xff",
    b"nonsense",
    b"<a",
    b"<?xml version='1.0'?><other/>",
    b'{"other": 1}',
    b'{"other":' * 20_000,
    b"<a>" * 20_000,
)


class Contract:
    """What the contracts share: an actor in an organisation, and a mailbox."""

    @pytest.fixture
    def work(self, actor: Actor) -> Work:
        """Return a unit of work of the actor, without a database; override if the object reads its own tables."""
        return Work(cast("Platform", None), actor, ExitStack())

    @pytest.fixture
    def actor(self) -> Actor:
        """Return a member; override if the object looks up its organisation."""
        return UserActor(ORGANISATION, uuid4(), "Anna Andersson")

    @pytest.fixture
    def mailbox_id(self) -> UUID:
        """Return a mailbox; override if the object looks it up."""
        return MAILBOX
