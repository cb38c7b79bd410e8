"""The unified manifest (JSON), in the package that an administrator uploads.

Source: the app manifest schema of Microsoft 365, version 1.30, and Microsoft Learn, "Office Add-ins with the unified
app manifest for Microsoft 365". The schema does not detect an action without a runtime, but the tests do.
"""

from collections.abc import Iterator
from typing import Any

from budkavle_microsoft_apps import as_json, color_icon, outline_icon, package_of
from budkavle_outlook.manifests import texts
from budkavle_outlook.manifests.addin import GUARD_SET, LEAST_SET, ON_SEND, AddIn

SCHEMA = "https://developer.microsoft.com/json-schemas/teams/v1.30/MicrosoftTeams.schema.json"
LOCALIZATION = "https://developer.microsoft.com/json-schemas/teams/v1.30/MicrosoftTeams.Localization.schema.json"
ACCENT = "#0B5566"
GUARDED = [{"name": "Mailbox", "minVersion": GUARD_SET}]
BUTTONS = (
    ("mailCompose", "encrypt", texts.ENCRYPT, texts.ENCRYPT_TIP, texts.ENCRYPT_EN, texts.ENCRYPT_TIP_EN),
    ("mailRead", "read", texts.OPEN, texts.OPEN_TIP, texts.OPEN_EN, texts.OPEN_TIP_EN),
)
"""Where a button is, its name, and its texts in Swedish and English."""


def package(addin: AddIn) -> bytes:
    """Return the package, a ZIP."""
    return package_of(
        {
            "manifest.json": as_json(manifest(addin)),
            "en.json": as_json(english(addin)),
            "color.png": color_icon(),
            "outline.png": outline_icon(),
        }
    )


def manifest(addin: AddIn) -> dict[str, Any]:
    """Return the manifest: two buttons that open the pane, the guard, and sign-in."""
    app = addin.app
    return {
        "$schema": SCHEMA,
        "manifestVersion": "1.30",
        "version": app.version,
        "id": addin.id,
        "developer": {
            "name": addin.developer[:32],
            "websiteUrl": f"{addin.base}/",
            "privacyUrl": app.privacy_url or addin.about_url,
            "termsOfUseUrl": app.terms_url or addin.about_url,
        },
        "localizationInfo": {
            "defaultLanguageTag": "sv",
            "additionalLanguages": [{"languageTag": "en", "file": "en.json"}],
        },
        "name": {"short": texts.NAME, "full": f"{texts.NAME}, {addin.organisation}"[:100]},
        "description": {"short": texts.TEXT, "full": texts.FULL},
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": ACCENT,
        "validDomains": [addin.host],
        **({"webApplicationInfo": {"id": app.client_id, "resource": addin.resource}} if app.client_id else {}),
        "authorization": {
            "permissions": {"resourceSpecific": [{"name": "MailboxItem.ReadWrite.User", "type": "Delegated"}]}
        },
        "extensions": [_extension(addin)],
    }


def _extension(addin: AddIn) -> dict[str, Any]:
    return {
        "requirements": {"scopes": ["mail"], "capabilities": [{"name": "Mailbox", "minVersion": LEAST_SET}]},
        "runtimes": [
            {
                "id": "pane",
                "type": "general",
                "code": {"page": addin.pane_url},
                "lifetime": "short",
                "actions": [{"id": word, "type": "openPage", "view": word} for _, word, *_ in BUTTONS],
            },
            {
                "id": "guard",
                "type": "general",
                "requirements": {"capabilities": GUARDED},
                "code": {"page": addin.guard_url, "script": addin.guard_script_url},
                "lifetime": "short",
                "actions": [{"id": ON_SEND, "type": "executeFunction"}],
            },
        ],
        "ribbons": [_ribbon(addin, *button[:4]) for button in BUTTONS],
        "autoRunEvents": [
            {
                "requirements": {"scopes": ["mail"], "capabilities": GUARDED},
                # A soft block: if the guard cannot be loaded, the mail is sent.
                "events": [{"type": "messageSending", "actionId": ON_SEND, "options": {"sendMode": "softBlock"}}],
            }
        ],
    }


def _ribbon(addin: AddIn, context: str, word: str, label: str, tip: str) -> dict[str, Any]:
    icons = [{"size": size, "url": addin.icon_url(size)} for size in (16, 32, 80)]
    control = {
        "id": f"{word}Button",
        "type": "button",
        "label": label,
        "icons": icons,
        "supertip": {"title": label, "description": tip},
        "actionId": word,
    }
    group = {"id": f"{word}Group", "label": texts.NAME, "icons": icons, "controls": [control]}
    return {"contexts": [context], "tabs": [{"builtInTabId": "TabDefault", "groups": [group]}]}


def english(addin: AddIn) -> dict[str, str]:
    """Return the English texts of the manifest."""
    return {
        "$schema": LOCALIZATION,
        "name.short": texts.NAME_EN,
        "name.full": f"{texts.NAME_EN}, {addin.organisation}"[:100],
        "description.short": texts.TEXT_EN,
        "description.full": texts.FULL_EN,
        **dict(_english_buttons()),
    }


def _english_buttons() -> Iterator[tuple[str, str]]:
    for number, (_, _, _, _, label, tip) in enumerate(BUTTONS):
        group = f"extensions[0].ribbons[{number}].tabs[0].groups[0]"
        control = f"{group}.controls[0]"
        yield f"{group}.label", texts.NAME_EN
        yield f"{control}.label", label
        yield f"{control}.supertip.title", label
        yield f"{control}.supertip.description", tip
