"""Microsoft Graph for meetings and calendars; its errors become plain sentences.

Source: Microsoft Learn, "Allow applications to access online meetings on behalf of a user" and "Microsoft Graph error
responses".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from budkavle import Host, Permanent, Temporary
from budkavle_meetings.providers.settings import TeamsRooms
from budkavle_microsoft_apps import GraphAnswer, GraphApp, GraphClient, GraphSilent, TokenDenied

NO_ANSWER = "Microsoft svarar inte just nu. Försök igen om en stund."
BUSY = "Microsoft har för mycket att göra just nu. Försök igen om en stund."
NO_TENANT = "Microsoft känner inte katalogen. Kontrollera katalog-id."
NO_CLIENT = "Microsoft känner inte programmet i katalogen. Kontrollera program-id."
WRONG_SECRET = "Microsoft godtar inte klienthemligheten. Den kan ha gått ut. Skapa en ny i Entra ID och spara den här."  # noqa: S105 - a sentence
NO_POLICY = (
    "Programmet får inte skapa möten i kontot {account}. Ge kontot en åtkomstprincip för programmet"
    " (New-CsApplicationAccessPolicy), och vänta upp till 30 minuter."
)
NO_CONSENT = (
    "Programmet saknar behörighet i Microsoft Graph. Lägg till {permission}, och godkänn den för organisationen."
)
NO_ACCOUNT = "Kontot {account} finns inte i katalogen, eller saknar Teams."
UNEXPECTED = "Microsoft svarade något oväntat ({status})."
_DENIALS = {"tenant": NO_TENANT, "client": NO_CLIENT, "secret": WRONG_SECRET}


@dataclass(frozen=True, slots=True)
class Graph:
    """Graph as used by one organisation's application.

    Attributes:
        entra_url: Address for tokens, from `[plugins.meetings]`.
        graph_url: Address of Graph.
    """

    host: Host
    organisation_id: UUID
    settings: TeamsRooms
    entra_url: str
    graph_url: str

    def post(self, path: str, content: dict[str, Any], *, account: str, permission: str) -> Mapping[str, Any]:
        """Post to a path of Graph, and return the response.

        Args:
            path: Below `/v1.0`.
            content: The request body, sent as JSON.
            account: The owner of the meetings or calendar, for error messages.
            permission: The permission that the call needs, for error messages.

        Raises:
            Temporary: Microsoft does not answer now.
            Permanent: It refuses; the message says what to do.
        """
        try:
            answer = self._client.post(path, content)
        except (GraphSilent, TokenDenied) as error:
            raise _fault(error) from error
        return _read(answer, account, permission)

    def token(self) -> str:
        """Return a token for Graph, cached in this process until shortly before it expires.

        Raises:
            Temporary: Microsoft does not answer now.
            Permanent: It refuses the application.
        """
        try:
            return self._client.token()
        except (GraphSilent, TokenDenied) as error:
            raise _fault(error) from error

    @property
    def _client(self) -> GraphClient:
        chosen = self.settings
        app = GraphApp(chosen.tenant, chosen.client_id, chosen.client_secret, self.entra_url, self.graph_url)
        return GraphClient(self.host, self.organisation_id, app)


def graph(host: Host, organisation_id: UUID, chosen: TeamsRooms) -> Graph:
    """Return Graph for an organisation's application."""
    return Graph(host, organisation_id, chosen, host.settings.entra_url, host.settings.graph_url)


def _fault(error: GraphSilent | TokenDenied) -> Temporary | Permanent:
    if isinstance(error, GraphSilent):
        return Temporary(BUSY if error.is_busy else NO_ANSWER)
    sentence = _DENIALS.get(error.reason)
    return Permanent(sentence) if sentence else Permanent(UNEXPECTED, status=error.status)


def _read(answer: GraphAnswer, account: str, permission: str) -> Mapping[str, Any]:
    status = answer.status
    if httpx.codes.is_success(status) and answer.content:
        return answer.content
    if status == httpx.codes.TOO_MANY_REQUESTS or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise Temporary(BUSY)
    if status == httpx.codes.UNAUTHORIZED:
        raise Permanent(WRONG_SECRET)
    if status == httpx.codes.FORBIDDEN and "policy" in answer.message.lower():
        raise Permanent(NO_POLICY, account=account)
    if status == httpx.codes.FORBIDDEN:
        raise Permanent(NO_CONSENT, permission=permission)
    if status == httpx.codes.NOT_FOUND:
        raise Permanent(NO_ACCOUNT, account=account)
    raise Permanent(UNEXPECTED, status=status)
