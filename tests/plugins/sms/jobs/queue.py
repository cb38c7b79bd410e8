"""What waits to be sent, and how a test moves it on."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from budkavle.notices import Notice, NoticeKind, notify
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor

PHONE = "+46701234512"
TEXT = "Håbo kommun: koden är 012345."


def ask(sms_plugin: Any, topic: str, lifetime: timedelta, **more: Any) -> UUID:
    notice = Notice(NoticeKind.SMS, PHONE, topic, **{"text": TEXT, "expires_at": datetime.now(UTC) + lifetime, **more})
    asked = in_work(sms_plugin.platform, system_actor(sms_plugin.organisation.id), notify, notice)
    assert isinstance(asked, UUID)
    return asked


def queue(sms_plugin: Any, lifetime: timedelta = timedelta(minutes=10), **more: Any) -> UUID:
    """Ask for a code."""
    return ask(sms_plugin, "sms.code", lifetime, is_urgent=True, is_secret=True, **more)


def queue_notice(sms_plugin: Any, lifetime: timedelta = timedelta(minutes=10), **more: Any) -> UUID:
    """Ask for a notice that nobody waits for."""
    return ask(sms_plugin, "fake.landed", lifetime, **more)


def send(sms_plugin: Any) -> int:
    tries = sms_plugin.send()
    assert isinstance(tries, int)
    return tries


def due(sms_plugin: Any) -> None:
    """Let the pause between two tries be over."""
    sms_plugin.make_due()


def row(sms_plugin: Any) -> Any:
    """The only notice: its state, why, and what is left of it."""
    (stored,) = sms_plugin.latest()
    return SimpleNamespace(
        id=stored.notice.id,
        state=stored.status.state,
        failure=stored.status.failure,
        to=stored.notice.address,
        text=stored.notice.text,
    )
