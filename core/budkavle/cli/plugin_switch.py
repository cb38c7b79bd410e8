"""`budkavle plugin enable|disable`: switches a plugin on or off in the settings file."""

import json
import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import click

from budkavle.cli.installation import Installation
from budkavle.cli.tell import say
from budkavle.model.errors import Misconfigured
from budkavle.plugins import loader
from budkavle.settings import load_settings, settings_file

_TABLE = re.compile(r"(?m)^\s*\[")
BY_HAND = "{path} går inte att ändra härifrån. Skriv själv: {line}"


@click.command(help="Sätt på ett tillägg i inställningsfilen.")
@click.argument("name")
@click.pass_obj
def enable(installation: Installation, name: str) -> None:
    """Switch a plugin on."""
    offers = loader.installed()
    if name not in offers:
        _refuse_unknown(name)
    _switch(installation, name, is_on=True)
    say("Tillägget {name} är på. Kör budkavle migrate och starta om Budkavle.", name=name)


@click.command(help="Stäng av ett tillägg i inställningsfilen.")
@click.argument("name")
@click.pass_obj
def disable(installation: Installation, name: str) -> None:
    """Switch a plugin off; its tables and messages stay."""
    if name not in loader.installed() and name not in installation.settings.enabled:
        _refuse_unknown(name)
    _switch(installation, name, is_on=False)
    say("Tillägget {name} är av. Starta om Budkavle.", name=name)


def _refuse_unknown(name: str) -> None:
    names = ", ".join(sorted(loader.installed())) or "–"
    raise Misconfigured("Tillägget {name} är inte installerat. Installerade tillägg: {known}.", name=name, known=names)


def _switch(installation: Installation, name: str, *, is_on: bool) -> None:
    file = settings_file(installation.path)
    text = file.read_text("utf-8") if file.exists() else ""
    is_default = any(offer.on_by_default for offer in loader.installed().get(name, ()))
    lists = switched(tomllib.loads(text), name, is_on=is_on, is_default=is_default)
    for key, names in lists.items():
        text = with_names(text, key, names, file)
    _write(file, text)
    if (name in loader.names_on(load_settings(file), loader.installed())) is not is_on:
        sentence = "{path} är ändrad, men miljövariablerna BUDKAVLE__ENABLED och BUDKAVLE__DISABLED säger något annat."
        raise Misconfigured(sentence, path=str(file))


def switched(values: dict[str, Any], name: str, *, is_on: bool, is_default: bool) -> dict[str, list[str]]:
    """Return those of the lists `enabled` and `disabled` that must change, with their new values.

    Args:
        values: The settings in the file.
        name: The plugin's name.
        is_on: Whether it should be on.
        is_default: Whether it is on if the settings do not name it.
    """
    old = {key: list(values.get(key, [])) for key in ("enabled", "disabled")}
    new = {key: [other for other in names if other != name] for key, names in old.items()}
    if is_on and name in old["enabled"]:
        new["enabled"] = old["enabled"]
    elif is_on and not is_default:
        new["enabled"].append(name)
    elif not is_on and is_default:
        new["disabled"].append(name)
    return {key: new[key] for key in new if new[key] != old[key]}


def with_names(text: str, key: str, names: list[str], file: Path) -> str:
    """Return the text of a settings file with another list of names, and otherwise unchanged.

    Args:
        text: The file's text.
        key: `enabled` or `disabled`.
        names: The names.
        file: The file, for the error's sentence.

    Raises:
        Misconfigured: The list is written in a way that cannot be changed without losing something.
    """
    line = f"{key} = {json.dumps(names, ensure_ascii=False)}"
    expected = {**tomllib.loads(text), key: names}
    changed = _replaced(text, key, line)
    if changed is None or tomllib.loads(changed) != expected:
        raise Misconfigured(BY_HAND, path=str(file), line=line)
    return changed


def _replaced(text: str, key: str, line: str) -> str | None:
    """Return the text with the line instead of the key's list, or at the beginning if the key is absent."""
    match = re.search(rf"(?m)^{key}[ \t]*=[ \t]*\[", text)
    table = _TABLE.search(text)
    if match is None or (table and table.start() < match.start()):
        return f"{line}\n{text}"
    for end in (bracket.end() for bracket in re.finditer(r"\]", text[match.end() :])):
        old = text[match.start() : match.end() + end]
        try:
            tomllib.loads(old)
        except tomllib.TOMLDecodeError:
            continue
        return None if "#" in old else text.replace(old, line, 1)  # comments between the names would be lost
    return None


def _write(file: Path, text: str) -> None:
    file = file.resolve()
    new = file.with_name(f"{file.name}.new")
    new.write_text(text, "utf-8")
    if file.exists():
        shutil.copymode(file, new)
    new.replace(file)
