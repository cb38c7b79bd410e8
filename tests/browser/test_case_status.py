"""How far a sent message has come, in Skickade and in its case: each state in words, and what to do."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from budkavle import Platform
from budkavle.messaging import sending
from budkavle.model.errors import Permanent
from budkavle.model.messages import Address, Draft
from budkavle.model.states import DeliveryState
from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.acting import in_work
from budkavle_demo.content import ADDRESSES, ANNA, BO, CLINIC, DISCHARGE, KARIN

Browse = Callable[..., Page]
Look = Callable[[Page], None]
STATES = {
    DeliveryState.READY_TO_SEND: ("S6", "Skickas strax"),
    DeliveryState.SEND_ENQUEUED: ("S7", "Väntar på att skickas"),
    DeliveryState.WAITING_FOR_RETRY: ("S8", "Väntar på nytt försök"),
    DeliveryState.SEND_IN_PROGRESS: ("S9", "Skickas"),
    DeliveryState.SEND_ATTEMPT_FAILED: ("S10", "Försöket misslyckades"),
    DeliveryState.SEND_FAILURE: ("S11", "Inte skickat"),
    DeliveryState.WAITING_FOR_RECEIPT: ("S14", "Väntar på kvittens"),
    DeliveryState.ACKNOWLEDGED: ("S15", "Mottaget"),
    DeliveryState.ACKNOWLEDGED_WITH_WARNING: ("S16", "Mottaget med anmärkning"),
    DeliveryState.REJECTED: ("", "Avvisat"),
    DeliveryState.NOT_FOUND: ("S21", "Hittas inte"),
}
TURNS = {
    DeliveryState.WAITING_FOR_RETRY: ("Ett nytt försök görs automatiskt.", "Sköts automatiskt."),
    DeliveryState.WAITING_FOR_RECEIPT: ("som ännu inte har kvitterat.", "Mottagaren ska svara."),
    DeliveryState.ACKNOWLEDGED: ("Mottagaren har tagit emot meddelandet", "Inget mer behöver göras."),
    DeliveryState.REJECTED: ("skicka ett nytt meddelande, eller ring mottagaren.", "Läs vad som har hänt"),
    DeliveryState.SEND_FAILURE: ("Försök igen när felet är avhjälpt", "Läs vad som har hänt"),
}


@pytest.mark.feature("M10", "M11", "S6", "S7", "S8", "S9", "S10", "S11", "S14", "S15", "S16", "S21", "S22")
def test_each_state_of_a_sent_message_is_told_in_words(
    bjorkvik: SampleOrganisation,
    sdk_mailboxes: Any,
    box: UUID,
    browse: Browse,
    look: Look,
) -> None:
    """Skickade and the message itself say how far it has come, and what to do where something can be done."""
    message = sdk_mailboxes.send(BO, box, "Hur långt har det kommit?")
    away = "transport = 'post', due_at = now() + interval '1 day', lease_until = now() + interval '1 day'"
    page = browse(ANNA)
    page.goto(f"/m/{box}/sent")
    expect(page.locator(".row .subject")).to_have_text(["Hur långt har det kommit?"])
    for state, (_, word) in STATES.items():
        query = f"UPDATE deliveries SET state = :state, {away} WHERE message_id = :id"
        bjorkvik.rows(query, state=state, id=message.id)
        page.goto(f"/m/{box}/sent")
        expect(page.locator(".row .tag").last).to_have_text(word)
        page.goto(f"/c/{message.case_id}")
        expect(page.locator(".recipient summary .tag")).to_have_text(word)
        if state in {DeliveryState.SEND_FAILURE, DeliveryState.NOT_FOUND}:
            expect(page.get_by_role("button", name="Försök igen")).to_be_visible()
            look(page)
    (delivery,) = bjorkvik.rows("SELECT id FROM deliveries WHERE message_id = :id", id=message.id)
    bjorkvik.rows(
        "INSERT INTO delivery_events (organisation_id, delivery_id, at, state)"
        " VALUES (:organisation, :delivery, now(), 'SOMETHING_NEW')",
        organisation=bjorkvik.id,
        delivery=delivery.id,
    )
    page.goto(f"/c/{message.case_id}")
    page.locator(".recipient summary").click()
    expect(page.locator(".recipient .steps")).to_contain_text("Okänt")
    look(page)


@pytest.mark.feature("Z4")
def test_the_status_coach(
    bjorkvik: SampleOrganisation,
    sdk_mailboxes: Any,
    box: UUID,
    browse: Browse,
    look: Look,
) -> None:
    """Each state says in words what it means, whose turn it is and what to do next."""
    message = sdk_mailboxes.send(BO, box, "Vad ska jag göra nu?")
    page = browse(ANNA)
    page.goto(f"/c/{message.case_id}")
    page.locator(".recipient summary").click()
    page.get_by_role("link", name="Mer om den här mottagaren").click()
    expect(page.locator(".sentence")).to_be_visible()
    away = "transport = 'post', due_at = now() + interval '1 day', lease_until = now() + interval '1 day'"
    for state, (sentence, turn) in TURNS.items():
        query = f"UPDATE deliveries SET state = :state, {away} WHERE message_id = :id"
        bjorkvik.rows(query, state=state, id=message.id)
        page.reload()
        expect(page.locator(".sentence")).to_contain_text(sentence)
        expect(page.locator(".facts div").first).to_contain_text(f"Nästa steg{turn}", use_inner_text=False)
    expect(page.get_by_role("button", name="Försök igen")).to_be_visible()
    look(page)


@pytest.mark.feature("S11")
def test_what_could_not_be_sent_waits_for_somebody_to_act(
    platform: Platform, people: dict[str, SampleUser], sdk_mailboxes: Any, box: UUID, browse: Browse, look: Look
) -> None:
    """A delivery that failed for good stands under Behöver åtgärd, says why, and is tried again when told to."""
    post = platform.plugins.transports["post"]
    post.failures.append(Permanent("Brevlådan på Storgatan 1 är full. Ring mottagaren."))
    draft = Draft((Address("post", "Storgatan 1", "Ada Ek"),), "Brev", "Hej")
    case_id = in_work(platform, people[BO], sending.send, box, draft).case_id
    sdk_mailboxes.wait_for(box, case_id, DeliveryState.SEND_FAILURE)
    page = browse(ANNA)
    trouble = page.get_by_role("navigation", name="Brevlådor").locator(f'a[href="/m/{box}?folder=trouble"]')
    page.goto("/account")
    expect(trouble).to_contain_text("1")  # it is not missed while something else is open
    trouble.click()
    page.locator(".row .subject").click()
    expect(page.locator(".notice")).to_contain_text("Brevlådan på Storgatan 1 är full.")
    look(page)
    page.get_by_role("button", name="Försök igen").click()
    expect(page.locator(".recipient summary .tag")).to_have_text(re.compile("^(?!Inte skickat)"))
    sdk_mailboxes.wait_for(box, case_id, DeliveryState.WAITING_FOR_RECEIPT, DeliveryState.ACKNOWLEDGED)
    page.reload()
    expect(page.locator(".notice")).to_have_count(0)
    page.goto(f"/m/{box}?folder=trouble")
    expect(page.locator(".row")).to_have_count(0)


@pytest.mark.feature("S12", "S15", "M10", "M11")
def test_a_message_goes_to_the_other_organisation_and_comes_back_acknowledged(
    sdk_mailboxes: Any, box: UUID, browse: Browse, look: Look
) -> None:
    """The sender sees every step to the receipt; the recipient reads the message in her own mailbox."""
    message = sdk_mailboxes.send(BO, box, "Hela vägen", ADDRESSES[CLINIC], confidential=True)
    page = browse(ANNA)
    sdk_mailboxes.wait_for(box, message.case_id, DeliveryState.ACKNOWLEDGED)
    page.goto(f"/c/{message.case_id}")
    page.locator(".recipient summary").click()
    steps = page.locator(".recipient .steps li")
    expect(steps.last).to_contain_text("Mottaget")
    expect(page.locator(".recipient .steps")).to_contain_text("Väntar på kvittens")
    karin = browse(KARIN)
    karin.goto(f"/m/{sdk_mailboxes.ids[CLINIC]}")
    karin.get_by_role("link", name="Hela vägen").click()
    expect(karin.locator("article.read")).to_contain_text("Sekretess")
    expect(karin.locator("#history")).to_contain_text("Kvittens skickad (accepterad)")


@pytest.mark.feature("M14")
def test_several_recipients_each_have_their_own_way(sdk_mailboxes: Any, box: UUID, browse: Browse) -> None:
    """One message to two functions is one case with a line for each recipient."""
    message = sdk_mailboxes.send(BO, box, "Till båda", ADDRESSES[CLINIC], ADDRESSES[DISCHARGE])
    page = browse(ANNA)
    page.goto(f"/c/{message.case_id}")
    expect(page.locator(".recipient")).to_have_count(2)
