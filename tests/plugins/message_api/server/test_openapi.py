"""Digg's own OpenAPI file: what it allows is asked of our server, and a client made from it walks a message through."""

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from litestar.testing import TestClient
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks
from tests.docs.api_fields import check_fields

from budkavle import DeliveryState
from budkavle.web.app import create_app

ROOT = "https://sakert.habo.se"
BASE = f"{ROOT}/plugin/message_api/v1"
EXAMPLES = 8
CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]
"""Not `positive_data_acceptance`: the file allows a message without sender, addresses that nobody has, any filter."""
_few = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
FILTERS = ("[messageStatus]=NEW", "[size]=1", "?filter[handlingServiceId]=sdk:soc:0203:habo.se", "[no]=1", "x")


@pytest.fixture
def openapi(shared: Path) -> Path:
    return shared / "sdk-spec" / "api" / "sdk-api-restful.yml"


@pytest.mark.feature("MT1")
def test_nothing_breaks_our_own_document(open_api: Any) -> None:
    """The token endpoint and what tells about it hold to the document that they give."""
    api = open_api(tokens_per_minute=10_000)
    habo = api.client(api.habo)
    document = api.http.get("/plugin/message_api/openapi.json").json()
    forms = [{"client_assertion": habo.assertion(jti=str(number))} for number in range(3)]
    seen: dict[str, set[int]] = {}
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        operation = found.ok()

        @_few
        @given(case=operation.as_strategy())
        def ask(case: Any, own: set[int]) -> None:
            if forms and isinstance(case.body, dict):
                case.body = {**case.body, **forms.pop()}
                case.body.pop("client_id", None), case.body.pop("scope", None)
            sent = requests.Request(**case.as_transport_kwargs(base_url=ROOT)).prepare()
            answer = api.http.request(sent.method, sent.url, content=sent.body, headers=dict(sent.headers))
            case.validate_response(answer, checks=CHECKS)
            own.add(answer.status_code)

        ask(own=seen.setdefault(operation.definition.raw["operationId"], set()))
    assert seen["getToken"] >= {200, 401}
    assert seen["getMetadata"] == seen["getOpenapi"] == {200}
    told = api.http.get("/plugin/message_api/.well-known/oauth-authorization-server").json()
    check_fields("Metadata of the token address", told)


def test_nothing_breaks_the_openapi_file(openapi: Path, api: Any, habo: Any, written: Any) -> None:
    """Generated requests, right and wrong, get only the answers that the file has: no 500, no other shape."""
    known = [habo.sent(), api.habo.arrive(api.kisa.address)]
    statuses: dict[str, set[int]] = {}
    for found in schemathesis.openapi.from_path(openapi).get_all_operations():
        operation = found.ok()
        modes = list(GenerationMode) if operation.method == "post" else [GenerationMode.POSITIVE]
        for mode in modes:  # a path or a filter is any string: none breaks the file
            seen = statuses.setdefault(operation.definition.raw["operationId"], set())
            _explore(operation, mode, habo, written, known, seen)
    assert statuses["sendMessage"] >= {201, 400}
    assert statuses["getMessageByFilter"] >= {200, 400}
    assert statuses["getMessageById"] >= {200, 404}
    assert statuses["deleteMessageById"] >= {202, 400, 404}


def _explore(operation: Any, mode: GenerationMode, habo: Any, written: Any, known: list[str], seen: set[int]) -> None:
    turn = iter(range(10_000))

    @_few
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        if mode is GenerationMode.POSITIVE:
            _ground(case, next(turn), written, known)
        sent = requests.Request(**case.as_transport_kwargs(base_url=BASE)).prepare()
        headers = {**sent.headers, "Authorization": f"Bearer {habo.token}"}
        answer = habo.http.request(sent.method, sent.url, content=sent.body, headers=headers)
        assert answer.status_code < 500, answer.text
        case.validate_response(answer, checks=CHECKS)
        seen.add(answer.status_code)

    ask()


def _ground(case: Any, turn: int, written: Any, known: list[str]) -> None:
    """Let every second case be about something that there is, so that more than refusals is tried."""
    if turn % 2:
        return
    if "messageId" in (case.path_parameters or {}):
        case.path_parameters = {"messageId": known[turn // 2 % len(known)]}
    if case.method == "GET":
        case.query = {"filter": FILTERS[turn // 2 % len(FILTERS)]} if turn % 4 else {}
    if case.method == "POST":
        case.body = {"data": {"type": "messages", "attributes": written(label=f"Nummer {turn}")}}


@pytest.fixture
def generated(openapi: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A client that openapi-python-client has made from the file."""
    tool = Path(sys.executable).with_name("openapi-python-client")
    command = [str(tool), "generate", "--path", str(openapi), "--output-path", str(tmp_path / "digg_sdk"), "--meta"]
    subprocess.run([*command, "none"], check=True, capture_output=True)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("digg_sdk")
    for name in [one for one in sys.modules if one.partition(".")[0] == "digg_sdk"]:
        del sys.modules[name]


def test_a_client_made_from_the_file_walks_a_message_through(
    generated: ModuleType, api: Any, habo: Any, written: Any
) -> None:
    """It sends, lists by the filter as the file writes it, follows, fetches and deletes."""
    models = importlib.import_module("digg_sdk.models")
    cycle = "digg_sdk.api.message_life_cycle"
    by_filter, by_id, delete = (
        importlib.import_module(f"{cycle}.{name}")
        for name in ("get_message_by_filter", "get_message_by_id", "delete_message_by_id")
    )
    send = importlib.import_module("digg_sdk.api.send_message.send_message")
    with TestClient(create_app(api.platform), base_url=BASE) as http:
        http.headers["Authorization"] = f"Bearer {habo.token}"
        client = generated.Client(base_url=BASE).set_httpx_client(http)
        body = models.CreateMessage.from_dict({"data": {"type": "messages", "attributes": written()}})
        answer = send.sync_detailed(client=client, body=body)
        name = answer.headers["location"].rpartition("/")[2]
        assert answer.status_code == 201
        api.deliver_due()
        wanted = "?filter[recipientAttention.subOrganization.extension]=sdk:inkorg:0203:kisa.se"
        listed = by_filter.sync(client=client, filter_=wanted)
        assert [one.id for one in listed.data] == [name]
        assert listed.data[0].attributes.message_status == models.MessageStatusDef.WAITING_FOR_RECEIPT
        api.habo.answer(name, DeliveryState.ACKNOWLEDGED)
        one = by_id.sync(name, client=client)
        assert one.data.attributes.message_status == models.MessageStatusDef.ACCEPTED
        assert one.data.attributes.digital_document[0].content_files[0].file_name == "a.pdf"
        assert delete.sync_detailed(name, client=client).status_code == 202
        assert by_id.sync_detailed(name, client=client).status_code == 404
        assert by_filter.sync(client=client, filter_="filter[no]=1").status == 400
