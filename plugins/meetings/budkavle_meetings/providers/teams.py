"""Teams: a meeting created through Graph, whose lobby only the organiser bypasses. Identified people get its address.

Source: Microsoft Learn, "onlineMeeting: createOrGet", "lobbyBypassSettings". The meeting is in no calendar.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID, uuid5

from budkavle import Permanent, Sentence
from budkavle_meetings.providers.graph import Graph
from budkavle_meetings.providers.minter import Joiner, Room
from budkavle_meetings.providers.settings import NOT_FILLED_IN

PERMISSION = "OnlineMeetings.ReadWrite.All"
NO_ADDRESS = "Teams svarade utan adress till mötet."
NO_ORGANISER = "Mötet har ingen som kallar. Ange kontot som möten skapas i, under Möten i Teams."
SUBJECT = "Möte"
"""All that Microsoft learns about a meeting's subject."""


@dataclass(frozen=True, slots=True)
class Teams:
    """The organisation's Teams."""

    graph: Graph

    def address(self, room: Room, joiner: Joiner, now: datetime) -> str:  # noqa: ARG002 - the protocol's
        """Return the address of the meeting, which Teams creates on the first call and finds on later calls."""
        if not (account := self.graph.settings.account or room.organiser_email):
            raise Permanent(NO_ORGANISER)
        return self._create_or_get(account, room.meeting_id, room.starts_at, room.ends_at)

    def test(self, now: datetime) -> Iterator[str]:
        """Get a token, and create a one-hour meeting in the account; it is in no calendar and invites nobody."""
        if not self.graph.settings.client_secret:
            raise Permanent(NOT_FILLED_IN)
        self.graph.token()
        yield "Entra ID godtar programmet och hemligheten."
        if not (account := self.graph.settings.account):
            yield "Kontot är inte angivet. Då skapas varje möte hos den som kallar, och kan inte provas här."
            return
        self._create_or_get(account, uuid5(self.graph.organisation_id, "test"), now, now + timedelta(hours=1))
        yield Sentence("Teams skapar möten i kontot {account}.", account=account)

    def _create_or_get(self, account: str, meeting_id: UUID, starts_at: datetime, ends_at: datetime) -> str:
        content = {
            "externalId": str(meeting_id),
            "subject": SUBJECT,
            "startDateTime": _instant(starts_at),
            "endDateTime": _instant(ends_at),
            "lobbyBypassSettings": {"scope": "organizer", "isDialInBypassEnabled": False},
            "allowedPresenters": "organizer",
            "recordAutomatically": False,
        }
        path = f"/users/{quote(account, safe='')}/onlineMeetings/createOrGet"
        return _join_address(self.graph.post(path, content, account=account, permission=PERMISSION))


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _join_address(meeting: Mapping[str, Any]) -> str:
    address = str(meeting.get("joinWebUrl", ""))
    if urlsplit(address).scheme != "https":
        raise Permanent(NO_ADDRESS)
    return address
