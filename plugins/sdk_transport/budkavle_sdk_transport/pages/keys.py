"""The page of an organisation's keys, for its administrators: what to do about each, and a new one (feature SD18)."""

from collections.abc import Generator, Mapping
from typing import Any, Final
from uuid import UUID

from cryptography.hazmat.primitives.serialization import Encoding
from litestar import Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle import Actor, Host, Invalid, TooLarge
from budkavle.web import Form, Visitor, WebRequest, plugin_page, read_multipart
from budkavle_sdk_transport.keys import management
from budkavle_sdk_transport.keys.management import KeyView, keys_of

PATH: Final = "/plugin/sdk/keys"


async def find_posted(request: WebRequest, visitor: NamedDependency[Visitor]) -> Form:
    """Read the form with the key file, which stays in memory."""
    form = await read_multipart(request, _keep)
    visitor.check_form(form)
    return form


def router(host: Host) -> Router:
    """Return the page's routes."""
    return Router("", route_handlers=[*_listing(host), _download(host)])


def card(host: Host, actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - the same for all
    """Return what the card among the organisation's settings shows: whether there is something to do."""
    return {"url": PATH, "urgent": any(key.advice.look in {"bad", "wait"} for key in keys_of(host, actor)[1])}


def _listing(host: Host) -> list[HTTPRouteHandler]:
    @get(PATH, sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], said: FromQuery[str] = "") -> Response[str]:
        """Show the keys, and offer to add one."""
        return _page(host, visitor, said=said)

    @post(PATH, sync_to_thread=True, status_code=200, asks_fresh=True, dependencies={"posted": Provide(find_posted)})
    def add(visitor: NamedDependency[Visitor], posted: NamedDependency[Form]) -> Response[Any]:
        """Add one, or say at its field what is wrong; the password is not shown again."""
        content = next((file for file in posted.files if file), b"")
        password = posted.values.get("password", [""])[-1]
        try:
            management.import_key(host, visitor.actor, content, password)
        except Invalid as error:
            errors = {name: visitor.say(sentence, **error.facts) for name, sentence in error.fields.items()}
            return _page(host, visitor, errors=errors)
        return Redirect(f"{PATH}?said=added", status_code=303)

    return [show, add]


def _download(host: Host) -> HTTPRouteHandler:
    @get(f"{PATH}/{{pair_id:uuid}}/certificate", sync_to_thread=True)
    def certificate(visitor: NamedDependency[Visitor], pair_id: FromPath[UUID]) -> Response[bytes]:
        """Give a key's certificate, which is published; never the key."""
        pem = management.key_of(host, visitor.actor, pair_id).pair.certificate.public_bytes(Encoding.PEM)
        headers = {"Content-Disposition": f'attachment; filename="sdk-{pair_id}.pem"'}
        return Response(pem, media_type="application/x-pem-file", headers=headers)

    return certificate


def _page(host: Host, visitor: Visitor, *, errors: Mapping[str, str] | None = None, said: str = "") -> Response[str]:
    participant, keys = keys_of(host, visitor.actor)
    context = {
        "participant": participant,
        "keys": [_shown(visitor, key) for key in keys],
        "errors": errors or {},
        "said": said,
        "path": PATH,
    }
    return plugin_page(visitor, "sdk/keys.html", context, status=422 if errors else 200)


def _shown(visitor: Visitor, key: KeyView) -> dict[str, Any]:
    certificate = key.pair.certificate
    serial, role = f"{certificate.serial_number:x}", visitor.say(key.role, **key.facts)
    return {
        "id": key.id,
        "subject": certificate.subject.rfc4514_string().replace(",", ", "),
        "issuer": certificate.issuer.rfc4514_string().replace(",", ", "),
        "serial": " ".join(serial[at : at + 4] for at in range(0, len(serial), 4)),
        "day": f"{certificate.not_valid_after_utc:%Y-%m-%d}",
        "role": role[:1].upper() + role[1:],
        "advice": visitor.say(key.advice.sentence, **key.advice.facts),
        "look": key.advice.look,
        "certificate_url": f"{PATH}/{key.id}/certificate",
    }


def _keep(name: str, content_type: str) -> Generator[None, bytes, bytes]:  # noqa: ARG001 - as every form's files
    content = bytearray()
    while piece := (yield):
        content += piece
        if len(content) > management.MOST_BYTES:
            raise TooLarge(management.TOO_LARGE)
    return bytes(content)
