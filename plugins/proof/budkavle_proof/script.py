"""The program that verifies proofs, as the single file that is handed out: its modules, one after the other."""

import re
from pathlib import Path
from typing import Final

_OWN: Final = re.compile(r"^from budkavle_proof\.\w+ import .*\n", re.MULTILINE)
PARTS: Final = tuple(Path(__file__).with_name(f"{one}.py") for one in ("receipt_signature", "telling", "verify_proof"))
"""Each imports only from those before it; the last one is the program and says what it is for."""


def source() -> str:
    """Return the program: where it first imports a module of its own, all of them stand instead, word for word."""
    *parts, program = (_OWN.split(one.read_text("utf-8")) for one in PARTS)
    before, *after = program
    whole = [before, *("".join(part) for part in parts), "".join(after)]
    return "\n\n\n".join(one.strip("\n") for one in whole) + "\n"
