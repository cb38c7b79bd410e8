"""Push as a way to tell the members of a mailbox what comes to it; when and of which, the core asks each of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from budkavle import Host, Work
from budkavle.notices import MemberNews, NoticeKind, Pace, notify
from budkavle_phone.push.devices import list_devices, subscriptions

TOPIC = "phone.news"
LASTS = timedelta(hours=12)
"""What a device has not been told by then it is told no more."""


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
        """Say that a device is needed, where there is none."""
        if list_devices(self._host, work, user_id):
            return ""
        return "Slå på aviseringar på en enhet först, under Mobil och aviseringar."

    def tell(self, work: Work, news: MemberNews) -> None:
        """Ask for a notice to each device."""
        ends = datetime.now(UTC) + LASTS
        for device_id, subscription in subscriptions(self._host, work, news.user_id):
            asked = news.notice(NoticeKind.PUSH, subscription.to_text(), TOPIC, device=str(device_id))
            notify(work, replace(asked, expires_at=ends))
