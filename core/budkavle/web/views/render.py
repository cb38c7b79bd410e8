"""Rendering templates in the reader's language."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from litestar import Response
from litestar.status_codes import HTTP_422_UNPROCESSABLE_ENTITY
from markupsafe import Markup

from budkavle import i18n
from budkavle.model.errors import Misconfigured
from budkavle.model.input_rules.swedish_numbers import spaced_number
from budkavle.model.times import day, minute, moment, spoken, when
from budkavle.storage.platform import Platform
from budkavle.web.compiled_templates import CompiledTemplates
from budkavle.web.http.embedding import look_of
from budkavle.web.http.forms import WebRequest
from budkavle.web.http.static_files import StaticFiles
from budkavle.web.views.markdown import markdown

HERE = Path(__file__).parents[1]
_Folders: TypeAlias = tuple[tuple[str, Path], ...]
"""Plugins' names, each with a folder of the plugin."""
MARKS, MARK_TYPES, MOST_MARK_BYTES = "marks/", frozenset({".svg", ".png", ".webp"}), 100_000
"""The URL prefix of the installation's own logos for identification methods, their file types and largest size."""
LANGUAGES = {"sv": "Svenska", "en": "English"}


_COMPILED = CompiledTemplates(compiler=Path(__file__).read_bytes())


@dataclass(frozen=True, slots=True)
class Pages:
    """The environments of both languages and the static files; one for each process."""

    environments: Mapping[str, Environment]
    static: StaticFiles

    @classmethod
    def of(cls, platform: Platform) -> "Pages":
        """Find the templates and static files of the core and of the enabled plugins."""
        kinds = ("static", "templates", "locale")
        folders = (tuple(platform.plugins.folders(kind).items()) for kind in kinds)
        return _pages(*folders, read_marks(platform.settings.marks))

    def text(self, template: str, context: Mapping[str, Any], language: str) -> str:
        """Render a template."""
        return self.environments[language].get_template(template).render(context)

    def page(
        self, request: WebRequest, template: str, context: Mapping[str, Any], language: str, status: int = 200
    ) -> Response[str]:
        """Answer with a rendered template."""
        state = request.scope["state"]
        values = {"lang": language, "nonce": state["nonce"], **look_of(request)}
        whole = {**values, "faulty": status == HTTP_422_UNPROCESSABLE_ENTITY, **context}
        return Response(
            self.text(template, whole, language),
            status_code=status,
            media_type="text/html",
            headers={"vary": "HX-Request, Cookie", "content-language": language},
        )


@lru_cache(maxsize=8)
def _pages(
    static_folders: _Folders, template_folders: _Folders, locale_folders: _Folders, marks: tuple[Path, ...]
) -> Pages:
    """Return the pages of the core and these plugins; cached, since tests have several applications in a process."""
    mark_folder = {MARKS: marks[0].parent} if marks else {}
    static = StaticFiles(
        {"": HERE / "static", **mark_folder, **{f"plugin/{name}/": folder for name, folder in static_folders}},
    )
    urls = {mark.stem: static.url(f"{MARKS}{mark.name}") for mark in marks}
    loader = ChoiceLoader(
        [
            FileSystemLoader(HERE / "templates"),
            PrefixLoader({name: FileSystemLoader(folder) for name, folder in template_folders}),
        ]
    )
    locales = dict(locale_folders)
    environments = {lang: _environment(locales, loader, static, lang) for lang in LANGUAGES}
    for environment in environments.values():
        environment.globals["mark_url"] = lambda *names: next((urls[name] for name in names if name in urls), "")
    return Pages(environments, static)


def read_marks(folder: Path | None) -> tuple[Path, ...]:
    """Return the installation's own logos for identification methods.

    Raises:
        Misconfigured: The folder is missing, or has a file that is not an image or is too large.
    """
    if folder is None:
        return ()
    if not folder.is_dir():
        raise Misconfigured("Mappen {folder} finns inte. Rätta marks i inställningarna.", folder=folder)
    files = tuple(sorted(folder.iterdir()))
    for file in files:
        if file.suffix not in MARK_TYPES or not file.is_file() or file.stat().st_size > MOST_MARK_BYTES:
            sentence = "{file} kan inte vara ett märke: det ska vara en fil av typen SVG, PNG eller WebP, högst 100 kB."
            raise Misconfigured(sentence, file=file)
    return files


def _environment(locales: Mapping[str, Path], loader: ChoiceLoader, static: StaticFiles, language: str) -> Environment:
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        bytecode_cache=_COMPILED,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    translations = i18n.translations(language, locales)
    environment.install_gettext_translations(  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue]
        translations, newstyle=True
    )
    # Jinja's own `gettext` needs a template's context, and does not support a `Sentence` with facts.
    environment.globals["translate"] = lambda sentence, /, **facts: i18n.say(sentence, translations, **facts)
    environment.globals["static"] = static.url
    environment.filters |= {
        "markdown": lambda text: markdown(text, translations.gettext),
        "when": lambda at: when(at, language),
        "spoken": lambda at: spoken(at, language),
        "minute": lambda at: minute(at, language),
        "moment": lambda at: moment(at, language),
        "day": lambda at: day(at, language),
        "size": lambda count: size(count, language),
        "grouped": lambda count: grouped(count, language),
        "initials": initials,
        "address": breakable,
        "phone": lambda number: spaced_number(number),  # noqa: PLW0108 - the others say what type the values have
    }
    return environment


def breakable(address: str) -> Markup:
    """Return an e-mail address that a narrow column breaks before `@` or a point, rather than within a word."""
    return Markup("<wbr>").join(re.split(r"(?=[@.])", address))


def size(count: int, language: str = "sv") -> str:
    """Return a number of bytes as text: kB, MB and GB are powers of 1000, as usual for files."""
    if count < 1000:
        return f"{count} B"
    if count < 1_000_000:
        return f"{round(count / 1000)} kB"
    divisor, unit = (1_000_000, "MB") if count < 1_000_000_000 else (1_000_000_000, "GB")
    number = f"{count / divisor:.1f}".removesuffix(".0")
    return f"{number.replace('.', ',') if language == 'sv' else number} {unit}"


def grouped(count: int, language: str = "sv") -> str:
    """Return a count with a thousands separator: a no-break space in Swedish, a comma in English."""
    return f"{count:,}".replace(",", "\u00a0") if language == "sv" else f"{count:,}"


def initials(name: str) -> str:
    """Return up to two initials for the avatar."""
    parts = [part for part in name.split() if part[:1].isalpha()]
    return "".join(part[0] for part in (parts[:1] + parts[-1:] if len(parts) > 1 else parts)).upper() or "–"
