"""Hold the house together: the folders and the packaging lists, the size of the core, what may not stand in a file."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
CORE_LIMIT = 5_000
FACES = {"web", "api", "cli", "testing", "host.py", "static", "templates", "locale", "migrations"}
FORBIDDEN = {
    "a machine's path": re.compile(r"/(?:work|root|home/\w+)/"),
    "a registry's host": re.compile(r"pypi\.o" r"rg|pythonhosted\.o" r"rg|registry\.n" r"pmjs|deb\.d" r"ebian"),
}
TEXT = {".py", ".md", ".toml", ".txt", ".html", ".css", ".js", ".json", ".xsd", ".po", ".sh", ".yml", ""}


def packaging(project: dict[str, dict[str, dict[str, object]]]) -> list[str]:
    """The wheel's packages, the development folders and the folders on disk are the same."""
    build = project["tool"]["hatch"]["build"]
    packages = sorted(build["targets"]["wheel"]["packages"])  # type: ignore[index,call-overload]
    yards = sorted(build["dev-mode-dirs"])  # type: ignore[call-overload]
    pattern = ("core/*", "addressbook/*", "schemas/*", "plugins/*/*")
    found = sorted(
        str(p.parent.relative_to(ROOT)) for glob in pattern for p in ROOT.glob(f"{glob}/__init__.py") if p.is_file()
    )
    faults = []
    if packages != found:
        faults.append(f"wheel packages {packages} are not the folders {found}")
    if yards != sorted({str(Path(p).parent) for p in packages}):
        faults.append(f"dev-mode-dirs {yards} are not the yards of {packages}")
    return faults


def size_of_core() -> list[str]:
    """The floors below the faces together stay small."""
    core = ROOT / "core" / "budkavle"
    files = [p for p in core.rglob("*.py") if not FACES & set(p.relative_to(core).parts)]
    lines = sum(len(p.read_text("utf-8").splitlines()) for p in files)
    print(f"the core below its faces: {lines} lines in {len(files)} files (at most {CORE_LIMIT})")
    return [f"the core has {lines} lines, more than {CORE_LIMIT}"] if lines > CORE_LIMIT else []


def forbidden_words() -> list[str]:
    """No path of a machine and no registry's host stands in a file of the project."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    faults = []
    for name in filter(None, names.split("\0")):
        path = ROOT / name
        if path.suffix not in TEXT or not path.is_file():
            continue
        text = path.read_text("utf-8", errors="replace")
        faults += [f"{name}: {what}" for what, pattern in FORBIDDEN.items() if pattern.search(text)]
    return faults


def main() -> int:
    """Print what does not hold; 1 when anything does not."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    faults = [*packaging(project), *size_of_core(), *forbidden_words()]
    for fault in faults:
        print(f"house: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
