"""Microsoft's bot service, for message extensions only: it signs what people choose in a chat.

Source: Microsoft Learn, "Authentication with the Bot Connector API" (claims, endorsements of keys) and "Create and send
dialogs" (`composeExtension/fetchTask`).
"""

import json
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey

from budkavle_identity_tokens.local_server import serving
from budkavle_identity_tokens.simulated_entra import new_key

SERVICE = "https://smba.trafficmanager.net/emea/"


@dataclass
class BotService:
    """The service, with one bot.

    Attributes:
        bot_id: The bot.
        tenant: The tenant of the people who use it.
        url: Its URL while `serving`.
        keys: Its signing keys, each with the channels that it is endorsed for.
    """

    bot_id: str
    tenant: str
    url: str = ""
    keys: list[tuple[RSAKey, list[str]]] = field(default_factory=lambda: [(new_key(), ["msteams", "webchat"])])

    @property
    def keys_url(self) -> str:
        """The URL of its keys."""
        return f"{self.url}/v1/.well-known/keys"

    def token(self, key: RSAKey | None = None, algorithm: str = "RS256", **lies: Any) -> str:
        """Sign a token; a claim that is None is left out."""
        now, signer = int(time.time()), key or self.keys[-1][0]
        right = {
            "iss": "https://api.botframework.com",
            "aud": self.bot_id,
            "nbf": now - 60,
            "exp": now + 3600,
            "serviceurl": SERVICE,
        }
        claims = {name: value for name, value in {**right, **lies}.items() if value is not None}
        header = {"typ": "JWT", "alg": algorithm, "kid": signer.kid, "x5t": signer.kid}
        return jwt.encode(header, claims, signer, algorithms=["RS256", "RS512"])

    def chosen(self, person: str, content: str, **lies: Any) -> dict[str, Any]:
        """Return the call for a person who chooses "Skicka säkert" on a message."""
        call = {
            "type": "invoke",
            "name": "composeExtension/fetchTask",
            "id": str(uuid.uuid4()),
            "channelId": "msteams",
            "serviceUrl": SERVICE,
            "from": {"id": "29:1", "name": "Anna Ek", "aadObjectId": person},
            "conversation": {"conversationType": "personal", "tenantId": self.tenant, "id": "19:chat"},
            "recipient": {"id": f"28:{self.bot_id}", "name": "Budkavle"},
            "channelData": {"tenant": {"id": self.tenant}, "source": {"name": "message"}},
            "value": {
                "commandId": "send",
                "commandContext": "message",
                "messagePayload": {
                    "id": "1500000000000",
                    "messageType": "message",
                    "body": {"contentType": "html", "content": content},
                },
                "context": {"theme": "default"},
            },
        }
        return {**call, **lies}

    def post(self, address: str, call: Mapping[str, Any], token: str | None = None) -> httpx.Response:
        """Call a bot's endpoint."""
        headers = {"authorization": f"Bearer {self.token() if token is None else token}"}
        return httpx.post(address, json=call, headers=headers, trust_env=False, timeout=30)

    def published(self) -> dict[str, Any]:
        """Return the key set."""
        return {
            "keys": [
                {**key.as_dict(private=False), "use": "sig", "endorsements": endorsed} for key, endorsed in self.keys
            ]
        }

    @contextmanager
    def serving(self) -> Iterator["BotService"]:
        """Serve on localhost, in a thread."""
        server = _Server(("127.0.0.1", 0), _Handler)
        server.service = self
        with serving(server) as self.url:
            yield self


class _Server(ThreadingHTTPServer):
    service: BotService


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps(cast("_Server", self.server).service.published()).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the base class's name
        """Log nothing."""
