"""A file whose signature lies beside it keeps every byte; the writer reads so, or that the signature fits no more."""

from uuid import UUID

import pytest
from tests.core.cases.file_metadata import pdfs, pictures
from tests.core.cases.file_metadata.pictures import SECRET

from budkavle.cases import attachments
from budkavle.cases.owned import file_metadata_choice
from budkavle.cases.owned.detached_signatures import signs
from budkavle.model.people import Actor, GuestActor
from budkavle.testing.organisations import SampleOrganisation, SampleUser

SIGNATURE = b"0\x80\x06\x09*\x86H\x86\xf7\x0d\x01\x07\x02"
"""How a CMS structure with a signature begins."""


def attach(organisation: SampleOrganisation, actor: Actor, name: str, content: bytes) -> UUID:
    return attachments.store(organisation.platform, actor, name, "application/octet-stream", [content]).id


def kept(organisation: SampleOrganisation, attachment_id: UUID) -> bytes:
    return b"".join(attachments.open_file(organisation.platform, organisation.id, attachment_id))


def told(organisation: SampleOrganisation, actor: SampleUser, *ids: UUID) -> list[str]:
    """What the writer reads of each."""
    with organisation.platform.work(actor) as work:
        notes = file_metadata_choice.notes(work, ids)
    return [" ".join(map(str, notes.get(attachment_id, ()))) for attachment_id in ids]


@pytest.mark.parametrize(
    ("signature", "name", "expected"),
    [
        ("beslut.pdf.p7s", "beslut.pdf", True),
        ("beslut.p7s", "beslut.pdf", True),
        ("Beslut.PDF.SIG", "beslut.pdf", True),
        ("beslut.pdf.asc", "beslut.pdf", True),
        ("beslut.p7s", "beslut", True),
        ("beslut.pdf", "beslut.pdf", False),
        ("beslut.pdf.p7s", "beslut.pdf.p7s", False),
        ("beslut.p7s", "beslut.sig", False),
        ("annat.p7s", "beslut.pdf", False),
        ("beslut.docx.p7s", "beslut.pdf", False),
        (".p7s", "beslut.pdf", False),
        (".p7s", "beslut", False),
        ("p7s", "beslut", False),
    ],
)
def test_a_signature_is_known_by_its_name(signature: str, name: str, *, expected: bool) -> None:
    """It has the name of what it signs, with a suffix more or in place of its own."""
    assert signs(signature, name) == expected


@pytest.mark.parametrize("name", ["beslut.pdf.p7s", "beslut.p7s", "beslut.pdf.sig", "beslut.pdf.asc"])
def test_a_file_with_its_signature_keeps_every_byte(
    organisation: SampleOrganisation, case_worker: SampleUser, name: str
) -> None:
    """Where the signature has come before it; the page says that it is kept as it is."""
    signature = attach(organisation, case_worker, name, SIGNATURE)
    document = attach(organisation, case_worker, "beslut.pdf", pdfs.plain())
    assert kept(organisation, document) == pdfs.plain()
    assert told(organisation, case_worker, document, signature) == [
        "Filen sparas oförändrad eftersom du har bifogat en signatur för den. Eventuella dolda uppgifter finns kvar.",
        "",
    ]


def test_other_files_lose_their_metadata_all_the_same(
    organisation: SampleOrganisation, case_worker: SampleUser, colleague: SampleUser
) -> None:
    """Of another name, and of somebody else."""
    attach(organisation, case_worker, "beslut.pdf.p7s", SIGNATURE)
    for actor, name, content in (
        (case_worker, "bilaga.pdf", pdfs.plain()),
        (case_worker, "beslut.jpg", pictures.jpeg()),
        (colleague, "beslut.pdf", pdfs.plain()),
    ):
        assert SECRET not in kept(organisation, attach(organisation, actor, name, content)), name


def test_a_signature_that_comes_too_late_is_told(organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """Beside the signature stands what to do; once the file has been attached again, all is well."""
    first = attach(organisation, case_worker, "beslut.pdf", pdfs.plain())
    signature = attach(organisation, case_worker, "beslut.pdf.p7s", SIGNATURE)
    assert SECRET not in kept(organisation, first)
    document_note, signature_note = told(organisation, case_worker, first, signature)
    assert document_note == ""
    assert signature_note.startswith("Signaturen stämmer inte med beslut.pdf")
    with organisation.platform.work(case_worker) as work:
        attachments.discard(work, first)
    again = attach(organisation, case_worker, "beslut.pdf", pdfs.plain())
    assert kept(organisation, again) == pdfs.plain()
    assert told(organisation, case_worker, signature) == [""]


def test_what_has_been_sent_signs_nothing_more(organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """The next message's file of the same name is another one."""
    signature = attach(organisation, case_worker, "beslut.pdf.p7s", SIGNATURE)
    organisation.send(case_worker, attachments=(signature,))
    assert SECRET not in kept(organisation, attach(organisation, case_worker, "beslut.pdf", pdfs.plain()))


def test_nobody_keeps_metadata_in_the_files_of_another_guest(organisation: SampleOrganisation) -> None:
    """Guests have no account by which one is told from the other, and so none of them has a signature beside a file."""
    attach(organisation, GuestActor(organisation.id), "beslut.pdf.p7s", SIGNATURE)
    document = attach(organisation, GuestActor(organisation.id), "beslut.pdf", pdfs.plain())
    assert SECRET not in kept(organisation, document)
