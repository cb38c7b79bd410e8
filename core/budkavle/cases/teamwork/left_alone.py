"""Notifying administrators of restricted cases that none of the named people may open any more."""

from datetime import timedelta
from functools import partial
from uuid import UUID

import structlog

from budkavle.i18n import say, translations
from budkavle.logs import describe
from budkavle.model.errors import Invalid
from budkavle.model.notices import Notice, NoticeKind, NoticeLink
from budkavle.model.people import CORE_NAME, SystemActor
from budkavle.model.sentences import Sentence
from budkavle.notices.asking import notice_kinds, notify
from budkavle.plugins.protocols.job import Job
from budkavle.storage import audit
from budkavle.storage.pipeline import QueryFile, ResultRow, Statement
from budkavle.storage.platform import Platform, Work

TOPIC = "budkavle.restricted"
EVERY = timedelta(minutes=10)
SUBJECT = "Ett begränsat ärende har ingen läsare"
TEXT = "Ingen av dem som får läsa ett begränsat ärende i brevlådan {mailbox} finns kvar där. Ärende: {number}."
WHAT_TO_DO = "Låt någon annan i brevlådan läsa det, eller ta bort begränsningen. Vad som står i ärendet ser du inte."
LINK = "Visa begränsade ärenden"
log = structlog.get_logger("budkavle.cases")


class _Queries(QueryFile):
    mark_left_alone: Statement
    list_administrators: Statement


QUERIES = _Queries.load()


def jobs(platform: Platform) -> list[Job]:
    """Return the periodic job."""
    return [Job("restricted-cases", partial(tell_administrators, platform), EVERY)]


def tell_administrators(platform: Platform) -> int:
    """Notify each organisation's administrators, once each time that a case loses its last reader; return how many."""
    return platform.in_each_organisation(partial(_tell_in, platform), paused=False)


def _tell_in(platform: Platform, organisation_id: UUID) -> int:
    with platform.work(SystemActor(organisation_id, CORE_NAME)) as work:
        parameters = {"organisation": organisation_id}
        rows = QUERIES.mark_left_alone.all(work.connection, parameters)
        people = QUERIES.list_administrators.all(work.connection, parameters) if rows else []
        for row in rows:
            audit.record(work, "case.without-readers", row.case_id, mailbox=str(row.mailbox_id))
            if NoticeKind.MAIL in notice_kinds(platform):
                for person in people:
                    _tell(work, row, person)
        return len(rows)


def _tell(work: Work, row: ResultRow, person: ResultRow) -> None:
    words = translations(person.language, dict(work.platform.plugins.folders("locale")))
    notice = Notice(
        NoticeKind.MAIL,
        person.email,
        TOPIC,
        subject=say(SUBJECT, words),
        text="\n\n".join((say(Sentence(TEXT, mailbox=row.mailbox, number=row.number), words), say(WHAT_TO_DO, words))),
        language=person.language,
        about=row.mailbox_id,
        key=f"{row.case_id}:{row.told_at.isoformat()}:{person.id}",
        link=NoticeLink(say(LINK, words), f"{work.platform.settings.base_url.rstrip('/')}/organisation/restricted"),
    )
    try:
        notify(work, notice)
    except Invalid as error:  # such as an address that cannot receive mail; the others are notified
        log.warning("restricted.not_told", **describe(error))
