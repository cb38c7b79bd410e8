"""No installation that others reach starts with a connection that crosses a network in clear, unless it is accepted."""

from collections.abc import Callable
from typing import Any

import pytest

from budkavle.model.errors import Misconfigured
from budkavle.operations.health.open_defaults import open_defaults, refuse_open_defaults
from budkavle.storage.platform import Platform

OUTSIDE = "https://budkavle.habo.example"
FAR = "scanner.example"
OPEN: list[tuple[str, dict[str, Any]]] = [
    ("clamav", {"address": f"tcp:{FAR}:3310"}),
    ("clamav", {"address": "tcp:10.1.2.3:3310"}),
    ("sms", {"gateway": "smpp", "smpp": {"host": FAR, "system_id": "a", "tls": False}}),
    ("email_link", {"host": FAR, "tls": "none"}),
    (
        "fax",
        {
            "carrier": "email",
            "email": {"host": FAR, "domain": "fax.example", "sender": "a@habo.example", "tls": "none"},
        },
    ),
]
CLOSED: list[tuple[str, dict[str, Any]]] = [
    ("clamav", {}),
    ("clamav", {"address": "tcp:127.0.0.1:3310"}),
    ("clamav", {"address": "tcp:[::1]:3310"}),
    ("clamav", {"address": f"tls:{FAR}:3311"}),
    ("clamav", {"address": "elsewhere"}),
    ("sms", {"gateway": "smpp", "smpp": {"host": FAR, "system_id": "a"}}),
    ("sms", {"gateway": "smpp", "smpp": {"host": "127.0.0.1", "system_id": "a", "tls": False}}),
    ("sms", {"smpp": {"host": FAR, "system_id": "a", "tls": False}}),
    ("email_link", {"host": FAR}),
    ("email_link", {"host": "localhost", "tls": "none"}),
    ("email_link", {"host": "outbox", "tls": "none"}),
    ("fax", {"carrier": "email", "email": {"host": FAR, "domain": "fax.example", "sender": "a@habo.example"}}),
]


@pytest.mark.feature("ZS9")
@pytest.mark.parametrize(("plugin", "section"), OPEN)
def test_what_crosses_a_network_in_clear_stops_the_start(
    budkavle_open: Callable[..., Platform], plugin: str, section: dict[str, Any]
) -> None:
    """The sentence names the setting and the host, and the name accepts it."""
    name = f"{plugin}.plaintext"
    platform = budkavle_open(enabled=(plugin,), base_url=OUTSIDE, plugins={plugin: section}, accepted=("scanner",))
    with pytest.raises(Misconfigured) as refused:
        refuse_open_defaults(platform)
    assert list(refused.value.fields) == [name]
    assert f"plugins.{plugin}" in str(refused.value.fields[name])
    accepted = budkavle_open(enabled=(plugin,), base_url=OUTSIDE, plugins={plugin: section}, accepted=("scanner", name))
    refuse_open_defaults(accepted)


@pytest.mark.parametrize(("plugin", "section"), CLOSED)
def test_what_is_encrypted_or_stays_on_the_machine_stops_nothing(
    budkavle_open: Callable[..., Platform], plugin: str, section: dict[str, Any]
) -> None:
    """TLS, this machine, or nothing that is sent."""
    platform = budkavle_open(enabled=(plugin,), base_url=OUTSIDE, plugins={plugin: section})
    assert f"{plugin}.plaintext" not in dict(open_defaults(platform))
