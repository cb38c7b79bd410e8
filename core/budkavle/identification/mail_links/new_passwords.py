"""A new password by a link to the account's address, after a request by the user or by an administrator.

A request reveals nothing about which accounts exist: each one is put in an outbox, even for an unknown address, and a
worker sends the link. The link is not stored. It is authenticated by a keyed hash over the account, its present
password and the link's expiry time, so that a new password invalidates it (ASVS 5.0, 6.4.3). A code in addition to the
password is still required.
"""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

from budkavle import i18n
from budkavle.accounts import passwords, users
from budkavle.accounts.core_settings import SignInSettings
from budkavle.accounts.stored_settings import read_settings
from budkavle.identification import providers
from budkavle.model.errors import Invalid, NotFound
from budkavle.model.notices import Notice, NoticeKind, NoticeLink
from budkavle.model.people import CORE_NAME, SystemActor, User
from budkavle.model.sentences import Sentence
from budkavle.notices.asking import notice_kinds, notify
from budkavle.plugins.protocols.outbox import Outbox, OutboxEntry
from budkavle.storage import audit
from budkavle.storage.outbox import NewEntry, enqueue
from budkavle.storage.platform import Platform, Work

QUEUE = "budkavle.new_password"
PATH = "/new-password/"
FAILED = "user.password-link-failed"
"""The kind of event log entry that asks an administrator to help instead."""
NOBODY = bytes(16)
"""The content of an outbox entry for an unknown address."""
BY_ADMINISTRATOR = b"administrator"
"""The suffix of the account's id in an outbox entry from an administrator."""
LASTS = timedelta(minutes=30)
OVER = "Länken gäller inte längre, eller har redan använts. Begär en ny från inloggningssidan."
SUBJECT = "Välj ett nytt lösenord till Budkavle"
TEXT = "Någon har begärt ett nytt lösenord till ditt konto i Budkavle. Öppna länken inom en halvtimme och välj ett."
TEXT_SENT = (
    "En administratör har bett dig välja ett nytt lösenord till ditt konto i Budkavle. Öppna länken inom ett dygn och "
    "välj ett. Ett tidigare lösenord gäller inte längre."
)
SWITCHED_OFF = "Det gick inte längre att skicka länkar härifrån. Ge ett engångslösenord i stället."
FOOTNOTE_SENT = "Undrar du varför? Fråga administratören i din organisation."
FOOTNOTE = "Var det inte du? Då behöver du inte göra något. Ditt lösenord är detsamma som förut."


def is_offered(platform: Platform) -> bool:
    """Tell whether passwords are used here and mail can be sent."""
    return providers.asking_for_password(platform) is not None and NoticeKind.MAIL in notice_kinds(platform)


def can_send(work: Work) -> bool:
    """Tell whether an administrator can send a link here, instead of being shown a password."""
    return is_offered(work.platform) and _is_allowed(work)


def send(work: Work, user_id: UUID) -> None:
    """Send a link for choosing a password that replaces the present one (ASVS 5.0, 6.4.6)."""
    enqueue(work, NewEntry(QUEUE, user_id.bytes + BY_ADMINISTRATOR))


def request(platform: Platform, email: str) -> None:
    """Send the account with this address, if there is one, a link for choosing a new password.

    Args:
        platform: The installation.
        email: The address, as it was typed.
    """
    user, organisations = users.account(platform, email), platform.organisations()
    if not organisations:
        return
    # An entry is made in any case, so that the response takes the same time.
    home = user.organisation_id if user else organisations[0].id
    with platform.work(SystemActor(home, CORE_NAME)) as work:
        enqueue(work, NewEntry(QUEUE, user.id.bytes if user else NOBODY))


def core_outboxes(platform: Platform) -> dict[str, Outbox]:
    """Return the outbox of requests."""
    return {
        QUEUE: Outbox(
            QUEUE,
            partial(_send_link, platform),
            partial(_give_up, platform),
            every=timedelta(seconds=5),
            keeps_parked=False,
        )
    }


def find_user(platform: Platform, token: str) -> User:
    """Return the user of a link, without using it.

    Args:
        platform: The installation.
        token: The last part of the link's URL.

    Raises:
        NotFound: It is used, replaced, expired, or not valid at all.
    """
    parts = _parts(token)
    with platform.work(SystemActor(parts.organisation_id, CORE_NAME)) as work:
        return _judge(work, parts)


def choose(platform: Platform, token: str, password: str) -> User:
    """Store the password chosen by a link. All sessions of the account end, and the link becomes invalid.

    Raises:
        Invalid: The password breaks a rule.
        NotFound: The link is used, replaced or expired.
    """
    user = find_user(platform, token)
    with platform.work(user.acting()) as work:
        if sentence := passwords.fault_for(work, user, password):
            raise Invalid("Lösenordet kunde inte sparas.", fields={"password": sentence})
    with platform.work(user.acting()) as work:
        users.user_row(work, user.id, lock=True)
        _judge(work, _parts(token))  # if it is opened twice at once, only one password is stored
        users.keep_password(work, user.id, password)
        audit.record(work, "user.password-set", user.id)
        users.announce_change(work, user.id, "password-set")
    return user


def _send_link(platform: Platform, entry: OutboxEntry) -> None:
    if entry.content == NOBODY:
        return
    by_administrator = entry.content.endswith(BY_ADMINISTRATOR)
    with platform.work(SystemActor(entry.organisation_id, CORE_NAME)) as work:
        row = users.user_row(work, _account(entry))
        user, stored_hash = users.as_user(row), row["password_hash"]
        if not (user.active and stored_hash):
            return
        if not can_send(work):
            if by_administrator:  # their old password is no longer valid
                audit.record(work, FAILED, user.id, why=Sentence(SWITCHED_OFF).to_text())
            return
        try:
            notify(work, _notice(work, user, stored_hash, is_sent=by_administrator))
        except Invalid as error:  # such as an address that cannot get mail
            audit.record(work, FAILED, user.id, why=error.sentence.to_text())
            return
        if not by_administrator:
            audit.record(work, "user.password-forgotten", user.id)


def _account(entry: OutboxEntry) -> UUID:
    return UUID(bytes=entry.content.removesuffix(BY_ADMINISTRATOR))


def _give_up(platform: Platform, entry: OutboxEntry, failure: str) -> None:
    """Record that a link could not be sent; the user is not told otherwise."""
    if entry.content == NOBODY:
        return
    with platform.work(SystemActor(entry.organisation_id, CORE_NAME)) as work:
        audit.record(work, FAILED, _account(entry), why=Sentence(failure).to_text())


@dataclass(frozen=True, slots=True)
class _Parts:
    organisation_id: UUID
    user_id: UUID
    ends: datetime
    seal: str


def _parts(token: str) -> _Parts:
    try:
        organisation_id, user_id, ends, seal = token.split(".")
        return _Parts(UUID(organisation_id), UUID(user_id), datetime.fromtimestamp(int(ends), UTC), seal)
    except (ValueError, OverflowError, OSError) as error:
        raise NotFound(OVER) from error


def _judge(work: Work, parts: _Parts) -> User:
    try:
        row = users.user_row(work, parts.user_id)
    except NotFound as error:
        raise NotFound(OVER) from error
    user, stored_hash = users.as_user(row), row["password_hash"]
    if not (user.active and stored_hash and parts.ends > datetime.now(UTC) and _is_allowed(work)):
        raise NotFound(OVER)
    if not hmac.compare_digest(parts.seal.encode(), _seal(work, user, stored_hash, parts.ends).encode()):
        raise NotFound(OVER)
    return user


def _is_allowed(work: Work) -> bool:
    return read_settings(work, SignInSettings).new_password_by_mail


def _token(work: Work, user: User, kept: str, ends: datetime) -> str:
    return f"{user.organisation_id.hex}.{user.id.hex}.{int(ends.timestamp())}.{_seal(work, user, kept, ends)}"


def _seal(work: Work, user: User, kept: str, ends: datetime) -> str:
    words = ("new password", str(user.organisation_id), str(user.id), kept, str(int(ends.timestamp())))
    return urlsafe_b64encode(work.vault.subject_hash(*words)).decode().rstrip("=")


def _notice(work: Work, user: User, kept: str, *, is_sent: bool) -> Notice:
    ends = datetime.now(UTC).replace(microsecond=0) + (passwords.ONCE_FOR if is_sent else LASTS)
    words = i18n.translations(user.language, dict(work.platform.plugins.folders("locale")))
    url = f"{work.platform.settings.base_url.rstrip('/')}{PATH}{_token(work, user, kept, ends)}"
    return Notice(
        NoticeKind.MAIL,
        user.email,
        "budkavle.new_password",
        subject=i18n.say(SUBJECT, words),
        text=i18n.say(TEXT_SENT if is_sent else TEXT, words),
        language=user.language,
        about=user.id,
        link=NoticeLink(i18n.say("Välj ett nytt lösenord", words), url),
        footnote=i18n.say(FOOTNOTE_SENT if is_sent else FOOTNOTE, words),
        expires_at=ends,
        is_secret=True,
        is_urgent=True,
    )
