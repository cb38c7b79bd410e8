"""Office documents as PDF, by LibreOffice if it is installed: in a child that reaches only its own folder.

LibreOffice is large and parses untrusted data, so the child is sandboxed before it starts: it reads the machine's
programs and fonts, writes into a folder in memory that is removed afterwards, and reaches no network. If the kernel
cannot do that, office documents are not opened.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from budkavle.model.errors import Invalid, TooLarge
from budkavle.plugins import closed_child
from budkavle.plugins.bounded_process import Bounds, bounded

BOUNDS: Final = Bounds(cpu=20, wall=40, memory=1_000_000_000)
SECONDS: Final = 35
SHARED_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
FILTERS: Final[Mapping[str, str]] = {
    "doc": "MS Word 97",
    "docx": "MS Word 2007 XML",
    "odt": "writer8",
    "rtf": "Rich Text Format",
    "xls": "MS Excel 97",
    "xlsx": "Calc MS Excel 2007 XML",
    "ods": "calc8",
    "ppt": "MS PowerPoint 97",
    "pptx": "Impress MS PowerPoint 2007 XML",
    "odp": "impress8",
}
"""LibreOffice's import filter for each ending: by default it takes a damaged file for a text, and shows its bytes."""
MISSING: Final = "Word-, Excel- och PowerPointfiler kan inte förhandsvisas här. Ladda ner filen för att öppna den."
UNREADABLE: Final = (
    "Filen går inte att förhandsvisa: den är skadad eller låst med lösenord. Ladda ner den för att öppna den."
)
_BEGINNINGS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"{\\rtf")
_READ: Final = (
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    "/etc/fonts",
    "/etc/libreoffice",
    "/var/lib/libreoffice",
    "/var/spool/libreoffice",
    "/etc/ld.so.cache",
    "/var/cache/fontconfig",
)
"""The paths that LibreOffice needs. Of /etc only these: settings with secrets may be next to them."""
_DEVICES: Final = ("/dev/null", "/dev/urandom", "/dev/zero")
_RULES: Final = """<?xml version="1.0"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="BlockUntrustedRefererLinks"><value>true</value></prop>
<prop oor:name="DisableMacrosExecution"><value>true</value></prop>
</item></oor:items>"""
"""LibreOffice's settings: a document fetches nothing from elsewhere, and runs nothing by itself."""


def is_office(name: str, content: bytes) -> bool:
    """Tell whether a file is an office document by its name and its first bytes."""
    return name.lower().rpartition(".")[2] in FILTERS and content.startswith(_BEGINNINGS)


def office_pdf(name: str, content: bytes) -> bytes:
    """Return an office document as PDF.

    Raises:
        Invalid: LibreOffice is not installed, cannot be sandboxed, or does not open the document; the sentence says so.
        TooLarge: It would have exceeded the limits.
        Temporary: Too many documents are being opened just now.
    """
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None or not SHARED_MEMORY.is_dir() or not closed_child.can_fence():
        raise Invalid(MISSING)
    with tempfile.TemporaryDirectory(prefix="budkavle-preview-", dir=SHARED_MEMORY) as folder:
        ending = name.lower().rpartition(".")[2]
        try:
            return bounded(convert, content, ending, folder, program, bounds=BOUNDS)
        except TooLarge:
            raise
        except Invalid as error:
            raise Invalid(MISSING if error.message == MISSING else UNREADABLE) from error


def convert(content: bytes, ending: str, folder: str, program: str) -> bytes:
    """Convert a document; the child's part.

    Args:
        content: The document.
        ending: The ending of its name.
        folder: An empty folder, the only one that may be written to.
        program: The path of LibreOffice.

    Raises:
        Invalid: It produced no PDF.
    """
    room = Path(folder)
    source, rules = room / f"document.{ending}", room / "profile/user/registrymodifications.xcu"
    source.write_bytes(content)
    rules.parent.mkdir(parents=True)
    rules.write_text(_RULES)
    home = Path(program).resolve().parents[1]
    reads = [path for path in map(Path, (*_READ, str(home))) if path.exists()]
    try:
        closed_child.own_temporary_folder(room)
        closed_child.fence_in(reads, [room, *(path for path in map(Path, _DEVICES) if path.exists())])
    except OSError as error:
        raise Invalid(MISSING) from error
    profile = f"-env:UserInstallation={(room / 'profile').as_uri()}"
    command = [program, profile, "--headless", "--norestore", f"--infilter={FILTERS[ending]}"]
    command += ["--convert-to", "pdf", "--outdir", folder, str(source)]
    surroundings = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": folder,
        "TMPDIR": folder,
        "LANG": "C.UTF-8",
    }
    nowhere = subprocess.DEVNULL
    subprocess.run(  # noqa: S603 - the program is found, the names are ours
        command,
        stdin=nowhere,
        stdout=nowhere,
        stderr=nowhere,
        timeout=SECONDS,
        check=True,
        env=surroundings,
        cwd=folder,
    )
    made = room / "document.pdf"
    if not made.is_file():
        raise Invalid(UNREADABLE)
    return made.read_bytes()
