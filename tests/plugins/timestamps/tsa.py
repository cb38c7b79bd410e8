"""A time stamping authority of one's own on loopback, made with openssl, that can also misbehave."""

import http.server
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

POLICY = "1.2.3.4.1"
# No `certs` below: openssl writes the certificates unsorted, and rfc3161-client then refuses the whole stamp.
CONFIG = f"""
[req]
distinguished_name = dn
prompt = no
[dn]
CN = Prov
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[stamper]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa]
default_tsa = prov
[prov]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = {POLICY}
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = yes
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


def openssl(folder: Path, *arguments: str) -> None:
    """Run openssl in a folder."""
    done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr.decode()[-400:]


class Tsa:
    """An authority in a folder, and the server that it answers at.

    Attributes:
        spoil: Changes each reply before it is sent.
        pause: Seconds between the bytes of a reply; 0 sends it whole.
        kind: The content type.
        asked: How many questions came.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.spoil: Callable[[bytes], bytes] = lambda reply: reply
        self.pause, self.kind, self.status, self.asked = 0.0, "application/timestamp-reply", 200, 0
        folder.mkdir(exist_ok=True)
        (folder / "ts.cnf").write_text(CONFIG)
        (folder / "serial").write_text("01\n")
        new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", "ts.cnf")
        root = ("-keyout", "ca.key", "-out", "ca.pem", "-days", "3650", "-subj", "/CN=Provets rot", "-extensions", "ca")
        openssl(folder, "req", "-x509", *new, *root)
        openssl(folder, "req", *new, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Provets TSA")
        signed = ("-extfile", "ts.cnf", "-extensions", "stamper", "-CAcreateserial", "-days", "365")
        openssl(
            folder, "x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-out", "tsa.pem", *signed
        )
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/tsa"

    @property
    def root(self) -> str:
        return (self._folder / "ca.pem").read_text()

    def answer(self, query: bytes) -> bytes:
        """Return the reply of openssl."""
        (self._folder / "q.tsq").write_bytes(query)
        openssl(self._folder, "ts", "-reply", "-config", "ts.cnf", "-queryfile", "q.tsq", "-out", "a.tsr")
        return (self._folder / "a.tsr").read_bytes()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        tsa = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                tsa.asked += 1
                query = self.rfile.read(min(int(self.headers["Content-Length"]), 10_000))
                reply = tsa.spoil(tsa.answer(query))
                self.send_response(tsa.status)
                self.send_header("Content-Type", tsa.kind)
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                try:
                    for place in range(0, len(reply), 1 if tsa.pause else len(reply)):
                        self.wfile.write(reply[place : place + (1 if tsa.pause else len(reply))])
                        time.sleep(tsa.pause)
                except OSError:
                    return  # whoever asked has gone

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base has it
                return

        return Handler
