"""A token of Microsoft's bot service, which forwards to us what people do in Teams.

Source: Microsoft Learn, "Authentication with the Bot Connector API", "Authenticate requests from the Bot Connector
service to your bot" (seven conditions, and the endorsement of the channel).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from joserfc.jwk import Key

from budkavle_identity_tokens.keys import RemoteKeys
from budkavle_identity_tokens.signatures import refuse_unless, time_claims, verify_signature

ALGORITHMS: Final = {"RS256": "RSA"}
"""The algorithm that the service says it signs with."""
ISSUER: Final = "https://api.botframework.com"
SKEW = 300
"""The allowed difference of the service's clock in seconds, as published."""
LONGEST = 16_000


@dataclass(frozen=True, slots=True)
class BotCall:
    """The content of a call, which must agree with its token.

    Attributes:
        bot_id: The id of our bot, which is the audience.
        channel: Its origin, such as `msteams`. A key signs only for the channels that it is endorsed for.
        service_url: The `serviceUrl` in the content of the call.
    """

    bot_id: str
    channel: str
    service_url: str


def check_bot_token(token: str, call: BotCall, keys: RemoteKeys, now: float) -> None:
    """Check that a call comes from the service.

    Args:
        token: The compact form, without `Bearer`.
        call: The content of the call.
        keys: The keys of the service.
        now: The time in seconds since 1970.

    Raises:
        TokenRefused: Signature, algorithm, issuer, audience, address, channel or time is wrong.
        KeysUnavailable: The service's keys cannot be read.
    """

    def endorsed(key_id: str | None) -> Sequence[Key]:
        return [key for key in keys.find(key_id) if call.channel in (key.get("endorsements") or ())]

    claims = verify_signature(token, endorsed, algorithms=ALGORITHMS, key_id_required=True, longest=LONGEST)
    expires, begins = time_claims(claims, "exp", "nbf")
    refuse_unless(
        {
            "token-issuer": claims.get("iss") == ISSUER,
            "token-audience": claims.get("aud") == call.bot_id,
            "token-service": bool(call.service_url) and claims.get("serviceurl") == call.service_url,
            "token-expired": expires > now - SKEW,
            "token-early": begins < now + SKEW,
        }
    )
