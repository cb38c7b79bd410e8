"""A reminder by mail before an invitation or a one-time password expires: once, when a third of its time is left.

It has no link that gives access: only the hash of an invitation's secret is stored, and passwords are never mailed.

Source: ASVS 5.0, 6.4.5.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from sqlalchemy import and_, func, select

from budkavle.accounts import users
from budkavle.accounts.organisations import organisation
from budkavle.accounts.passwords import ONCE_FOR
from budkavle.i18n import say, translations
from budkavle.identification.mail_links.invitations import LASTS
from budkavle.logs import describe
from budkavle.model.errors import Invalid
from budkavle.model.notices import Notice, NoticeKind, NoticeLink
from budkavle.model.people import CORE_NAME, SystemActor, User
from budkavle.model.times import minute
from budkavle.notices.asking import notice_kinds, notify
from budkavle.plugins.protocols.job import Job
from budkavle.storage import audit
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import invitations as invitations_table
from budkavle.storage.tables import users as users_table

TOPIC = "budkavle.ending"
SIGN_IN = "Logga in"
log = structlog.get_logger("budkavle.identification")


@dataclass(frozen=True, slots=True)
class Wording:
    """The text of a reminder, with the placeholders `{organisation}` and `{at}`.

    Attributes:
        what: What expires, as a word for the notice's key and the event log.
        leads_in: Whether there is a button to the sign-in page.
    """

    what: str
    subject: str
    text: str
    what_next: str
    leads_in: bool


INVITATION = Wording(
    "invitation",
    "Din inbjudan till Budkavle gäller snart inte längre",
    "Din inbjudan till Budkavle hos {organisation} gäller till {at}.",
    "Öppna länken i mejlet med inbjudan. Hittar du det inte kan organisationens administratör skicka en ny inbjudan.",
    leads_in=False,
)
PASSWORD = Wording(
    "password",
    "Ditt engångslösenord till Budkavle gäller snart inte längre",
    "Engångslösenordet som du har fått till Budkavle hos {organisation} gäller till {at}.",
    "Logga in med det innan dess och välj ett eget. Annars får du be organisationens administratör om ett nytt.",
    leads_in=True,
)


@dataclass(frozen=True, slots=True)
class Ending:
    """A user's invitation or one-time password that expires soon."""

    user: User
    at: datetime
    wording: Wording

    @property
    def key(self) -> str:
        """The deduplication key, different from a later one of the same person: each key gets one notice."""
        return f"{self.wording.what}:{self.user.id}:{self.at.isoformat()}"


def jobs(platform: Platform) -> list[Job]:
    """Return the recurring jobs."""
    return [Job("endings", partial(remind, platform), timedelta(minutes=30))]


def remind(platform: Platform) -> int:
    """Notify each person whose invitation or password expires soon, in active organisations; returns how many."""
    if NoticeKind.MAIL not in notice_kinds(platform):
        return 0
    return platform.in_each_organisation(partial(_remind_in, platform), paused=False)


def _remind_in(platform: Platform, organisation_id: UUID) -> int:
    """Notify the people of one organisation, in one transaction: if the process is killed, nobody has been notified."""
    with platform.work(SystemActor(organisation_id, CORE_NAME)) as work:
        return sum(_tell(work, ending) for ending in [*_invitations(work), *_passwords(work)])


def _invitations(work: Work) -> Iterator[Ending]:
    c = invitations_table.c
    same_user = and_(users_table.c.organisation_id == c.organisation_id, users_table.c.id == c.user_id)
    query = select(users_table, c.expires_at).select_from(invitations_table.join(users_table, same_user))
    query = query.where(c.organisation_id == work.organisation_id, ~users_table.c.active)
    query = query.where(c.expires_at > func.now(), c.expires_at <= func.now() + LASTS / 3)
    for row in work.connection.execute(query).mappings():
        yield Ending(users.as_user(row), row["expires_at"], INVITATION)


def _passwords(work: Work) -> Iterator[Ending]:
    c = users_table.c
    query = select(users_table).where(c.organisation_id == work.organisation_id, c.active)
    query = query.where(c.password_until > func.now(), c.password_until <= func.now() + ONCE_FOR / 3)
    for row in work.connection.execute(query).mappings():
        yield Ending(users.as_user(row), row["password_until"], PASSWORD)


def _tell(work: Work, ending: Ending) -> int:
    try:
        notice_id = notify(work, _notice(work, ending))
    except Invalid as error:  # such as an address that cannot get mail; the others are still notified
        log.warning("ending.not_told", organisation=str(work.organisation_id), **describe(error))
        return 0
    if notice_id is None:
        return 0
    audit.record(work, "user.ending-told", ending.user.id, what=ending.wording.what)
    return 1


def _notice(work: Work, ending: Ending) -> Notice:
    user, wording = ending.user, ending.wording
    words = translations(user.language, dict(work.platform.plugins.folders("locale")))
    facts = {"organisation": organisation(work).name, "at": minute(ending.at, user.language)}
    url = f"{work.platform.settings.base_url.rstrip('/')}/sign-in"
    return Notice(
        NoticeKind.MAIL,
        user.email,
        TOPIC,
        subject=say(wording.subject, words),
        text="\n\n".join((say(wording.text, words, **facts), say(wording.what_next, words))),
        language=user.language,
        key=ending.key,
        about=user.id,
        link=NoticeLink(say(SIGN_IN, words), url) if wording.leads_in else None,
        expires_at=ending.at,
    )
