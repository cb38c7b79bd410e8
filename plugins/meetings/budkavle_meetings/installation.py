"""The plugin's section of the installation's settings, `[plugins.meetings]`."""

from msgspec import Struct


class InstallationSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """`[plugins.meetings]`.

    Attributes:
        entra_url: Where tokens for Microsoft Graph come from.
        graph_url: Where Microsoft Graph is.
    """

    entra_url: str = "https://login.microsoftonline.com"
    graph_url: str = "https://graph.microsoft.com"
