"""A simulated tenant of Entra ID: it publishes its keys and issues tokens, also false ones on request.

Source: Microsoft Learn, "Microsoft identity platform access tokens" and "Access token claims reference" (version 2.0).
"""

import json
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from budkavle_identity_tokens.local_server import serving

TEAMS_IN_A_BROWSER = "5e3ce6c0-2b1f-4285-8d4b-75ee78787346"


def guid() -> str:
    """Return a new identifier."""
    return str(uuid.uuid4())


@dataclass
class Entra:
    """The tenant.

    Attributes:
        tenant: Its id.
        client_id: The id of the app that its tokens are for.
        url: Its address, once `serving` has begun.
        people: The permanent ids of the accounts, by address.
        keys: The keys that it publishes and signs with, the newest last.
        status: The HTTP status when asked for its keys.
        asked: How many times it has been asked for its keys.
        client_secret: The secret of the app, for a token of its own.
        app_tokens: The tokens issued in this way.
    """

    tenant: str = field(default_factory=guid)
    client_id: str = field(default_factory=guid)
    url: str = ""
    people: dict[str, str] = field(default_factory=dict)
    keys: list[RSAKey] = field(default_factory=lambda: [new_key()])
    status: int = 200
    asked: int = 0
    client_secret: str = "hemlighet~som~entra~skapade"  # noqa: S105 - opens nothing
    app_tokens: set[str] = field(default_factory=set)

    def token(self, whom: str, header: Mapping[str, Any] | None = None, key: RSAKey | None = None, **lies: Any) -> str:
        """Sign a token for a person, by their permanent id. A claim or header that is None is left out."""
        now = int(time.time())
        right = {
            "aud": self.client_id,
            "iss": f"https://login.microsoftonline.com/{self.tenant}/v2.0",
            "iat": now,
            "nbf": now,
            "exp": now + 3600,
            "azp": TEAMS_IN_A_BROWSER,
            "oid": whom,
            "preferred_username": next((mail for mail, one in self.people.items() if one == whom), ""),
            "scp": "access_as_user",
            "sub": guid(),
            "tid": self.tenant,
            "uti": guid(),
            "ver": "2.0",
        }
        claims = {name: value for name, value in {**right, **lies}.items() if value is not None}
        signer = key or self.keys[-1]
        words = {"typ": "JWT", "alg": "RS256", "kid": signer.kid, **(header or {})}
        head = {name: value for name, value in words.items() if value is not None}
        return jwt.encode(head, claims, signer, algorithms=["RS256", "RS512", "PS256"])

    @contextmanager
    def serving(self) -> Iterator["Entra"]:
        """Serve on this machine, in a thread."""
        server = _Server(("127.0.0.1", 0), _Handler)
        server.entra = self
        with serving(server) as self.url:
            yield self

    def app_token(self, form: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """Answer the app's request for a token for Microsoft Graph."""
        if form.get("client_id") != self.client_id:
            return 400, _refusal("unauthorized_client", "AADSTS700016: Application was not found in the directory.")
        if form.get("client_secret") != self.client_secret:
            return 401, _refusal("invalid_client", "AADSTS7000215: Invalid client secret provided.")
        if form.get("scope") != "https://graph.microsoft.com/.default":
            return 400, _refusal("invalid_scope", "AADSTS1002012: The provided value for scope is not valid.")
        token = uuid.uuid4().hex
        self.app_tokens.add(token)
        return 200, {"token_type": "Bearer", "expires_in": 3599, "access_token": token}

    def published(self) -> dict[str, Any]:
        """Return the key set."""
        self.asked += 1
        return {"keys": [{**key.as_dict(private=False), "use": "sig"} for key in self.keys]}


def new_key() -> RSAKey:
    """Create a key with an id of its own."""
    return RSAKey.generate_key(2048, {"kid": uuid.uuid4().hex})


def _refusal(error: str, description: str) -> dict[str, Any]:
    return {"error": error, "error_description": description}


class _Server(ThreadingHTTPServer):
    entra: Entra


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        entra = cast("_Server", self.server).entra
        if urlsplit(self.path).path == f"/{entra.tenant}/discovery/v2.0/keys":
            return self._answer(entra.status, entra.published() if entra.status == 200 else {})
        return self._answer(404, {})

    def do_POST(self) -> None:
        """Issue a token to Teams for a person who is signed in there."""
        entra = cast("_Server", self.server).entra
        form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        if urlsplit(self.path).path == f"/{entra.tenant}/oauth2/v2.0/token" and "client_secret" in form:
            return self._answer(*entra.app_token({name: values[0] for name, values in form.items()}))
        oid = entra.people.get(form.get("username", [""])[0])
        if urlsplit(self.path).path != f"/{entra.tenant}/oauth2/v2.0/token" or oid is None:
            return self._answer(400, {"error": "invalid_grant"})
        return self._answer(200, {"token_type": "Bearer", "expires_in": 3599, "access_token": entra.token(oid)})

    def _answer(self, status: int, content: Mapping[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the name in the base class
        """Do not log."""
