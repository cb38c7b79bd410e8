"""The periodic job for links: reminders and expiry, run by one worker at a time."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from uuid import UUID

from budkavle import DeliveryState, Host, NotFound, Permanent, Sentence, Temporary
from budkavle.deliveries import Fact, note_fact
from budkavle.web import GuestPreview, guest_preview
from budkavle_email_link.links import Links
from budkavle_email_link.mail.sender import Post
from budkavle_email_link.receipts import account_bounces
from budkavle_email_link.texts import LANGUAGES, Wording, day

AT_ONCE = 50
PAUSE = timedelta(minutes=15)
"""How long to wait before a reminder that could not be sent is tried again."""
EXPIRED = "Länken gick ut den {date} utan att meddelandet hade öppnats. Skicka det igen, eller nå personen annars."


class Due:
    """Sends due reminders and ends expired links.

    Args:
        host: The plugin's host.
        post: Sends the mails.
    """

    def __init__(self, host: Host, post: Post) -> None:
        self._host = host
        self._post = post
        self._links = Links(host)
        self._wording = Wording(host)

    def run(self) -> int:
        """Handle up to `AT_ONCE` due links, and return how many; run as a job."""
        actions: Mapping[str, Callable[[UUID, UUID], None]] = {
            "over": self._end,
            "remind": self._remind,
        }
        due = self._links.due(AT_ONCE)
        for kind, organisation_id, delivery_id in due:
            try:
                actions[kind](organisation_id, delivery_id)
            except Exception as error:  # noqa: BLE001 - one link's error must not stop the others
                self._host.log.error("mail.due_failed", kind=kind, thing=str(delivery_id), error=type(error).__name__)  # noqa: TRY400 - the error itself may hold content
        return len(due)

    def sweep(self) -> int:
        """Delete links that expired long ago and old bounce addresses, and return how many; run as a job."""
        return self._host.platform.in_each_organisation(self._sweep)

    def _sweep(self, organisation_id: UUID) -> int:
        return account_bounces.sweep(self._host, [organisation_id]) + self._links.sweep(organisation_id)

    def _remind(self, organisation_id: UUID, delivery_id: UUID) -> None:
        preview = self._known(organisation_id, delivery_id)
        if not _waits(preview) or (preview is not None and preview.is_paused):
            self._links.no_reminders(organisation_id, delivery_id)
            return
        link = self._links.claim_reminder(organisation_id, delivery_id)
        if link is None:
            return
        try:
            self._post.send(self._wording.reminder(link), organisation_id, preview.mailbox_id if preview else None)
        except Temporary as error:
            self._links.postpone(link, PAUSE)
            self._host.log.warning("reminder.postponed", delivery=str(delivery_id), reason=error.message)
            return
        except Permanent as error:
            self._links.no_reminders(organisation_id, delivery_id)
            self._host.log.warning("reminder.refused", delivery=str(delivery_id), reason=error.message)
            return
        except Exception:
            self._links.postpone(link, PAUSE)
            raise  # `run` records it
        with self._host.work(self._host.system(organisation_id)) as work:
            note_fact(work, delivery_id, Fact.REMINDED)

    def _end(self, organisation_id: UUID, delivery_id: UUID) -> None:
        """Tell the sender that a link has expired without being opened."""
        link = self._links.of(organisation_id, delivery_id)
        if link is not None and _waits(self._known(organisation_id, delivery_id)):
            detail = Sentence(EXPIRED, date=day(link.expires_at, LANGUAGES[0]))
            with self._host.work(self._host.system(organisation_id)) as work:
                note_fact(work, delivery_id, Fact.EXPIRED, detail=detail)
        self._links.end(organisation_id, delivery_id)  # last: after a crash, the sender is told again

    def _known(self, organisation_id: UUID, delivery_id: UUID) -> GuestPreview | None:
        try:
            with self._host.work(self._host.system(organisation_id)) as work:
                return guest_preview(work, delivery_id)
        except NotFound:
            return None


def _waits(preview: GuestPreview | None) -> bool:
    """Tell whether the message has been sent and its reader has not opened it yet."""
    return preview is not None and preview.opened_at is None and preview.state is DeliveryState.WAITING_FOR_RECEIPT
