"""A stand-in for the part of Vault and OpenBao that the plugin uses, with TLS, on this machine.

Written from the API documentation (v1/transit, auth/approle, sys/seal): paths, fields, statuses and words of errors.
Never compared with a real one.
"""

import base64
import json
import os
import secrets
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class KeyService:
    """Its state, and the server that answers for it."""

    def __init__(self, certificate: tuple[Path, Path]) -> None:
        self.keys: dict[str, list[bytes]] = {"budkavle": [AESGCM.generate_key(256)]}
        self.oldest = 1
        self.tokens: set[str] = set()
        self.roles = {"role": "secret-1"}
        self.status: int | None = None
        self.body: bytes | None = None
        self.hang: threading.Event | None = None
        self.drop = False
        self.calls: list[str] = []
        self.bodies: list[bytes] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                service.handle(self)

            def log_message(self, *words: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                """A client that has gone away is no news."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"https://localhost:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True, kwargs={"poll_interval": 0.05}).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def rotate(self) -> None:
        self.keys["budkavle"].append(AESGCM.generate_key(256))

    def give_token(self) -> str:
        token = f"hvs.{secrets.token_urlsafe(16)}"
        self.tokens.add(token)
        return token

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        self.calls.append(request.path)
        self.bodies.append(body)
        if self.hang is not None:
            self.hang.wait(30)
        if self.drop:
            self.drop, request.close_connection = False, True
            return
        status, answer = self.answer(request.path, json.loads(body), request.headers.get("X-Vault-Token"))
        content = self.body if self.body is not None else json.dumps(answer).encode()
        request.send_response(status)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    def answer(self, path: str, values: dict[str, str], token: str | None) -> tuple[int, dict[str, Any]]:
        """The status and body of an answer."""
        if self.status is not None:
            return self.status, {"errors": ["told to"]}
        if path == "/v1/auth/approle/login":
            if self.roles.get(values["role_id"]) != values["secret_id"]:
                return 400, {"errors": ["invalid role or secret ID"]}
            return 200, {"auth": {"client_token": self.give_token(), "lease_duration": 60}}
        if token not in self.tokens:
            return 403, {"errors": ["permission denied"]}
        return self._transit(path, values)

    def _transit(self, path: str, values: dict[str, str]) -> tuple[int, dict[str, Any]]:
        _, _, mount, operation, key = path.split("/")
        if mount != "transit":
            return 404, {"errors": [f'no handler for route "{mount}/{operation}/{key}"']}
        if key not in self.keys:
            return 400, {"errors": ["encryption key not found"]}
        work = {"encrypt": self._encrypt, "decrypt": self._decrypt}[operation]
        return work(self.keys[key], values)

    def _encrypt(self, keys: list[bytes], values: dict[str, str]) -> tuple[int, dict[str, Any]]:
        nonce = os.urandom(12)
        sealed = AESGCM(keys[-1]).encrypt(nonce, base64.b64decode(values["plaintext"]), b"")
        return 200, {"data": {"ciphertext": f"vault:v{len(keys)}:{base64.b64encode(nonce + sealed).decode()}"}}

    def _decrypt(self, keys: list[bytes], values: dict[str, str]) -> tuple[int, dict[str, Any]]:
        _, version, text = values["ciphertext"].split(":")
        number, content = int(version[1:]), base64.b64decode(text)
        if number > len(keys):
            return 400, {"errors": ["invalid ciphertext: version is too new"]}
        if number < self.oldest:
            return 400, {"errors": ["ciphertext or signature version is disallowed by policy (too old)"]}
        try:
            plain = AESGCM(keys[number - 1]).decrypt(content[:12], content[12:], b"")
        except (InvalidTag, ValueError):
            return 400, {"errors": ["cipher: message authentication failed"]}
        return 200, {"data": {"plaintext": base64.b64encode(plain).decode()}}
