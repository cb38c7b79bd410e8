"""Templates: whose they are, that they lie sealed, and what is put into a message."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from budkavle import FunctionMailbox
from budkavle.accounts import write_settings
from budkavle.accounts.mailboxes import add_members
from budkavle.storage.platform import Platform
from budkavle.testing import SampleOrganisation, SampleUser, do_job, in_work
from budkavle_templates.settings import TemplateSettings

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")
PATH = "/plugin/templates"
SECRET = "Vi har tagit emot er anmälan"
Browse = Callable[..., Any]


def first(pattern: str, page: Any) -> str:
    """What stands in the pattern's group on a page."""
    match = re.search(pattern, page.text, re.DOTALL)
    assert match is not None
    return match[1]


def add(browser: Any, mailbox: FunctionMailbox | None = None, **more: str) -> str:
    """Write a template and return its address."""
    fields = {"name": "Bekräftelse", "subject": "Vi har fått ert brev", "text": SECRET, **more}
    place = {"mailbox": str(mailbox.id)} if mailbox else {}
    done = browser.post(f"{PATH}/new", **fields, **place)
    assert done.status_code == 303, done.text
    listed = browser.get(f"{PATH}?q={fields['name']}" + (f"&mailbox={mailbox.id}" if mailbox else "")).text
    return str(re.findall(rf'href="({PATH}/[0-9a-f-]{{36}})"', listed)[-1])


def chosen(browser: Any, template: str, mailbox: FunctionMailbox, path: str = "/compose", **fields: str) -> Any:
    """Press a template's button on the page for writing, with what has been typed."""
    typed = {"subject": "", "body": "", "kind": "fake", **fields}
    return browser.post(path, mailbox=str(mailbox.id), insert=template.rpartition("/")[2], **typed)


def body(page: Any) -> str:
    """What stands in the field of the text."""
    return first(r'<textarea[^>]*id="body"[^>]*>\n?(.*?)</textarea>', page).strip()


def subject(page: Any) -> str:
    """What stands in the field of the subject."""
    return first(r'id="subject"\s+name="subject"\s+value="([^"]*)"', page)


@pytest.mark.feature("E14")
def test_members_share_a_mailboxs_templates_and_keep_their_own(
    browse: Browse,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    mailbox: FunctionMailbox,
) -> None:
    """Both stand in the form; a colleague sees the mailbox's alone; at rest nothing of them is in clear."""
    ada, bo = browse(case_worker), browse(colleague)
    shared, own = add(ada, mailbox), add(ada, name="Hälsning", text="Vänliga hälsningar")
    form = ada.get(f"/compose?mailbox={mailbox.id}").text
    assert all(f'name="insert" value="{one.rpartition("/")[2]}"' in form for one in (shared, own))
    form = bo.get(f"/compose?mailbox={mailbox.id}").text
    assert shared.rpartition("/")[2] in form
    assert own.rpartition("/")[2] not in form
    assert "Hälsning" not in form
    assert bo.get(own).status_code == 404
    assert bo.post(own, name="x", text="x").status_code == 404
    assert bo.post(f"{own}/remove").status_code == 404
    assert "Hälsning" not in body(chosen(bo, own, mailbox))
    stored = str(organisation.rows("SELECT * FROM templates_templates"))
    assert SECRET not in stored
    assert "Bekräftelse" not in stored
    assert {row["content"]["text"] for row in organisation.exported("templates_templates")} == {
        SECRET,
        "Vänliga hälsningar",
    }


@pytest.mark.feature("E14")
def test_fields_are_filled_in_where_they_are_known(
    browse: Browse,
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    mailbox: FunctionMailbox,
) -> None:
    """In an answer all of them, by their Swedish and their English names; what is not known stays as it was written."""
    in_work(
        platform,
        organisation.system,
        write_settings,
        TemplateSettings,
        {"opening_hours": "9–15"},
        mailbox_id=mailbox.id,
    )
    ada, case_id = browse(case_worker), organisation.arrive()
    text = "{mitt namn}|{Case number}|{brevlåda}|{organisation}|{öppettider}|{datum}|{belopp}"
    template = add(ada, mailbox, text=text, subject="Ärende {ärendenummer}")
    number = organisation.rows("SELECT number FROM cases")[0].number
    answer = chosen(ada, template, mailbox, f"/c/{case_id}/reply", subject="Sv: Fråga")
    name, case, box, whose, hours, date, left = body(answer).split("|")
    assert (name, case, box, whose, hours, left) == (
        case_worker.name,
        number,
        mailbox.name,
        organisation.name,
        "9–15",
        "{belopp}",
    )
    assert re.fullmatch(r"\d{1,2} [a-z]+ \d{4}", date)
    assert subject(answer) == "Sv: Fråga"
    fresh = chosen(ada, template, mailbox)
    assert "|{Case number}|" in body(fresh)
    assert subject(fresh) == "Ärende {ärendenummer}"


@pytest.mark.feature("E14")
def test_what_is_written_stays_beside_a_template(
    browse: Browse, case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """It comes where the writer was, else before the signature, else last; the subject only where there is none."""
    ada = browse(case_worker)
    template = add(ada, mailbox, text="MALL")
    assert body(chosen(ada, template, mailbox, body="Hej!\r\nHälsning", caret="5")) == "Hej!\nMALLHälsning"
    assert body(chosen(ada, template, mailbox, body="Hej!", caret="999")) == "Hej!MALL"
    ended = chosen(ada, template, mailbox, body="Hej!", subject="Eget ämne")
    assert (body(ended), subject(ended)) == ("Hej!\n\nMALL", "Eget ämne")
    assert ada.post("/account/signature", signature="Ada på Habo").status_code in {200, 303}
    assert body(chosen(ada, template, mailbox, body="Hej!\n\nAda på Habo")) == "Hej!\n\nMALL\n\nAda på Habo"
    gone = ada.post("/compose", mailbox=str(mailbox.id), insert=str(uuid4()), body="Hej!")
    assert body(gone) == "Hej!"
    assert "Texten finns inte längre" in gone.text


@pytest.mark.feature("E14")
def test_an_empty_field_is_told_before_sending(
    browse: Browse, organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """The message is not sent until the writer has seen which it is; then it may be."""
    ada, case_id = browse(case_worker), organisation.arrive()
    page = ada.get(f"/c/{case_id}/reply").text
    fields = dict(re.findall(r'<input type="hidden" name="(seen|once|draft|kind|recipients)" value="([^"]*)"', page))
    fields |= {"subject": "Sv", "body": "Beloppet är {belopp} kr, {datum}", "send": "1"}
    told = ada.post(f"/c/{case_id}/reply", **fields)
    assert "Fält är inte ifyllda: {belopp}, {datum}." in told.text
    assert organisation.rows("SELECT FROM messages WHERE direction = 'out'") == []
    advised = first(r'name="advised" value="(\w+)"', told)
    assert ada.post(f"/c/{case_id}/reply", **fields, advised=advised).status_code == 303
    assert len(organisation.rows("SELECT FROM messages WHERE direction = 'out'")) == 1


@pytest.mark.feature("E14")
def test_templates_are_found_by_their_words(browse: Browse, case_worker: SampleUser, mailbox: FunctionMailbox) -> None:
    """In the form, with what has been typed kept, and on their page; twenty stand in the form unasked."""
    ada = browse(case_worker)
    for number in range(22):
        add(ada, mailbox, name=f"Mall {number:02}", text=f"Text om {'bidrag' if number % 2 else 'skola'} {number}")
    page = ada.get(f"/compose?mailbox={mailbox.id}").text
    assert page.count('name="insert"') == 20
    assert "2 mallar till finns" in page
    found = ada.post("/compose", mailbox=str(mailbox.id), find_text="1", text_words="BIDRAG 21", body="Kvar")
    assert found.text.count('name="insert"') == 1
    assert "Mall 21" in found.text
    assert body(found) == "Kvar"
    assert "Ingen mall har de orden" in ada.get(f"{PATH}?mailbox={mailbox.id}&q=saknas").text


@pytest.mark.feature("E14")
def test_a_template_is_changed_and_removed_by_who_may_answer(
    browse: Browse,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    outsider: SampleUser,
    administrator: SampleUser,
    other_administrator: SampleUser,
    mailbox: FunctionMailbox,
) -> None:
    """Who only reads there changes none; nobody else finds it; two at once do not overwrite each other."""
    ada, bo = browse(case_worker), browse(colleague)
    template = add(ada, mailbox)
    version = first(r'name="version" value="([^"]+)"', bo.get(template))
    changed = {"name": "Nytt namn", "subject": "", "text": "Ny text", "version": version}
    assert bo.post(template, **changed).status_code == 303
    late = ada.post(template, **{**changed, "text": "Adas text"})
    assert late.status_code == 409
    assert f"{colleague.name} har ändrat mallen" in late.text
    assert "Adas text" in late.text
    for stranger in (outsider, administrator, other_administrator):
        browser = browse(stranger)
        assert browser.get(template).status_code == 404
        assert browser.get(f"{PATH}?mailbox={mailbox.id}").status_code == 404
        assert browser.post(f"{PATH}/new", mailbox=str(mailbox.id), name="x", text="x").status_code == 404
        assert browser.post(f"{template}/remove").status_code == 404
    organisation.rows("UPDATE memberships SET may_answer = false WHERE user_id = :id", id=case_worker.id)
    assert "Ny text" in ada.get(template).text
    assert ada.post(template, **changed).status_code == 403
    assert ada.post(f"{template}/remove").status_code == 403
    assert ada.post(f"{PATH}/new", mailbox=str(mailbox.id), name="x", text="x").status_code == 403
    assert bo.post(f"{template}/remove", csrf="").status_code == 403
    assert bo.post(f"{template}/remove").status_code == 303
    assert bo.get(template).status_code == 404
    kinds = [kind for kind in organisation.log_kinds() if kind.startswith("templates.")]
    assert kinds == ["templates.added", "templates.changed", "templates.removed"]
    assert "Nytt namn" not in "".join(organisation.log_entries("templates.changed"))


@pytest.mark.feature("E14")
def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(
    browse: Browse, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """A name and a text are needed, and all have a longest."""
    ada = browse(case_worker)
    empty = ada.post(f"{PATH}/new", name=" ", text="")
    assert empty.status_code == 422
    assert "Ge mallen ett namn." in empty.text
    assert "Skriv mallens text." in empty.text
    long = ada.post(f"{PATH}/new", name="n" * 101, subject="s" * 256, text="t" * 10_001)
    assert [f"högst {most} tecken" in long.text for most in (100, 255)] == [True, True]
    assert "t" * 10_001 in long.text
    broken = ada.post(f"{PATH}/new", name="En\x0brad", subject="Ämne", text="Text")
    assert 'id="name-error"' in broken.text
    assert 'id="subject-error"' not in broken.text
    assert organisation.rows("SELECT FROM templates_templates") == []


@pytest.mark.feature("E14")
def test_a_personal_inbox_has_its_owners_templates_alone(
    browse: Browse, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """None can be written for the inbox, which others may read for its owner."""
    ada = browse(case_worker)
    inbox = case_worker.personal_id
    own = add(ada)
    assert own.rpartition("/")[2] in ada.get(f"/compose?mailbox={inbox}").text
    assert ada.post(f"{PATH}/new", mailbox=str(inbox), name="x", text="x").status_code == 403


@pytest.mark.feature("E14")
def test_templates_go_with_their_mailbox_and_their_account(
    browse: Browse,
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    mailbox: FunctionMailbox,
) -> None:
    """Not while a deleted mailbox may still come back."""
    add(browse(case_worker), mailbox)
    add(browse(case_worker), name="Egen")
    add(browse(colleague), name="Kollegans")
    do_job(platform, "templates.sweep")
    assert len(organisation.rows("SELECT FROM templates_templates")) == 3
    organisation.rows("UPDATE mailboxes SET deleted_at = now() WHERE id = :id", id=mailbox.id)
    organisation.rows("UPDATE users SET active = false WHERE id = :id", id=case_worker.id)
    do_job(platform, "templates.sweep")
    left = organisation.rows("SELECT mailbox_id, user_id FROM templates_templates ORDER BY mailbox_id")
    assert [(row.mailbox_id, row.user_id) for row in left] == [(mailbox.id, None), (None, colleague.id)]


@pytest.mark.feature("E14")
def test_a_mailboxs_templates_are_for_what_is_written_from_it(
    browse: Browse, platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """A member of two mailboxes is neither offered nor given one mailbox's words in the other's name."""
    in_work(platform, organisation.system, add_members, organisation.other_mailbox.id, [case_worker.id])
    ada = browse(case_worker)
    template = add(ada, organisation.mailbox)
    assert SECRET in body(chosen(ada, template, organisation.mailbox))
    elsewhere = organisation.other_mailbox
    assert template.rpartition("/")[2] not in ada.get(f"/compose?mailbox={elsewhere.id}").text
    refused = chosen(ada, template, elsewhere)
    assert SECRET not in body(refused)
    assert "Texten finns inte längre" in refused.text


@pytest.mark.feature("E14")
def test_the_recipients_names_are_filled_in(
    browse: Browse, organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """In an answer they are those of who is answered; where nobody is chosen the field stays."""
    ada, case_id = browse(case_worker), organisation.arrive()
    template = add(ada, mailbox, text="Till {mottagare}: {Recipient}")
    page = ada.get(f"/c/{case_id}/reply").text
    to = dict(re.findall(r'<input type="hidden" name="(recipients)" value="([^"]*)"', page))
    answer = body(chosen(ada, template, mailbox, f"/c/{case_id}/reply", **to))
    assert "Vårdcentralen Bankeryd" in answer
    assert "{" not in answer
    assert body(chosen(ada, template, mailbox)) == "Till {mottagare}: {Recipient}"
