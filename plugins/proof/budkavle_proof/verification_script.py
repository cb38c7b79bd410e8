"""The program that verifies proofs, as a single file to distribute: its modules, one after the other."""

import re
from pathlib import Path
from typing import Final

_OWN_IMPORT: Final = re.compile(r"^from budkavle_proof\.\w+ import .*\n", re.MULTILINE)
PARTS: Final = tuple(
    Path(__file__).with_name(f"{module}.py")
    for module in ("receipt_signature", "evidence_events", "time_stamps", "report", "disposal_protocol", "verify_proof")
)
"""Each imports only from those before it. The last one is the program and documents its purpose."""


def source() -> str:
    """Return the program. The first import of its own modules is replaced by all of them, word for word."""
    *libraries, program = (_OWN_IMPORT.split(path.read_text("utf-8")) for path in PARTS)
    before, *after = program
    sections = [before, *("".join(library) for library in libraries), "".join(after)]
    return "\n\n\n".join(section.strip("\n") for section in sections) + "\n"
