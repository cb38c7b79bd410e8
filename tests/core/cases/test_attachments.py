"""Files: encrypted while they stream, limited, judged, and seen only by those who may."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from budkavle.cases import attachments
from budkavle.cases.owned import orphans
from budkavle.messaging import sending
from budkavle.model.errors import Invalid, NotFound, TooLarge, Unavailable
from budkavle.model.messages import File
from budkavle.testing import acting
from budkavle.testing.acting import in_work

PDF = b"%PDF-1.7 hemligt "


def stored(organisation):
    return list(organisation.platform.blobs.names(organisation.id))


def put(organisation, actor=None, content=(PDF, PDF), name="plan.pdf", kind="application/pdf"):
    return attachments.store(organisation.platform, actor or organisation.case_worker, name, kind, iter(content))


def opened(organisation, actor, attachment_id):
    attachment, pieces = in_work(organisation.platform, actor, attachments.open_attachment, attachment_id)
    return attachment, b"".join(pieces)


@pytest.mark.feature("M4")
def test_a_file_comes_back_as_it_was_and_lies_encrypted(platform, organisation, case_worker):
    """The bytes and the name come back; neither stands readable in the store or the row."""
    file = put(organisation, content=(b"%PD", b"F-1.7 hemligt ", PDF * 10_000), name="../hemligt\u202e.pdf")
    assert opened(organisation, case_worker, file.id) == (file, b"%PDF-1.7 hemligt " + PDF * 10_000)
    assert file.file_name == "hemligt.pdf"
    (name,) = stored(organisation)
    folder = platform.settings.blob_folder
    assert b"hemligt" not in (folder / name).read_bytes()
    assert b"hemligt" not in bytes(organisation.rows("SELECT name FROM attachments")[0].name)


def test_a_file_whose_row_is_refused_leaves_nothing(organisation, monkeypatch):
    """Neither where the row cannot be written, nor where the commit is refused; bytes stay where it may be stored."""

    def fail(error):
        def insert_rows(work, *args, **named):
            work.connection.execute(text("SELECT 1"))
            raise error

        return insert_rows

    for error, left in ((RuntimeError("the disk is full"), 0), (Unavailable("Databasen svarar inte."), 1)):
        monkeypatch.setattr(attachments, "insert_rows", fail(error))
        with pytest.raises(type(error)):
            put(organisation)
        assert len(stored(organisation)) == left


@pytest.mark.parametrize(
    ("kind", "content", "error"),
    [
        ("application/pdf", (b"<html>",), Invalid),
        ("application/pdf", (), Invalid),
        ("application/pdf", (b"", b""), Invalid),
        ("text/plain", (b"MZ\x90\x00program",), Invalid),
        ("text/plain", (b"x" * 1_000_000 for _ in range(101)), TooLarge),
    ],
)
@pytest.mark.feature("M4")
def test_what_is_not_taken_leaves_nothing(organisation, kind, content, error):
    """A file that is too large, empty or something else says so at its field, and no byte of it stays."""
    with pytest.raises(error) as caught:
        put(organisation, content=content, kind=kind)
    assert caught.value.fields["attachments"].startswith("plan.pdf")
    assert not stored(organisation)
    assert not organisation.rows("SELECT 1 FROM attachments UNION ALL SELECT 1 FROM content_keys")


def test_a_connection_that_breaks_leaves_nothing(organisation):
    """An upload that stops half-way is taken away."""

    def broken():
        yield PDF * 10_000
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        put(organisation, content=broken())
    assert not stored(organisation)


@pytest.mark.feature("M16")
def test_only_those_who_may_open_a_file(platform, organisation, colleague, case_worker, receipt_to_send, draft):
    """An upload is its owner's; an attachment is the mailbox's members'; a held message's is nobody's."""
    social = organisation.add_mailbox("Social", colleague)
    file = put(organisation, colleague)
    with pytest.raises(NotFound):
        opened(organisation, case_worker, file.id)
    in_work(platform, colleague, sending.send, social.id, draft(attachments=(file.id,)))
    assert opened(organisation, colleague, file.id)[1] == PDF * 2
    for actor, wanted in ((case_worker, file.id), (colleague, uuid4())):
        with pytest.raises(NotFound):
            opened(organisation, actor, wanted)
    incoming = organisation.incoming(receipt=receipt_to_send(), files=(File("a.pdf", "application/pdf", PDF),))
    acting.accept(platform, incoming)
    (row,) = organisation.rows("SELECT id FROM attachments WHERE id <> :id", id=file.id)
    with pytest.raises(NotFound):
        opened(organisation, case_worker, row.id)


@pytest.mark.feature("M4")
def test_a_file_is_sent_once_and_by_its_owner(platform, organisation, colleague, case_worker, mailbox, draft):
    """Somebody else's upload, and one that has been sent, cannot be attached."""
    file = put(organisation, colleague)
    with pytest.raises(Invalid):
        in_work(platform, case_worker, sending.send, mailbox.id, draft(attachments=(file.id,)))
    in_work(platform, colleague, sending.send, mailbox.id, draft(attachments=(file.id,)))
    with pytest.raises(Invalid) as caught:
        in_work(platform, colleague, sending.send, mailbox.id, draft(attachments=(file.id,)))
    assert caught.value.fields == {"attachments": attachments.GONE}


def test_uploads_are_discarded_by_their_owner_only(platform, organisation, colleague, case_worker, mailbox, draft):
    """What is discarded is gone with its key and bytes; what is sent or somebody else's is not."""
    file = put(organisation)
    with pytest.raises(NotFound):
        in_work(platform, colleague, attachments.discard, file.id)
    in_work(platform, case_worker, attachments.discard, file.id)
    assert not stored(organisation)
    assert not organisation.rows("SELECT 1 FROM content_keys")
    sent = put(organisation)
    in_work(platform, case_worker, sending.send, mailbox.id, draft(attachments=(sent.id,)))
    with pytest.raises(NotFound):
        in_work(platform, case_worker, attachments.discard, sent.id)


def test_uploads_that_are_never_sent_go_after_a_day(platform, organisation, case_worker, mailbox, draft):
    """The job takes old uploads away, and leaves young ones and attachments."""
    old, young, sent = (put(organisation) for _ in range(3))
    in_work(platform, case_worker, sending.send, mailbox.id, draft(attachments=(sent.id,)))
    with platform.database.transaction(organisation.id) as connection:
        query = "UPDATE attachments SET created_at = now() - interval '25 hours' WHERE id <> :young"
        connection.execute(text(query), {"young": young.id})
    assert orphans.remove_orphans(platform) == 1
    with pytest.raises(NotFound):
        opened(organisation, case_worker, old.id)
    assert len(stored(organisation)) == 2
