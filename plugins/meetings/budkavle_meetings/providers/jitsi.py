"""Jitsi: a room admits everyone with a token that we have signed.

Source: Jitsi, "lib-jitsi-meet tokens" (claims) and jitsi-contrib's prosody plugin `token_lobby_bypass`.
"""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import OctKey

from budkavle import Host, Permanent, Sentence, Temporary, outside_client
from budkavle_meetings.providers.minter import Joiner, Room, lasts_until
from budkavle_meetings.providers.settings import NOT_FILLED_IN, JitsiRooms

NO_ANSWER = "{host} svarar inte. Kontrollera adressen, eller försök igen om en stund."
NOT_JITSI = "{host} svarar, men inte som Jitsi (svar {status}). Kontrollera adressen."
SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Jitsi:
    """The organisation's Jitsi."""

    host: Host
    settings: JitsiRooms

    def address(self, room: Room, joiner: Joiner, now: datetime) -> str:
        """Return the room's address with this person's token."""
        name = room_name(room, self.settings.secret)
        return f"{self.settings.url.rstrip('/')}/{name}?jwt={self._token(name, joiner, now)}"

    def test(self, now: datetime) -> Iterator[str]:  # noqa: ARG002 - the protocol's
        """Request the file that every Jitsi publishes. Whether the secret is right only shows when somebody joins."""
        host = urlsplit(self.settings.url).hostname
        if not host:
            raise Permanent(NOT_FILLED_IN)
        try:
            with outside_client(self.host.platform, SECONDS) as client:
                answer = client.get(f"{self.settings.url.rstrip('/')}/config.js")
        except httpx.HTTPError as error:
            raise Temporary(NO_ANSWER, host=host) from error
        if answer.status_code != httpx.codes.OK:
            raise Permanent(NOT_JITSI, host=host, status=answer.status_code)
        yield Sentence("{host} svarar.", host=host)
        yield "Om hemligheten stämmer visar sig först när någon ansluter till ett möte."

    def _token(self, room: str, joiner: Joiner, now: datetime) -> str:
        user = {
            "id": str(joiner.id),
            "name": joiner.name,
            "moderator": joiner.is_organiser,
            "lobby_bypass": True,  # our own lobby has admitted the person
        }
        claims: dict[str, Any] = {
            "aud": "jitsi",
            "iss": self.settings.app_id,
            "sub": urlsplit(self.settings.url).hostname,
            "room": room,
            "nbf": int(now.timestamp()) - 60,
            "exp": int(lasts_until(now).timestamp()),
            "moderator": joiner.is_organiser,
            "context": {"user": user},
        }
        return jwt.encode({"alg": "HS256", "typ": "JWT"}, claims, OctKey.import_key(self.settings.secret))


def room_name(room: Room, secret: str) -> str:
    """Return a room name that cannot be derived from the meeting without the secret."""
    return hmac.new(secret.encode(), b"room:" + room.meeting_id.bytes, hashlib.sha256).hexdigest()[:40]
