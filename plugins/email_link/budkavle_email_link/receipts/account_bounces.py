"""The bounce addresses of notices: each mail has its own (VERP)."""

import secrets
from base64 import b32encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, insert, text

from budkavle import Host
from budkavle_email_link.links import hashed
from budkavle_email_link.tables import bounces

KEPT = timedelta(days=30)
"""How long an address is kept: longer than any mail server retries."""


@dataclass(frozen=True, slots=True)
class About:
    """What a mail was about: a notice; in mails of older versions, the sender's delivery or the user's account.

    Attributes:
        organisation_id: The organisation of the notice.
    """

    organisation_id: UUID
    delivery_id: UUID | None = None
    user_id: UUID | None = None
    notice_id: UUID | None = None


def address(host: Host, about: About) -> str:
    """Create the bounce address of a mail, and return its local part; call it before the mail is sent."""
    token = b32encode(secrets.token_bytes(15)).decode().lower()
    row = {
        "organisation_id": about.organisation_id,
        "bounce_hash": hashed(token),
        "delivery_id": about.delivery_id,
        "user_id": about.user_id,
        "notice_id": about.notice_id,
        "at": func.now(),
    }
    with host.transaction(about.organisation_id) as connection:
        connection.execute(insert(bounces).values(row))
    return f"bounce+{token}"


def find(host: Host, token: str) -> About | None:
    """Return what the mail was about, by the token of its bounce address; None if the token is unknown."""
    query = text("SELECT organisation_id, delivery_id, user_id, notice_id FROM email_link_mail_bounced(:wanted)")
    with host.transaction(None) as connection:
        row = connection.execute(query, {"wanted": hashed(token.lower())}).one_or_none()
    return About(row.organisation_id, row.delivery_id, row.user_id, row.notice_id) if row else None


def sweep(host: Host, organisations: Iterable[UUID]) -> int:
    """Delete expired bounce addresses; return how many."""
    deleted = 0
    for organisation_id in organisations:
        expired = (bounces.c.organisation_id == organisation_id, bounces.c.at < func.now() - KEPT)
        with host.transaction(organisation_id) as connection:
            deleted += connection.execute(delete(bounces).where(*expired)).rowcount
    return deleted
