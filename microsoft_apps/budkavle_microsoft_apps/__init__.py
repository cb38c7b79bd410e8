"""The common parts of apps for Microsoft 365: the plugins of Teams and of Outlook use it, and meetings for Graph.

Such an app shows our pages in its own frame. It is registered in Microsoft Entra ID, gets a token for the signed-in
user, opens a window when more is needed, and is installed from a package that an administrator uploads. This package
has no texts for people and no templates: they belong to each plugin.
"""

from budkavle_microsoft_apps.app_package import as_json, package_of
from budkavle_microsoft_apps.graph import GraphAnswer, GraphApp, GraphClient, GraphSilent, TokenDenied
from budkavle_microsoft_apps.icons import color_icon, outline_icon
from budkavle_microsoft_apps.pages import AppPages, FramedApp
from budkavle_microsoft_apps.provider import AppProvider, AppWay
from budkavle_microsoft_apps.token_browsers import TokenBrowserTable, token_table

__all__ = [
    "AppPages",
    "AppProvider",
    "AppWay",
    "FramedApp",
    "GraphAnswer",
    "GraphApp",
    "GraphClient",
    "GraphSilent",
    "TokenBrowserTable",
    "TokenDenied",
    "as_json",
    "color_icon",
    "outline_icon",
    "package_of",
    "token_table",
]
