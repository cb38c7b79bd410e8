"""Notices that tell users that their sign-in methods have changed, so that they can react if it was somebody else."""

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
"""How far a host's clock may be ahead of the database's; a notice this much older than a change may be about it."""
TRIES_TOLD = timedelta(hours=1)
"""How often users are notified of blocked sign-ins, however many entries the event log has."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """Requests these notices, each about its user. They are sent whatever other mails the user has chosen.

    Args:
        host: The plugin's host.
    """

    host: Host

    def ask(self, work: Work, change: AccountChange, name: str = "") -> None:
        """Request the notice of a change, in the account's organisation.

        Args:
            work: In the organisation of the account.
            change: The change.
            name: Identifies the change, so that its notice is requested once; empty for a change of its own.
        """
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
        """Request the notice of a change that has just been made; `kind` is one of `CHANGES`."""
        with self.host.work(self.host.system(organisation_id)) as work:
            self.ask(work, AccountChange(user_id, kind, datetime.now(UTC)))

    def ask_if_untold(self, work: Work, change: AccountChange, name: str) -> None:
        """Request the notice of a change in the event log, unless its user has been notified of such a change since.

        Args:
            work: In the organisation of the account.
            change: The change.
            name: Identifies the change, so that its notice is requested once.
        """
        since = change.at - (TRIES_TOLD if change.kind == "sign-in-blocked" else SKEW)
        recent = (notice for notice in find_notices(work, TOPIC, [change.user_id]) if notice.asked_at > since)
        # Notices of older versions have no key, so they may be about any change.
        if not any(notice.key.partition(" ")[0] in {"", change.kind} for notice in recent):
            self.ask(work, change, name)

    def ask_for_entry(self, entry: OutboxEntry) -> None:
        """Request the notice for an entry that an older version has put in its own outbox."""
        with self.host.work(self.host.system(entry.organisation_id)) as work:
            self.ask(work, msgspec.json.decode(entry.content, type=AccountChange))

    def changed(self, status: NoticeStatus) -> None:
        """Log that a notice could not be sent, since nothing else reports it."""
        if status.topic == TOPIC and status.state is NoticeState.FAILED:
            self.host.log.warning("account-mail.refused", user=str(status.about), reason=status.failure)
