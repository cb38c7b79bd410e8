"""The manifest, with which a browser installs us as an app (Web Application Manifest, W3C; Web Share Target)."""

from collections.abc import Callable
from typing import Any

NAME = "Budkavle"
PATH = "/plugin/phone"
BACKGROUND, THEME = "#f6f4ef", "#0b5566"
SHARED = ["image/*", "application/pdf", ".pdf"]
"""File types for which the phone's share sheet lists us."""


def manifest(say: Callable[[str], str], static: Callable[[str], str], language: str) -> dict[str, Any]:
    """Return the manifest in one language.

    Args:
        say: Translates a sentence.
        static: Returns the URL of a static file.
        language: `sv` or `en`.
    """
    icons = [
        {"src": static(f"plugin/phone/{name}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for name, size, purpose in (
            ("icon-192", 192, "any"),
            ("icon-512", 512, "any"),
            ("maskable-512", 512, "maskable"),
        )
    ]
    return {
        "id": "/",
        "name": NAME,
        "short_name": NAME,
        "description": say("Säkra meddelanden för din organisation."),
        "lang": language,
        "dir": "ltr",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": BACKGROUND,
        "theme_color": THEME,
        "categories": ["business", "productivity"],
        "icons": icons,
        "shortcuts": [
            {"name": say("Skanna"), "url": f"{PATH}/scan", "icons": icons[:1]},
            {"name": say("Sök"), "url": "/search", "icons": icons[:1]},
        ],
        "share_target": {
            "action": f"{PATH}/share",
            "method": "POST",
            "enctype": "multipart/form-data",
            "params": {
                "title": "title",
                "text": "text",
                "url": "url",
                "files": [{"name": "files", "accept": SHARED}],
            },
        },
    }
