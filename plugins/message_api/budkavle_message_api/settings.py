"""The plugin's section of the settings, `[plugins.message_api]`."""

from typing import Annotated

import msgspec
from msgspec import Struct, field

Seconds = Annotated[float, msgspec.Meta(gt=0)]
Count = Annotated[int, msgspec.Meta(ge=1)]


class IssuerSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """A foreign authorization server whose access tokens are accepted: `[plugins.message_api.issuers.NAME]`.

    Attributes:
        issuer: The `iss` of its tokens.
        jwks_url: The address of its keys (RFC 7517).
        audience: The required `aud` of its tokens: its name for this message service.
        organisation: The slug of the organisation that it issues tokens for.
        auth_claims: The claims that list the function addresses a client may use.
    """

    issuer: str
    jwks_url: str
    audience: str
    organisation: str
    auth_claims: tuple[str, ...] = ("auth_id", "urn:sdk.inera.se:auth_id")


class MessageApiSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """Settings for offering the standard API, and for using another message service.

    Attributes:
        transports: The transports of the API; their addresses are the function addresses.
        max_bytes: The largest message, with its files unencoded (B1.3.3: 30 MB).
        token_seconds: How long our access tokens are valid; B1.4.2 allows at most 30 minutes.
        assertion_seconds: How far ahead a client's assertion may expire.
        requests_per_minute: Rate limit for each API client.
        tokens_per_minute: Rate limit of the token endpoint, for each API client and each network address.
        page_size: Default number of messages in a list.
        most_per_page: Largest number of messages in a list.
        timeout_seconds: Timeout for other servers.
        poll_seconds: How often another message service is polled.
        client: Whether organisations here may be clients of another message service.
        plain_http: Whether other servers may be reached unencrypted; only for development.
        issuers: Foreign authorization servers, by names that we choose.
    """

    transports: tuple[str, ...] = ("sdk",)
    max_bytes: Count = 30_000_000
    token_seconds: Annotated[int, msgspec.Meta(ge=1, le=1800)] = 1800
    assertion_seconds: Count = 600
    requests_per_minute: Count = 600
    tokens_per_minute: Count = 60
    page_size: Count = 50
    most_per_page: Count = 200
    timeout_seconds: Seconds = 20.0
    poll_seconds: Seconds = 10.0
    client: bool = False
    plain_http: bool = False
    issuers: dict[str, IssuerSettings] = field(default_factory=dict)
