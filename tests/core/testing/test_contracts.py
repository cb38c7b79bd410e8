"""A plugin that is wrong in a common way does not pass the contract that it inherits."""

import inspect
import socket
import time
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from uuid import uuid4

import pytest

from budkavle.model.messages import Address, Delivery, Direction, Draft, Message, Outcome, Outgoing, Purpose
from budkavle.model.people import UserActor
from budkavle.model.states import DeliveryState
from budkavle.testing.contracts import MAILBOX, ORGANISATION, TransportContract
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.words import untranslated


class Sleeps(FakeTransport):
    """Waits where all others wait too."""

    async def send(self, outgoing: Outgoing) -> Outcome:  # type: ignore[override]
        """Wait, and carry."""
        time.sleep(0)  # noqa: ASYNC251 - what is to be noticed
        return super().send(outgoing)


class Connects(FakeTransport):
    """Asks a peer in a blocking way."""

    async def send(self, outgoing: Outgoing) -> Outcome:  # type: ignore[override]
        """Ask, and carry."""
        with socket.create_server(("127.0.0.1", 0)) as peer, socket.create_connection(peer.getsockname(), timeout=5):
            return super().send(outgoing)


class Unmeant(FakeTransport):
    """Ends in a state that a delivery cannot get by being sent."""

    def send(self, outgoing: Outgoing) -> Outcome:
        """Say that it is still to be sent."""
        return Outcome(DeliveryState.READY_TO_SEND)


class Invents(FakeTransport):
    """Ends in a state that there is not."""

    def send(self, outgoing: Outgoing) -> Outcome:
        """Say it in a word of its own."""
        return Outcome("DELIVERED")  # type: ignore[arg-type]


class NeedsMessage(FakeTransport):
    """Forgets that a receipt has no message."""

    def send(self, outgoing: Outgoing) -> Outcome:
        """Read the text."""
        assert outgoing.message is not None, "no message"
        return super().send(outgoing)


CODE = """
'''Säger inget till någon.'''
A = "Det går inte."
B = f"Högst {settings.most} duvor, inte {count()}."
C = "plain"
D = [Health("Duvor", True, "Alla svarar."), Setting(label="Foder", help="Mat.", choices={"maize": "Majs"})]
raise Permanent("Ingen duva svarar.", name="Vita Frun")
"""
PAGE = """
{# En kommentar är tyst. #}
<h1>{{ _("Duvornas rubrik") }}</h1> {{ _("Det går inte.") }}
<p>Bar svenska är fel</p>
{% trans %}Duvan är borta{% endtrans %}
{% trans n=n %}{{ n }} duva{% pluralize %}{{ n }} duvor{% endtrans %}
"""
CARRIED = "test_a_delivery_is_carried"


@pytest.mark.feature("PL6")
@pytest.mark.parametrize(
    ("kind", "test"),
    [
        (Sleeps, "test_an_async_method_waits_for_nothing_in_the_loop"),
        (Connects, "test_an_async_method_waits_for_nothing_in_the_loop"),
        (Unmeant, CARRIED),
        (Invents, CARRIED),
        (NeedsMessage, "test_a_receipt_is_carried"),
    ],
)
def test_a_wrong_transport_fails(kind: type[FakeTransport], test: str) -> None:
    """The test of the contract that is about it fails; a right one passes the same."""
    assert judged(FakeTransport(), test)
    assert not judged(kind(), test)


def judged(transport: FakeTransport, test: str) -> bool:
    """Whether a transport passes one test of the contract."""
    actor, to = UserActor(ORGANISATION, uuid4(), "Anna"), Address("fake", "somebody")
    message = Message(
        uuid4(),
        ORGANISATION,
        MAILBOX,
        uuid4(),
        Direction.OUT,
        "fake",
        "Ämne",
        "Text",
        to,
        (to,),
        datetime.now(UTC),
        "conversation",
    )
    state = DeliveryState.SEND_IN_PROGRESS
    delivery = Delivery(uuid4(), ORGANISATION, message.id, Purpose.MESSAGE, "fake", to, state, attempt=1)
    given = {
        "transport": transport,
        "outgoing": Outgoing(delivery, message, lambda: iter(()), None, lambda wire: wire),
        "actor": actor,
        "mailbox_id": MAILBOX,
        "draft": Draft((to,), "Ämne", "Text"),
        "recipient": to,
    }
    method = getattr(TransportContract(), test)
    try:
        method(**{name: given[name] for name in inspect.signature(method).parameters})
    except AssertionError:
        return False
    return True


def test_what_has_no_english_is_found(tmp_path: Path) -> None:
    """In Python, with the names of its facts; in templates, marked or bare. What is no speech is left alone."""
    (tmp_path / "locale").mkdir()
    (tmp_path / "templates").mkdir()
    (tmp_path / "locale/en.po").write_text('msgid "Det går inte."\nmsgstr "It cannot be done."\n', "utf-8")
    (tmp_path / "plugin.py").write_text(CODE, "utf-8")
    (tmp_path / "templates/page.html").write_text(PAGE, "utf-8")
    package = ModuleType("wrong")
    package.__file__ = str(tmp_path / "__init__.py")
    assert untranslated(package) == [
        "%(n)s duva",
        "Alla svarar.",
        "Bar svenska är fel",
        "Duvan är borta",
        "Duvornas rubrik",
        "Foder",
        "Högst {most} duvor, inte {count}.",
        "Ingen duva svarar.",
        "Majs",
        "Mat.",
    ]
