"""docs/operations.md has every setting of the code with its default."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from budkavle.settings import Settings
from budkavle_addressbook.settings import Settings as AddressBookSettings
from budkavle_clamav.settings import ClamavSettings
from budkavle_eid.settings import (
    BankIdSettings,
    EidSettings,
    FrejaSettings,
    OidcSettings,
    PasskeySettings,
    SamlSettings,
    SithsSettings,
)
from budkavle_email_link.settings import EmailLinkSettings
from budkavle_fax.settings import FaxSettings
from budkavle_hsm.settings import HsmSettings
from budkavle_message_api.settings import MessageApiSettings
from budkavle_outlook.settings import AppSettings, OutlookSettings
from budkavle_sdk_transport.settings import SdkSettings
from budkavle_siem.settings import InstallationStream, SiemSettings
from budkavle_sms.settings import SmsSettings
from budkavle_teams.settings import TeamsSettings, TenantSettings
from budkavle_timestamps.settings import TimestampSettings
from budkavle_transit.settings import TransitSettings

DOCUMENT = (Path(__file__).parents[2] / "docs/operations.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([\w.]+)` \| (.+?) \| .+ \|$", re.MULTILINE)
SECTIONS: dict[str, type[msgspec.Struct]] = {
    "The core": Settings,
    "`[plugins.addressbook]`": AddressBookSettings,
    "`[plugins.clamav]`": ClamavSettings,
    "`[plugins.eid]`": EidSettings,
    "`[[plugins.eid.bankid]]`": BankIdSettings,
    "`[[plugins.eid.freja]]`": FrejaSettings,
    "`[[plugins.eid.oidc]]`": OidcSettings,
    "`[[plugins.eid.saml]]`": SamlSettings,
    "`[[plugins.eid.passkey]]`": PasskeySettings,
    "`[[plugins.eid.siths]]`": SithsSettings,
    "`[plugins.email_link]`": EmailLinkSettings,
    "`[plugins.fax]`": FaxSettings,
    "`[plugins.hsm]`": HsmSettings,
    "`[plugins.message_api]`": MessageApiSettings,
    "`[plugins.outlook]`": OutlookSettings,
    "`[[plugins.outlook.apps]]`": AppSettings,
    "`[plugins.sdk]`": SdkSettings,
    "`[plugins.siem]`": SiemSettings,
    "`[plugins.siem.installation]`": InstallationStream,
    "`[plugins.sms]`": SmsSettings,
    "`[plugins.teams]`": TeamsSettings,
    "`[[plugins.teams.tenants]]`": TenantSettings,
    "`[plugins.timestamps]`": TimestampSettings,
    "`[plugins.transit]`": TransitSettings,
}


def told(heading: str) -> dict[str, str]:
    """The settings and defaults of one table of the document."""
    return dict(ROW.findall(re.split(r"^##", DOCUMENT.split(f"### {heading}\n")[1], flags=re.MULTILINE)[0]))


def coded(settings: type[msgspec.Struct], above: str = "") -> Iterator[tuple[str, str]]:
    """The settings and defaults of one type, inner sections by their dotted names."""
    for field in msgspec.structs.fields(settings):
        value = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
        if value is msgspec.NODEFAULT:
            yield f"{above}{field.name}", "required"
        elif isinstance(value, msgspec.Struct):
            yield from coded(type(value), f"{above}{field.name}.")
        elif not isinstance(value, dict):
            yield f"{above}{field.name}", _words(value)


def _words(value: Any) -> str:
    if value is None or value == ():
        return "none"
    return "several" if isinstance(value, tuple) else f"`{value}`"


@pytest.mark.parametrize("heading", SECTIONS)
def test_the_table_is_the_code(heading: str) -> None:
    """No setting is missing, none is invented, and each default is the one that holds."""
    assert told(heading) == dict(coded(SECTIONS[heading]))
