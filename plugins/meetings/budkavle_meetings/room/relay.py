"""The relay's credentials (TURN): they end by themselves, and the relay needs no list of users."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Sequence
from time import time
from typing import Any
from uuid import UUID

LIFE_SECONDS = 3_600
"""How long new connections may be made with them; one that stands goes on."""


def ice_servers(addresses: Sequence[str], secret: str, seat: UUID) -> list[dict[str, Any]]:
    """Return what a browser needs to find its way: STUN as it stands, TURN with credentials for this seat.

    The credentials are those of coturn's `use-auth-secret`: the name is when they end, the password its HMAC.

    Args:
        addresses: As in `stun:relay.example.se:3478` and `turns:relay.example.se:443?transport=tcp`.
        secret: What the relay and we share.
        seat: Whose they are; the relay's log shows it, and no name.
    """
    stun = [address for address in addresses if address.startswith(("stun:", "stuns:"))]
    turn = [address for address in addresses if address.startswith(("turn:", "turns:"))]
    servers: list[dict[str, Any]] = [{"urls": stun}] if stun else []
    if turn and secret:
        name = f"{int(time()) + LIFE_SECONDS}:{seat}"
        word = b64encode(hmac.digest(secret.encode(), name.encode(), hashlib.sha1)).decode()
        servers.append({"urls": turn, "username": name, "credential": word})
    return servers
