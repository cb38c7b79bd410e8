"""Webhooks that follow Standard Webhooks: ids, kind and time, signed; never content.

Source: the Standard Webhooks 1.0 specification. The id is the same at every attempt; the time and the signature belong
to the attempt. While a secret is being replaced there are two signatures.
"""

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import httpx
from standardwebhooks.webhooks import Webhook

from budkavle import Host, Invalid, Permanent, Sentence, Temporary, outside_client
from budkavle_case_system.settings import DeliverySettings, secrets_of

MOST_ANSWERED: Final = 100_000
"""The most bytes read of a response. Nobody needs them, but closing the connection earlier looks like a fault."""
LONGEST_HELD: Final = timedelta(days=2)
"""How long to wait for a message whose receipt has not been sent."""
SILENT = "{host} svarar inte, eller tar inte emot anslutningen."
SLOW = "{host} svarade inte i tid."
MOVED = "{host} svarade med en omdirigering ({status}). Ange den slutliga adressen i inställningarna."
REFUSED = "{host} svarade med felkod {status}."
GONE = "{host} svarade att mottagaren är avvecklad (410). Ändra adressen eller stäng av webhookar, och skicka igen."


def body(kind: str, happened_at: datetime, ids: dict[str, str]) -> bytes:
    """Return the body: what happened, when, and the ids with which the API gives the rest."""
    happened = happened_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"type": kind, "timestamp": happened, "data": ids}, separators=(",", ":")).encode()


def headers(webhook_id: str, now: datetime, content: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """Return the headers of an attempt, signed with each of the secrets.

    Args:
        webhook_id: The same at every attempt.
        now: The time of the attempt.
        content: The exact bytes that are sent.
        secrets: `whsec_...`, the current one first.
    """
    # `Webhook.sign` expects a time in UTC: it overwrites another time zone instead of converting it.
    now = now.astimezone(UTC)
    signatures = [Webhook(secret).sign(webhook_id, now, content.decode()) for secret in secrets]
    return {
        "content-type": "application/json",
        "user-agent": "Budkavle",
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def post(host: Host, chosen: DeliverySettings, delivery_id: UUID, content: bytes) -> None:
    """Send a webhook, and return once the receiver has answered 2xx.

    Raises:
        Temporary: It did not answer 2xx, or the address is on the internal network.
          Permanent: The receiver answered that it is gone.
    """
    name, seconds = httpx.URL(chosen.url).host, host.settings.timeout_seconds
    signed = headers(f"msg_{delivery_id.hex}", datetime.now(UTC), content, secrets_of(chosen))
    try:
        with outside_client(host.platform, seconds, plain=host.settings.plain_http) as client:
            status = _status(client, chosen.url, content, signed, time.monotonic() + 2 * seconds)
    except httpx.TimeoutException as error:
        raise Temporary(SLOW, host=name) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Temporary(SILENT, host=name) from error
    except Invalid as error:
        raise Temporary(Sentence.of(error)) from error
    if status == 410:
        raise Permanent(GONE, host=name)
    if 300 <= status < 400:
        raise Temporary(MOVED, host=name, status=status)
    if not 200 <= status < 300:
        raise Temporary(REFUSED, host=name, status=status)


def _status(client: httpx.Client, url: str, content: bytes, signed: dict[str, str], ends: float) -> int:
    """Return the status. At most the beginning of the response is read, and no longer than until `ends`."""
    read = 0
    with client.stream("POST", url, content=content, headers=signed) as answer:
        for piece in answer.iter_raw():
            read += len(piece)
            if read > MOST_ANSWERED or time.monotonic() > ends:
                break
        return answer.status_code
