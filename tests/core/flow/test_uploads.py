"""Files: encrypted while they stream, limited, judged, and seen only by those who may."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from budkavle.cases import attachments
from budkavle.messaging import sending
from budkavle.model.errors import Invalid, NotFound, TooLarge, Unavailable
from budkavle.model.messages import File
from budkavle.testing import acting
from budkavle.testing.acting import in_work

PDF = b"%PDF-1.7 hemligt "


def stored(house):
    return list(house.platform.blobs.names(house.organisation.id))


def put(house, actor=None, content=(PDF, PDF), name="plan.pdf", kind="application/pdf"):
    return attachments.store(house.platform, actor or house.anna, name, kind, iter(content))


def opened(house, actor, attachment_id):
    attachment, pieces = in_work(house.platform, actor, attachments.open_attachment, attachment_id)
    return attachment, b"".join(pieces)


@pytest.mark.feature("M4")
def test_a_file_comes_back_as_it_was_and_lies_encrypted(house):
    """The bytes and the name come back; neither stands readable in the store or the row."""
    file = put(house, content=(b"%PD", b"F-1.7 hemligt ", PDF * 10_000), name="../hemligt\u202e.pdf")
    assert opened(house, house.anna, file.id) == (file, b"%PDF-1.7 hemligt " + PDF * 10_000)
    assert file.file_name == "hemligt.pdf"
    (name,) = stored(house)
    folder = house.platform.settings.blob_folder
    assert b"hemligt" not in (folder / name).read_bytes()
    assert b"hemligt" not in bytes(house.rows("SELECT name FROM attachments")[0].name)


def test_a_file_whose_row_is_refused_leaves_nothing(house, monkeypatch):
    """Neither where the row cannot be written, nor where the commit is refused; bytes stay where it may be stored."""

    def fail(error):
        def insert_rows(work, *args, **named):
            work.connection.execute(text("SELECT 1"))
            raise error

        return insert_rows

    for error, left in ((RuntimeError("the disk is full"), 0), (Unavailable("Databasen svarar inte."), 1)):
        monkeypatch.setattr(attachments, "insert_rows", fail(error))
        with pytest.raises(type(error)):
            put(house)
        assert len(stored(house)) == left


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
def test_what_is_not_taken_leaves_nothing(house, kind, content, error):
    """A file that is too large, empty or something else says so at its field, and no byte of it stays."""
    with pytest.raises(error) as caught:
        put(house, content=content, kind=kind)
    assert caught.value.fields["attachments"].startswith("plan.pdf")
    assert not stored(house)
    assert not house.rows("SELECT 1 FROM attachments UNION ALL SELECT 1 FROM content_keys")


def test_a_connection_that_breaks_leaves_nothing(house):
    """An upload that stops half-way is taken away."""

    def broken():
        yield PDF * 10_000
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        put(house, content=broken())
    assert not stored(house)


@pytest.mark.feature("M16")
def test_only_those_who_may_open_a_file(house, draft):
    """An upload is its owner's; an attachment is the mailbox's members'; a held message's is nobody's."""
    social = house.mailbox("Social", house.bo)
    file = put(house, house.bo)
    with pytest.raises(NotFound):
        opened(house, house.anna, file.id)
    in_work(house.platform, house.bo, sending.send, social.id, draft(attachments=(file.id,)))
    assert opened(house, house.bo, file.id)[1] == PDF * 2
    for actor, wanted in ((house.anna, file.id), (house.bo, uuid4())):
        with pytest.raises(NotFound):
            opened(house, actor, wanted)
    incoming = house.incoming(receipt=house.receipt_to_send(), files=(File("a.pdf", "application/pdf", PDF),))
    acting.accept(house.platform, incoming)
    (row,) = house.rows("SELECT id FROM attachments WHERE id <> :id", id=file.id)
    with pytest.raises(NotFound):
        opened(house, house.anna, row.id)


@pytest.mark.feature("M4")
def test_a_file_is_sent_once_and_by_its_owner(house, draft):
    """Somebody else's upload, and one that has been sent, cannot be attached."""
    file = put(house, house.bo)
    with pytest.raises(Invalid):
        in_work(house.platform, house.anna, sending.send, house.box.id, draft(attachments=(file.id,)))
    in_work(house.platform, house.bo, sending.send, house.box.id, draft(attachments=(file.id,)))
    with pytest.raises(Invalid) as caught:
        in_work(house.platform, house.bo, sending.send, house.box.id, draft(attachments=(file.id,)))
    assert caught.value.fields == {"attachments": attachments.GONE}


def test_uploads_are_discarded_by_their_owner_only(house, draft):
    """What is discarded is gone with its key and bytes; what is sent or somebody else's is not."""
    file = put(house)
    with pytest.raises(NotFound):
        in_work(house.platform, house.bo, attachments.discard, file.id)
    in_work(house.platform, house.anna, attachments.discard, file.id)
    assert not stored(house)
    assert not house.rows("SELECT 1 FROM content_keys")
    sent = put(house)
    in_work(house.platform, house.anna, sending.send, house.box.id, draft(attachments=(sent.id,)))
    with pytest.raises(NotFound):
        in_work(house.platform, house.anna, attachments.discard, sent.id)


def test_uploads_that_are_never_sent_go_after_a_day(house, draft):
    """The job takes old uploads away, and leaves young ones and attachments."""
    old, young, sent = (put(house) for _ in range(3))
    in_work(house.platform, house.anna, sending.send, house.box.id, draft(attachments=(sent.id,)))
    with house.platform.database.transaction(house.organisation.id) as connection:
        query = "UPDATE attachments SET created_at = now() - interval '25 hours' WHERE id <> :young"
        connection.execute(text(query), {"young": young.id})
    assert attachments.remove_orphans(house.platform) == 1
    with pytest.raises(NotFound):
        opened(house, house.anna, old.id)
    assert len(stored(house)) == 2
