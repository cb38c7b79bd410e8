"""Notifying members when it is due: one notification per mailbox, about the cases that are still unread."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid5

import structlog

from budkavle.cases.member_news.choices import PLACE, notice_ways
from budkavle.cases.member_news.waiting import note_arrivals
from budkavle.i18n import say, translations
from budkavle.logs import describe
from budkavle.model.errors import Invalid
from budkavle.model.notices import MemberNews, NewsKind, NoticeLink
from budkavle.model.people import CORE_NAME, ActorScope, SystemActor
from budkavle.model.sentences import Sentence
from budkavle.model.settings_sections import N_
from budkavle.model.states import IncomingState
from budkavle.plugins.breakers import Called
from budkavle.plugins.protocols.job import Job
from budkavle.storage.pipeline import QueryFile, ResultRow, Statement, savepoint
from budkavle.storage.platform import Platform, Work, run_for_each

EVERY = timedelta(seconds=5)
AGAIN = timedelta(minutes=10)
"""How long a failed notification waits before the next try."""
GIVEN_UP = timedelta(days=1)
"""How long after an event its news is dropped."""
BATCH = 500
SUBJECTS = {
    (NewsKind.ARRIVED, False): N_("Nytt meddelande i {mailbox}"),
    (NewsKind.ARRIVED, True): N_("Nya meddelanden i {mailbox}: {count}"),
    (NewsKind.ASSIGNED, False): "Du har fått ett ärende i {mailbox}",
    (NewsKind.ASSIGNED, True): "Du har fått ärenden i {mailbox}: {count}",
    (NewsKind.MENTIONED, False): "Du har nämnts i en anteckning i {mailbox}",
    (NewsKind.MENTIONED, True): "Du har nämnts i anteckningar i {mailbox}: {count}",
}
IN_OWN = {False: N_("Nytt meddelande i din inkorg"), True: N_("Nya meddelanden i din inkorg: {count}")}
TEXTS = {
    NewsKind.ARRIVED: "Vad som har kommit läser du när du har loggat in.",
    NewsKind.ASSIGNED: "En kollega har tilldelat dig det. Du läser det när du har loggat in.",
    NewsKind.MENTIONED: "En kollega har skrivit till dig. Du läser det när du har loggat in.",
}
LINKS = {False: "Öppna ärendet", True: "Öppna brevlådan"}
FOOTNOTE = "Du väljer under Mitt konto, Aviseringar, vad du får veta och när."
log = structlog.get_logger("budkavle.cases")


class _Queries(QueryFile):
    find_organisations: Statement
    claim_due: Statement
    forget: Statement
    postpone: Statement


QUERIES = _Queries.load()


def jobs(platform: Platform) -> list[Job]:
    """Return the periodic job."""
    return [Job("member-news", partial(tell_members, platform), EVERY)]


def tell_members(platform: Platform) -> int:
    """Notify members everywhere of what is due; return how much there was.

    One statement finds the organisations with news: there may be many organisations, and this runs often.
    """
    with platform.database.transaction(None) as connection:
        rows = QUERIES.find_organisations.all(connection, {"place": PLACE})
    return run_for_each((row.id for row in rows), partial(_tell_in, platform))


def _tell_in(platform: Platform, organisation_id: UUID) -> int:
    with platform.work(
        SystemActor(organisation_id, CORE_NAME, frozenset({ActorScope.READ, ActorScope.RESTRICTED}))
    ) as work:
        noted = note_arrivals(work)
    with platform.work(SystemActor(organisation_id, CORE_NAME)) as work:
        parameters = {"organisation": organisation_id, "held": IncomingState.HELD.value, "limit": BATCH}
        rows = QUERIES.claim_due.all(work.connection, parameters)
        groups: defaultdict[tuple[UUID, str, UUID, str], list[ResultRow]] = defaultdict(list)
        for row in rows:
            groups[row.user_id, row.way, row.mailbox_id, row.kind].append(row)
        for group in groups.values():
            _tell(work, group)
        return noted + len(rows)


def _tell(work: Work, group: Sequence[ResultRow]) -> None:
    """Notify one person by one channel of what has happened in one mailbox."""
    ways = notice_ways(work.platform)
    of = ways.get(group[0].way)
    to_tell = [row for row in group if row.is_news]
    if of is None or not to_tell:
        _forget(work, group)
        return
    try:
        with savepoint(work.connection):
            called = Called(of.plugin, "notice_ways", f"{of.thing.name}.tell")
            work.platform.plugins.walls.ask_here(called, 5.0, of.thing.tell, work, _news(work.platform, to_tell))
    except Invalid as error:  # such as an address that cannot receive mail
        log.warning("news.refused", name=of.thing.name, plugin=of.plugin, **describe(error))
    except Exception as error:  # noqa: BLE001 - a plugin fails alone
        log.error("news.failed", name=of.thing.name, plugin=of.plugin, **describe(error))  # noqa: TRY400 - may be personal
        QUERIES.postpone.enqueue(work.connection, {**_keys(work, group), "pause": AGAIN, "given_up": GIVEN_UP})
        return
    _forget(work, group)


def _forget(work: Work, group: Sequence[ResultRow]) -> None:
    QUERIES.forget.enqueue(work.connection, _keys(work, group))


def _keys(work: Work, group: Sequence[ResultRow]) -> dict[str, object]:
    first = group[0]
    thing_ids = [row.thing_id for row in group]
    return {
        "organisation": work.organisation_id,
        "user": first.user_id,
        "way": first.way,
        "kind": first.kind,
        "things": thing_ids,
    }


def _news(platform: Platform, rows: Sequence[ResultRow]) -> MemberNews:
    first, kind = rows[0], NewsKind(rows[0].kind)
    words = translations(first.language, dict(platform.plugins.folders("locale")))
    cases = tuple(dict.fromkeys(row.case_id for row in rows))
    several, base = len(cases) > 1, platform.settings.base_url.rstrip("/")
    is_own = kind is NewsKind.ARRIVED and first.is_own
    subject = IN_OWN[len(rows) > 1] if is_own else SUBJECTS[kind, len(rows) > 1]
    return MemberNews(
        organisation_id=first.organisation_id,
        user_id=first.user_id,
        email=first.email,
        language=first.language,
        mailbox_id=first.mailbox_id,
        kind=kind,
        case_ids=cases,
        key=str(uuid5(first.user_id, f"{first.way} {kind} {min(row.thing_id for row in rows)} {len(rows)}")),
        subject=say(Sentence(subject, mailbox=first.mailbox, count=len(rows)), words),
        text=say(TEXTS[kind], words),
        link=NoticeLink(
            say(LINKS[several], words), f"{base}/m/{first.mailbox_id}" if several else f"{base}/c/{cases[0]}"
        ),
        footnote=say(FOOTNOTE, words),
    )
