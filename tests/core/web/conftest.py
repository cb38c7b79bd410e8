"""An organisation with people and mailboxes, and browsers in which they are signed in."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from budkavle.accounts import mailboxes, organisations, users
from budkavle.host import host_of
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.messages import Address, Incoming
from budkavle.model.people import Actor, Organisation, Role, User
from budkavle.plugins.loader import installed
from budkavle.plugins.protocols import Panel
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.platform import Platform, open_platform
from budkavle.testing import acting
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.browsing import Browser, browsing
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.plugins import offer, plugin_module

PASSWORD = "en lång mening om vintern"
SYSTEM = system_actor()


@dataclass
class World:
    """An organisation, its mailboxes and its people.

    Ada and Bo are members of Socialnämnden, Cleo administers it, Root administers the organisation, Dag belongs to
    nothing; Eve administers another organisation.
    """

    platform: Platform
    organisation: Organisation
    box: FunctionMailbox
    other_box: FunctionMailbox
    ada: User
    bo: User
    cleo: User
    root: User
    dag: User
    eve: User

    def arrive(self) -> None:
        """Let a message come to the organisation's default mailbox."""
        incoming = Incoming(
            organisation_id=self.organisation.id,
            transport="fake",
            remote_id=str(uuid4()),
            sender=Address("fake", "region", "Vårdcentralen"),
            recipient=Address("fake", "habo", "Socialnämnden"),
            subject="Begäran om handling",
            body="Hej!",
            received_at=datetime.now(UTC),
        )
        acting.accept(self.platform, incoming)

    def personal(self, user: User) -> UUID:
        """The id of somebody's own inbox."""
        return mailboxes.personal_mailbox(user).id


@pytest.fixture
def platform(budkavle_settings: Settings, tmp_path: Path) -> Iterator[Platform]:
    """An installation with a transport, passwords, a plugin whose panel works and one whose panel does not."""
    folder = tmp_path / "dovecote" / "templates"
    folder.mkdir(parents=True)
    (folder / "panel.html").write_text("<p>Duvslag för {{ mailbox.name }}</p>", "utf-8")

    def fails(actor: Actor, subject: Any) -> Any:
        raise RuntimeError("away")

    dovecote = plugin_module(
        "dovecote", panels=lambda host: [Panel("mailbox.settings", "panel.html", lambda actor, subject: subject)]
    )
    dovecote.__file__ = str(folder.parent / "plugin.py")
    failing = [Panel(place, "gone.html", fails) for place in ("mailbox.settings", "nav.item")]
    broken = plugin_module("broken", panels=lambda host: failing)
    fake = plugin_module("fake", transports=lambda host: [FakeTransport()])
    settings = msgspec.structs.replace(budkavle_settings, enabled=("fake", "dovecote", "broken"))
    offers = offer(fake=fake, dovecote=dovecote, broken=broken) | {"password": installed()["password"]}
    plugins = Plugins.load(settings, offers)
    with closing(open_platform(settings, plugins=plugins)) as opened:
        plugins.start(lambda plugin: host_of(plugin, settings, lambda: opened))
        yield opened


@pytest.fixture
def world(platform: Platform) -> World:
    """Two organisations with people, and two mailboxes of the first."""
    habo = organisations.create_organisation(platform, SYSTEM, "Habo")
    mullsjo = organisations.create_organisation(platform, SYSTEM, "Mullsjö")
    system, other = system_actor(habo.id), system_actor(mullsjo.id)

    def person(within: Actor, name: str, role: Role = Role.USER) -> User:
        email = f"{name.split(maxsplit=1)[0].lower()}@{within.organisation_id.hex[:6]}.example"
        return in_work(platform, within, users.create_user, email=email, name=name, role=role, password=PASSWORD)

    made = World(
        platform=platform,
        organisation=habo,
        box=in_work(platform, system, mailboxes.create_mailbox, "Socialnämnden"),
        other_box=in_work(platform, system, mailboxes.create_mailbox, "Byggnadsnämnden"),
        ada=person(system, "Ada Ahl"),
        bo=person(system, "Bo Ek"),
        cleo=person(system, "Cleo Dahl"),
        root=person(system, "Root Adm", Role.ADMIN),
        dag=person(system, "Dag Ny"),
        eve=person(other, "Eve Far", Role.ADMIN),
    )
    in_work(platform, other, mailboxes.create_mailbox, "Socialnämnden")
    in_work(platform, system, mailboxes.add_members, made.box.id, [made.ada.id, made.bo.id])
    in_work(platform, system, mailboxes.add_members, made.box.id, [made.cleo.id], administrator=True)
    return made


@pytest.fixture
def browse(world: World) -> Iterator[Callable[[User | None], Browser]]:
    """Open a browser in which this user is signed in, or nobody."""
    with browsing(world.platform) as browser:
        yield browser


@pytest.fixture
def admin(browse: Callable[[User | None], Browser], world: World) -> Browser:
    """The browser of the organisation's administrator."""
    return browse(world.root)
