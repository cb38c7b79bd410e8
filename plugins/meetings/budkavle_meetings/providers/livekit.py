"""LiveKit: a room admits everyone with a token that we have signed.

Source: docs.livekit.io, "Tokens and grants" and "RoomService API". A token's expiry only counts when first connecting.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import OctKey

from budkavle import Host, Permanent, Sentence, Temporary, outside_client
from budkavle_meetings.providers.jitsi import NO_ANSWER, SECONDS, room_name
from budkavle_meetings.providers.minter import Joiner, Room, lasts_until
from budkavle_meetings.providers.settings import NOT_FILLED_IN, LiveKitRooms

REFUSED = "{host} godtar inte nyckeln och hemligheten. Kontrollera dem."
NOT_LIVEKIT = "{host} svarar, men inte som LiveKit (svar {status}). Kontrollera adressen."
LIST_ROOMS = "/twirp/livekit.RoomService/ListRooms"


@dataclass(frozen=True, slots=True)
class LiveKit:
    """The organisation's LiveKit."""

    host: Host
    settings: LiveKitRooms

    def address(self, room: Room, joiner: Joiner, now: datetime) -> str:
        """Return the address of LiveKit Meet with the server and this person's token."""
        name = room_name(room, self.settings.secret)
        grants = {
            "room": name,
            "roomJoin": True,
            "roomAdmin": joiner.is_organiser,
            "canPublish": True,
            "canSubscribe": True,
            "canPublishData": True,
        }
        token = self._token(grants, now, sub=str(joiner.id), name=joiner.name)
        server = self.settings.url.rstrip("/").replace("https://", "wss://", 1)
        return f"{self.settings.page.rstrip('/')}/custom?{urlencode({'liveKitUrl': server, 'token': token})}"

    def test(self, now: datetime) -> Iterator[str]:
        """Request the list of rooms, which needs the right key and secret."""
        server = urlsplit(self.settings.url).hostname
        if not (server and self.settings.secret):
            raise Permanent(NOT_FILLED_IN)
        bearer = self._token({"roomList": True}, now)
        try:
            with outside_client(self.host.platform, SECONDS) as client:
                url = self.settings.url.rstrip("/") + LIST_ROOMS
                answer = client.post(url, json={}, headers={"authorization": f"Bearer {bearer}"})
        except httpx.HTTPError as error:
            raise Temporary(NO_ANSWER, host=server) from error
        if answer.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            raise Permanent(REFUSED, host=server)
        if answer.status_code != httpx.codes.OK:
            raise Permanent(NOT_LIVEKIT, host=server, status=answer.status_code)
        yield Sentence("{host} svarar och godtar nyckeln.", host=server)

    def _token(self, grants: dict[str, Any], now: datetime, **more: str) -> str:
        claims = {
            "iss": self.settings.key,
            "nbf": int(now.timestamp()) - 60,
            "exp": int(lasts_until(now).timestamp()),
            "video": grants,
            **more,
        }
        return jwt.encode({"alg": "HS256", "typ": "JWT"}, claims, OctKey.import_key(self.settings.secret))
