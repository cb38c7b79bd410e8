"""Who a message is shown to come from: the verified participant by the address book's name, never its own word."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import text

from budkavle import Platform
from budkavle.cases import CaseFilter, list_cases
from budkavle.cases.search import search as search_cases
from budkavle.model.messages import SenderCheck
from budkavle.testing.acting import in_work
from budkavle.testing.browsing import browsing
from budkavle.testing.working import do_job

ORGANISATION, FUNCTION = "Trygghetsmyndigheten", "Ersättningsärenden"


def arrive(peer: Any, sdk_worker: Any, **sender: Any) -> None:
    """The stranger, with keys of its own, seals a message and says of itself what it wants."""
    message = peer.message(attachments=())
    peer.submit(peer.seal(replace(message, sender=replace(message.sender, **sender))))
    sdk_worker.settle()


def counterpart(platform: Platform, region: Any) -> str:
    (case,) = in_work(platform, region.case_worker, list_cases, region.mailboxes[0].id, CaseFilter()).items
    return case.counterpart


def page(platform: Platform, region: Any, ending: str = "") -> str:
    (case,) = region.cases()
    with browsing(platform) as browser:
        return browser(region.case_worker).get(f"/c/{case.case.id}{ending}").text


def forget_the_book(platform: Platform) -> Callable[[], None]:
    """Let the address book be as before it was read for the first time; returns what brings it back."""
    tables = ("addressbook_copy", "addressbook_functions", "addressbook_organisations")
    with platform.database.transaction(None) as connection:
        kept = {name: connection.execute(text(f"SELECT * FROM {name}")).mappings().all() for name in tables}
        for name in tables:
            connection.execute(text(f"DELETE FROM {name}"))

    def restore() -> None:
        with platform.database.transaction(None) as connection:
            for name, rows in kept.items():
                for row in rows:
                    columns = ", ".join(row)
                    values = ", ".join(f":{column}" for column in row)
                    connection.execute(text(f"INSERT INTO {name} ({columns}) VALUES ({values})"), dict(row))

    return restore


def test_a_sender_that_calls_itself_something_else_is_shown_by_its_own_name(
    platform: Platform, region: Any, peer: Any, sdk_worker: Any
) -> None:
    """Inbox, case, print view and answer have the address book's name; what it calls itself stands as its own word."""
    arrive(peer, sdk_worker, label="Polismyndigheten", function_label="Utredning")
    assert counterpart(platform, region) == f"{ORGANISATION} · {FUNCTION}"
    (message,) = region.messages()
    assert (message.sender.organisation, message.sender.name) == (ORGANISATION, FUNCTION)
    assert (message.sender_check, message.calls_itself) == (SenderCheck.CONFIRMED, "Polismyndigheten · Utredning")
    assert [row.state for row in region.organisation.rows("SELECT state FROM messages")] == ["RECEIVED_WITH_WARNINGS"]
    for shown in (page(platform, region), page(platform, region, "/print")):
        assert f"{ORGANISATION} · {FUNCTION}" in shown
        assert message.sender.organisation_value in shown
        assert shown.count("Polismyndigheten") == shown.count("”Polismyndigheten · Utredning”")
        assert "Avsändaren kallar sig ”Polismyndigheten · Utredning”." in shown
        assert "Mottaget och kontrollerat" not in shown
    answer = page(platform, region, "/reply")
    assert ORGANISATION in answer
    assert "Till Polismyndigheten" not in answer


def test_a_sender_that_uses_its_own_name_is_not_warned_of(
    platform: Platform, region: Any, peer: Any, sdk_worker: Any
) -> None:
    """Capitals and spaces make no other name; the participant's identifier is shown."""
    arrive(peer, sdk_worker, label=ORGANISATION.upper(), function_label=f" {FUNCTION} ")
    shown = page(platform, region)
    assert "allar sig" not in shown
    assert "Mottaget och kontrollerat" in shown
    assert region.messages()[0].sender.organisation_value in shown


def test_a_function_that_the_address_book_lacks_is_warned_of(
    platform: Platform, region: Any, peer: Any, sdk_worker: Any
) -> None:
    """The organisation is verified and named; nothing is said of the function but that it is unknown."""
    arrive(peer, sdk_worker, function="sdk:hittepa:0203:example", function_label="Registrator")
    assert counterpart(platform, region) == ORGANISATION
    shown = page(platform, region)
    assert "fanns inte i adressboken när det kom" in shown
    assert "Mottaget med varning" in shown
    assert region.messages()[0].sender_check is SenderCheck.UNKNOWN_FUNCTION


def test_another_organisations_function_is_not_answered(
    platform: Platform, municipality: Any, region: Any, peer: Any, sdk_worker: Any
) -> None:
    """A message that states the municipality's function comes from the stranger, and an answer has no recipient."""
    arrive(peer, sdk_worker, function=municipality.address().value, label=municipality.participant.name)
    assert counterpart(platform, region) == ORGANISATION
    (message,) = region.messages()
    assert message.sender_check is SenderCheck.OTHERS_FUNCTION
    assert "hör till en annan organisation i adressboken" in page(platform, region)
    assert municipality.address().value not in page(platform, region, "/reply").partition('id="to"')[2]


def test_an_address_book_that_has_not_been_read_is_asked_again(
    platform: Platform, region: Any, peer: Any, sdk_worker: Any
) -> None:
    """The participant's identifier is shown until it answers; then the name is there, and can be searched for."""
    restore = forget_the_book(platform)
    arrive(peer, sdk_worker, label="Polismyndigheten")
    name = region.messages()[0].sender.organisation_value
    assert counterpart(platform, region) == name
    assert "kunde inte kontrolleras mot adressboken" in page(platform, region)
    do_job(platform, "core.senders")
    assert counterpart(platform, region) == name
    restore()
    do_job(platform, "core.senders")
    assert counterpart(platform, region) == f"{ORGANISATION} · {FUNCTION}"
    assert "kunde inte kontrolleras" not in page(platform, region)
    assert "Avsändaren kallar sig ”Polismyndigheten" in page(platform, region)
    found = in_work(platform, region.case_worker, search_cases, ORGANISATION)
    assert [one.counterpart for one in found] == [f"{ORGANISATION} · {FUNCTION}"]


def test_a_participant_that_the_address_book_lacks_has_no_name(
    platform: Platform, region: Any, peer: Any, sdk_worker: Any
) -> None:
    """It is shown by its identifier, whatever it calls itself."""
    with platform.database.transaction(None) as connection:
        for table in ("addressbook_functions", "addressbook_organisations"):
            connection.execute(text(f"DELETE FROM {table} WHERE participant LIKE '%trygghet%'"))
    arrive(peer, sdk_worker, label="Polismyndigheten")
    (message,) = region.messages()
    assert counterpart(platform, region) == message.sender.organisation_value
    assert message.sender_check is SenderCheck.UNKNOWN_ORGANISATION
