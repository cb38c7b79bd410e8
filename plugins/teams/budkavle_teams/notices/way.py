"""Teams as a way of notifying members of a mailbox; each member chooses it under Aviseringar."""

from uuid import UUID

import msgspec

from budkavle import Host, Work
from budkavle.accounts import find_organisation, read_settings
from budkavle.notices import MemberNews, Pace
from budkavle.storage import NewEntry, enqueue
from budkavle_teams.notices.recipients import is_recipient
from budkavle_teams.notices.section import ActivityNotices
from budkavle_teams.settings import tenant_of

QUEUE = "activities"
OFF = "Organisationen har inte slagit på aviseringar i Teams."
UNKNOWN = "Låt Teams avisera dig först, under Aviseringar i Teams."


class Activity(msgspec.Struct, frozen=True):
    """A notice to one person; its texts contain no content of messages.

    Attributes:
        title: What has happened, and in which mailbox.
        case_id: The case that it links to; None: the mailbox.
    """

    user_id: UUID
    mailbox_id: UUID
    case_id: UUID | None
    title: str
    text: str


class TeamsWay:
    """A `NoticeWay`: an entry in the activity feed in Teams.

    Args:
        host: The plugin's host.
    """

    name = "teams"
    label = "Teams"
    usual = Pace.OFF
    tells_inbox_itself = False

    def __init__(self, host: Host) -> None:
        self._host = host

    def lacks(self, work: Work, user_id: UUID) -> str:
        """Return what is missing: the organisation's setting, or the person's account in Teams."""
        if not is_on(self._host, work):
            return OFF
        return "" if is_recipient(self._host, work, user_id) else UNKNOWN

    def tell(self, work: Work, news: MemberNews) -> None:
        """Queue the notice, if the person's account in Teams is known."""
        if not is_on(self._host, work) or not is_recipient(self._host, work, news.user_id):
            return
        case_id = news.case_ids[0] if len(news.case_ids) == 1 else None
        activity = Activity(news.user_id, news.mailbox_id, case_id, news.subject, news.text)
        enqueue(work, NewEntry(f"teams.{QUEUE}", msgspec.json.encode(activity), key=news.key))


def is_on(host: Host, work: Work) -> bool:
    """Tell whether the organisation has the app, and has enabled notices."""
    tenant = tenant_of(host.settings, find_organisation(work).slug)
    return tenant is not None and read_settings(work, ActivityNotices).on
