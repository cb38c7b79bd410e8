"""Files that are attached to a message, with the form and before it."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from tests.core.cases.file_metadata import pdfs
from tests.core.web.pages.compose.writing import PDF, ComposePage, text_of, values
from tests.docs.api_fields import check_fields

from budkavle.cases import attachments
from budkavle.model.errors import Unsure
from budkavle.plugins.protocols.adviser import Advice
from budkavle.testing.acting import in_work
from budkavle.web.pages.compose import send


@pytest.mark.feature("M4", "M16")
def test_a_file_comes_with_the_form_survives_errors_and_is_sent(compose: ComposePage) -> None:
    """The form carries files without JavaScript; after a fault the page has their ids; a second try sends them."""
    page = compose.post(files={"attachments": ("beslut.pdf", PDF, "application/pdf")}, send="1").text
    (held,) = values(page, "attachment")
    assert "beslut.pdf" in page
    assert compose.post(recipients="fake:bup", attachment=held, send="1").status_code == 303
    (message,) = compose.sent()
    assert [(one.file_name, one.size) for one in message.attachments] == [("beslut.pdf", len(PDF))]


def test_a_file_is_taken_away_again(compose: ComposePage) -> None:
    """Ta bort takes the file out of the page and out of the store."""
    page = compose.post(files={"attachments": ("beslut.pdf", PDF, "application/pdf")}, find="1").text
    (held,) = values(page, "attachment")
    gone = compose.post(attachment=held, drop=held).text
    assert values(gone, "attachment") == []
    assert in_work(compose.platform, compose.anna, attachments.mine, [UUID(held)]) == []


@pytest.mark.feature("M4")
def test_an_upload_answers_with_its_id_and_can_be_discarded(compose: ComposePage) -> None:
    """The page sends a file at once, gets an id, and may take it away by that id."""
    file = {"attachments": ("beslut.pdf", PDF, "application/pdf")}
    answer = compose.client.post("/attachments?kind=fake", data={"csrf": compose.csrf}, files=file)
    assert answer.status_code == 201
    check_fields("Uploaded file", answer.json())
    held = answer.json()["id"]
    assert compose.client.delete(f"/attachments/{held}").status_code == 403
    assert compose.client.delete(f"/attachments/{held}", headers={"x-csrf": compose.csrf}).status_code == 204
    assert compose.client.delete(f"/attachments/{held}", headers={"x-csrf": compose.csrf}).status_code == 404


@pytest.mark.parametrize("adviser", [[], [Advice("subject", "Ämnet läses av alla.")]])
def test_names_at_comments_are_told_before_a_file_of_the_same_press_goes(
    compose: ComposePage, monkeypatch: pytest.MonkeyPatch, adviser: list[Advice]
) -> None:
    """Without JavaScript, together with what the advisers say; the next press sends it."""
    monkeypatch.setattr(send, "advice", lambda compose_page: adviser)
    files = {"attachments": ("brev.pdf", pdfs.annotated("Text"), "application/pdf")}
    page = compose.post(recipients="fake:bup", files=files, send="1")
    assert page.status_code == 200
    assert page.text.count("Dokumentet innehåller kommentarer eller spårade") == 2, "beside the file and at the button"
    assert page.text.count("Ämnet läses av alla.") == len(adviser)
    assert "Skicka ändå" in page.text
    assert compose.sent() == []
    (held,), (advised,) = values(page.text, "attachment"), values(page.text, "advised")
    answer = compose.post(recipients="fake:bup", attachment=held, advised=advised, send="1")
    assert answer.status_code == 303
    (message,) = compose.sent()
    assert len(message.attachments) == 1


def test_a_signature_that_comes_after_its_file_is_told_before_both_go(compose: ComposePage) -> None:
    """Without JavaScript: the file has been written anew by then, so the page says to attach it again."""
    files = [
        ("attachments", ("Beslut.pdf", pdfs.plain(), "application/pdf")),
        ("attachments", ("Beslut.pdf.p7s", b"0\x80\x06\x09*", "application/pkcs7-signature")),
    ]
    page = compose.post(recipients="fake:bup", files=files, send="1")
    assert page.text.count("Signaturen stämmer inte med Beslut.pdf") == 2, "beside the file and at the button"
    assert compose.sent() == []


@pytest.mark.parametrize(("commented", "says"), [(True, 1), (False, 0)])
def test_names_at_comments_are_told_beside_the_file(compose: ComposePage, commented: bool, says: int) -> None:
    """Before it is sent, with and without JavaScript; nothing stops the sending."""
    files = {"attachments": ("brev.pdf", pdfs.annotated("Text" if commented else "Link"), "application/pdf")}
    answer = compose.client.post("/attachments?kind=fake", data={"csrf": compose.csrf}, files=files)
    assert ("kommentarer" in answer.json()["note"]) == commented
    page = compose.post(files=files, find="1").text
    assert page.count('<span class="hint">Dokumentet innehåller kommentarer eller spårade') == says
    (held,) = values(page, "attachment")
    assert compose.post(recipients="fake:bup", attachment=held, send="1").status_code == 303


@pytest.mark.feature("SD13")
@pytest.mark.parametrize(
    ("name", "kind", "content", "says"),
    [
        ("prog.exe", "application/x-msdownload", b"MZ\0\0", "har en filtyp som mottagaren inte kan ta emot"),
        ("bild.gif", "image/gif", b"GIF89a", "har en filtyp som mottagaren inte kan ta emot"),
        ("falsk.pdf", "application/pdf", b"MZ\0\0", "är ett program"),
        ("tom.pdf", "application/pdf", b"", "är tom"),
    ],
)
def test_a_wrong_file_is_refused_at_once_with_a_sentence(
    compose: ComposePage, name: str, kind: str, content: bytes, says: str
) -> None:
    """The server looks again at what the page has looked at: the type by name and by the first bytes."""
    answer = compose.client.post(
        "/attachments?kind=fake",
        data={"csrf": compose.csrf},
        files={"attachments": (name, content, kind)},
        headers={"accept": "application/json"},
    )
    assert answer.status_code == 422
    assert says in answer.json()["errors"]["attachments"]
    check_fields("Problem", {**answer.json(), "errors": {}})


@pytest.mark.feature("SD13")
def test_too_much_is_refused_at_the_field_with_everything_kept(compose: ComposePage) -> None:
    """More bytes than the transport takes stop the sending, with the sentence at the attachments."""
    large = {"attachments": ("stor.pdf", PDF + b"x" * 1_000_001, "application/pdf")}
    answer = compose.post(recipients="fake:bup", files=large, send="1")
    assert answer.status_code == 422
    assert 'id="attachments-error"' in answer.text
    assert text_of(answer.text) == "Hej!"
    assert len(values(answer.text, "attachment")) == 1


def test_somebody_elses_upload_is_no_attachment_here(compose: ComposePage) -> None:
    """An id of a file that a colleague has uploaded is left out, said so, and nothing is sent."""
    theirs = attachments.store(compose.platform, compose.bo, "hemlig.pdf", "application/pdf", [PDF])
    answer = compose.post(recipients="fake:bup", attachment=str(theirs.id), send="1")
    assert answer.status_code == 422
    assert "En bilaga finns inte kvar" in answer.text
    assert "hemlig.pdf" not in answer.text
    assert compose.sent() == []
    dropped = compose.post(attachment=str(theirs.id), drop=str(theirs.id))
    assert dropped.status_code == 422
    assert in_work(compose.platform, compose.bo, attachments.mine, [theirs.id]) == [theirs]


@pytest.mark.feature("M4")
def test_a_file_whose_storing_is_uncertain_is_to_be_chosen_again(
    compose: ComposePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can see whether it is there, and what is there belongs to no message: the page says what to do."""

    def storing(*_: object) -> Iterator[None]:
        yield
        raise Unsure("Det är osäkert om det sparades.")

    monkeypatch.setattr(attachments, "storing", storing)
    file = ("beslut.pdf", PDF, "application/pdf")
    page = compose.post(files={"attachments": file}, recipients="fake:bup", send="1").text
    assert "så beslut.pdf kom inte med. Välj filen igen." in page
    assert "osäkert" not in page
    assert compose.sent() == []
