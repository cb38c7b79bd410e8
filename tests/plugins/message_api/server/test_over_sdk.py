"""From one organisation's system to another's, over SDK itself: sealed, receipted, and told by the API at both ends."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from budkavle import Platform
from budkavle.accounts import create_mailbox, create_organisation
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.working import deliver_due, do_job
from budkavle.web.app import create_app
from budkavle_addressbook import links, participants
from budkavle_addressbook.national import local_copy
from budkavle_sdk_transport.network import network
from budkavle_sdk_transport.simulator.address_book import serve
from budkavle_sdk_transport.simulator.federation import PARTICIPANTS, Federation

BASE = "https://sakert.habo.se"
SYSTEM = system_actor()


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform], federation_keys: Path, tmp_path: Path) -> Iterator[Platform]:
    """Two participants of the simulated federation in one installation."""
    folder = tmp_path / "federation"
    shutil.copytree(federation_keys, folder / "keys")
    federation = Federation.at(folder)
    with serve(federation.address_book) as url:
        plugins: dict[str, Any] = {"addressbook": {"url": url}, "sdk": {"simulator_folder": str(folder)}}
        opened = budkavle_open(enabled=("addressbook", "sdk", "message_api"), plugins=plugins, base_url=BASE)
        local_copy.refresh(opened.plugins.host("addressbook"))
    parts = network(opened.plugins.host("sdk"))
    for one in PARTICIPANTS[:2]:
        made = create_organisation(opened, SYSTEM, one.name)
        admin, book = system_actor(made.id, "Admin"), opened.plugins.host("addressbook")
        participants.set_participant(book, admin, one.participant)
        box = in_work(opened, admin, create_mailbox, one.functions[0].name)
        links.link(book, admin, box.id, one.functions[0].identifier)
        parts.memberships.add(made.id, one.participant, federation.keys_of(one.participant))
    yield opened
    network.cache_clear()
    shutil.rmtree(folder)


def _go_on(platform: Platform) -> None:
    while deliver_due(platform) + do_job(platform, "sdk.fetch-1") + do_job(platform, "sdk.fetch-2"):
        pass


@pytest.mark.feature("MT1", "MT3")
def test_a_message_and_its_answer_go_from_system_to_system(
    platform: Platform, client_of: Any, written: Callable[..., dict[str, Any]]
) -> None:
    """NEW only once the receipt has gone; ACCEPTED when it has come; the answer names what it answers."""
    from budkavle.accounts import all_organisations

    host, one, two = platform.plugins.host("message_api"), *PARTICIPANTS[:2]
    with TestClient(create_app(platform), base_url=BASE) as http:
        made = {org.name: org for org in all_organisations(platform, SYSTEM)}
        a, b = (client_of(http, host, system_actor(made[side.name].id, "Admin")) for side in (one, two))

        def letter(sender: Any, recipient: Any, **more: Any) -> dict[str, Any]:
            return written(
                sender=sender.participant,
                recipient=recipient.participant,
                senderAttention={"subOrganization": {"extension": sender.functions[0].identifier}},
                recipientAttention={"subOrganization": {"extension": recipient.functions[0].identifier}},
                **more,
            )

        made_by = {"root": "1.2.752.29", "extension": "Ärende 7"}
        name = a.sent(**letter(one, two, generatingSystem=made_by))
        _go_on(platform)
        assert a.statuses() == ["ACCEPTED"]
        (arrived,) = b.listed(messageStatus="NEW").json()["data"]
        assert arrived["attributes"]["messageId"] == name
        whole = b.get(arrived["id"]).json()["data"]["attributes"]
        document = whole["digitalDocument"][0]
        assert document["contentTextBody"] == ["Hej!"]
        # What the sender's system said of the message is given back as it came (B1.4.2).
        (sent,) = a.listed().json()["data"]
        assert whole["creationDateTime"] == arrived["attributes"]["creationDateTime"]
        assert whole["creationDateTime"] == sent["attributes"]["creationDateTime"]
        assert whole["generatingSystem"] == sent["attributes"]["generatingSystem"] == made_by
        assert (document["documentId"], document["documentName"]) == ("SDK-Meddelande", whole["label"])
        assert whole["digitalDocument"][0]["contentFiles"][0]["fileName"] == "a.pdf"
        assert b.ask("DELETE", f"/{arrived['id']}").status_code == 202
        answer = b.sent(**letter(two, one, refToMessageId=name, label="Svar", generatingSystem={"root": "x"}))
        _go_on(platform)
        (come,) = a.listed(messageStatus="NEW").json()["data"]
        assert come["attributes"]["generatingSystem"] == {"root": "unregistred", "extension": "Budkavle"}
        assert (come["attributes"]["messageId"], come["attributes"]["refToMessageId"]) == (answer, name)
        assert come["attributes"]["conversationId"] == whole["conversationId"]
