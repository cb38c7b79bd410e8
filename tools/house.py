"""Check the project's own rules: folders and packaging, sizes, imports of plugins, forbidden text."""

import gc
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import house_face
import house_migrations
import house_pages
import house_plan
import house_sizes
import house_sources
import house_sql
import house_words

ROOT = Path(__file__).parent.parent
FORBIDDEN = {
    "a machine's path": re.compile(r"/(?:work|root|home/\w+)/"),
    "a registry's host": re.compile(r"pypi\.[o]rg|pythonhosted\.[o]rg|registry\.[n]pmjs|deb\.[d]ebian"),
}
TEXT = {".py", ".md", ".toml", ".txt", ".html", ".css", ".js", ".json", ".xsd", ".po", ".sh", ".yml", ""}


def packaging(project: dict[str, dict[str, dict[str, object]]]) -> list[str]:
    """Return a fault if the wheel's packages, the development folders and the folders on disk differ."""
    build = project["tool"]["hatch"]["build"]
    listed = sorted(build["targets"]["wheel"]["packages"])  # type: ignore[index,call-overload]
    yards = sorted(build["dev-mode-dirs"])  # type: ignore[call-overload]
    folders = [name_of(path) for path in packages()]
    faults = []
    if listed != folders:
        faults.append(f"wheel packages {listed} are not the folders {folders}")
    if yards != sorted({str(Path(name).parent) for name in listed}):
        faults.append(f"dev-mode-dirs {yards} are not the yards of {listed}")
    return faults


def packages() -> list[Path]:
    """Return the folders that are imported: the core's and each plugin's."""
    pattern = ("core/*", "addressbook/*", "identity_tokens/*", "microsoft_apps/*", "schemas/*", "plugins/*/*")
    return sorted(path.parent for glob in pattern for path in ROOT.glob(f"{glob}/__init__.py"))


def page_files() -> list[Path]:
    """Return our own styles, scripts and templates, according to git."""
    return [
        path for path in tracked() if path.suffix in house_pages.SUFFIXES and not path.is_relative_to(ROOT / "tests")
    ]


def plugin_files() -> list[Path]:
    """Return the modules of the built-in plugins."""
    return sorted(path for yard in ("plugins", "addressbook") for path in (ROOT / yard).rglob("*.py"))


def forbidden_words() -> list[str]:
    """Return a fault for each file of the project that contains a machine's path or a registry's host."""
    faults = []
    for path in tracked():
        if path.suffix not in TEXT:
            continue
        text = path.read_text("utf-8", errors="replace")
        faults += [f"{name_of(path)}: {what}" for what, pattern in FORBIDDEN.items() if pattern.search(text)]
    return faults


def tracked() -> list[Path]:
    """Return the files that git has or would add."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


def name_of(path: Path) -> str:
    """Return the name of a file in a fault."""
    return path.relative_to(ROOT).as_posix()


def main() -> int:
    """Print the faults, and return 1 if there are any."""
    gc.disable()  # it would repeatedly go through all trees, which are kept to the end
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    for line in house_sizes.report(packages()):
        print(line)
    faults = [
        *packaging(project),
        *house_sizes.too_long([*packages(), ROOT / "tests", ROOT / "tools"], ROOT),
        *house_pages.long_lines(page_files(), ROOT),
        *house_pages.colours(page_files(), ROOT),
        *house_plan.plan(packages()),
        *house_face.imports(plugin_files(), ROOT),
        *house_face.too_many(ROOT),
        *house_sql.sql_of_plugins(ROOT),
        *house_migrations.contracting(ROOT),
        *house_sources.other_sources(ROOT / "core" / "budkavle"),
        *house_words.plugins_in_core(ROOT / "core" / "budkavle"),
        *forbidden_words(),
    ]
    for fault in faults:
        print(f"house: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
