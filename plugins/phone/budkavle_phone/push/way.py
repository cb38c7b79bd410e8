"""Push as a way of notifying members of a mailbox; the core asks each of them when, and about which mailboxes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from budkavle import Host, Work
from budkavle.notices import MemberNews, NoticeKind, Pace, notify
from budkavle_phone.push.devices import list_devices, subscriptions

TOPIC = "phone.news"
LASTS = timedelta(hours=12)
"""Time after which a notice is no longer sent."""


class PushWay:
    """A `NoticeWay`: a notice on each device of the person.

    Args:
        host: The plugin's host.
    """

    name = "push"
    label = "Push"
    usual = Pace.AT_ONCE
    tells_inbox_itself = False

    def __init__(self, host: Host) -> None:
        self._host = host

    def lacks(self, work: Work, user_id: UUID) -> str:
        """Return that a device is needed, if the person has none."""
        if list_devices(self._host, work, user_id):
            return ""
        return "Slå på aviseringar på en enhet först, under Mobil och aviseringar."

    def tell(self, work: Work, news: MemberNews) -> None:
        """Request a notice to each device."""
        ends = datetime.now(UTC) + LASTS
        for device_id, subscription in subscriptions(self._host, work, news.user_id):
            asked = news.notice(NoticeKind.PUSH, subscription.to_text(), TOPIC, device=str(device_id))
            notify(work, replace(asked, expires_at=ends))
