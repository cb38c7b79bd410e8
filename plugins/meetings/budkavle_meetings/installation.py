"""The plugin's section of the installation's settings, `[plugins.meetings]`."""

from msgspec import Struct


class InstallationSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """`[plugins.meetings]`.

    Attributes:
        entra_url: Address for Microsoft Graph tokens.
        graph_url: Address of Microsoft Graph.
    """

    entra_url: str = "https://login.microsoftonline.com"
    graph_url: str = "https://graph.microsoft.com"
