"""Notices that tell a user how their account is signed in to has changed: who did not do it can act at once."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import msgspec

from budkavle import Host, Invalid, NotFound, OutboxEntry, Work
from budkavle.accounts import find_organisation, find_user
from budkavle.notices import Notice, NoticeKind, NoticeState, NoticeStatus, find_notices, notify
from budkavle_email_link.texts import LANGUAGES, AccountChange, Wording

TOPIC = "email_link.account"
SKEW = timedelta(minutes=10)
"""How far a host's clock may be ahead of the database's: a notice asked for so long before a change may be about it."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """Asks for these notices, each about its user. They are sent whatever the user has chosen of other mails.

    Args:
        host: The plugin's host.
    """

    host: Host

    def ask(self, work: Work, change: AccountChange, name: str = "") -> None:
        """Ask for the notice of a change, in the organisation of the account; once for each name of a change."""
        try:
            user = find_user(work, change.user_id)
            language = user.language if user.language in LANGUAGES else LANGUAGES[0]
            texts = Wording(self.host).account(change, find_organisation(work).name, language)
            notice = Notice(
                NoticeKind.MAIL,
                user.email,
                TOPIC,
                texts.subject,
                texts.text,
                language,
                key=f"{change.kind} {name or uuid4()}",
                about=change.user_id,
                link=texts.link,
                footnote=texts.footnote,
            )
            notify(work, notice)
        except NotFound:
            return  # the account is gone
        except Invalid as error:
            self.host.log.warning("account-mail.refused", user=str(change.user_id), reason=error.message)

    def ask_now(self, organisation_id: UUID, user_id: UUID, kind: str) -> None:
        """Ask for the notice of a change that has just been made, one of those in `CHANGES`."""
        with self.host.work(self.host.system(organisation_id)) as work:
            self.ask(work, AccountChange(user_id, kind, datetime.now(UTC)))

    def ask_if_untold(self, work: Work, change: AccountChange, name: str) -> None:
        """Ask for the notice of a change that the event log has, unless its user has been told of such a change since.

        Args:
            work: In the organisation of the account.
            change: The change.
            name: Its name, so that it is asked for once.
        """
        since = change.at - SKEW
        told = (asked for asked in find_notices(work, TOPIC, [change.user_id]) if asked.asked_at > since)
        # Older versions gave their notices no key, so that they may be about any change.
        if not any(asked.key.partition(" ")[0] in {"", change.kind} for asked in told):
            self.ask(work, change, name)

    def ask_for_entry(self, entry: OutboxEntry) -> None:
        """Ask for what an older version has queued in an outbox of its own."""
        with self.host.work(self.host.system(entry.organisation_id)) as work:
            self.ask(work, msgspec.json.decode(entry.content, type=AccountChange))

    def changed(self, status: NoticeStatus) -> None:
        """Log that a notice could not be sent, since nothing else reports it."""
        if status.topic == TOPIC and status.state is NoticeState.FAILED:
            self.host.log.warning("account-mail.refused", user=str(status.about), reason=status.failure)
