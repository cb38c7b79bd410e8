"""Sends activity notices to Microsoft Graph: where something arrived, never what.

Right before each attempt it checks that the person may still be notified: not after leaving the mailbox, unlinking the
account, or closing it.

Source: Microsoft Learn, "userTeamwork: sendActivityNotification" and "Send activity feed notifications to users in
Microsoft Teams" (the app must be installed for the recipient).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import msgspec

from budkavle import Host, NotFound, NotYet, OutboxEntry, Temporary, translations
from budkavle.accounts import find_mailbox, find_organisation, find_user, read_settings
from budkavle.identification import identity_accounts
from budkavle_microsoft_apps import GraphAnswer, GraphSilent, TokenDenied
from budkavle_teams.app_package import manifest_id
from budkavle_teams.deep_links import case_page, deep_link, mailbox_page, page_path
from budkavle_teams.notices import recipients
from budkavle_teams.notices.recipients import Recipient
from budkavle_teams.notices.section import ActivityNotices, graph_client
from budkavle_teams.notices.way import Activity
from budkavle_teams.settings import TenantSettings, tenant_of
from budkavle_teams.texts import ACTIVITY, N_

STALE = timedelta(hours=24)
"""Age after which a notice is no longer sent."""
LONGEST_PAUSE = timedelta(hours=1)
BUSY = "Microsoft har för mycket att göra just nu."
SILENT = "Microsoft svarar inte just nu."
LONGEST = 150
"""Characters of a text that Teams shows."""
CASE, MAILBOX = N_("Ärende"), N_("Brevlåda")
_NO_ROLE = ("missing role permissions", "missing scope permissions", "insufficient privileges")


@dataclass(frozen=True, slots=True)
class _Ready:
    """A notice with all that is needed to send it."""

    tenant: TenantSettings
    chosen: ActivityNotices
    recipient: Recipient
    content: dict[str, Any]


def send(host: Host, entry: OutboxEntry) -> None:
    """Send a notice, or drop it if the person must not be notified any more.

    Raises:
        Temporary: Microsoft does not answer now; `NotYet` if it says when to retry.
    """
    activity = msgspec.json.decode(entry.content, type=Activity)
    if datetime.now(UTC) - entry.queued_at > STALE:
        return
    ready = _prepare(host, entry, activity)
    if ready is None:
        return
    client = graph_client(host, entry.organisation_id, ready.tenant, ready.chosen)
    account = quote(ready.recipient.subject.partition(".")[2], safe="")
    try:
        answer = client.post(f"/users/{account}/teamwork/sendActivityNotification", ready.content)
        fault = _fault(answer)
    except GraphSilent as error:
        raise Temporary(BUSY if error.is_busy else SILENT) from error
    except TokenDenied:
        fault = recipients.DENIED
    _settle(host, entry, activity, fault)


def _fault(answer: GraphAnswer) -> str:
    """Return a code for why the notice failed, from Graph's response; empty if it did not.

    Raises:
        Temporary: The notice is to be retried.
    """
    status = answer.status
    if httpx.codes.is_success(status):
        return ""
    if answer.retry_after and (status == httpx.codes.TOO_MANY_REQUESTS or httpx.codes.is_server_error(status)):
        raise NotYet(BUSY, pause=min(timedelta(seconds=answer.retry_after), LONGEST_PAUSE))
    if status == httpx.codes.TOO_MANY_REQUESTS or httpx.codes.is_server_error(status):
        raise Temporary(BUSY)
    if status == httpx.codes.UNAUTHORIZED:
        return recipients.DENIED
    if status == httpx.codes.FORBIDDEN and any(words in answer.message.lower() for words in _NO_ROLE):
        return recipients.NO_CONSENT
    return recipients.NOT_INSTALLED if status in {httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND} else recipients.REFUSED


def _settle(host: Host, entry: OutboxEntry, activity: Activity, fault: str) -> None:
    with host.work(host.system(entry.organisation_id)) as work:
        if fault:
            recipients.note_fault(host, work, activity.user_id, fault)
        else:
            recipients.note_told(host, work, activity.user_id)
    if fault:
        host.log.warning("teams.notice-refused", entry=str(entry.id), reason=fault)


def _prepare(host: Host, entry: OutboxEntry, activity: Activity) -> _Ready | None:
    with host.work(host.system(entry.organisation_id)) as work:
        tenant = tenant_of(host.settings, find_organisation(work).slug)
        chosen = read_settings(work, ActivityNotices)
        recipient = recipients.find_recipient(host, work, activity.user_id)
        user = find_user(work, activity.user_id)
    if tenant is None or not chosen.on or recipient is None or not user.active:
        return None
    linked = identity_accounts(host.platform, tenant.name, recipient.subject)
    if all(account.id != user.id for account in linked):
        return None
    try:
        with host.work(user.acting()) as work:
            find_mailbox(work, activity.mailbox_id)
    except NotFound:
        return None
    return _Ready(tenant, chosen, recipient, _content(host, tenant, chosen, activity, user.language))


def _content(
    host: Host, tenant: TenantSettings, chosen: ActivityNotices, activity: Activity, language: str
) -> dict[str, Any]:
    """Return the content for Microsoft: a mailbox's name and ids, and nothing from a message."""
    say = translations(language, dict(host.platform.plugins.folders("locale"))).gettext
    page = case_page(activity.case_id) if activity.case_id else mailbox_page(activity.mailbox_id)
    base = host.platform.settings.base_url.rstrip("/")
    app_id = chosen.catalog_id or manifest_id(base, tenant)
    link = deep_link(app_id, page, say(CASE if activity.case_id else MAILBOX), f"{base}{page_path(page)}")
    title = activity.title[:LONGEST]
    return {
        "topic": {"source": "text", "value": title, "webUrl": link},
        "activityType": ACTIVITY,
        # A newer notice for the same case or mailbox replaces the older one.
        "chainId": (activity.case_id or activity.mailbox_id).int >> 65,
        "previewText": {"content": activity.text[:LONGEST]},
        "templateParameters": [{"name": "news", "value": title}],
    }
