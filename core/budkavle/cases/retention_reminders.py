"""Reminders to the readers of a mailbox that messages will be destroyed: some days in advance, at most once a week.

A reminder says which mailbox, how many messages, in which cases by number, and when; nothing of their content.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from gettext import NullTranslations
from uuid import UUID

import structlog

from budkavle.cases.retention import number_parameters, present
from budkavle.i18n import say, translations
from budkavle.logs import describe
from budkavle.model.errors import Invalid
from budkavle.model.notices import Notice, NoticeKind, NoticeLink
from budkavle.model.people import CORE_NAME, SystemActor
from budkavle.model.sentences import Sentence
from budkavle.model.times import ZONE, day_in_words
from budkavle.notices.asking import notice_kinds, notify
from budkavle.plugins.protocols.job import Job
from budkavle.storage import audit
from budkavle.storage.pipeline import QueryFile, ResultRow, Statement
from budkavle.storage.platform import Platform, Work

TOPIC = "budkavle.retention"
AHEAD = 6
"""Days beyond the warning period that a reminder covers, so that the next one is sent a week later."""
FROM_HOUR = 7
"""No reminder is sent earlier in the day, in Swedish time."""
SUBJECT = "Meddelanden försvinner snart"
IN_MAILBOX = "I brevlådan {mailbox} försvinner snart meddelanden. Antal: {count}."
IN_INBOX = "I din personliga inkorg försvinner snart meddelanden. Antal: {count}."
WHEN = "De första försvinner natten till {first}, de sista senast natten till {last}. De går aldrig att läsa igen."
NUMBERS = "Ärenden: {numbers}"
MORE_NUMBERS = "Ärenden: {numbers} och {more} till"
KEEP = "Spara det som behövs på annat håll innan dess."
LINK = "Öppna brevlådan"
log = structlog.get_logger("budkavle.cases")


class _Queries(QueryFile):
    list_ending: Statement
    keep_mark: Statement
    list_readers: Statement


QUERIES = _Queries.load()


def jobs(platform: Platform) -> list[Job]:
    """Return the periodic job."""
    return [Job("retention-reminders", partial(remind, platform), timedelta(hours=1))]


def remind(platform: Platform, now: datetime | None = None) -> int:
    """Remind every mailbox with messages that will soon be destroyed; return how many.

    Args:
        platform: The installation.
        now: The present time; by default the database's.
    """
    if NoticeKind.MAIL not in notice_kinds(platform):
        return 0
    return platform.in_each_organisation(partial(_remind_in, platform, now=now), paused=False)


def _remind_in(platform: Platform, organisation_id: UUID, now: datetime | None) -> int:
    with platform.work(SystemActor(organisation_id, CORE_NAME)) as work:
        at = now or present(work)
        if at.astimezone(ZONE).hour < FROM_HOUR:
            return 0
        parameters = {**number_parameters(platform), "organisation": organisation_id, "now": at, "ahead": AHEAD}
        ending = QUERIES.list_ending.all(work.connection, parameters)
        return sum(_tell(work, row) for row in ending)


def _tell(work: Work, ending: ResultRow) -> int:
    mark = {"organisation": work.organisation_id, "mark": ending.mark, "value": ending.mark_value}
    if QUERIES.keep_mark.one_or_none(work.connection, mark) is None:
        return 0
    of_mailbox = {"organisation": work.organisation_id, "mailbox": ending.mailbox_id}
    readers = QUERIES.list_readers.all(work.connection, of_mailbox)
    for reader in readers:
        try:
            notify(work, _notice(work.platform, ending, reader))
        except Invalid as error:  # such as an address that cannot receive mail; the others are notified
            log.warning("retention.not_told", mailbox=str(ending.mailbox_id), **describe(error))
    facts = {"mailbox": str(ending.mailbox_id), "messages": ending.messages, "until": ending.last.isoformat()}
    audit.record(work, "retention.reminded", ending.mailbox_id, **facts)
    return 1


def _notice(platform: Platform, ending: ResultRow, reader: ResultRow) -> Notice:
    words = translations(reader.language, dict(platform.plugins.folders("locale")))
    return Notice(
        NoticeKind.MAIL,
        reader.email,
        TOPIC,
        subject=say(SUBJECT, words),
        text="\n\n".join(_lines(ending, reader, words)),
        language=reader.language,
        about=ending.mailbox_id,
        key=f"{ending.mark}:{ending.mark_value}:{reader.id}",
        link=NoticeLink(say(LINK, words), f"{platform.settings.base_url.rstrip('/')}/m/{ending.mailbox_id}"),
        expires_at=_midnight(ending.last),
    )


def _lines(ending: ResultRow, reader: ResultRow, words: NullTranslations) -> Iterator[str]:
    where = IN_INBOX if reader.kind == "personal" else IN_MAILBOX
    yield say(Sentence(where, mailbox=reader.name, count=ending.messages), words)
    first, last = (day_in_words(day, reader.language) for day in (ending.first, ending.last))
    yield say(Sentence(WHEN, first=first, last=last), words)
    numbers, more = ", ".join(ending.case_numbers), ending.cases - len(ending.case_numbers)
    yield say(Sentence(MORE_NUMBERS if more else NUMBERS, numbers=numbers, more=more), words)
    yield say(KEEP, words)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)
