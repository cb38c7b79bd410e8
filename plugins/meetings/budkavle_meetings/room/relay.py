"""The relay's credentials (TURN): they expire by themselves, so the relay needs no list of users."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Sequence
from time import time
from typing import Any
from uuid import UUID

LIFE_SECONDS = 3_600
"""How long new connections can be made with them; existing connections continue."""


def ice_servers(addresses: Sequence[str], secret: str, seat: UUID) -> list[dict[str, Any]]:
    """Return the servers that a browser needs: STUN as configured, TURN with credentials for this seat.

    The credentials follow coturn's `use-auth-secret`: the user name is their expiry time, the password its HMAC.

    Args:
        addresses: As in `stun:relay.example.se:3478` and `turns:relay.example.se:443?transport=tcp`.
        secret: The secret shared with the relay.
        seat: The seat they are for; the relay logs it instead of a name.
    """
    stun = [address for address in addresses if address.startswith(("stun:", "stuns:"))]
    turn = [address for address in addresses if address.startswith(("turn:", "turns:"))]
    servers: list[dict[str, Any]] = [{"urls": stun}] if stun else []
    if turn and secret:
        name = f"{int(time()) + LIFE_SECONDS}:{seat}"
        word = b64encode(hmac.digest(secret.encode(), name.encode(), hashlib.sha1)).decode()
        servers.append({"urls": turn, "username": name, "credential": word})
    return servers
