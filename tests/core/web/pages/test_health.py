"""The health page, the event log in words, and the two words for machines."""

import re
from collections.abc import Callable
from importlib.metadata import entry_points
from itertools import chain
from typing import Any

import pytest
from msgspec.structs import replace

from budkavle.accounts import mailboxes
from budkavle.cases import actions, inbox
from budkavle.deliveries.delivery_facts import Fact
from budkavle.model.errors import Unavailable
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.messages import Purpose, Refusal
from budkavle.model.people import UserActor
from budkavle.model.sentences import Sentence
from budkavle.model.states import DELIVERY, DeliveryState, before
from budkavle.operations import health
from budkavle.plugins.conformance import PLACES
from budkavle.plugins.protocols.health import Health
from budkavle.storage import audit
from budkavle.storage.events.verifying import AuditReport
from budkavle.storage.paging import PAGE_SIZE
from budkavle.storage.platform import Platform
from budkavle.testing import acting
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.web.pages import health as pages
from budkavle.web.views.delivery_status import CASE_EVENTS
from budkavle.web.views.event_texts import INSTALLATION_WORDS, WORDS

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")


def test_administrators_see_every_check_with_what_to_do(admin: Any, organisation: SampleOrganisation) -> None:
    """No worker runs here: the page says so first, with the command; what is well follows."""
    page = admin.get("/health").text
    assert page.index("Bakgrundstjänsten har inte varit igång") < page.index("Databasen svarar")
    assert "budkavle worker" in page
    assert "behöver åtgärdas" in page


def test_what_is_good_to_know_has_no_green_tick(admin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is wrong the page does not say that all is well, but what to read, first and with its remedy."""
    known = Health("Virusskydd", ok=True, sentence="Inget är inställt.", remedy="Ställ in ett.", notable=True)
    monkeypatch.setattr(pages, "health", lambda *_: [Health("Disken", ok=True, sentence="Plats finns."), known])
    page = admin.get("/health").text
    assert "Allt fungerar" not in page
    assert "En sak är bra att känna till" in page
    assert page.index("Inget är inställt.") < page.index("Plats finns.")
    first = page[page.index('class="checks"') : page.index("Plats finns.")]
    assert "#icon-check-circle" not in first.partition("</li>")[0]
    assert 'class="note"' in first
    assert "Ställ in ett." in first


@pytest.mark.feature("Z10")
def test_the_page_says_whether_the_event_log_is_whole(admin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole log with its length; a broken one with the first bad event; a long one only when asked for."""
    assert re.search(r"Händelseloggen är hel: \d+ händelser", admin.get("/health").text)
    monkeypatch.setattr(pages, "LONG_LOG", 0)
    assert "Kontrollera loggen" in admin.get("/health").text
    assert "Händelseloggen är hel" in admin.get("/health?log=true").text
    bad = AuditReport(False, 3, 4, "Händelse {number} saknas.")
    monkeypatch.setattr(pages, "verify", lambda *_: bad)
    assert "Händelse 4 saknas." in admin.get("/health?log=true").text


@pytest.mark.parametrize(
    ("base_url", "proxies", "ok"),
    [("https://x.example", (), False), ("https://x.example", ("10.0.0.1",), True), ("http://x.example", (), None)],
)
def test_a_proxy_that_is_not_named_is_told_of(
    organisation: SampleOrganisation, base_url: str, proxies: tuple[str, ...], ok: Any
) -> None:
    """With https somebody stands in front; unless they are trusted, everybody has their address."""
    settings = replace(organisation.platform.settings, base_url=base_url, trusted_proxies=proxies)
    organisation.platform.settings = settings
    found = [one for one in health.check_all(organisation.platform, None) if one.name == "Webbläsarnas adresser"]
    assert [one.ok for one in found] == ([] if ok is None else [ok])
    assert ok is not False or "trusted_proxies" in found[0].remedy


def test_the_checks_are_told_in_english(admin: Any) -> None:
    """Sentences with facts too."""
    page = admin.get("/health", cookie=f"budkavle={admin.cookie}; language=en").text
    assert "The database answers." in page
    assert re.search(r"\d GB is free", page)
    assert "The event log is whole" in page


@pytest.mark.feature("Z10", "Y1")
def test_why_a_check_is_not_well_is_told_in_english(admin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reason that is an error, and one that was stored by another process, with their own facts."""
    stored = Sentence.from_stored(
        Sentence("{label} svarade inte inom {seconds} sekunder.", label="Fax", seconds=30).to_text()
    )
    sentence, gone = "Arbetaren {worker} svarar inte: {reason}", Unavailable("Försändelsen finns inte.")
    failed = Health("Disken", False, sentence, facts={"worker": "w1", "reason": stored})
    raised = Health("Databasen", False, sentence, facts={"worker": "w2", "reason": gone})
    monkeypatch.setattr(pages, "health", lambda *_: [failed, raised])
    admin.cookie += "; language=en"
    page = admin.get("/health").text
    assert "Fax did not answer within 30 seconds." in page
    assert "There is no such delivery." in page


@pytest.mark.feature("O12", "Y1")
def test_why_a_message_was_refused_is_told_in_english(
    admin: Any, platform: Platform, organisation: SampleOrganisation
) -> None:
    """The event log keeps the key and the facts; what was written as text before is shown as it is."""
    reasons = (Sentence("{label} svarade inte inom {seconds} sekunder.", label="Fax", seconds=30), "Fel {på} raden.")
    for number, reason in enumerate(reasons):
        acting.refuse(platform, Refusal(organisation.id, "fake", f"r-{number}", reason))
    admin.cookie += "; language=en"
    page = admin.get("/events").text
    assert "Fax did not answer within 30 seconds." in page
    assert "Fel {på} raden." in page


@pytest.mark.feature("O12")
def test_the_event_log_is_told_in_words(
    admin: Any,
    platform: Platform,
    organisation: SampleOrganisation,
    administrator: SampleUser,
    mailbox: FunctionMailbox,
    case_worker: SampleUser,
) -> None:
    """Who did what, with names of people and mailboxes, the latest first."""
    root = UserActor(organisation.id, administrator.id, administrator.name, administrator.role)
    in_work(platform, root, mailboxes.set_administrator, mailbox.id, case_worker.id, administrator=True)
    page = admin.get("/events").text
    assert "Ada Ahl fick ändrad behörighet i brevlådan Socialnämnden" in page
    assert "Brevlådan Byggnadsnämnden skapades" in page
    assert page.index("Ada Ahl fick ändrad") < page.index("Brevlådan Byggnadsnämnden skapades")
    assert str(case_worker.id) not in page


@pytest.mark.feature("O12")
def test_what_happens_to_cases_is_told_without_their_content(
    admin: Any, platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """That somebody took one, not what it is about."""
    organisation.arrive()
    ada = UserActor(organisation.id, case_worker.id, case_worker.name)
    case = in_work(platform, ada, inbox.inbox, mailbox.id, inbox.CaseFilter()).items[0]
    in_work(platform, ada, actions.take, case.id)
    page = admin.get("/events").text
    assert "Ada Ahl tog ärendet" in page
    assert "Begäran om handling" not in page


@pytest.mark.feature("O12")
def test_older_events_are_a_page_away(admin: Any, platform: Platform, administrator: SampleUser) -> None:
    """Nothing is left out between two pages, and nothing shown twice."""
    with platform.work(administrator) as work:
        for number in range(2 * PAGE_SIZE):
            audit.record(work, "mailbox.changed", None, number=number)
    seen: list[str] = []
    path: str | None = "/events"
    while path:
        page = admin.get(path).text
        seen += re.findall(r'id="event-(\d+)"', page)
        older = re.search(r'rel="next"\s+href="([^"]+)"', page)
        path = older[1] if older else None
    assert [int(number) for number in seen] == list(range(len(seen), 0, -1))


def test_every_kind_that_the_core_records_has_words(root: Any) -> None:
    """A new kind of entry needs its sentence."""
    source = "".join(
        path.read_text("utf-8")
        for path in (root / "core" / "budkavle").rglob("*.py")
        if not {"cli", "migrations", "testing", "web", "hookspecs.py"} & set(path.parts)
    )
    areas = "user|mailbox|organisation|delivery|message|receipt|contact|guest|delegation"
    kinds = set(re.findall(rf'"((?:{areas})\.[a-z-]+)"', source))
    kinds -= {*PLACES, *re.findall(r'(?:log|tracing)\.\w+[(,]\s*"([a-z.-]+)"', source)}
    kinds |= {f"case.{kind}" for kind in re.findall(r'(?:CaseChange|\b_entry)\([^"\n]*"([a-z-]+)"', source)}
    kinds |= {f"{purpose.value}.parked" for purpose in Purpose}
    assert {"message.sent", "case.destroyed", "case.messages-destroyed", "case.undone"} <= kinds
    of_installation = set(re.findall(r'record_in_installation\([^"\n]*"([a-z.-]+)"', source))
    assert of_installation <= set(INSTALLATION_WORDS)
    assert kinds - of_installation <= {*WORDS, *(f"case.{kind}" for kind in CASE_EVENTS)}


def test_every_kind_that_plugins_and_deliveries_record_has_words(root: Any) -> None:
    """No administrator reads `delivery.acknowledged`: what a reader or a receipt does has its sentence too."""
    files = [*(root / "plugins").rglob("*.py"), *(root / "addressbook").rglob("*.py")]
    source = "".join(path.read_text("utf-8") for path in files)
    kinds = set(re.findall(r'record\(\s*work,\s*"([a-z]+\.[a-z-]+)"', source))
    assert {"fax.test-sent", "scim.token-made"} <= kinds
    plugins = [entry.load() for entry in entry_points(group="budkavle")]
    told = [one.budkavle_event_words() for one in plugins if hasattr(one, "budkavle_event_words")]
    answers = {state for state in DeliveryState if before(DELIVERY, state)} - {
        *(DeliveryState.READY_TO_SEND, DeliveryState.SEND_IN_PROGRESS, DeliveryState.DELETED)
    }
    kinds |= {f"delivery.{state.value.lower().replace('_', '-')}" for state in answers}
    kinds |= {f"delivery.{fact.value.lower()}" for fact in Fact}
    assert kinds <= {*WORDS, *chain.from_iterable(told)}
    assert not set(WORDS) & set(chain.from_iterable(told))


@pytest.mark.feature("O12")
def test_the_log_says_why_a_message_was_not_taken_and_who_did_what_without_being_a_person(
    admin: Any, platform: Platform, organisation: SampleOrganisation
) -> None:
    """The cause stands below the line, in the reader's language, and so does the command line's name."""
    why = (
        "Meddelandet hör inte till någon brevlåda, och organisationen har ingen som tar emot sådant. "
        "Välj en standardbrevlåda i organisationens inställningar."
    )
    acting.refuse(platform, Refusal(organisation.id, "fake", "x1", why, evidence=b"bytes"))
    in_work(
        platform,
        system_actor(organisation.id, "Kommandoraden"),
        mailboxes.create_mailbox,
        "Ny",
    )
    page = admin.get("/events").text
    assert re.search(rf"Ett meddelande togs inte emot\s*<p class=\"muted\">{why}", page)
    assert "Kommandoraden" in page
    english = admin.get("/events", cookie=f"budkavle={admin.cookie}; language=en").text
    assert "The message belongs to no mailbox" in english
    assert why not in english
    assert "The command line" in english


@pytest.mark.parametrize("path", ["/health", "/events", "/health?log=true"])
def test_only_administrators_see_them(
    browse: Callable[..., Any], case_worker: SampleUser, mailbox_administrator: SampleUser, path: str
) -> None:
    """An ordinary user, a mailbox's administrator and nobody are kept out."""
    assert browse(case_worker).get(path).status_code == 403
    assert browse(mailbox_administrator).get(path).status_code == 403
    assert browse().get(path).headers["location"].startswith("/sign-in")


@pytest.mark.feature("O12")
def test_another_organisations_events_are_not_shown(
    browse: Callable[..., Any], other_administrator: SampleUser, organisation: SampleOrganisation
) -> None:
    """Eve sees her own organisation's log and nothing of Habo's."""
    organisation.add_mailbox("Elevhälsan")
    page = browse(other_administrator).get("/events").text
    assert "Eve Far" in page
    assert "Ada Ahl" not in page
    assert "Elevhälsan" not in page


def test_machines_get_a_word_without_signing_in(browse: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Alive and ready; when it is not ready it says no more than that."""
    nobody = browse()
    assert nobody.get("/healthz").text == "ok"
    assert (nobody.get("/readyz").status_code, nobody.get("/readyz").text) == (200, "ok")
    monkeypatch.setattr(pages, "ready", lambda platform: False)
    assert (nobody.get("/readyz").status_code, nobody.get("/readyz").text) == (503, "not ok")
    assert nobody.get("/healthz").status_code == 200
