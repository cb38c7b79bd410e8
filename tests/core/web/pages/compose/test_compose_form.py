"""The form for writing: what it refuses, its rows and its preview; and nothing breaks it."""

import re
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from tests.core.web.pages.compose.writing import (
    PDF,
    ComposePage,
    text_of,
    values,
)

from budkavle.model.messages import Person, Reference


@pytest.mark.feature("SD2", "M4")
def test_faults_stand_at_their_fields_and_everything_is_kept(compose: ComposePage) -> None:
    """Without a recipient and a subject nothing is sent; text, references, persons and secrecy are still there."""
    answer = compose.post(
        subject="",
        body="Första raden\n\n  <b>andra</b>",
        confidential="1",
        reference__root="dnr",
        reference__value="2026-1187",
        reference__party="sender",
        reference__label="",
        person__name="Karin",
        person__root="1.2.752.29.6.2.1",
        person__value="SE-1",
        person__party="recipient",
        send="1",
    )
    assert answer.status_code == 422
    page = answer.text
    assert '<a href="#recipients">Välj minst en mottagare.</a>' in page
    assert '<a href="#subject">Skriv ett ämne.</a>' in page
    assert 'id="subject-error"' in page
    assert 'id="recipients-error"' in page
    assert text_of(page) == "Första raden\n\n  <b>andra</b>"
    assert values(page, "reference.value") == ["2026-1187"]
    assert values(page, "person.name") == ["Karin"]
    assert re.search(r'id="confidential"[^>]* checked', page)
    assert compose.sent() == []


def test_the_label_stands_before_the_buttons_that_format(compose: ComposePage) -> None:
    """Whoever hears the page knows which field the buttons are about: label, buttons, field."""
    page = compose.post(recipients="fake:bup", find="1").text
    assert re.search(r'for="body".*role="toolbar".*<textarea[^>]*id="body"', page, re.DOTALL)


@pytest.mark.feature("SD2")
def test_a_transports_fault_stands_at_its_field(compose: ComposePage) -> None:
    """What the transport says about references is shown there, with the part of the page open."""
    answer = compose.post(subject="förbjudet", recipients="fake:bup", send="1")
    assert answer.status_code == 422
    assert '<a href="#references">Referensen är fel.</a>' in answer.text
    assert re.search(r'<details id="extra"[^>]* open', answer.text)


@pytest.mark.feature("SD10")
def test_references_and_persons_come_and_go_row_by_row(compose: ComposePage) -> None:
    """Rows are added and taken away by buttons, and arrive with their code systems and sides."""
    more = compose.post(more="references").text
    assert values(more, "reference.value") == [""]
    two: dict[str, Any] = {
        "reference__root": ["dnr", "1.3.88"],
        "reference__value": ["A 1", "7362220000318"],
        "reference__party": ["sender", "recipient"],
        "reference__label": ["", ""],
    }
    less = compose.post(**two, less="references-0").text
    assert values(less, "reference.value") == ["7362220000318"]
    person: dict[str, Any] = {
        "person__name": "Karin",
        "person__root": "1.2.752.29.6.2.1",
        "person__value": "SE-1",
        "person__party": "recipient",
    }
    assert compose.post(**two, **person, recipients="fake:bup", send="1").status_code == 303
    (message,) = compose.sent()
    assert message.references == (Reference("dnr", "A 1"), Reference("1.3.88", "7362220000318", party="recipient"))
    assert message.persons == (Person("1.2.752.29.6.2.1", "SE-1", "Karin"),)


@pytest.mark.feature("SD12")
def test_the_preview_shows_the_subset_and_no_markup_of_its_own(compose: ComposePage) -> None:
    """Förhandsgranska renders Markdown safely and sends nothing."""
    page = compose.post(body="# Rubrik\n\n**viktigt** <script>alert(1)</script>", preview="1").text
    shown = page[page.index('id="preview-title"') :]
    assert "<h1>Rubrik</h1>" in shown
    assert "<strong>viktigt</strong>" in shown
    assert "<script>alert" not in page
    assert compose.sent() == []


@pytest.mark.parametrize("token", ["", "another"])
def test_without_the_sessions_token_nothing_is_sent_and_no_file_is_kept(compose: ComposePage, token: str) -> None:
    """A form that does not come from this session's page is refused, its files with it."""
    file = {"attachments": ("beslut.pdf", PDF, "application/pdf")}
    assert compose.post(csrf=token, recipients="fake:bup", files=file, send="1").status_code == 403
    assert compose.client.post("/attachments", data={"csrf": token}, files=file).status_code == 403
    assert compose.sent() == []
    with compose.platform.database.transaction(compose.organisation.id) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM attachments").scalar_one() == 0


def test_a_form_from_another_site_is_refused(compose: ComposePage) -> None:
    """The browser says that another site's page sent it."""
    answer = compose.client.post("/compose", data=compose.form(send="1"), headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


BUTTONS = ("add", "remove", "star", "unstar", "ask_unstar", "more", "less", "drop", "kind", "seen")
NONSENSE = ("", ":", "x", "persons-99", "references--1", "fake:", "é\x00", str(uuid4()))


def test_nonsense_in_a_field_never_breaks_the_page(compose: ComposePage) -> None:
    """Whatever a button or a hidden field says, the page comes back and nothing is sent."""
    for name, nonsense in product(BUTTONS, NONSENSE):
        answer = compose.post(**{name: nonsense, "attachment": nonsense})
        assert answer.status_code in {200, 422}, (name, nonsense)
        assert text_of(answer.text) == "Hej!"
    assert compose.sent() == []
