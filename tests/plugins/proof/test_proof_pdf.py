"""The proof as PDF: it shows the standard's names, and the program verifies the file in it (feature ZR6)."""

import io
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pikepdf
import pypdf
import pytest
from tests.conftest import PdfAFaults

from budkavle import DeliveryState
from budkavle_proof.proof_pdf import typeset_proof
from budkavle_proof.verification_script import source
from budkavle_proof.verify_proof import verify


@pytest.fixture
def content(proofs: Any) -> bytes:
    """A proof of a message that was opened, as its file."""
    message = proofs.send()
    proofs.answer(DeliveryState.ACKNOWLEDGED)
    proofs.open()
    proof: bytes = proofs.proof(message)
    return proof


def made(content: bytes, language: str = "sv") -> bytes:
    return typeset_proof(content, str, language)


def words_of(pdf: bytes) -> str:
    """Return what the pages say."""
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


@pytest.mark.feature("ZR6")
def test_it_is_pdf_a_with_the_file_in_it(content: bytes) -> None:
    """PDF/A-3a by its own words, tagged, with one attachment that is the signed file byte for byte."""
    with pikepdf.open(io.BytesIO(made(content))) as pdf:
        with pdf.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "A")
        assert {name: file.get_file().read_bytes() for name, file in pdf.attachments.items()} == {
            "delivery-proof.json": content
        }
        assert pdf.Root.MarkInfo.Marked
    assert made(content) == made(content)


@pytest.mark.feature("ZR6")
def test_a_validator_finds_it_to_be_3a(content: bytes, pdf_a_faults: PdfAFaults) -> None:
    """The languages differ in nothing but words."""
    assert pdf_a_faults(made(content), "3a") == []


@pytest.mark.feature("ZR6")
@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_pages_have_the_names_of_the_standard(content: bytes, language: str) -> None:
    """Each step with its time, in words of the language and by its name; nothing of the content."""
    shown = words_of(made(content, language))
    step = "Opened by the recipient" if language == "en" else "Öppnat av mottagaren"
    for word in ("SubmissionAcceptance", "ContentConsignment", "ContentHandover", step):
        assert word in shown
    assert "Sekretess" not in shown
    assert "bilaga" not in shown


@pytest.mark.feature("ZR6")
def test_the_program_verifies_the_file_in_it(content: bytes, tmp_path: Path) -> None:
    """As it does the file, also as the single program; it says that the pages are not judged."""
    file, program = tmp_path / "proof.pdf", tmp_path / "verify.py"
    file.write_bytes(made(content))
    program.write_text(source(), "utf-8")
    report, proof = verify(file.read_bytes())
    assert report.genuine
    assert proof["statement"] == verify(content)[1]["statement"]
    assert any("sidor" in swedish for swedish, _ in report.unproven)
    assert not any("sidor" in swedish for swedish, _ in verify(content)[0].unproven)
    assert subprocess.run([sys.executable, program, file], check=False, capture_output=True).returncode == 0


@pytest.mark.feature("ZR6")
def test_an_altered_one_is_found(content: bytes) -> None:
    """Another file in it, none, two, or a broken one."""
    pdf = made(content)
    other = made(content.replace(b"ACKNOWLEDGED", b"REJECTED"))
    begin = pdf.index(b"stream", pdf.index(b"/EmbeddedFile")) + 7
    flipped = pdf[:begin] + bytes([pdf[begin] ^ 0xFF]) + pdf[begin + 1 :]
    hidden = pdf + b"<</Type/EmbeddedFile>>\nstream\n" + zlib.compress(content)
    assert other != pdf
    for wrong in (other, flipped, hidden, pdf.replace(b"/EmbeddedFile", b"/EmbeddedFilf"), pdf[: begin + 40], b"%PDF-"):
        assert verify(wrong)[0].broken, len(wrong)
