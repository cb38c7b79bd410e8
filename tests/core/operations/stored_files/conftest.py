"""Messages with attachments, and a server with the S3 interface."""

import logging
import urllib.request
from collections.abc import Iterator
from uuid import uuid4

import pytest
from moto.server import ThreadedMotoServer

from budkavle.model.messages import File
from budkavle.storage.blobs.format import CHUNK
from budkavle.testing import acting
from budkavle.testing.organisations import SampleOrganisation

REGION = "eu-north-1"
FILES = (
    File("liten.txt", "text/plain", b"liten"),
    File("stor.bin", "application/octet-stream", b"x" * (CHUNK * 2 + 7)),
)


@pytest.fixture
def with_files(organisation: SampleOrganisation) -> SampleOrganisation:
    """An organisation with a message that has a small and a large attachment."""
    mailbox_id = organisation.mailbox.id
    acting.accept(organisation.platform, organisation.incoming(mailbox_id=mailbox_id, files=FILES))
    return organisation


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    """Start moto's S3 on this machine; yields its address."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3_url(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Create a bucket and set the environment variables of docs/operations.md; return the value of `storage`."""
    values = {"ENDPOINT": s3_server, "ACCESS_KEY_ID": "id", "SECRET_ACCESS_KEY": "key", "REGION": REGION}
    for name, value in {**values, "ALLOW_HTTP": "true"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    bucket = f"attachments-{uuid4().hex}"
    place = f"<LocationConstraint>{REGION}</LocationConstraint>"
    body = f"<CreateBucketConfiguration>{place}</CreateBucketConfiguration>".encode()
    request = urllib.request.Request(f"{s3_server}/{bucket}", method="PUT", data=body)  # noqa: S310 - on this machine
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        assert answer.status == 200
    return f"s3://{bucket}/budkavle"
