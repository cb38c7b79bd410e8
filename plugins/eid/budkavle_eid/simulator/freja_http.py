"""The HTTP face of the simulated Freja."""

from budkavle_eid.simulator.freja import FrejaSimulator
from budkavle_eid.simulator.freja_requests import Refusal, read, which
from budkavle_eid.simulator.tls_server import Asked, Reply, Service, as_json


def service(simulator: FrejaSimulator) -> Service:
    """Return what answers a request."""

    def answer(asked: Asked) -> Reply:
        if asked.method != "POST":
            return as_json(405, {"message": "Method not allowed."})
        try:
            kind, call = which(asked.path)
            request, party = read(call, asked.body)
            return as_json(200, simulator.call(asked.owner, kind, call, request, party))
        except Refusal as error:
            return as_json(422 if error.code >= 2000 else 400, error.body)

    return answer
