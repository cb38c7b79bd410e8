"""The app package that an administrator uploads to Teams: a manifest, its English words and two pictures.

Source: the app manifest schema of Microsoft 365, version 1.30, and Microsoft Learn, "App manifest for Microsoft 365".
"""

import uuid
from typing import Any
from urllib.parse import urlsplit

from budkavle_microsoft_apps import as_json, color_icon, outline_icon, package_of
from budkavle_teams.settings import TenantSettings
from budkavle_teams.texts import FULL, FULL_EN, SHORT, SHORT_EN, TAB, TAB_EN, TEXT, TEXT_EN

SCHEMA = "https://developer.microsoft.com/json-schemas/teams/v1.30/MicrosoftTeams.schema.json"
LOCALIZATION = "https://developer.microsoft.com/json-schemas/teams/v1.30/MicrosoftTeams.Localization.schema.json"
ACCENT = "#0B5566"


def package(base_url: str, tenant: TenantSettings, organisation: str) -> bytes:
    """Return the package, a ZIP.

    Args:
        base_url: Where our pages are.
        tenant: The tenant that it is for.
        organisation: Whose it is.
    """
    files = {
        "manifest.json": as_json(manifest(base_url, tenant, organisation)),
        "en.json": as_json(english(organisation)),
        "color.png": color_icon(),
        "outline.png": outline_icon(),
    }
    return package_of(files)


def manifest(base_url: str, tenant: TenantSettings, organisation: str) -> dict[str, Any]:
    """Return the manifest: one tab with the inbox, Teams' own tab about the app, and who may sign in."""
    base, host = base_url.rstrip("/"), urlsplit(base_url).netloc
    about = f"{base}/plugin/teams/about"
    return {
        "$schema": SCHEMA,
        "manifestVersion": "1.30",
        "version": tenant.version,
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{base}{tenant.path}#{tenant.client_id}")),
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
        "name": {"short": SHORT, "full": f"{SHORT}, {organisation}"[:100]},
        "description": {"short": TEXT, "full": FULL},
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": ACCENT,
        "staticTabs": [
            {
                "entityId": "messages",
                "name": TAB,
                "contentUrl": f"{base}{tenant.path}/open",
                "websiteUrl": f"{base}/",
                "scopes": ["personal"],
            },
            {"entityId": "about", "scopes": ["personal"]},
        ],
        "permissions": ["identity"],
        "validDomains": [host],
        "webApplicationInfo": {"id": tenant.client_id, "resource": resource(base_url, tenant)},
        "defaultInstallScope": "personal",
    }


def english(organisation: str) -> dict[str, str]:
    """Return the manifest's words in English."""
    return {
        "$schema": LOCALIZATION,
        "name.short": SHORT_EN,
        "name.full": f"{SHORT_EN}, {organisation}"[:100],
        "description.short": TEXT_EN,
        "description.full": FULL_EN,
        "staticTabs[0].name": TAB_EN,
    }


def resource(base_url: str, tenant: TenantSettings) -> str:
    """Return the app's address in Entra ID (Application ID URI)."""
    return f"api://{urlsplit(base_url).netloc}/{tenant.client_id}"
