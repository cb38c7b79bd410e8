"""The HTTP interface of the simulated Freja."""

from budkavle_eid.simulator.freja import FrejaSimulator
from budkavle_eid.simulator.freja_requests import Refusal, read, which
from budkavle_eid.simulator.tls_server import HttpRequest, Reply, Service, as_json


def service(simulator: FrejaSimulator) -> Service:
    """Return the handler of requests."""

    def answer(request: HttpRequest) -> Reply:
        if request.method != "POST":
            return as_json(405, {"message": "Method not allowed."})
        try:
            kind, call = which(request.path)
            fields, party = read(call, request.body)
            return as_json(200, simulator.call(request.owner, kind, call, fields, party))
        except Refusal as error:
            return as_json(422 if error.code >= 2000 else 400, error.body)

    return answer
