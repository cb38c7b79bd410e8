"""Microsoft Graph for activity notices, with its refusals: it knows who has the app, and its permissions.

Source: Microsoft Learn, "userTeamwork: sendActivityNotification" and "Send activity feed notifications" (limits and
errors; the texts of the 403 as observed in practice).
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from budkavle_identity_tokens.local_server import serving
from budkavle_identity_tokens.simulated_entra import Entra

NO_ROLE = "Missing role permissions on the request. API requires one of 'TeamsActivity.Send, TeamsActivity.Send.User'."
NO_APP = (
    "Application with AAD App Id '{app}' is not authorized to generate custom text notifications about '{path}' to the"
    " recipient. Ensure that the expected Teams app is installed in the target scope (user, team, or chat)."
)
PATH = re.compile(r"/v1\.0/users/([^/]+)/teamwork/sendActivityNotification\Z")
LONGEST_PREVIEW = 150


@dataclass
class ActivityGraph:
    """Graph, and the activity feeds of the tenant's people.

    Attributes:
        entra: The tenant.
        manifest: The uploaded manifest of the app, which declares its activity types.
        installed: Object ids of those who have the app.
        consent: Whether the app's permission is granted.
        status: If not 0, the status of every response; with `retry_after`.
        feed: Each person's feed by object id, the newest last; a newer notice of a chain replaces the older.
    """

    entra: Entra
    manifest: Mapping[str, Any]
    url: str = ""
    installed: set[str] = field(default_factory=set)
    consent: bool = True
    status: int = 0
    retry_after: str = ""
    asked: int = 0
    feed: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def answer(self, path: str, bearer: str, content: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Return the response to a call."""
        self.asked += 1
        if refused := self._refused(path, bearer):
            return refused
        if fault := self._wrong(content):
            return 400, _fault("BadRequest", fault)
        person, chain = path.split("/")[3], content.get("chainId")
        earlier = [each for each in self.feed.get(person, []) if chain is None or each.get("chainId") != chain]
        self.feed[person] = [*earlier, content]
        return 204, {}

    def _refused(self, path: str, bearer: str) -> tuple[int, dict[str, Any]] | None:
        person = PATH.match(path)
        if self.status:
            return self.status, _fault("TooManyRequests", "Try again.")
        if bearer.removeprefix("Bearer ") not in self.entra.app_tokens:
            return 401, _fault("InvalidAuthenticationToken", "Access token has expired or is not yet valid.")
        if person is None or person[1] not in self.entra.people.values():
            return 404, _fault("NotFound", "User not found.")
        if not self.consent:
            return 403, _fault("Forbidden", NO_ROLE)
        if person[1] not in self.installed:
            return 403, _fault("Forbidden", NO_APP.format(app=self.entra.client_id, path=path))
        return None

    def _wrong(self, content: Mapping[str, Any]) -> str:
        kinds = {each["type"]: each["templateText"] for each in self.manifest["activities"]["activityTypes"]}
        topic, preview = content["topic"], content["previewText"]["content"]
        if content["activityType"] not in kinds:
            return "The activity type is not declared in the manifest."
        given = {each["name"] for each in content["templateParameters"]}
        if given != set(re.findall(r"{(\w+)}", kinds[content["activityType"]])) - {"actor"}:
            return "The template parameters are not those of the template."
        if topic["source"] != "text" or not topic["webUrl"].startswith("https://teams.microsoft.com/l/"):
            return "A topic of source text needs a deep link."
        if not preview or len(preview) > LONGEST_PREVIEW:
            return "previewText is too long."
        return "" if -(2**63) <= content.get("chainId", 0) < 2**63 else "chainId is no Int64."

    @contextmanager
    def serving(self) -> Iterator["ActivityGraph"]:
        """Serve on localhost, in a thread."""
        server = _Server(("127.0.0.1", 0), _Handler)
        server.graph = self
        with serving(server) as self.url:
            yield self


class _Server(ThreadingHTTPServer):
    graph: ActivityGraph


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        graph = cast("_Server", self.server).graph
        content = json.loads(self.rfile.read(int(self.headers["content-length"])))
        status, answer = graph.answer(self.path, self.headers.get("authorization", ""), content)
        body = json.dumps(answer).encode() if answer else b""
        self.send_response(status)
        if graph.retry_after and graph.status:
            self.send_header("retry-after", graph.retry_after)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the base class's name
        """Log nothing."""


def _fault(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}
