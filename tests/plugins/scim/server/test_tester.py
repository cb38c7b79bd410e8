"""scim2-tester judges the whole service, as it judges any other."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from tests.plugins.scim.conftest import Directory

from budkavle_scim.server.addresses import BASE


def through(directory: Directory) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """Return the service as a WSGI application, which is what the tester's client calls without a network."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        names = {name[5:].replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")}
        names |= {"Content-Type": environ.get("CONTENT_TYPE", "")}
        path = environ["PATH_INFO"].removeprefix(BASE) + (f"?{query}" if (query := environ["QUERY_STRING"]) else "")
        body = environ["wsgi.input"].read()
        answer = directory.ask(environ["REQUEST_METHOD"], path, content=body, headers=names)
        start_response(f"{answer.status_code} ", list(answer.headers.items()))
        return [answer.content]

    return app


@pytest.mark.feature("OX1")
@pytest.mark.slow
def test_the_tester_finds_no_fault(directory: Directory) -> None:
    """Every check succeeds but one that it skips: a search over users and groups together, which no directory asks."""
    from scim2_client.engines.wsgi import WSGISCIMClient  # it takes seconds, and each process of a run reads this file
    from scim2_tester import Status, check_server

    base = f"{directory.organisation.platform.settings.base_url}{BASE}"
    client = WSGISCIMClient(through(directory), base_url=base)
    client.discover()
    results = check_server(client)
    faults = [f"{result.title}: {result.reason}" for result in results if result.status != Status.SUCCESS]
    assert len(results) > 100
    assert all("/.search" in fault for fault in faults), faults
