"""The filters of a function mailbox: open or closed, and whose, in any combination."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from budkavle.cases import actions
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser


def _chips(page: str) -> dict[str, tuple[str, bool]]:
    """Return the address of each filter, and whether it is chosen."""
    (nav,) = re.findall(r'<nav class="chips".*?</nav>', page, re.DOTALL)
    links = re.findall(r'<a href="([^"]*)"( aria-current="true")?>\s*([^<]+?)\s*<', nav)
    return {text: (url.replace("&amp;", "&"), bool(current)) for url, current, text in links}


@pytest.mark.feature("F19", "F20")
def test_ones_own_closed_cases_can_be_chosen(
    browse: Callable[..., Any],
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    mailbox: FunctionMailbox,
) -> None:
    """Avslutade, and of those Mina; the counts are those of the closed ones."""
    for subject, actor in (("Adas", case_worker), ("Bos", colleague)):
        case_id = organisation.arrive(subject)
        in_work(platform, actor, actions.take, case_id)
        in_work(platform, actor, actions.close, case_id)
    organisation.arrive("Öppet")
    ada = browse(case_worker)
    chips = _chips(ada.get(f"/m/{mailbox.id}").text)
    assert chips["Öppna"][1]
    closed = ada.get(chips["Avslutade"][0]).text
    assert all(subject in closed for subject in ("Adas", "Bos"))
    assert "Öppet" not in closed
    chips = _chips(closed)
    assert (chips["Avslutade"][1], chips["Öppna"][1], chips["Mina"][1]) == (True, False, False)
    mine = ada.get(chips["Mina"][0]).text
    assert "Adas" in mine
    assert "Bos" not in mine
    others = ada.get(chips["Andras"][0]).text
    assert "Bos" in others
    assert "Adas" not in others
    chips = _chips(mine)
    assert (chips["Avslutade"][1], chips["Öppna"][1], chips["Mina"][1]) == (False, False, True)
    assert "Bos" in ada.get(chips["Mina"][0]).text, "a second press gives the filter up"
    assert re.search(r"Avslutade\s*<span class=\"n\">2</span>", mine)
    assert re.search(r"Mina\s*<span class=\"n\">1</span>", mine)
    assert "Öppet" in ada.get(chips["Öppna"][0]).text
