"""The program that verifies proofs, as the single file that is handed out: two modules, one after the other."""

from pathlib import Path
from typing import Final

from budkavle_proof import receipt_signature, verify_proof

_JOINT: Final = "from budkavle_proof.receipt_signature import "


def source() -> str:
    """Return the program: where it imports what judges XML signatures, that module stands instead, word for word."""
    before, _, after = Path(verify_proof.__file__).read_text("utf-8").partition(_JOINT)
    own = Path(receipt_signature.__file__).read_text("utf-8")
    return f"{before}{own}\n\n{after.partition(chr(10))[2].lstrip()}"
