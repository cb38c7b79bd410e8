"""Warnings to an organisation's administrators that its licence is nearly used up or ends soon, once for each step.

A warning is stored while its cause lasts. When the cause is gone, for example after the licence was extended, the
warning is deleted, and may be sent again later. Mails are sent if a plugin sends mail; the page always shows the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import structlog
from sqlalchemy import select

from budkavle.accounts.organisations import organisation
from budkavle.accounts.users import as_user
from budkavle.i18n import say, translations
from budkavle.logs import describe
from budkavle.model.errors import Invalid
from budkavle.model.notices import Notice, NoticeKind, NoticeLink
from budkavle.model.people import CORE_NAME, ActorScope, Organisation, Role, SystemActor, User
from budkavle.model.sentences import Sentence
from budkavle.notices.asking import notice_kinds, notify
from budkavle.organisation.licences import DAYS, GIGABYTE, Licence, Measure, read_licence
from budkavle.organisation.usage import UsageKind
from budkavle.storage import audit
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Platform, Work
from budkavle.storage.tables import users

log = structlog.get_logger("budkavle.organisation")
TOPIC = "budkavle.licence"
USED = {
    UsageKind.USERS: "{used} av {agreed} avtalade användare används ({percent} %).",
    UsageKind.MAILBOXES: "{used} av {agreed} avtalade funktionsbrevlådor används ({percent} %).",
    UsageKind.STORAGE: "{used} av {agreed} GB avtalad lagring används ({percent} %).",
}
ENDS = "Licensen gäller till och med {until}. Det är {days} dagar kvar."
ENDED = "Licensen gällde till och med {until}."
GOES_ON = "Allt fungerar som vanligt: meddelanden kommer fram, och ingenting stängs av."


class _Queries(QueryFile):
    add_warning: Statement
    keep_warnings: Statement


QUERIES = _Queries.load()


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning.

    Attributes:
        key: The subject and the step reached, such as `users:100`.
        sentence: The text.
    """

    key: str
    sentence: Sentence


def warnings_of(licence: Licence) -> list[Warned]:
    """Return the current warnings about a licence, at most one for each measure and one for its end."""
    return [*(_of_measure(measure) for measure in licence.measures if measure.reached), *_of_end(licence)]


def warn(platform: Platform) -> int:
    """Send each organisation the new warnings about its licence; a job."""
    return platform.in_each_organisation(partial(_warn, platform))


def _warn(platform: Platform, organisation_id: UUID) -> int:
    with platform.work(SystemActor(organisation_id, CORE_NAME, frozenset({ActorScope.ADMINISTER}))) as work:
        warn_one(work)
    return 0


def warn_one(work: Work) -> list[Warned]:
    """Send the organisation of a unit of work the new warnings about its licence.

    Returns:
        The new warnings.
    """
    current = warnings_of(read_licence(work))
    keys = {"organisation": work.organisation_id, "keys": [warned.key for warned in current]}
    QUERIES.keep_warnings.enqueue(work.connection, keys)
    fresh = [
        warned
        for warned in current
        if QUERIES.add_warning.all(work.connection, {"organisation": work.organisation_id, "warning": warned.key})
    ]
    for warned in fresh:
        audit.record(work, "licence.warned", work.organisation_id, reason=warned.sentence)
    if fresh and NoticeKind.MAIL in notice_kinds(work.platform):
        _mail(work, fresh)
    return fresh


def _of_measure(measure: Measure) -> Warned:
    per = GIGABYTE if measure.kind is UsageKind.STORAGE else 1
    figures = {"used": measure.used // per, "agreed": measure.agreed // per, "percent": measure.percent}
    return Warned(f"{measure.kind}:{measure.reached}", Sentence(USED[measure.kind], **figures))


def _of_end(licence: Licence) -> Iterator[Warned]:
    days_left = licence.days_left
    if days_left is None or licence.until is None or days_left > DAYS[0]:
        return
    until = licence.until.isoformat()
    step = min(days for days in DAYS if days_left <= days) if days_left >= 0 else -1
    sentence = Sentence(ENDS, until=until, days=days_left) if days_left >= 0 else Sentence(ENDED, until=until)
    yield Warned(f"until:{until}:{step}", sentence)


def _mail(work: Work, fresh: list[Warned]) -> None:
    whose = organisation(work)
    for user in _administrators(work):
        try:
            notify(work, _notice(work.platform, whose, user, fresh))
        except Invalid as error:  # such as an address that cannot get mail; the others are still notified
            log.warning("licence.not_told", organisation=str(whose.id), **describe(error))


def _administrators(work: Work) -> list[User]:
    of_ours = (users.c.organisation_id == work.organisation_id, users.c.active, users.c.role != Role.USER.value)
    return [as_user(row) for row in work.connection.execute(select(users).where(*of_ours)).mappings()]


def _notice(platform: Platform, whose: Organisation, user: User, fresh: list[Warned]) -> Notice:
    words = translations(user.language, dict(platform.plugins.folders("locale")))
    sentences = [say(warned.sentence, words) for warned in fresh]
    return Notice(
        NoticeKind.MAIL,
        user.email,
        TOPIC,
        subject=say(Sentence("Licensen för {organisation}", organisation=whose.name), words),
        text="\n\n".join([*sentences, say(GOES_ON, words)]),
        language=user.language,
        about=whose.id,
        link=NoticeLink(say("Se licensen", words), f"{platform.settings.base_url.rstrip('/')}/organisation/licence"),
    )
