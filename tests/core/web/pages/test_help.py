"""Hjälp: for everybody to read; the organisation's support gets what its users write, as cases."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from budkavle.accounts import mailboxes
from budkavle.cases import inbox, mailbox_deletion
from budkavle.messaging import case_view
from budkavle.model.loa import Loa
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.working import deliver_due

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    """An installation that says how its supplier is reached."""
    return budkavle_open(supplier="Exempel AB, support@exempel.se, https://exempel.se/hjalp")


def once(page: str) -> str:
    (found,) = re.findall(r'name="once" value="([^"]*)"', page)
    return str(found)


@pytest.mark.feature("M19")
def test_a_case_goes_to_the_organisations_support(
    browse: Callable[..., Any],
    organisation: SampleOrganisation,
    administrator: SampleUser,
    outsider: SampleUser,
    mailbox: FunctionMailbox,
    case_worker: SampleUser,
) -> None:
    """An administrator chooses the mailbox; what a user writes is a case there, and the answer comes back."""
    root, bo = browse(administrator), browse(outsider)
    assert "inte valt någon brevlåda" in bo.get("/help").text
    assert bo.post("/help", subject="x", body="y").status_code == 422
    page = root.get("/organisation/help").text
    assert "Byggnadsnämnden" in page
    assert root.post("/organisation/help", mailbox=str(mailbox.id)).status_code == 303
    assert f'value="{mailbox.id}" selected' in root.get("/organisation/help").text
    page = bo.get("/help").text
    assert "i brevlådan Socialnämnden" in page
    refused = bo.post("/help", subject="", body="Det går inte", once=once(page))
    assert refused.status_code == 422
    assert "Skriv ett ämne." in refused.text
    assert "Det går inte" in refused.text
    for _ in range(2):
        done = bo.post("/help", subject="Inloggning", body="Det går inte", once=once(page))
        assert done.headers["location"] == "/help?said=sent"
    assert "skickat till supporten" in bo.get("/help?said=sent").text
    deliver_due(organisation.platform)
    ada = replace(case_worker, loa=Loa.TWO)
    (case,) = in_work(organisation.platform, ada, inbox.inbox, mailbox.id).items
    assert (case.subject, case.counterpart) == ("Inloggning", "Habo · Dag Ny")
    assert in_work(organisation.platform, ada, case_view.case, case.id).thread[0].message.body == "Det går inte"


def test_a_mailbox_that_is_gone_gets_nothing(
    browse: Callable[..., Any],
    organisation: SampleOrganisation,
    administrator: SampleUser,
    case_worker: SampleUser,
    other_mailbox: FunctionMailbox,
    other_administrator: SampleUser,
    mailbox: FunctionMailbox,
) -> None:
    """A deleted mailbox, or one of another organisation, is none; and only an administrator chooses."""
    root, ada = browse(administrator), browse(case_worker)
    root.post("/organisation/help", mailbox=str(other_mailbox.id))
    in_work(organisation.platform, administrator, mailbox_deletion.delete_mailbox, other_mailbox.id)
    assert "inte valt någon brevlåda" in ada.get("/help").text
    (theirs,) = [
        one
        for one in in_work(organisation.platform, other_administrator, mailboxes.all_mailboxes)
        if one.name == "Socialnämnden"
    ]
    assert root.post("/organisation/help", mailbox=str(theirs.id)).status_code == 422
    assert root.post("/organisation/help", mailbox="").status_code == 303
    assert ada.post("/organisation/help", mailbox=str(mailbox.id)).status_code == 403
    assert ada.get("/organisation/help").status_code == 403


def test_everybody_reads_and_finds_it(
    browse: Callable[..., Any], organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """It stands in the menu of every page; a guest gets the information, the supplier, and nothing to fill in."""
    nobody, ada = browse(), browse(case_worker)
    for page in (ada.get("/account").text, nobody.get("/sign-in").text):
        assert 'href="/help"' in page
    guest = nobody.get("/help")
    assert guest.status_code == 200
    assert "Hur läser jag ett meddelande?" in guest.text
    assert "<form" not in guest.text.split("<main")[1]
    for page in (guest.text, ada.get("/help").text):
        assert 'href="mailto:support@exempel.se"' in page
        assert 'href="https://exempel.se/hjalp"' in page
    assert "Logga in" in nobody.post("/help", subject="x", body="y").text
    silent = msgspec.structs.replace(organisation.platform.settings, supplier=None)
    object.__setattr__(organisation.platform, "settings", silent)
    assert "Kontakta leverantören" not in ada.get("/help").text
