"""The plugin's section of the settings, `[plugins.outlook]`: who may show our pages, and the apps of organisations.

Source: Microsoft Learn, "Outlook add-ins" (the hosts of Outlook on the web) and "Nested app authentication".
"""

from typing import Annotated

import msgspec
from msgspec import Struct

from budkavle import Misconfigured
from budkavle_microsoft_apps.checks import is_authority, is_guid, is_name, is_source, is_version

OUTLOOK = (
    "https://outlook.office.com",
    "https://outlook.office365.com",
    "https://outlook.live.com",
    "https://*.cloud.microsoft",
)
SCOPE = "access_as_user"
"""The permission of our app that the pane asks for; a token without a person behind it has no scope."""
TAKEN = frozenset({"settings", "manifest", "about", "icon"})


class AppSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """The add-in of one or more organisations.

    Attributes:
        name: In addresses, and the way's name; never changed once people have linked their accounts.
        label: What people call it.
        organisations: Slugs of the organisations that it is for; empty is all of them.
        tenant: Their tenant in Microsoft Entra ID (a GUID); empty: people sign in in a window alone.
        client_id: Our app there (a GUID).
        loa: The level of assurance that being signed in to Outlook is worth: 1 or 2.
        authority: Where the tenant publishes its keys.
        developer: Whose add-in it is; empty is the organisation's name.
        privacy_url: What the organisation says about personal data; empty is a page of ours.
        terms_url: The terms of use; empty is the same page.
        version: The manifests'; raise it when one is uploaded anew.
        decrypt: Whether the manifest in XML asks Outlook to show a message in place of its notice (Mailbox 1.16).
    """

    name: str = "outlook"
    label: str = "Microsoft Outlook"
    organisations: tuple[str, ...] = ()
    tenant: str = ""
    client_id: str = ""
    loa: Annotated[int, msgspec.Meta(ge=1, le=2)] = 2
    authority: str = "https://login.microsoftonline.com"
    developer: str = ""
    privacy_url: str = ""
    terms_url: str = ""
    version: str = "1.1.0"
    decrypt: bool = False

    @property
    def path(self) -> str:
        """Where its pages are."""
        return f"/plugin/outlook/{self.name}"

    def is_for(self, slug: str) -> bool:
        """Tell whether an organisation has this add-in."""
        return not self.organisations or slug in self.organisations


class OutlookSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """`[plugins.outlook]`.

    Attributes:
        ancestors: Who may show our pages inside theirs: sources of `frame-ancestors`. An Exchange server of one's own
            is added here.
        timeout_seconds: How long a tenant's keys may take.
        apps: `[[plugins.outlook.apps]]`; without one, all organisations have the same add-in and sign in in a window.
    """

    ancestors: tuple[str, ...] = OUTLOOK
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0)] = 5.0
    apps: tuple[AppSettings, ...] = ()

    @property
    def all_apps(self) -> tuple[AppSettings, ...]:
        """The apps, of which there is always one."""
        return self.apps or (AppSettings(),)


def check(settings: OutlookSettings) -> None:
    """Find what no type can.

    Raises:
        Misconfigured: Something is not what it must be.
    """
    for source in settings.ancestors:
        if not is_source(source):
            raise Misconfigured(
                "ancestors i [plugins.outlook]: {source} är ingen adress som https://värd.", source=source
            )
    names = [app.name for app in settings.apps]
    if len(set(names)) < len(names):
        raise Misconfigured("Varje [[plugins.outlook.apps]] behöver ett eget name.")
    for app in settings.apps:
        _check_app(app)


def _check_app(app: AppSettings) -> None:
    with_tenant = bool(app.tenant or app.client_id)
    right = {
        "name": is_name(app.name) and app.name not in TAKEN,
        "tenant": not with_tenant or is_guid(app.tenant),
        "client_id": not with_tenant or is_guid(app.client_id),
        # A tenant that is for everybody would open the accounts of every organisation.
        "organisations": not with_tenant or bool(app.organisations),
        "version": is_version(app.version),
        "authority": is_authority(app.authority),
    }
    wrong = next((name for name, fine in right.items() if not fine), None)
    if wrong:
        raise Misconfigured(
            "{key} för {name} i [[plugins.outlook.apps]] är inte som det ska. Se docs/outlook.md.",
            key=wrong,
            name=app.name,
        )
