"""The section `[plugins.transit]`."""

import re
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

_SAFE = re.compile(r"https://[^\s/@]+/?|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?/?")


class TransitSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """Where the service is, which key it wraps with, and how to authenticate: by a token, or by AppRole.

    Attributes:
        url: The address of the service, such as `https://vault.example.se:8200`. Without TLS only on this machine.
        ca: The CA certificates (PEM) that its certificate is checked against. By default the system's.
        namespace: The namespace, if the service has any.
        mount: Where the transit engine is mounted.
        key_name: The key of the engine, of the type `aes256-gcm96`.
        token_file: A file with a token, read again when the service refuses the current one.
        role_id: The role id of AppRole.
        secret_id_file: A file with the secret id of AppRole.
        role_mount: Where AppRole is mounted.
        timeout_seconds: How long the service may take for one response.
    """

    url: str = ""
    ca: Path | None = None
    namespace: str = ""
    mount: str = "transit"
    key_name: str = "budkavle"
    token_file: Path | None = None
    role_id: str = ""
    secret_id_file: Path | None = None
    role_mount: str = "approle"
    timeout_seconds: Annotated[float, Meta(gt=0, le=9)] = 3.0

    def __post_init__(self) -> None:
        """Reject an address without TLS."""
        if self.url and not _SAFE.fullmatch(self.url):
            raise ValueError("url in plugins.transit must begin with https:// and end with the host and port")
