"""The demo's own time stamping authority (RFC 3161), on this machine only: openssl answers, nobody vouches for it."""

import contextlib
import http.server
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

from budkavle import Unavailable

# Without `certs`: openssl writes the certificates unsorted, and the plugin's library then refuses the whole stamp.
CONFIG = """\
[req]
distinguished_name = dn
prompt = no
[dn]
CN = Demo
[root]
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
default_tsa = demo
[demo]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = yes
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""
SETTINGS = """
[plugins.timestamps]
url = "{url}"
root_file = "{root}"
every_minutes = 1
"""
LARGEST = 10_000
"""The most bytes of a request."""
SECONDS = 30


@contextlib.contextmanager
def stamping(folder: Path) -> Iterator[str]:
    """Run an authority during the block. Its keys are in `folder`, so that earlier stamps of kept data remain valid.

    Returns:
        Its settings. Empty on a machine without openssl, where the demo has no stamps.
    """
    if shutil.which("openssl") is None:
        yield ""
        return
    if not (folder / "tsa.pem").exists():
        make_keys(folder)
    with http.server.HTTPServer(("127.0.0.1", 0), _handler(folder)) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield SETTINGS.format(url=f"http://127.0.0.1:{server.server_port}/", root=folder / "root.pem")
        finally:
            server.shutdown()


def make_keys(folder: Path) -> None:
    """Make a root (`root.pem`) and the certificate of an authority in a folder.

    Raises:
        Unavailable: openssl failed.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "openssl.cnf").write_text(CONFIG, "ascii")
    (folder / "serial").write_text("01\n", "ascii")
    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", "openssl.cnf")
    root = (
        "-keyout",
        "root.key",
        "-out",
        "root.pem",
        "-days",
        "3650",
        "-subj",
        "/CN=Demons rot",
        "-extensions",
        "root",
    )
    _openssl(folder, "req", "-x509", *new, *root)
    stamper = ("-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Demons TSA")
    _openssl(folder, "req", *new, *stamper)
    signed = ("-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-out", "tsa.pem", "-days", "3650")
    _openssl(folder, "x509", "-req", "-in", "tsa.csr", *signed, "-extfile", "openssl.cnf", "-extensions", "stamper")


def answer(folder: Path, question: bytes) -> bytes:
    """Return the authority's response to a request, both as in RFC 3161.

    Raises:
        Unavailable: The request is invalid, or openssl does not answer.
    """
    (folder / "question.tsq").write_bytes(question)
    _openssl(folder, "ts", "-reply", "-config", "openssl.cnf", "-queryfile", "question.tsq", "-out", "answer.tsr")
    return (folder / "answer.tsr").read_bytes()


def _openssl(folder: Path, *arguments: str) -> None:
    command = ["openssl", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603 - ours
    if done.returncode:
        raise Unavailable(
            "Demons tidsstämplar kunde inte göras: openssl svarade med felkod {code}.", code=done.returncode
        )


def _handler(folder: Path) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            try:
                reply = answer(folder, self.rfile.read(min(int(self.headers.get("content-length", "0")), LARGEST)))
            except Unavailable:
                self.send_error(400)
                return
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
            """Do not log: the output of the demo is for its user."""

    return Handler
