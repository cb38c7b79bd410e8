"""The endpoint where an HTTP service delivers faxes. The service must know the secret in the settings."""

import base64
import hmac
import json
from typing import Any

from litestar import Router, post
from litestar.di import NamedDependency, Provide

from budkavle import Forbidden, Host, Invalid, TooLarge
from budkavle.web import WebRequest, allow_body
from budkavle_fax.carriers.http import at_path
from budkavle_fax.numbers.formats import called
from budkavle_fax.receiving.inbound import Arrivals
from budkavle_fax.receiving.message_text import Slip
from budkavle_fax.settings import HttpSettings
from budkavle_fax.transport import MOST_BYTES

PATH = "/plugin/fax/incoming"


def router(host: Host, arrivals: Arrivals) -> Router:
    """Return the route; without a configured secret, every request is refused."""
    settings: HttpSettings = host.settings.http

    async def find_words(request: WebRequest) -> Any:
        """Check the secret, and read the posted document.

        Raises:
            Forbidden: The secret is wrong.
            TooLarge: The document is longer than any fax.
            Invalid: It is not a JSON document.
        """
        secret = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not settings.incoming_secret or not hmac.compare_digest(secret.encode(), settings.incoming_secret.encode()):
            raise Forbidden("Faxtjänstens nyckel är fel.")
        allow_body(request, MOST_BYTES * 2, "fax service")
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_BYTES * 4 // 3:
                raise TooLarge("Faxet är för stort.")
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            raise Invalid("Faxtjänsten skickade inget JSON-dokument.") from error

    @post(PATH, sync_to_thread=True, status_code=204, foreign_callers=True, dependencies={"words": Provide(find_words)})
    def incoming(words: NamedDependency[Any]) -> None:
        """Store a fax; the response is sent when it is stored, and the service may deliver it again until then."""
        file, name = at_path(words, settings.incoming_file), at_path(words, settings.incoming_id)
        if not file or not name:
            raise Invalid("Faxet saknar fil eller identitet.")
        try:
            content = base64.b64decode(str(file), validate=True)
        except ValueError as error:
            raise Invalid("Faxets fil är inte base64.") from error
        to, caller = (str(at_path(words, path) or "") for path in (settings.incoming_to, settings.incoming_from))
        arrivals.take(Slip(f"http:{name}", called(to, ""), caller), content)

    return Router("", route_handlers=[incoming])
