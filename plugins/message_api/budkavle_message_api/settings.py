"""The plugin's section of the settings, `[plugins.message_api]`."""

from typing import Annotated

import msgspec
from msgspec import Struct, field

Seconds = Annotated[float, msgspec.Meta(gt=0)]
Count = Annotated[int, msgspec.Meta(ge=1)]


class IssuerSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """A foreign authorization server whose access tokens are taken: `[plugins.message_api.issuers.NAME]`.

    Attributes:
        issuer: What its tokens say in `iss`.
        jwks_url: Where its keys are (RFC 7517).
        audience: What its tokens must say in `aud`: the name that it has for this message service.
        organisation: The slug of the one organisation that it speaks for.
        auth_claims: Where a token says which function addresses its client may touch.
    """

    issuer: str
    jwks_url: str
    audience: str
    organisation: str
    auth_claims: tuple[str, ...] = ("auth_id", "urn:sdk.inera.se:auth_id")


class MessageApiSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """How the standard API is offered, and how another's is used.

    Attributes:
        transports: The kinds of message that the API carries; their addresses are the function addresses.
        max_bytes: The largest message, its files as they are (B1.3.3: 30 MB).
        token_seconds: How long an access token of ours holds; B1.4.2 allows at most 30 minutes.
        assertion_seconds: How far ahead a client's assertion may end.
        requests_per_minute: Of one API client.
        tokens_per_minute: That one API client, or one network address, may ask for.
        page_size: How many messages a list has where nothing is asked for.
        most_per_page: How many it has at most.
        timeout_seconds: How long another server may take to answer.
        poll_seconds: How often another message service is asked for what is new.
        client: Whether organisations here may be clients of another's message service.
        plain_http: Whether other servers may be reached unencrypted; for development alone.
        issuers: Foreign authorization servers, by a name of ours.
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
