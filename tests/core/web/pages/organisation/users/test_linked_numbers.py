"""Numbers that wait for a confirmation, and those that an administrator enters."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from tests.core.web.pages.organisation.users.browsers import ANNA, EVA, age, done, sure, url

from budkavle.identification import account_methods, administration, identities
from budkavle.model.loa import Loa
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.people import NewIdentity
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.browsing import Browser
from budkavle.testing.organisations import SampleOrganisation, SampleUser

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")


LIST = "/organisation/users"


def test_what_waits_is_listed_and_confirmed(
    eid: None, browse: Callable[..., Browser], platform: Platform, case_worker: SampleUser, root: Browser
) -> None:
    """With the name that the identification says; the person sees it too, and the way is worth more afterwards."""
    actor = case_worker.at(Loa.TWO)
    in_work(
        platform,
        actor,
        identities.link,
        NewIdentity(identities.PERSONNUMMER, EVA, "E-legitimation", name="Eva Testdotter"),
    )
    assert "Ada Ahl" in root.get("/organisation/users").text.split('class="list-search"')[0]
    page = root.get(url(case_worker)).text
    assert "Eva Testdotter" in page
    assert "namnet skiljer sig" in page
    assert "Räknas som tillitsnivå 2" in page
    assert "Räknas som tillitsnivå 2" in browse(case_worker).get("/account/methods").text
    (one,) = in_work(platform, actor, identities.linked)
    assert done(root.post(url(case_worker, f"methods/{one.id}/confirm"))) == "confirmed"
    assert "Bekräfta" not in root.get(url(case_worker)).text.split("<main")[1]
    assert 'class="list-search"' in root.get("/organisation/users").text
    assert "Väntar på bekräftelse" not in root.get("/organisation/users").text
    assert in_work(platform, actor, account_methods.reaching, Loa.THREE).linked != []


@pytest.mark.feature("O2", "OX1")
def test_many_that_wait_are_confirmed_at_once(
    eid: None,
    browse: Callable[..., Browser],
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    colleague: SampleUser,
    administrator: SampleUser,
    root: Browser,
) -> None:
    """Those that are ticked, all or none; what the administrator has entered has no box, and a low level no button."""
    waiting = f"{LIST}/waiting"

    def form(page: str) -> str:
        return page.partition('action="/organisation/users/waiting"')[2].partition("</form>")[0]

    for person, number in ((case_worker, EVA), (colleague, ANNA)):
        in_work(platform, person.at(Loa.TWO), identities.link, NewIdentity(identities.PERSONNUMMER, number, "E-leg"))
    other = organisation.outsider
    in_work(platform, administrator.at(Loa.THREE), administration.set_personnummer, other.id, "19121212-1212")
    page = root.get(waiting).text
    boxes = re.findall(r'name="method" value="([^"]+)"', page)
    assert len(boxes) == 2
    assert form(page).count(" checked") == 0
    assert form(root.get(f"{waiting}?tick=1").text).count(" checked") == 2
    in_work(platform, administrator.at(Loa.TWO), identities.link, NewIdentity(identities.PERSONNUMMER, "1", "E-leg"))
    left = root.get(waiting).text.partition("Väntar på en annan administratör")
    assert all(f"{person.name}, {person.email}" in left[2] for person in (other, administrator))
    assert f"{administrator.name}, {administrator.email}" not in left[0]
    low = browse(administrator)
    assert "Bekräfta de förkryssade" not in low.get(waiting).text
    assert "Bekräfta de förkryssade" in page
    assert low.post(waiting, method=boxes).headers["location"].startswith("/step-up?loa=3")
    assert browse(case_worker).get(waiting).status_code == 403
    assert browse(case_worker).post(waiting, method=boxes).status_code == 403
    assert root.post(waiting).status_code == 422
    (own,) = in_work(platform, other, identities.linked)
    assert root.post(waiting, method=[*boxes, str(own.id)]).status_code == 403
    assert root.post(waiting, method=[*boxes, str(uuid4())]).status_code == 409
    stale = sure(browse, administrator)
    age(organisation, stale)
    assert stale.post(waiting, method=boxes).headers["location"].startswith("/step-up?loa=3")
    assert organisation.log_kinds().count("user.method-confirmed") == 0
    root = sure(browse, administrator)
    assert root.post(waiting, method=boxes).headers["location"] == f"{LIST}?said=many-confirmed"
    assert organisation.log_kinds().count("user.method-confirmed") == 2
    assert re.findall(r'name="method"', root.get(waiting).text) == []


def test_the_person_sees_a_number_that_waits_on_every_page(
    eid: None,
    browse: Callable[..., Browser],
    platform: Platform,
    case_worker: SampleUser,
    mailbox: FunctionMailbox,
    root: Browser,
) -> None:
    """Wherever they are: a line leads to where it can be taken away, which they can before it opens anything."""
    ada = browse(case_worker)
    assert "Kontrollera ditt konto" not in ada.get("/").text + ada.get("/account").text
    assert done(root.post(url(case_worker, "personnummer"), personnummer=ANNA, reason="Visade körkort")) == "saved"
    for path in (f"/m/{mailbox.id}", "/account", "/compose"):
        assert "Kontrollera ditt konto" in ada.get(path).text
    assert "börjar gälla" in ada.get("/account/methods").text
    assert "En annan administratör kan bekräfta det" in root.get(url(case_worker)).text
    (one,) = in_work(platform, case_worker, identities.linked)
    assert root.post(url(case_worker, f"methods/{one.id}/confirm")).status_code == 403
    assert done(ada.post(f"/account/methods/{one.id}/remove")) == "removed"
    assert in_work(platform, case_worker, identities.linked) == []


@pytest.mark.feature("ZS12")
def test_a_number_is_entered_with_a_reason(
    eid: None, organisation: SampleOrganisation, platform: Platform, case_worker: SampleUser, root: Browser
) -> None:
    """Without one nothing is stored; it stands in the event log, where whoever looks afterwards finds why."""
    for reason in ("", "   "):
        refused = root.post(url(case_worker, "personnummer"), personnummer=ANNA, reason=reason)
        assert refused.status_code == 422
        assert 'id="reason-error"' in refused.text
        assert "vilken legitimation du har sett" in refused.text
        assert f'value="{ANNA}"' in refused.text, "the number is not typed twice"
    assert in_work(platform, case_worker, identities.linked) == []
    assert done(root.post(url(case_worker, "personnummer"), personnummer=ANNA, reason="Visade körkort")) == "saved"
    (entry,) = organisation.log_entries("user.number-set")
    assert '"reason":"Visade körkort"' in entry
    assert "Visade körkort" in root.get("/events").text


def test_a_rise_in_level_offers_no_linking(
    eid: None, browse: Callable[..., Browser], platform: Platform, case_worker: SampleUser, administrator: SampleUser
) -> None:
    """Neither where nothing is linked nor where it is not confirmed; it says whom to ask."""
    ada, root = browse(case_worker), browse(administrator)
    page = ada.get("/step-up?loa=3&next=/account").text
    assert "skriva in ditt personnummer" in page
    assert "/account/methods" not in page.split("<main")[1]
    assert "<form" not in page.split("<main")[1].split("</main")[0]
    assert "budkavle user personnummer" in root.get("/step-up?loa=3&next=/account").text
    in_work(
        platform,
        case_worker.at(Loa.TWO),
        identities.link,
        NewIdentity(identities.PERSONNUMMER, EVA, "E-legitimation"),
    )
    assert "ingen har bekräftat att den är din" in ada.get("/step-up?loa=3&next=/account").text
