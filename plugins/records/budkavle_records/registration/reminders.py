"""The morning e-mail to those who register: what becomes late today, and what is already late."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from budkavle import ActorScope, FunctionMailbox, Host, Invalid, Work, translations
from budkavle.accounts import find_user, read_settings
from budkavle.cases import mailbox_members, readable_mailboxes
from budkavle.notices import Notice, NoticeKind, NoticeLink, notify
from budkavle.operations import is_working_day
from budkavle_records.registration.clock import STOCKHOLM, midnight
from budkavle_records.registration.lists import Waiting, count_waiting
from budkavle_records.registration.outcomes import N_
from budkavle_records.registration.settings import RegistrationSettings, closed_days
from budkavle_records.registration.tables import reminders
from budkavle_records.registration.views import PATH

TOPIC = "records.registration"
SUBJECT = N_("Att registrera i dag: {count}")
TODAY = N_("I brevlådan {mailbox} ska {count} meddelanden registreras, eller beslutas, innan dagen är slut.")
LATE = N_("Dessutom är {count} redan försenade.")
LINK = N_("Visa vad som ska registreras")


class Reminders:
    """Notifies the members of each mailbox once a day, if something becomes late that day.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    def run(self) -> int:
        """Notify about each mailbox whose hour has come, and return how many mailboxes; run as a job."""
        return self.run_at(datetime.now(UTC))

    def run_at(self, now: datetime) -> int:
        """Do what `run` does, at a given time."""
        return self._host.platform.in_each_organisation(partial(self._tell, now=now))

    def _tell(self, organisation_id: UUID, now: datetime) -> int:
        local = now.astimezone(STOCKHOLM)
        with self._host.work(self._host.system(organisation_id, ActorScope.READ, ActorScope.RESTRICTED)) as work:
            boxes = {box.id: box for box in readable_mailboxes(work)}
            waiting = count_waiting(self._host, work, boxes, now) if boxes else {}
            due = [(boxes[box_id], counts) for box_id, counts in waiting.items() if counts.today]
            return sum(self._tell_mailbox(work, box, counts, local) for box, counts in due)

    def _tell_mailbox(self, work: Work, box: FunctionMailbox, counts: Waiting, local: datetime) -> int:
        chosen = read_settings(work, RegistrationSettings, mailbox_id=box.id)
        day = local.date()
        is_time = local.hour >= chosen.remind_at and is_working_day(day, closed_days(chosen))
        if not chosen.remind or not is_time or not self._claim(work, box.id, day, counts.today):
            return 0
        for notice in self._notices(work, box, counts, day):
            try:
                notify(work, notice)
            except Invalid as error:  # no plugin sends e-mail here, or an address is wrong
                self._host.log.warning("notice.refused", mailbox=str(box.id), reason=error.message)
        return 1

    def _claim(self, work: Work, mailbox_id: UUID, day: date, count: int) -> bool:
        row = {"organisation_id": work.organisation_id, "mailbox_id": mailbox_id, "day": day, "count": count}
        statement = insert(reminders).values(row)
        upsert = statement.on_conflict_do_update(
            index_elements=["organisation_id", "mailbox_id"],
            set_={"day": day, "count": count},
            where=reminders.c.day < day,
        )
        with self._host.tables(work) as connection:
            return connection.execute(upsert.returning(reminders.c.day)).one_or_none() is not None

    def _notices(self, work: Work, box: FunctionMailbox, counts: Waiting, day: date) -> Iterator[Notice]:
        url = f"{self._host.platform.settings.base_url.rstrip('/')}{PATH}?mailbox={box.id}"
        for member in mailbox_members(work, box.id):
            user = find_user(work, member.user_id)
            language, say = user.language, self._say(user.language)
            texts = [say(TODAY).format(mailbox=box.name, count=counts.today)]
            texts += [say(LATE).format(count=counts.late)] if counts.late else []
            yield Notice(
                NoticeKind.MAIL,
                user.email,
                TOPIC,
                say(SUBJECT).format(count=counts.today),
                "\n\n".join(texts),
                language,
                key=f"{box.id}:{user.id}:{day.isoformat()}",
                about=box.id,
                link=NoticeLink(say(LINK), url),
                expires_at=midnight(day + timedelta(days=1)),
            )

    def _say(self, language: str) -> Callable[[str], str]:
        return translations(language, dict(self._host.platform.plugins.folders("locale"))).gettext
