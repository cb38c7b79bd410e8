"""Lists of messages: what stands in them, what is masked, and that masked text is in no file."""

import io
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pikepdf
import pytest

from budkavle import Address, Forbidden, Host, Invalid, Loa, NotFound
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle_disclosure import files, lists, rows
from budkavle_disclosure.lists import PostList

Browse = Callable[..., Any]
PATH = "/plugin/disclosure"
TODAY = datetime.now(lists.ZONE).date()
GROUND = "OSL 26 kap. 1 §"
SECRET = "Hemligatan"


def make(host: Host, actor: SampleUser, organisation: SampleOrganisation, name: str = "Till pressen") -> PostList:
    list_id = lists.create_list(host, actor, name, [organisation.mailbox.id], (TODAY - timedelta(days=1), TODAY))
    return lists.find_list(host, actor, list_id)


def shown(host: Host, actor: SampleUser, post_list: PostList) -> list[rows.GivenRow]:
    return list(rows.all_given(host, actor, post_list, str))


def pdf_text(content: bytes) -> bytes:
    """Every stream of a PDF, unpacked, with the text that its fonts map to."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        parts = [stream.read_bytes() for stream in pdf.objects if isinstance(stream, pikepdf.Stream)]
    return b"\n".join([content, *parts])


@pytest.mark.feature("ZR5")
def test_a_list_has_what_came_and_went(host: Host, organisation: SampleOrganisation, clerk: SampleUser) -> None:
    """Each message once, in order, with its direction and the other party; nothing of other mailboxes or days."""
    organisation.arrive("Ansökan", sender=Address("fake", "f1", "Eva Holm", "Region Vättern"))
    organisation.send(organisation.case_worker, "Beslut")
    other = lists.create_list(host, clerk, "Annan", [organisation.other_mailbox.id], (TODAY, TODAY))
    past = lists.create_list(host, clerk, "Förr", [organisation.mailbox.id], (date(2020, 1, 1), date(2020, 1, 2)))
    given = shown(host, clerk, make(host, clerk, organisation))
    assert [(row.position, row.direction, row.subject) for row in given] == [
        ("1", "In", "Ansökan"),
        ("2", "Ut", "Beslut"),
    ]
    assert (given[0].sender, given[0].receiver) == (
        "Region Vättern, Eva Holm",
        f"Habo kommun, {organisation.mailbox.name}",
    )
    assert [lists.find_list(host, clerk, empty).rows for empty in (other, past)] == [0, 0]


@pytest.mark.feature("ZR5")
@pytest.mark.parametrize("kind", ["csv", "pdf"])
def test_what_is_masked_is_not_in_the_file(
    host: Host, organisation: SampleOrganisation, clerk: SampleUser, kind: str
) -> None:
    """The ground stands in its place; what is not masked is there, so the test can see text."""
    organisation.arrive(f"Placering {SECRET}", sender=Address("fake", "f1", f"Ada {SECRET}"))
    organisation.arrive("Synligheten", sender=Address("fake", "f1", f"Bo {SECRET}"))
    post_list = make(host, clerk, organisation)
    lists.mask(host, clerk, post_list.id, [1], {lists.ROW: GROUND})
    lists.mask(host, clerk, post_list.id, [2], {"sender": GROUND})
    write, _ = files.FORMATS[kind]
    content = write(host, clerk, post_list, "sv")
    if kind == "csv":
        text = content.decode("utf-8-sig")
        assert SECRET not in text
        assert "Synligheten" in text
        assert text.count(f"Maskerat: {GROUND}") == 4
    else:
        drawn = drawn_text(content)
        assert "Synligheten" in drawn
        assert SECRET not in drawn
        assert SECRET.encode() not in pdf_text(content)


def drawn_text(content: bytes) -> str:
    """The text of a PDF, by each font's map from glyphs to letters."""
    letters: list[str] = []
    with pikepdf.open(io.BytesIO(content)) as pdf:
        for page in pdf.pages:
            maps = {name: to_unicode(font) for name, font in page.Resources.Font.items()}
            current: dict[int, str] = {}
            for instruction in pikepdf.parse_content_stream(page):
                operands, operator = list(instruction.operands), instruction.operator
                if str(operator) == "Tf":
                    current = maps[str(operands[0])]
                texts = operands[0] if str(operator) == "TJ" else operands if str(operator) == "Tj" else []
                for text in texts:
                    if isinstance(text, pikepdf.String):
                        raw = bytes(text)
                        codes = [int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2)]
                        letters += [current.get(code, "?") for code in codes]
    return "".join(letters)


def to_unicode(font: Any) -> dict[int, str]:
    table = font.ToUnicode.read_bytes().decode("latin-1")
    return {
        int(code, 16): bytes.fromhex(text).decode("utf-16-be")
        for block in re.findall(r"beginbfchar(.*?)endbfchar", table, re.DOTALL)
        for code, text in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block)
    }


@pytest.mark.feature("ZR5")
@pytest.mark.parametrize("protection", [{"confidential": True}, {"loa": Loa.THREE}])
def test_what_is_protected_is_masked_until_somebody_decides(
    host: Host, organisation: SampleOrganisation, clerk: SampleUser, protection: dict[str, Any]
) -> None:
    """Confidential, or with a level of assurance: masked by itself; "mask nothing" is a decision too."""
    organisation.arrive(f"Om {SECRET}", **protection)
    post_list = make(host, clerk, organisation)
    assert shown(host, clerk, post_list)[0].subject == "Maskerat: sekretess är inte prövad"
    lists.unmask(host, clerk, post_list.id, [1])
    assert shown(host, clerk, post_list)[0].subject == f"Om {SECRET}"


def test_masks_are_remembered_and_joined(host: Host, organisation: SampleOrganisation, clerk: SampleUser) -> None:
    """A second mask stands beside the first, and the list says who changed it last."""
    organisation.arrive("Ansökan")
    post_list = make(host, clerk, organisation)
    lists.mask(host, clerk, post_list.id, [1], {"sender": GROUND})
    lists.mask(host, organisation.administrator, post_list.id, [1], {"subject": "Egen grund"})
    given = shown(host, clerk, post_list)[0]
    assert (given.sender, given.subject) == (f"Maskerat: {GROUND}", "Maskerat: Egen grund")
    assert lists.find_list(host, clerk, post_list.id).changed_by == organisation.administrator.name
    stored = organisation.rows("SELECT masks FROM disclosure_list_rows")
    assert b"Egen grund" not in stored[0].masks
    assert organisation.exported("disclosure_lists")[0]["name"] == post_list.name
    masks = organisation.exported("disclosure_list_rows")[0]["masks"]
    assert (masks["sender"], masks["subject"]) == (GROUND, "Egen grund")


def test_a_cell_is_no_formula(host: Host, organisation: SampleOrganisation, clerk: SampleUser) -> None:
    """A subject that a spreadsheet would run has an apostrophe before it."""
    organisation.arrive("=HYPERLINK(1)")
    assert ";'=HYPERLINK(1)" in files.list_csv(host, clerk, make(host, clerk, organisation), "sv").decode("utf-8-sig")


def test_letters_without_a_glyph_stop_no_pdf(host: Host, organisation: SampleOrganisation, clerk: SampleUser) -> None:
    """Emoji and Chinese come out by their names; typst's own signs are text."""
    organisation.arrive("Hej 👋 你 #import $x$")
    drawn = drawn_text(files.list_pdf(host, clerk, make(host, clerk, organisation), "sv"))
    assert "[waving hand sign]" in drawn
    assert "#import" in drawn


def test_the_event_log_says_who_gave_out_what(host: Host, organisation: SampleOrganisation, clerk: SampleUser) -> None:
    """Reading, masking and giving out are there, with numbers and grounds and no content."""
    organisation.arrive(f"Om {SECRET}")
    post_list = make(host, clerk, organisation, f"För {SECRET}")
    lists.mask(host, clerk, post_list.id, [1], {"subject": GROUND})
    files.list_csv(host, clerk, post_list, "sv")
    kinds = [kind for kind in organisation.log_kinds() if kind.startswith("disclosure.")]
    assert kinds == [f"disclosure.list-{what}" for what in ("made", "masked", "read", "issued")]
    assert organisation.last_log_facts()["masked"] == 1
    assert not any(SECRET in entry for entry in organisation.log_entries("disclosure.list-issued"))


@pytest.mark.parametrize("user", ["case_worker", "mailbox_administrator", "outsider"])
def test_nobody_else_makes_lists(
    host: Host, organisation: SampleOrganisation, user: str, request: pytest.FixtureRequest
) -> None:
    """Not even a member of the mailbox, until the settings name them."""
    with pytest.raises(Forbidden):
        make(host, request.getfixturevalue(user), organisation)


def test_a_mailbox_of_others_cannot_be_listed(
    host: Host, organisation: SampleOrganisation, other_organisation: SampleOrganisation, clerk: SampleUser
) -> None:
    """A mailbox of another organisation, or no mailbox at all."""
    for ids in ([other_organisation.mailbox.id], [uuid4()], []):
        with pytest.raises(Invalid):
            lists.create_list(host, clerk, "Lista", ids, (TODAY, TODAY))


def test_a_list_of_others_is_not_found(
    host: Host, organisation: SampleOrganisation, clerk: SampleUser, other_administrator: SampleUser
) -> None:
    """Neither read, masked nor deleted from another organisation."""
    organisation.arrive("Ansökan")
    post_list = make(host, clerk, organisation)
    for change in (
        lambda: lists.find_list(host, other_administrator, post_list.id),
        lambda: lists.mask(host, other_administrator, post_list.id, [1], {"sender": GROUND}),
        lambda: lists.delete_list(host, other_administrator, post_list.id),
    ):
        with pytest.raises(NotFound):
            change()


ROUTES = (
    ("get", ""),
    ("get", "/lists/new"),
    ("post", "/lists"),
    ("get", "/lists/{id}"),
    ("post", "/lists/{id}"),
    ("get", "/lists/{id}/preview"),
    ("post", "/lists/{id}/files/csv"),
    ("post", "/lists/{id}/delete"),
)


def test_every_route_by_every_role(
    host: Host, organisation: SampleOrganisation, browse: Browse, clerk: SampleUser, request: Any
) -> None:
    """403 for those who do not work at the desk, 404 for other organisations' lists, sign-in for strangers."""
    for method, path in ROUTES:
        organisation.arrive("Ansökan")
        there = PATH + path.format(id=make(host, clerk, organisation).id)
        for user in ("case_worker", "colleague", "mailbox_administrator"):
            assert getattr(browse(request.getfixturevalue(user)), method)(there).status_code == 403, (method, path)
        other = getattr(browse(request.getfixturevalue("other_administrator")), method)(there).status_code
        assert other == 404 if "{id}" in path else other in (200, 422), (method, path)
        assert getattr(browse(), method)(there).status_code in (302, 303, 401, 403), (method, path)
        assert getattr(browse(clerk), method)(there).status_code in (200, 303, 422), (method, path)


def test_the_pages(host: Host, organisation: SampleOrganisation, browse: Browse, clerk: SampleUser) -> None:
    """Make a list, mask a row, see what is given out, and take the file."""
    organisation.arrive(f"Om {SECRET}")
    page = browse(clerk)
    days = {"since": TODAY.isoformat(), "until": TODAY.isoformat()}
    made = page.post(f"{PATH}/lists", name="Begäran", mailboxes=str(organisation.mailbox.id), **days)
    here = made.headers["location"]
    nowhere = page.post(f"{PATH}/lists", name="Begäran", q="finns inte", **days).text
    assert 'href="#mailboxes"' in nowhere
    assert 'id="mailboxes"' in nowhere
    assert SECRET in page.get(here).text
    assert page.post(here, do="mask", position="1").status_code == 422
    assert page.post(here, do="mask", position="9" * 5000, fields="subject", ground=GROUND).status_code == 422
    masked = page.post(here, do="mask", position="1", fields="subject", ground=GROUND, page="1")
    assert masked.status_code == 303
    preview = page.get(f"{here}/preview").text
    assert GROUND in preview
    assert SECRET not in preview
    file = page.post(f"{here}/files/csv")
    assert file.headers["content-disposition"].endswith('.csv"')
    assert page.post(f"{here}/files/exe").status_code == 404
    assert page.post(f"{here}/delete").status_code == 303
    assert page.get(here).status_code == 404
    assert PATH in page.get("/account").text
    assert PATH not in browse(organisation.case_worker).get("/account").text
