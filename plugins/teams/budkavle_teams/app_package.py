"""The app package that an administrator uploads to Teams: a manifest, its English texts and two icons.

Source: the app manifest schema of Microsoft 365, version 1.30, and Microsoft Learn, "App manifest for Microsoft 365".
"""

import uuid
from typing import Any
from urllib.parse import urlsplit

from budkavle_microsoft_apps import as_json, color_icon, outline_icon, package_of
from budkavle_teams import texts
from budkavle_teams.deep_links import TAB
from budkavle_teams.settings import TenantSettings

SCHEMA = "https://developer.microsoft.com/json-schemas/teams/v1.30/MicrosoftTeams.schema.json"
LOCALIZATION = "https://developer.microsoft.com/json-schemas/teams/v1.30/MicrosoftTeams.Localization.schema.json"
ACCENT = "#0B5566"
NOTIFY = "TeamsActivity.Send.User"
"""The right to notify people who have the app, and nobody else; granted when the app is installed."""
SEND = "send"
"""The command "Skicka säkert"."""


def package(base_url: str, tenant: TenantSettings, organisation: str) -> bytes:
    """Return the package, a ZIP.

    Args:
        base_url: The URL of the installation.
        tenant: The tenant that it is for.
        organisation: The organisation's name.
    """
    files = {
        "manifest.json": as_json(manifest(base_url, tenant, organisation)),
        "en.json": as_json(english(tenant, organisation)),
        "color.png": color_icon(),
        "outline.png": outline_icon(),
    }
    return package_of(files)


def manifest_id(base_url: str, tenant: TenantSettings) -> str:
    """Return the app's id in the manifest; it is the same for all packages of a tenant, so a new one replaces it."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{base_url.rstrip('/')}{tenant.path}#{tenant.client_id}"))


def manifest(base_url: str, tenant: TenantSettings, organisation: str) -> dict[str, Any]:
    """Return the manifest: a tab with the inbox, Teams' own About tab, activity notices, and sign-in."""
    base, host = base_url.rstrip("/"), urlsplit(base_url).netloc
    about = f"{base}/plugin/teams/about"
    return {
        "$schema": SCHEMA,
        "manifestVersion": "1.30",
        "version": tenant.version,
        "id": manifest_id(base_url, tenant),
        "developer": {
            "name": (tenant.developer or organisation)[:32],
            "websiteUrl": f"{base}/",
            "privacyUrl": tenant.privacy_url or about,
            "termsOfUseUrl": tenant.terms_url or about,
        },
        "localizationInfo": {
            "defaultLanguageTag": "sv",
            "additionalLanguages": [{"languageTag": "en", "file": "en.json"}],
        },
        "name": {"short": texts.SHORT, "full": f"{texts.SHORT}, {organisation}"[:100]},
        "description": {"short": texts.TEXT, "full": texts.FULL},
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": ACCENT,
        "staticTabs": [
            {
                "entityId": TAB,
                "name": texts.TAB,
                "contentUrl": f"{base}{tenant.path}/open",
                "websiteUrl": f"{base}/",
                "scopes": ["personal"],
            },
            {"entityId": "about", "scopes": ["personal"]},
        ],
        "permissions": ["identity"],
        "devicePermissions": ["media"],
        "validDomains": [host],
        "webApplicationInfo": {"id": tenant.client_id, "resource": resource(base_url, tenant)},
        "activities": {"activityTypes": [_activity()]},
        "authorization": {"permissions": {"resourceSpecific": [{"name": NOTIFY, "type": "Application"}]}},
        **({"composeExtensions": [_extension(tenant.bot_id)]} if tenant.bot_id else {}),
        "defaultInstallScope": "personal",
    }


def english(tenant: TenantSettings, organisation: str) -> dict[str, str]:
    """Return the English texts of the manifest."""
    words = {
        "$schema": LOCALIZATION,
        "name.short": texts.SHORT_EN,
        "name.full": f"{texts.SHORT_EN}, {organisation}"[:100],
        "description.short": texts.TEXT_EN,
        "description.full": texts.FULL_EN,
        "staticTabs[0].name": texts.TAB_EN,
        "activities.activityTypes[0].description": texts.ACTIVITY_HELP_EN,
    }
    command = "composeExtensions[0].commands[0]"
    more = {f"{command}.title": texts.SEND_EN, f"{command}.description": texts.SEND_HELP_EN}
    return {**words, **(more if tenant.bot_id else {})}


def resource(base_url: str, tenant: TenantSettings) -> str:
    """Return the app's identifier in Entra ID (Application ID URI)."""
    return f"api://{urlsplit(base_url).netloc}/{tenant.client_id}"


def _activity() -> dict[str, str]:
    return {"type": texts.ACTIVITY, "description": texts.ACTIVITY_HELP, "templateText": texts.ACTIVITY_TEXT}


def _extension(bot_id: str) -> dict[str, Any]:
    """Return the command "Skicka säkert" in the menu of a message; Teams posts the message to the bot's endpoint."""
    command = {
        "id": SEND,
        "type": "action",
        "context": ["message"],
        "title": texts.SEND,
        "description": texts.SEND_HELP,
        "fetchTask": True,
    }
    return {"botId": bot_id, "commands": [command]}
