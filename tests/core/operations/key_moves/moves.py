"""Moves of keys, and where the keys are."""

import threading
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from budkavle.accounts import organisations
from budkavle.model.people import INSTALLATION
from budkavle.operations.health import check_all
from budkavle.operations.key_moves.moving import move_keys
from budkavle.operations.nodes import Heartbeat
from budkavle.storage.platform import Platform
from budkavle.testing.actors import system_actor

SYSTEM = system_actor(INSTALLATION, "Kommandoraden")


class Content:
    """Things that are sealed in an installation."""

    def __init__(self, platform: Platform, count: int = 1) -> None:
        made = [organisations.create_organisation(platform, system_actor(), f"Ort {uuid4()}").id for _ in range(count)]
        self.sealed = {id_: platform.vault.seal_small(id_, "x", b"ours") for id_ in made}
        self.whole = platform.vault.seal_installation("y", b"all")
        self.person = platform.vault.subject_hash("b", "1")

    def check(self, platform: Platform) -> None:
        """All of it opens, read anew from the database, and people are known again."""
        platform.vault.forget()
        for organisation_id, sealed in self.sealed.items():
            assert platform.vault.open_small(organisation_id, "x", sealed) == b"ours"
            assert platform.vault.seal_small(organisation_id, "x", b"new")
        assert platform.vault.open_installation("y", self.whole) == b"all"
        assert platform.vault.subject_hash("b", "1") == self.person


def move(platform: Platform, name: str, **more: Any) -> int:
    """Move all keys, without anybody else running; returns how many were wrapped."""
    run = move_keys(platform, platform.keys.of(name), SYSTEM, **more)
    while True:
        try:
            next(run)
        except StopIteration as ended:
            return int(ended.value)


def end(heart: Heartbeat) -> None:
    """Let a process end in order."""
    ended = threading.Event()
    ended.set()
    heart.run(ended)


def providers(platform: Platform, organisation_id: UUID) -> list[str | None]:
    with platform.database.transaction(organisation_id) as connection:
        query = text("SELECT provider FROM organisation_keys WHERE organisation_id = :id ORDER BY version")
        return list(connection.execute(query, {"id": organisation_id}).scalars())


def place(platform: Platform) -> list[Any]:
    return [answer for answer in check_all(platform, None) if answer.name == "Nycklarnas plats"]
