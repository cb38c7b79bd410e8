"""Printing: one line for an error, a table for people, JSON for programs; in the terminal's language."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from gettext import NullTranslations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from budkavle.model.errors import BudkavleError


def words() -> NullTranslations:
    """Return the translations into the terminal's language; nothing is read if it is Swedish."""
    from budkavle.i18n import language_of_terminal

    return _words_of(language_of_terminal())


@cache
def _words_of(language: str) -> NullTranslations:
    from budkavle.i18n import translations

    return translations(language, _plugins_folders)


_plugins_folders: dict[str, Path] = {}


def learn(folders: Mapping[str, Path]) -> None:
    """Also use the plugins' translations from now on, from these folders."""
    _plugins_folders.update(folders)
    _words_of.cache_clear()


def say(sentence: str, /, **values: object) -> None:
    """Print a sentence."""
    click.echo(translate(sentence, **values))


def translate(sentence: str, /, **values: object) -> str:
    """Translate a Swedish sentence into the terminal's language, for a plugin's command to print.

    Args:
        sentence: The Swedish sentence, with `{name}` for each value, or a `Sentence` that has its values.
        values: The values by name.

    Returns:
        The sentence in the terminal's language, or in Swedish if there is no translation.

    Example:
        click.echo(translate("{name} är borttagen.", name=client.name))
    """
    from budkavle.i18n import say as sentence_in

    return sentence_in(sentence, words(), **values)


def fail(error: "BudkavleError") -> None:
    """Print an error as one line on stderr."""
    from budkavle.i18n import say as sentence_of

    click.secho(f"{words().gettext('Fel')}: {sentence_of(error, words())}", fg="red", err=True)
    for name, sentence in error.fields.items():
        click.echo(f"  {name}: {sentence_of(sentence, words())}", err=True)


def as_json(value: object) -> None:
    """Print a value for a program."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows for people."""
    from rich.console import Console
    from rich.table import Table

    shown = Table(*(words().gettext(heading) for heading in headings), box=None, pad_edge=False, header_style="bold")
    for row in rows:
        shown.add_row(*row)
    Console(file=sys.stdout, markup=False, emoji=False).print(shown)


def speak(command: click.Command) -> click.Command:
    """Translate the help of a command and of its subcommands."""
    translated = words().gettext
    command.help = translated(command.help) if command.help else None
    for option in command.params:
        _speak_option(option, translated)
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            speak(inner)
    return command


def _speak_option(option: click.Parameter, translated: Any) -> None:
    if isinstance(option, click.Option) and option.help:
        option.help = translated(option.help)
