"""The guard's file for one organisation: rules, texts and handler in one script, since some Outlooks load only one."""

import hmac
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from budkavle import Host, NotFound, Organisation, translations
from budkavle.accounts import organisation_by_slug, read_settings
from budkavle_outlook.guard.guard_settings import GuardSettings
from budkavle_outlook.settings import AppSettings

LAUNCH = Path(__file__).parent / "launch.js"
DECRYPT = LAUNCH.with_name("decrypt.js")
LANGUAGES = ("sv", "en")
TEXTS = {
    "secure": "De här mottagarna kan få ett säkert meddelande: {words}.",
    "offer": "Skicka ett säkert meddelande i stället, eller skicka mejlet ändå.",
    "demand": "Skicka ett säkert meddelande i stället, eller ändra mejlet.",
    "button": "Skicka säkert",
}
"""The texts of the alert; the button has room for 20 characters."""
LONGEST_BUTTON = 20


def code_of(host: Host, organisation_id: UUID) -> str:
    """Return the secret part of the path to an organisation's file, because its word list is not public."""
    return host.vault.subject_hash("outlook-guard", str(organisation_id)).hex()[:32]


def organisation_of(host: Host, app: AppSettings, slug: str, code: str) -> Organisation:
    """Return the organisation for a path of the guard.

    Raises:
        NotFound: There is none, it has no add-in, or the secret part is wrong.
    """
    organisation = organisation_by_slug(host.platform, slug)
    if not app.is_for(slug) or not hmac.compare_digest(code_of(host, organisation.id).encode(), code.encode()):
        raise NotFound("Den filen finns inte.")
    return organisation


def script(host: Host, app: AppSettings, organisation_id: UUID) -> str:
    """Return the file. It contains no personal data, because Outlook fetches it without a session."""
    with host.work(host.system(organisation_id)) as work:
        chosen = read_settings(work, GuardSettings)
    checks = list(_checks(host, organisation_id)) if chosen.on else []
    settings = {
        "on": chosen.on,
        "recipients": chosen.recipients,
        "sendAnyway": chosen.send_anyway,
        "path": app.path,
        "texts": _in_all_languages(host, TEXTS),
    }
    return "\n".join(
        (
            '"use strict";',
            f"const GUARD = {_json(settings)};",
            f"GUARD.checks = [{', '.join(checks)}];",
            LAUNCH.read_text("utf-8"),
            *([DECRYPT.read_text("utf-8")] if app.decrypt else []),
        )
    )


def _checks(host: Host, organisation_id: UUID) -> Iterator[str]:
    for answer in host.platform.plugins.call_hook("outlook_guard", organisation_id=organisation_id):
        check: Mapping[str, Any] = answer.thing
        sentences = _in_all_languages(host, check["sentences"])
        declared = f"(function () {{\n{check['script']}\nreturn guardCheck;\n}})()"
        yield f"{{ sentences: {_json(sentences)}, find: {declared}({_json(check['rules'])}) }}"


def _in_all_languages(host: Host, sentences: Mapping[str, str]) -> dict[str, dict[str, str]]:
    folders = host.platform.plugins.folders("locale")
    return {
        language: {name: translations(language, folders).gettext(text) for name, text in sentences.items()}
        for language in LANGUAGES
    }


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
