"""What a session stores about the user's session at an identity provider.

Keyed hashes identify the sessions that a provider may end; the data for ending the provider's own session is sealed. A
session that replaces another of the same user, as for a higher level by another provider, keeps the stored data.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import structlog
from sqlalchemy import Connection, delete

from budkavle.logs import describe
from budkavle.model.errors import Damaged
from budkavle.model.people import CORE_NAME, ProviderSession, SystemActor, User
from budkavle.plugins.protocols.identity_provider import SignOutRequest
from budkavle.storage import audit
from budkavle.storage.keys import KeysUnavailable
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import sessions

COLUMNS = ("provider_subject", "provider_session", "provider_kept", "provider_ends_at")
log = structlog.get_logger("budkavle.identification.sign_out")


class SessionThere(msgspec.Struct, frozen=True):
    """The provider's session of a person who has signed out here."""

    provider: str
    kept: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A session that has just ended.

    Attributes:
        user_id: Its user.
        columns: The stored columns, for a session that replaces it.
        there: The session at a provider that is still open, or None.
    """

    user_id: UUID
    columns: Mapping[str, Any]
    there: SessionThere | None


def columns(
    platform: Platform, connection: Connection, user: User, provider: str, session: ProviderSession
) -> dict[str, Any]:
    """Return the columns of a new session of the user."""
    plain = msgspec.json.encode(SessionThere(provider, session.kept))
    sealed = platform.vault.seal_small(user.organisation_id, _label(user.id), plain, connection)
    ends_at = None if session.ends_at is None else datetime.fromtimestamp(session.ends_at, UTC)
    return dict(
        zip(COLUMNS, (*_hashes(platform, provider, session.subject, session.name), sealed, ends_at), strict=True)
    )


def ended(work: Work, row: Any) -> Ended:
    """Return what a deleted row had stored; nothing if the session at the provider has expired.

    If the sealed data cannot be opened, the session here still ends.
    """
    if row.provider_ends_at is not None and row.provider_ends_at <= datetime.now(UTC):
        return Ended(row.user_id, {}, None)
    provider_session = None
    if row.provider_kept is not None:
        try:
            plain = work.vault.open_small(work.organisation_id, _label(row.user_id), row.provider_kept, work.connection)
            provider_session = msgspec.json.decode(plain, type=SessionThere)
        except (Damaged, KeysUnavailable) as error:
            log.error("sign-out.not-opened", **describe(error))  # noqa: TRY400 - no content in logs
    return Ended(row.user_id, {name: getattr(row, name) for name in COLUMNS}, provider_session)


def end_all(platform: Platform, provider: str, request: SignOutRequest) -> int:
    """End the sessions here of a person who has signed out at a provider, in all organisations.

    Args:
        platform: The installation.
        provider: The provider's name.
        request: The person or session; if it has both names, both must match, and with neither, nothing ends.

    Returns:
        The number of ended sessions.

    Raises:
        Exception: An error in one organisation, after all others have been handled.
    """
    subject, session = _hashes(platform, provider, request.subject, request.session)
    conditions = [
        column == value
        for column, value in ((sessions.c.provider_subject, subject), (sessions.c.provider_session, session))
        if value is not None
    ]
    if not conditions:
        return 0
    return platform.in_each_organisation(lambda organisation_id: _end(platform, organisation_id, provider, conditions))


def _end(platform: Platform, organisation_id: UUID, provider: str, conditions: list[Any]) -> int:
    with platform.work(SystemActor(organisation_id, CORE_NAME)) as work:
        statement = delete(sessions).where(sessions.c.organisation_id == organisation_id, *conditions)
        users = list(work.connection.execute(statement.returning(sessions.c.user_id)).scalars())
        for user_id in sorted(set(users)):
            platform.database.notify(work.connection, {"o": organisation_id, "u": user_id, "k": "access"})
            audit.record(work, "user.signed-out-elsewhere", user_id, provider=provider)
    return len(users)


def _hashes(platform: Platform, provider: str, subject: str, name: str) -> tuple[bytes | None, bytes | None]:
    """Return the keyed hashes of a provider's names; None for a name that is empty."""
    hashed = platform.vault.subject_hash
    return (
        hashed("provider-subject", provider, subject) if subject else None,
        hashed("provider-session", provider, name) if name else None,
    )


def _label(user_id: UUID) -> str:
    return f"provider-session:{user_id}"
