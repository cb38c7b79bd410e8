"""The plugin's section of the settings, `[plugins.outlook]`: sites that may frame our pages, and organisations' apps.

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
"""The permission of our app that the pane requests; a token that is not for a person has no scope."""
TAKEN = frozenset({"settings", "manifest", "about", "icon"})


class AppSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """The add-in of one or more organisations.

    Attributes:
        name: Name of the sign-in method, also in paths; never changed once people have linked their accounts.
        label: Its display name.
        organisations: Slugs of the organisations that it is for; empty: all of them.
        tenant: Their tenant in Microsoft Entra ID (a GUID); empty: people can only sign in in a window.
        client_id: Our app there (a GUID).
        loa: The level of assurance for being signed in to Outlook: 1 or 2.
        authority: The URL of the authority that publishes the tenant's keys.
        developer: The developer's name; empty: the organisation's name.
        privacy_url: The organisation's page on personal data; empty: our own page.
        terms_url: The terms of use; empty: the same page.
        version: The manifests' version; increase it before uploading a new one.
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
        """The path of its pages."""
        return f"/plugin/outlook/{self.name}"

    def is_for(self, slug: str) -> bool:
        """Tell whether an organisation has this add-in."""
        return not self.organisations or slug in self.organisations


class OutlookSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """`[plugins.outlook]`.

    Attributes:
        ancestors: Sites that may frame our pages: sources of `frame-ancestors`. Add an Exchange server on premises
            here.
        timeout_seconds: Timeout for fetching a tenant's keys.
        apps: `[[plugins.outlook.apps]]`; without any, all organisations share an add-in, and sign in in a window.
    """

    ancestors: tuple[str, ...] = OUTLOOK
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0)] = 5.0
    apps: tuple[AppSettings, ...] = ()

    @property
    def all_apps(self) -> tuple[AppSettings, ...]:
        """The apps; there is always at least one."""
        return self.apps or (AppSettings(),)


def check(settings: OutlookSettings) -> None:
    """Check what the types cannot express.

    Raises:
        Misconfigured: A value is invalid.
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
        # A tenant for every organisation could open the accounts of all of them.
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
