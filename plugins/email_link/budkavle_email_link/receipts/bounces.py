"""Reports about our mails, from a pipe or a Maildir, recorded on the deliveries that they are about."""

import mailbox
from pathlib import Path
from uuid import UUID

from budkavle import Host
from budkavle.deliveries import Fact, note_fact
from budkavle.notices import NoticeState, report_notice
from budkavle_email_link.links import Links
from budkavle_email_link.receipts import account_bounces, status_notifications
from budkavle_email_link.receipts.account_bounces import About
from budkavle_email_link.receipts.status_notifications import Action, Report
from budkavle_email_link.settings import EmailLinkSettings

AT_ONCE = 100
DELAYED = "Mottagarens e-postserver har inte tagit emot mejlet än; försöken fortsätter."


class Returns:
    """Handles reports about mails.

    Args:
        host: The plugin's host.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._links = Links(host)

    def take(self, raw: bytes, recipient: str = "") -> bool:
        """Record a report; return False if it is not a report about a mail of ours.

        A failure puts the delivery under "Behöver åtgärd"; a delay is only shown in its timeline. A report with an
        unknown token is ignored: only mail servers that have handled the mail know its token.
        """
        report = status_notifications.read(raw, recipient)
        if report is None:
            self._host.log.info("bounce.not-understood")
            return False
        link = self._links.bounced(report.token)
        if link is None and (about := account_bounces.find(self._host, report.token)):
            self._note_account(report, about)
            return True
        if link is None:
            self._host.log.warning("bounce.unknown-token", action=report.action.value, status=report.status)
            return False
        organisation_id, delivery_id = link
        noted = self._note(report, organisation_id, delivery_id)
        values = {"action": report.action.value, "status": report.status, "noted": noted}
        self._host.log.info("bounce.taken", delivery=str(delivery_id), **values)
        return True

    def _note(self, report: Report, organisation_id: UUID, delivery_id: UUID) -> bool:
        if report.action is Action.FAILED:
            self._links.no_reminders(organisation_id, delivery_id)
        with self._host.work(self._host.system(organisation_id)) as work:
            if report.action is Action.FAILED:
                reason = status_notifications.sentence(report.status)
                return note_fact(work, delivery_id, Fact.BOUNCED, detail=reason)
            if report.action is Action.DELAYED:
                return note_fact(work, delivery_id, Fact.DELAYED, detail=DELAYED)
        return False  # delivered or relayed: nothing new

    def _note_account(self, report: Report, about: About) -> None:
        """Report the result of a notice to the plugin that requested it."""
        values = {"action": report.action.value, "status": report.status}
        if about.notice_id:
            self._note_notice(report, about.organisation_id, about.notice_id)
            self._host.log.info("bounce.taken", notice=str(about.notice_id), **values)
            return
        if about.user_id:
            self._host.log.warning("bounce.account", user=str(about.user_id), **values)
        if about.delivery_id and report.action is Action.FAILED:
            reason = status_notifications.sentence(report.status)
            with self._host.work(self._host.system(about.organisation_id)) as work:
                note_fact(work, about.delivery_id, Fact.NOT_NOTIFIED, detail=reason)
        self._host.log.info("bounce.taken", delivery=str(about.delivery_id or ""), **values)

    def _note_notice(self, report: Report, organisation_id: UUID, notice_id: UUID) -> None:
        with self._host.work(self._host.system(organisation_id)) as work:
            if report.action is Action.FAILED:
                report_notice(work, notice_id, NoticeState.FAILED, status_notifications.sentence(report.status))
            elif report.action is Action.DELIVERED:
                report_notice(work, notice_id, NoticeState.DELIVERED)

    def collect(self) -> int:
        """Read the configured Maildir, and return how many reports were read; run as a job.

        Reports about our mails are deleted, and the others are marked as read.
        """
        settings: EmailLinkSettings = self._host.settings
        if settings.bounces is None or not (settings.bounces / "new").is_dir():
            return 0
        box = mailbox.Maildir(settings.bounces, create=False)
        count = 0
        for path in sorted((settings.bounces / "new").iterdir()):
            try:
                if self.take(_read(path)):
                    box.discard(path.name)
                else:
                    _mark_read(settings.bounces, path)
            except Exception as error:  # noqa: BLE001 - one report's error must not stop the others; the file stays
                self._host.log.error("bounce.failed", file=path.name, error=type(error).__name__)  # noqa: TRY400 - the error itself may hold content
                continue
            count += 1
            if count == AT_ONCE:
                break
        return count


def _read(path: Path) -> bytes:
    with path.open("rb") as source:
        return source.read(status_notifications.MOST_BYTES)


def _mark_read(folder: Path, path: Path) -> None:
    (folder / "cur").mkdir(exist_ok=True)
    path.rename(folder / "cur" / f"{path.name}:2,S")
