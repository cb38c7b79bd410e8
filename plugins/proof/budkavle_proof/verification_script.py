"""The program that verifies proofs, as the single file that is handed out: its modules, one after the other."""

import re
from pathlib import Path
from typing import Final

_OWN_IMPORT: Final = re.compile(r"^from budkavle_proof\.\w+ import .*\n", re.MULTILINE)
PARTS: Final = tuple(
    Path(__file__).with_name(f"{module}.py")
    for module in ("receipt_signature", "evidence_events", "time_stamps", "report", "disposal_protocol", "verify_proof")
)
"""Each imports only from those before it; the last one is the program and says what it is for."""


def source() -> str:
    """Return the program: where it first imports a module of its own, all of them stand instead, word for word."""
    *libraries, program = (_OWN_IMPORT.split(path.read_text("utf-8")) for path in PARTS)
    before, *after = program
    sections = [before, *("".join(library) for library in libraries), "".join(after)]
    return "\n\n\n".join(section.strip("\n") for section in sections) + "\n"
