"""The automatic reply as set by its owner: off, or on with a text. Turning it on begins a new absence."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import delete

from budkavle import Actor, Host, Invalid
from budkavle.accounts import prefer, read_preferences
from budkavle_absence.tables import answered

NAME = "auto_reply"
"""The name of the preference."""


@dataclass(frozen=True, slots=True)
class AutoReply:
    """An automatic reply.

    Attributes:
        absence: The id of this absence, so that each sender gets the reply once. Empty while it is off.
        since: When the absence began; None while it is off, and of one that began before this was kept.
    """

    active: bool = False
    text: str = ""
    absence: str = ""
    since: datetime | None = None


def auto_reply(host: Host, organisation_id: UUID, user_id: UUID) -> AutoReply:
    """Return the setting of the user."""
    with host.work(host.system(organisation_id)) as work:
        stored = read_preferences(work, user_id).get(NAME, {})
    since = datetime.fromisoformat(stored["since"]) if stored.get("since") else None
    return AutoReply(bool(stored.get("active")), str(stored.get("text", "")), str(stored.get("absence", "")), since)


def set_auto_reply(host: Host, actor: Actor, *, active: bool, text: str) -> None:
    """Turn it on or off. The text is kept in both cases. Turning it off forgets who has had the reply.

    Raises:
        Invalid: It is on and the text is empty or too long.
    """
    if active and not text.strip():
        raise Invalid("Autosvaret kunde inte sparas.", fields={NAME: "Skriv vad den som skriver till dig ska få veta."})
    if actor.user_id is None:
        raise Invalid("Autosvar har bara den som har ett konto.")
    old = auto_reply(host, actor.organisation_id, actor.user_id)
    absence = (old.absence or secrets.token_hex(8)) if active else ""
    since = old.since if absence == old.absence else datetime.now(UTC) if active else None
    began = since.isoformat() if since else ""
    kept: dict[str, str | bool] = {"active": active, "text": text.strip(), "absence": absence, "since": began}
    with host.work(actor) as work:
        prefer(work, NAME, kept)
        if old.absence != absence:
            with host.tables(work) as connection:
                ended = (answered.c.organisation_id == actor.organisation_id, answered.c.absence == old.absence)
                connection.execute(delete(answered).where(*ended))
