"""A file that a person attaches lies in the store without what cameras and programs wrote of people."""

from collections.abc import Iterable
from uuid import UUID

import pytest
from tests.core.cases.file_metadata import documents, pdfs, pictures
from tests.core.cases.file_metadata.pictures import SECRET

from budkavle.accounts.message_settings import FileSettings
from budkavle.accounts.stored_settings import write_settings
from budkavle.cases import attachments, file_metadata
from budkavle.cases.file_metadata import apart
from budkavle.cases.owned import file_metadata_choice
from budkavle.model.errors import Temporary
from budkavle.model.messages import File
from budkavle.model.people import Actor, GuestActor, SystemActor
from budkavle.testing import acting
from budkavle.testing.organisations import SampleOrganisation, SampleUser

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def put(
    organisation: SampleOrganisation, actor: Actor, content: bytes, name: str = "foto.jpg", kind: str = "image/jpeg"
) -> bytes:
    """Upload a file, by default a photo; returns what is kept of it."""
    pieces = [content[at : at + 500] for at in range(0, len(content), 500)]
    file = attachments.store(organisation.platform, actor, name, kind, pieces)
    (row,) = organisation.rows("SELECT size FROM attachments WHERE id = :id", id=file.id)
    kept = read(organisation, file.id)
    assert file.size == row.size == len(kept)
    return kept


def read(organisation: SampleOrganisation, attachment_id: UUID) -> bytes:
    """Return a file's bytes."""
    return b"".join(attachments.open_file(organisation.platform, organisation.id, attachment_id))


def test_what_people_attach_loses_its_metadata(organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """Of case workers and of guests; the bytes with the metadata are gone from the store."""
    guest = GuestActor(organisation.id)
    for number, actor in enumerate((case_worker, guest), start=1):
        kept = put(organisation, actor, pictures.jpeg())
        assert SECRET not in kept
        assert kept.startswith(b"\xff\xd8\xff")
        assert len(list(organisation.platform.blobs.names(organisation.id))) == number


def test_an_office_document_loses_who_wrote_it(organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """As a picture does; a signed one lies as it was."""
    whole = documents.zipped(documents.docx_parts(), stored=True)
    assert SECRET in whole
    assert SECRET not in put(organisation, case_worker, whole, "beslut.docx", DOCX)
    signed = documents.zipped({**documents.docx_parts(), "_xmlsignatures/sig1.xml": "<Signature/>"})
    assert put(organisation, case_worker, signed, "beslut.docx", DOCX) == signed


def test_a_pdf_loses_who_wrote_it(organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """As a picture does; a signed one lies as it was."""
    assert SECRET not in put(organisation, case_worker, pdfs.plain(), "beslut.pdf", "application/pdf")
    signed = pdfs.SEALED["byte range"]()
    assert put(organisation, case_worker, signed, "beslut.pdf", "application/pdf") == signed


def test_names_at_comments_are_known(organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """Of a file that is changed, and of one that has nothing to lose; to who attached it alone."""
    cleaned = b"".join(_cleaned(documents.commented("tracked.docx")))
    named = [documents.commented("tracked.docx"), documents.commented("commented.odt"), cleaned]
    plain = [documents.zipped(documents.docx_parts()), pictures.jpeg()]
    files = [
        attachments.store(organisation.platform, case_worker, "brev.docx", "application/octet-stream", [content])
        for content in (*named, *plain)
    ]
    ids = [file.id for file in files]
    with organisation.platform.work(case_worker) as work:
        assert file_metadata_choice.naming_people(work, ids) == set(ids[: len(named)])
    with organisation.platform.work(organisation.administrator) as work:
        assert file_metadata_choice.naming_people(work, ids) == set()


def _cleaned(content: bytes) -> Iterable[bytes]:
    return file_metadata.cleaned(lambda start: iter((content[start:],)), len(content)).pieces or ()


def test_where_too_many_documents_wait_nothing_is_kept(
    organisation: SampleOrganisation, case_worker: SampleUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that could not lose its metadata now is not stored with it; the sentence says to try again."""
    monkeypatch.setattr(apart, "PATIENCE", 0.0)
    with apart._turns.take("somebody else"), pytest.raises(Temporary, match="Försök igen om en stund"):
        put(organisation, case_worker, pdfs.plain(), "beslut.pdf", "application/pdf")
    assert not list(organisation.platform.blobs.names(organisation.id))


def test_an_organisation_may_keep_it(organisation: SampleOrganisation, case_worker: SampleUser) -> None:
    """By its setting, byte for byte."""
    with organisation.platform.work(organisation.administrator) as work:
        write_settings(work, FileSettings, {"picture_metadata": True})
    assert put(organisation, case_worker, pictures.jpeg()) == pictures.jpeg()
    assert put(organisation, case_worker, pdfs.plain(), "beslut.pdf", "application/pdf") == pdfs.plain()


def test_what_a_program_hands_over_stays(organisation: SampleOrganisation) -> None:
    """A program answers for its bytes, and may have signed them."""
    assert put(organisation, SystemActor(organisation.id, "test"), pictures.jpeg()) == pictures.jpeg()


@pytest.mark.feature("M4")
def test_what_comes_in_is_never_changed(
    organisation: SampleOrganisation, case_worker: SampleUser, mailbox: object
) -> None:
    """A message that has come is kept as it came, and so is its picture where it is sent on."""
    incoming = organisation.incoming(files=(File("foto.jpg", "image/jpeg", pictures.jpeg()),))
    acting.accept(organisation.platform, incoming)
    (row,) = organisation.rows("SELECT id FROM attachments")
    assert read(organisation, row.id) == pictures.jpeg()
    copied = attachments.copy(organisation.platform, case_worker, row.id)
    assert read(organisation, copied.id) == pictures.jpeg()


def test_a_picture_that_cannot_be_written_again_leaves_nothing(
    organisation: SampleOrganisation, case_worker: SampleUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the first bytes nor half of the second ones stay."""

    def broken(*_: object, **__: object) -> object:
        raise OSError("full")

    monkeypatch.setattr(attachments, "write", broken)
    with pytest.raises(OSError, match="full"):
        put(organisation, case_worker, pictures.jpeg())
    assert not list(organisation.platform.blobs.names(organisation.id))
