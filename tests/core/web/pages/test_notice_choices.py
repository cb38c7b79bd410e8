"""Mitt konto, Aviseringar: what one is told of each mailbox, by each way, and when not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.notices import MemberNews, Pace
from budkavle.storage.platform import Platform, Work
from budkavle.testing.organisations import SampleOrganisation, SampleUser

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")
HERE = "/account/notices"


@dataclass
class Bell:
    """A way in memory."""

    name: str = "bell"
    label: str = "Klocka"
    usual: Pace = Pace.AT_ONCE
    tells_inbox_itself: bool = False

    def lacks(self, work: Work, user_id: UUID) -> str:
        return "Häng upp klockan först."

    def tell(self, work: Work, news: MemberNews) -> None:
        """Ring nothing."""


@pytest.fixture
def platform(open_fake: Callable[..., Platform]) -> Platform:
    return open_fake(notice_ways=[Bell()])


def _squeezed(page: Any) -> str:
    return " ".join(page.text.split())


@pytest.mark.feature("E24")
def test_the_page_shows_what_is_chosen_and_keeps_what_is_changed(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """The own inbox first, as is usual; function mailboxes are off until somebody chooses."""
    ada = browse(case_worker)
    page = _squeezed(ada.get(HERE))
    assert page.index("Min inkorg: Klocka") < page.index(f"{mailbox.name}: Klocka")
    assert "Häng upp klockan först." in page
    assert organisation.other_mailbox.name not in page
    name = f"pace.{mailbox.id}.bell"
    saved = ada.post(HERE, **{name: "hourly", "quiet": "1", "begin": "19:00", "end": "07:00"})
    assert saved.status_code == 303
    page = _squeezed(ada.get(saved.headers["location"]))
    assert "Ändringarna är sparade." in page
    chosen = page[page.index(f'name="{name}"') :]
    assert '<option value="hourly" selected>Varje timme</option>' in chosen[: chosen.index("</select>")]
    assert 'name="quiet" value="1" checked' in page
    assert 'value="19:00"' in page
    ada.post(HERE, begin="19:00", end="07:00")
    assert 'name="quiet" value="1" checked' not in _squeezed(ada.get(HERE))


@pytest.mark.parametrize(
    ("begin", "end", "fault"),
    [
        ("", "07:00", "begin"),
        ("19:00", "sju", "end"),
        ("19:00", "19:00", "end"),
        ("25:00", "07:00", "begin"),
        ("19:00+02:00", "07:00", "begin"),
    ],
)
def test_a_wrong_hour_stands_at_its_field(
    browse: Callable[..., Any], case_worker: SampleUser, mailbox: FunctionMailbox, begin: str, end: str, fault: str
) -> None:
    """And what was typed and chosen is still there."""
    fields = {f"pace.{mailbox.id}.bell": "morning", "quiet": "1", "begin": begin, "end": end}
    page = browse(case_worker).post(HERE, **fields)
    assert page.status_code == 422
    assert f'id="{fault}-error"' in page.text
    assert page.text.count("Skriv en tid vid ") == 2 * (begin != end)  # above the form and at the field that it names
    assert '<option value="morning" selected>' in page.text


def test_a_pace_that_the_list_has_not_is_told_at_its_list(
    browse: Callable[..., Any], case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """Above the form and at the list itself, which shows what was chosen before; nothing is kept."""
    name = f"pace.{mailbox.id}.bell"
    ada = browse(case_worker)
    ada.post(HERE, **{name: "hourly"})
    page = ada.post(HERE, **{name: "never"})
    text = _squeezed(page)
    assert page.status_code == 422
    assert f'<a href="#{name}">Välj hur ofta i listan.</a>' in text
    assert f'id="{name}-error"' in text
    assert text.count("Välj hur ofta i listan.") == 2
    chosen = text[text.index(f'name="{name}"') :]
    assert f'aria-describedby="{name}-error"' in chosen[: chosen.index("</select>")]
    assert '<option value="hourly" selected>' in chosen[: chosen.index("</select>")]


def test_nobody_chooses_for_a_mailbox_that_is_not_theirs(
    browse: Callable[..., Any],
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    outsider: SampleUser,
    administrator: SampleUser,
    other_administrator: SampleUser,
    mailbox: FunctionMailbox,
) -> None:
    """Not found, whoever asks; a stranger is led to sign in."""
    for visitor in (outsider, administrator, other_administrator):
        assert browse(visitor).post(HERE, **{f"pace.{mailbox.id}.bell": "hourly"}).status_code == 404
    for mailbox_id in (organisation.other_mailbox.id, outsider.personal_id, uuid4()):
        assert browse(case_worker).post(HERE, **{f"pace.{mailbox_id}.bell": "hourly"}).status_code == 404
    assert browse(case_worker).post(HERE, **{f"pace.{mailbox.id}.bell": "never"}).status_code == 422
    assert browse(case_worker).post(HERE, **{f"pace.{mailbox.id}.horn": "hourly"}).status_code == 404
    assert browse().get(HERE).status_code in {302, 303}
    assert organisation.rows("SELECT FROM notice_choices") == []
