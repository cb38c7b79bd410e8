"""The four operations: sending, status and events, lists with filters and pages, deletion."""

import base64
from typing import Any
from uuid import uuid4

import pytest

from budkavle import Address, DeliveryState, Draft, Entry, Permanent, Reason, Temporary
from budkavle.cases import CaseFilter, list_cases, list_sent
from budkavle.messaging import read_case, send
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.fakes import FakeScanner
from budkavle.testing.working import do_job
from budkavle_message_api.server import messages

OPERATIONS = pytest.mark.feature("MT1")


def attributes(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["data"]["attributes"]
    return found


def codes(answer: Any) -> list[str]:
    return [one["typeCode"] for one in attributes(answer)["events"]["eventIssues"]]


@OPERATIONS
def test_a_message_is_sent_and_followed(api: Any, habo: Any) -> None:
    """201 with Location; the message comes back whole from there, and its status follows the delivery."""
    answer = habo.send()
    assert (answer.status_code, answer.content) == (201, b"")
    location = answer.headers["Location"]
    name = location.rpartition("/")[2]
    assert location == f"https://sakert.habo.se/plugin/message_api/v1/sdk/messages/{name}"
    assert attributes(habo.get(name))["messageStatus"] == "SCHEDULED"
    api.deliver_due()
    document = habo.get(name).json()
    found = document["data"]["attributes"]
    assert document["meta"] == {"version": "sdk api 1.0.0"}
    assert (document["data"]["id"], document["data"]["type"], found["messageId"]) == (name, "messages", name)
    assert found["messageStatus"] == "WAITING_FOR_RECEIPT"
    assert (found["sender"], found["recipient"], found["label"]) == ("0203:habo.se", "0203:kisa.se", "Orosanmälan")
    assert found["confidentiality"] is True
    assert found["senderAttention"]["referenceId"] == [{"root": "dnr", "extension": "2026/17", "label": "Vårt ärende"}]
    assert found["senderAttention"]["attentionPerson"][0]["label"] == "Anna"
    assert found["recipientAttention"]["subOrganization"]["extension"] == "sdk:inkorg:0203:kisa.se"
    (sheet,) = found["digitalDocument"]
    assert sheet["contentTextBody"] == ["Hej!"]
    assert sheet["contentFiles"][0]["fileName"] == "a.pdf"
    (carried,) = api.transport.carried.values()
    assert str(carried.delivery_id) == name
    assert carried.files[0].content.startswith(b"%PDF")


@OPERATIONS
def test_the_client_may_name_the_message(api: Any, habo: Any, written: Any) -> None:
    """Its own `messageId`, conversation and reference go along; the same name again is refused."""
    name, conversation, ref = (str(uuid4()) for _ in range(3))
    sent = habo.sent(messageId=name, conversationId=conversation, refToMessageId=ref)
    assert sent == name
    found = attributes(habo.get(name))
    assert (found["messageId"], found["conversationId"], found["refToMessageId"]) == (name, conversation, ref)
    again = habo.send(messageId=name)
    assert again.status_code == 400
    assert again.json()["eventIssues"][0]["in"] == "data.attributes.messageId"
    other = str(uuid4())
    body = {"data": {"type": "messages", "id": other, "attributes": written()}}
    assert habo.ask("POST", json=body).headers["Location"].endswith(other)


@OPERATIONS
def test_an_answer_joins_the_case(api: Any, habo: Any) -> None:
    """An answer by the API stands in the case of what it answers, for the people of the mailbox."""
    remote = api.habo.arrive(api.kisa.address)
    sent = habo.sent(refToMessageId=remote)
    cases = in_work(api.platform, api.habo.member, list_cases, api.habo.mailbox.id, CaseFilter()).items
    assert len(cases) == 1
    thread = in_work(api.platform, api.habo.member, read_case, cases[0].id).thread
    assert [one.depth for one in thread] == [0, 1]
    assert attributes(habo.get(sent))["refToMessageId"] == remote


ENDS = {
    DeliveryState.ACKNOWLEDGED: "ACCEPTED",
    DeliveryState.REJECTED: "MESSAGE_EXCHANGE_ERROR",
    DeliveryState.SEND_FAILURE: "MESSAGE_EXCHANGE_ERROR",
}


@pytest.mark.feature("MT3")
def test_the_receipt_gives_the_status(api: Any, habo: Any) -> None:
    """The receipt's words stand among the events, the latest first, in both spellings; then it may be deleted."""
    for state, status in ENDS.items():
        name = habo.sent()
        assert habo.ask("DELETE", f"/{name}").status_code == 400
        api.deliver_due()
        assert habo.ask("DELETE", f"/{name}").status_code == 400
        api.habo.answer(name, state, Reason("BV not-found", "Funktionen finns inte.", "/Nyttolast/Typkod"))
        answer = habo.get(name)
        found = attributes(answer)
        events = found["events"]
        assert found["event"] == events
        assert (found["messageStatus"], events["title"], events["instance"]) == (status, status, f"urn:uuid:{name}")
        times = [one["dateTime"] for one in events["eventIssues"]]
        assert times == sorted(times, reverse=True)
        tail = ["WAITING_FOR_RECEIPT", "ACKNOWLEDGE", "SUBMITTED", "SCHEDULED"]
        middle = ["BV", "REJECTED"] if state is DeliveryState.REJECTED else []
        assert codes(answer) == [status, *middle, *tail]
        if middle:
            reason = events["eventIssues"][1]
            assert (reason["title"], reason["in"]) == ("not-found", "/Nyttolast/Typkod")
            assert reason["detail"] == "Funktionen finns inte."
        assert habo.ask("DELETE", f"/{name}").status_code == 202
        assert habo.get(name).status_code == 404
        assert habo.ask("DELETE", f"/{name}").status_code == 404
        assert habo.statuses() == []
    assert len(in_work(api.platform, api.habo.member, list_sent, api.habo.mailbox.id).items) == len(ENDS)


@pytest.mark.feature("MT3")
def test_a_fault_on_the_way_is_told(api: Any, habo: Any) -> None:
    """SCHEDULED_FOR_RESEND while it is tried again, MESSAGE_EXCHANGE_ERROR with the reason where it never goes."""
    name = habo.sent()
    api.transport.failures.append(Temporary("Accesspunkten svarar inte."))
    api.deliver_due()
    answer = habo.get(name)
    assert attributes(answer)["messageStatus"] == "SCHEDULED_FOR_RESEND"
    assert codes(answer) == ["SCHEDULED_FOR_RESEND", "SUBMITTED", "SCHEDULED"]
    assert attributes(answer)["events"]["eventIssues"][0]["detail"] == "Accesspunkten svarar inte."
    other = habo.sent()
    api.transport.failures.append(Permanent("Mottagaren finns inte i nätet."))
    api.deliver_due()
    failed = attributes(habo.get(other))
    assert failed["messageStatus"] == "MESSAGE_EXCHANGE_ERROR"
    assert failed["events"]["eventIssues"][0]["detail"] == "Mottagaren finns inte i nätet."


@OPERATIONS
def test_what_came_in_is_new_until_it_is_deleted(api: Any, habo: Any, kisa: Any) -> None:
    """A client polls for NEW, fetches and deletes; the case stays for people, and others see nothing of it."""
    remote = api.habo.arrive(api.kisa.address)
    listed = habo.listed(messageStatus="NEW").json()
    (one,) = listed["data"]
    assert one["attributes"]["messageId"] == remote
    assert "digitalDocument" not in one["attributes"]
    assert one["attributes"]["events"]["eventIssues"][0]["typeCode"] == "NEW"
    assert attributes(habo.get(one["id"]))["digitalDocument"][0]["contentTextBody"] == ["Tack."]
    assert attributes(habo.get(remote))["messageId"] == remote
    assert kisa.get(one["id"]).status_code == 404
    assert kisa.ask("DELETE", f"/{one['id']}").status_code == 404
    assert kisa.statuses() == []
    assert habo.ask("DELETE", f"/{one['id']}").status_code == 202
    assert habo.statuses() == []
    assert len(in_work(api.platform, api.habo.member, list_cases, api.habo.mailbox.id, CaseFilter()).items) == 1


def test_what_is_remembered_as_hidden_is_swept_some_at_a_time(
    api: Any, habo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A system that deletes all that it has fetched leaves many; what still exists stays hidden."""
    api.habo.arrive(api.kisa.address)
    (one,) = habo.listed().json()["data"]
    assert habo.ask("DELETE", f"/{one['id']}").status_code == 202
    row = (
        "INSERT INTO message_api_removed SELECT :home, gen_random_uuid(), now() FROM generate_series(1, 7) RETURNING 1"
    )
    api.habo.organisation.rows(row, home=api.habo.organisation.id)
    asked, existing = list[int](), messages.existing_messages

    def note(work: Any, ids: Any) -> Any:
        asked.append(len(ids))
        return existing(work, ids)

    monkeypatch.setattr(messages, "existing_messages", note)
    monkeypatch.setattr(messages, "SWEPT", 3, raising=False)
    do_job(api.platform, "message_api.sweep")
    assert sorted(asked) == [0, 2, 3, 3], "the other organisation has none"
    assert [str(left.id) for left in api.habo.organisation.rows("SELECT id FROM message_api_removed")] == [one["id"]]
    assert habo.statuses() == []


@OPERATIONS
def test_filters_combine_in_both_spellings(api: Any, habo: Any) -> None:
    """By status, functions and times, in the words of B1.4.2 and as a client generated from the file sends them."""
    api.habo.arrive(api.kisa.address)
    name = habo.sent()
    created = attributes(habo.get(name))["creationDateTime"]
    own, theirs = "sdk:soc:0203:habo.se", "sdk:inkorg:0203:kisa.se"
    recipient, sender = "recipientAttention.subOrganization.extension", "senderAttention.subOrganization.extension"
    assert habo.statuses() == ["NEW", "SCHEDULED"]
    assert habo.statuses(messagestatus="SCHEDULED,NEW") == ["NEW", "SCHEDULED"]
    assert habo.statuses(**{recipient: own}) == ["NEW"]
    assert habo.statuses(**{recipient: f"”{own}”"}) == ["NEW"]
    assert habo.statuses(handlingServiceId=theirs) == ["SCHEDULED"]
    assert habo.statuses(**{sender: theirs, "messageStatus": "NEW"}) == ["NEW"]
    assert habo.statuses(**{sender: theirs, "messageStatus": "SCHEDULED"}) == []
    assert habo.statuses(creationDateTimeStart="2999-01-01T00:00:00Z") == []
    assert habo.statuses(creationDateTimeStop="2999-01-01", creationDateTimeStart=created[:4] + "-01-01") == [
        "NEW",
        "SCHEDULED",
    ]
    generated = habo.ask("GET", params={"filter": f"?filter[{recipient}]={own}"}).json()["data"]
    assert [one["attributes"]["messageStatus"] for one in generated] == ["NEW"]
    several = habo.ask("GET", params=[("filter", "messageStatus=NEW"), ("filter", f"{recipient}={theirs}")])
    assert several.json()["data"] == []
    for query in ("filter[size]=x", "filter[no]=1", "filter=x", "a=b", "filter[messageStatus]=X", "filter[size]=0"):
        answer = habo.ask("GET", params=query)
        assert answer.status_code == 400, query
        assert answer.json()["status"] == 400
    assert habo.get(name, **{"filter[messageStatus]": "NEW"}).status_code == 404
    bare = attributes(habo.get(name, **{"filter[contentBodyText]": "false"}))
    assert "contentTextBody" not in bare["digitalDocument"][0]
    assert "contentFiles" in bare["digitalDocument"][0]
    both = habo.ask("GET", f"/{name}", params=[("filter[contentBodyText]", "false"), ("filter[contentFiles]", "false")])
    assert "digitalDocument" not in attributes(both)


@OPERATIONS
def test_each_recipient_is_a_message_of_its_own(api: Any, habo: Any) -> None:
    """What a person sends to several is several messages, each with its own recipient and status."""
    values = ["sdk:b:0203:kisa.se", "sdk:a:0203:kisa.se", "sdk:c:0203:kisa.se"]
    for value in values:
        address = Address("sdk", value, "Fler", "Kisa kommun", "0203:kisa.se")
        api.directory.entries.append(Entry(address))
    to = tuple(Address("sdk", value) for value in values)
    in_work(api.platform, api.habo.member, send, api.habo.mailbox.id, Draft(to, "Till flera", "Hej"))
    api.deliver_due()
    sent = {one.recipient.value: str(one.delivery_id) for one in api.transport.carried.values()}
    listed = habo.listed().json()["data"]
    shown = {
        one["attributes"]["recipientAttention"]["subOrganization"]["extension"]: one["attributes"]["messageId"]
        for one in listed
    }
    assert shown == sent
    assert set(shown) == set(values)


@OPERATIONS
def test_a_completion_to_several_refers_to_what_each_recipient_got(api: Any, habo: Any) -> None:
    """As it goes on the network; one that is new among the recipients is told the first delivery."""
    values = ["sdk:b:0203:kisa.se", "sdk:a:0203:kisa.se", "sdk:c:0203:kisa.se"]
    for value in values:
        api.directory.entries.append(Entry(Address("sdk", value, "Fler", "Kisa kommun", "0203:kisa.se")))
    to = tuple(Address("sdk", value) for value in values)
    first = in_work(api.platform, api.habo.member, send, api.habo.mailbox.id, Draft(to[:2], "Till flera", "Hej"))
    api.deliver_due()
    got = {one.recipient.value: str(one.delivery_id) for one in api.transport.carried.values()}
    more = Draft(to[::-1], "Till flera", "Tillägg", reply_to=first.id)
    in_work(api.platform, api.habo.member, send, api.habo.mailbox.id, more)
    completing = [one["attributes"] for one in habo.listed().json()["data"]][2:]
    shown = {one["recipientAttention"]["subOrganization"]["extension"]: one["refToMessageId"] for one in completing}
    assert {value: shown[value] for value in got} == got
    assert shown.pop(values[2]) in got.values()
    one = completing[0]
    assert attributes(habo.get(one["messageId"]))["refToMessageId"] == one["refToMessageId"]


@OPERATIONS
def test_lists_come_in_pages(api: Any, habo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest first, with links to the pages around; what is between them is nowhere twice."""
    monkeypatch.setattr(messages, "BATCH", 2)
    names = [api.habo.arrive(api.kisa.address) for _ in range(5)]
    first = habo.ask("GET", params={"page[size]": "2", "filter[messageStatus]": "NEW"}).json()
    assert [one["attributes"]["messageId"] for one in first["data"]] == names[:2]
    assert "prev" not in first["links"]
    second = habo.http.get(first["links"]["next"], headers={"Authorization": f"Bearer {habo.token}"}).json()
    assert [one["attributes"]["messageId"] for one in second["data"]] == names[2:4]
    last = habo.ask("GET", params={"pagenumber": "3", "size": "2"}).json()
    assert [one["attributes"]["messageId"] for one in last["data"]] == names[4:]
    assert "next" not in last["links"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"label": None}, "data.attributes"),
    ({"label": "x" * 257}, "data.attributes.label"),
    ({"label": ""}, "data.attributes.label"),
    ({"confidentiality": "ja"}, "data.attributes.confidentiality"),
    ({"messageId": "1"}, "data.attributes.messageId"),
    ({"refToMessageId": "x"}, "data.attributes.refToMessageId"),
    ({"refToMessageId": "a8480ada6a1f44a3a9609acaf4efcdcd"}, "data.attributes.refToMessageId"),
    ({"conversationId": "urn:uuid:a8480ada-6a1f-44a3-a960-9acaf4efcdcd"}, "data.attributes.conversationId"),
    ({"creationDateTime": "3 Sept. 2019"}, "data.attributes.creationDateTime"),
    ({"sender": "0203:kisa.se"}, "data.attributes.sender"),
    ({"recipient": "0203:habo.se"}, "data.attributes.recipient"),
    (
        {"senderAttention": {"subOrganization": {"extension": "sdk:inkorg:0203:kisa.se"}}},
        "data.attributes.senderAttention.subOrganization.extension",
    ),
    (
        {"recipientAttention": {"subOrganization": {"extension": "sdk:nobody"}}},
        "data.attributes.recipientAttention.subOrganization.extension",
    ),
    ({"recipientAttention": None}, "data.attributes.recipientAttention.subOrganization.extension"),
    ({"digitalDocument": []}, "data.attributes.digitalDocument"),
    (
        {
            "digitalDocument": [
                {
                    "documentId": "1",
                    "contentFiles": [{"fileName": "a", "contentType": "application/pdf", "content": "?"}],
                }
            ]
        },
        "data.attributes.digitalDocument[0].contentFiles[0].content",
    ),
]


@OPERATIONS
def test_what_is_wrong_is_told_with_its_place(api: Any, habo: Any) -> None:
    """400 with problem details in the words of B1.4.2, and nothing is stored."""
    for changes, where in WRONG:
        answer = habo.send(**changes)
        assert answer.status_code == 400, where
        assert answer.headers["content-type"].startswith("application/json")
        problem = answer.json()
        assert (problem["type"], problem["title"]) == ("urn:problem-type:sdk:badRequest", "Bad Request")
        assert problem["eventIssues"][0]["typeCode"] == "MESSAGE_EXCHANGE_ERROR"
        assert problem["eventIssues"][0]["in"] == where
    assert habo.statuses() == []
    asked = habo.ask("POST", content=b"{", headers={"accept": "application/problem+json"})
    assert asked.headers["content-type"].startswith("application/problem+json")


@OPERATIONS
def test_too_large_a_message_is_refused(open_api: Any) -> None:
    """The limit of the settings holds for the files as they are, and for the request as it comes."""
    api = open_api(max_bytes=10)
    habo = api.client(api.habo).sign_in()
    answer = habo.send()
    assert answer.status_code == 400
    assert answer.json()["eventIssues"][0]["in"] == "data.attributes.digitalDocument"
    assert habo.ask("POST", content=b" " * 5_100_000, headers={"content-type": "application/json"}).status_code == 400


@OPERATIONS
def test_each_use_stands_in_the_event_log(api: Any, habo: Any) -> None:
    """Who, what and which message; no content."""
    from budkavle.storage.audit import entries

    name = habo.sent()
    habo.get(name)
    habo.listed()
    kinds = [one.kind for one in entries(api.platform.database, api.habo.organisation.id, limit=20)]
    for kind in ("api.client-added", "api.token-given", "api.sent", "api.read", "api.listed"):
        assert kind in kinds
    assert system_actor(api.habo.organisation.id).user_id is None


@OPERATIONS
def test_files_are_scanned_before_a_message_is_sent(api: Any, habo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Malware is refused with its place; without an answer the client is told to come again."""
    scanner = FakeScanner()
    scanner.switch_on(api.platform, monkeypatch)
    name = habo.sent()
    assert len(scanner.scanned) == 1
    content = base64.b64encode(b"%PDF-1.7 " + FakeScanner.MARK).decode()
    file = {"fileName": "ond.pdf", "contentType": "application/pdf", "content": content}
    sheets = [{"documentId": "d1", "contentTextBody": ["Hej!"], "contentFiles": [file]}]
    refused = habo.send(digitalDocument=sheets)
    assert refused.status_code == 400
    (issue,) = refused.json()["eventIssues"]
    assert issue["in"] == "data.attributes.digitalDocument"
    assert "ond.pdf innehåller skadlig kod" in refused.text
    scanner.answers = False
    waiting = habo.send()
    assert (waiting.status_code, waiting.headers["Retry-After"]) == (503, "60")
    assert habo.send(messageId=name).status_code == 400, "what is there already is told first"
    assert habo.statuses() == ["SCHEDULED"]
    scanner.answers = True
    habo.sent()
