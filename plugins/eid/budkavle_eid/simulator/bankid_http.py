"""The HTTP interface of the simulated BankID: POST and exactly `application/json`, as RP API 6.0 requires."""

import json

from budkavle_eid.simulator.bankid import BankIdSimulator
from budkavle_eid.simulator.bankid_requests import BODIES, Refusal
from budkavle_eid.simulator.tls_server import HttpRequest, Reply, Service, as_json

BASE = "/rp/v6.0/"


def service(simulator: BankIdSimulator) -> Service:
    """Return the handler of requests."""

    def answer(request: HttpRequest) -> Reply:
        try:
            return as_json(200, simulator.call(request.owner, *_read(request)))
        except Refusal as error:
            limits = {"ratelimit-limit": "10", "ratelimit-remaining": "0"} if error.code == "tooManyRequests" else {}
            reply = as_json(error.status, {"errorCode": error.code, "details": error.details})
            return Reply(reply.status, reply.body, headers=limits)

    return answer


def _read(request: HttpRequest) -> tuple[str, object]:
    path = request.path.removeprefix(BASE)
    if not request.path.startswith(BASE) or path not in BODIES:
        raise Refusal("notFound")
    if request.method != "POST":
        raise Refusal("methodNotAllowed")
    if request.headers.get("content-type") != "application/json":
        raise Refusal("unsupportedMediaType")
    try:
        return path, json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise Refusal("invalidParameters", "no JSON") from error
