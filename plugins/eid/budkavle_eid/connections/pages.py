"""The pages on which an administrator of the installation connects identity providers, tries and enables them."""

from collections.abc import Generator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from litestar import Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from budkavle import Actor, BudkavleError, Host, Invalid, NotFound, TooLarge, record
from budkavle.accounts import all_organisations, require_platform
from budkavle.identification import forget_providers
from budkavle.web import (
    Form,
    Visitor,
    WebRequest,
    plugin_page,
    read_multipart,
    require_authority,
    try_provider,
)
from budkavle_eid.claims import Refused
from budkavle_eid.connections.fields import COMMON, LEVELS, N_, WRONG, FormField, Values, check_name, kept
from budkavle_eid.connections.kinds import KINDS
from budkavle_eid.connections.source import provider_of
from budkavle_eid.connections.store import Connections, StoredConnection

PATH: Final = "/plugin/eid/connections"
MOST_BYTES = 512_000
"""The limit of a file; metadata of a federation are fetched from a URL instead."""
NO_METADATA = N_(
    "Filen går inte att läsa som SAML-metadata. Hämta den på nytt hos den som driver legitimeringstjänsten, och välj "
    "XML-filen och inte en sparad webbsida."
)
FRESH = N_("Visa vem du är igen, innan du ändrar hur man loggar in.")
_WHOLE = ""
"""The key of an error that belongs to no field."""
ATTRIBUTES = {
    "name": N_("namn"),
    "personnummer": N_("personnummer"),
    "email": N_("e-post"),
    "phone": N_("telefonnummer"),
    "org_number": N_("organisationsnummer"),
    "hsa_id": "HSA-id",
}
"""The attributes that a provider may give, as the page names them."""
SAID = {
    "saved": N_("Anslutningen är sparad. Prova den nu, innan du slår på den."),
    "on": N_("Anslutningen är på. Den syns på inloggningssidan inom ett par sekunder."),
    "off": N_("Anslutningen är av. Ingen kan logga in med den."),
    "removed": N_("Anslutningen är borttagen, med sina nycklar."),
}


def menu_line(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - the same for all
    """Return the entry in the menu of Administration."""
    return {"url": PATH, "text": N_("Inloggningssätt"), "icon": "key"}


async def find_posted(request: WebRequest, visitor: NamedDependency[Visitor]) -> Form:
    """Read the form with its files into memory."""
    form = await read_multipart(request, _keep)
    visitor.check_form(form)
    return form


def _keep(name: str, content_type: str) -> Generator[None, bytes, bytes]:  # noqa: ARG001 - as every form's
    content = bytearray()
    while piece := (yield):
        content += piece
        if len(content) > MOST_BYTES:
            raise TooLarge("Filen är för stor. Högst {kilobytes} kB går bra.", kilobytes=MOST_BYTES // 1000)
    return bytes(content)


def router(host: Host) -> Router:
    """Return the routes of the pages, and of our SAML metadata."""
    return Router(PATH, route_handlers=[*_reading(host), *_saving(host), *_switching(host), _metadata(host)])


def _reading(host: Host) -> list[HTTPRouteHandler]:
    stored = Connections(host)

    @get("/", sync_to_thread=True)
    def show_all(visitor: NamedDependency[Visitor], said: FromQuery[str] = "") -> Response[str]:
        """Show all identity providers: those of the settings file, and those that are connected here."""
        require_platform(visitor.actor)
        connections = stored.all()
        names = {connection.name for connection in connections}
        providers = host.platform.plugins.identity_providers.values()
        context = {
            "connections": [_row(visitor, connection) for connection in connections],
            "fixed": [provider for provider in providers if provider.name not in names],
            "levels": LEVELS,
            "kinds": [(kind, KINDS[kind].label) for kind in KINDS],
            "said": visitor.say(SAID[said]) if said in SAID else "",
            "path": PATH,
        }
        return plugin_page(visitor, "eid/connections.html", context)

    @get("/new", sync_to_thread=True)
    def show_new(visitor: NamedDependency[Visitor], kind: FromQuery[str] = "oidc") -> Response[str]:
        """Show an empty form."""
        require_platform(visitor.actor)
        return _form(visitor, _kind(kind), {})

    @get("/{name:str}", sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], name: FromPath[str], said: FromQuery[str] = "") -> Response[str]:
        """Show a connection with its form, and the result of the last trial."""
        require_platform(visitor.actor)
        connection = stored.find(name)
        return _form(visitor, connection.kind, connection.values, connection=connection, said=said)

    return [show_all, show_new, show]


def _saving(host: Host) -> list[HTTPRouteHandler]:
    stored = Connections(host)

    @post("/new", sync_to_thread=True, status_code=200, dependencies={"posted": Provide(find_posted)})
    def make(
        visitor: NamedDependency[Visitor], posted: NamedDependency[Form], kind: FromQuery[str] = "oidc"
    ) -> Response[Any]:
        """Store a new connection, or show the errors at its fields."""
        require_platform(visitor.actor)
        require_authority(visitor, FRESH)
        return _save(host, visitor, _kind(kind), posted, None)

    @post("/{name:str}", sync_to_thread=True, status_code=200, dependencies={"posted": Provide(find_posted)})
    def save(visitor: NamedDependency[Visitor], posted: NamedDependency[Form], name: FromPath[str]) -> Response[Any]:
        """Store the changes as a draft: the enabled version stays until the draft is enabled."""
        require_platform(visitor.actor)
        require_authority(visitor, FRESH)
        connection = stored.find(name)
        return _save(host, visitor, connection.kind, posted, connection)

    return [make, save]


def _switching(host: Host) -> list[HTTPRouteHandler]:
    stored = Connections(host)

    @post("/{name:str}/try", sync_to_thread=True, status_code=200)
    def try_it(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],  # noqa: ARG001 - checks the token
        name: FromPath[str],
    ) -> Response[Any]:
        """Start a trial: the administrator identifies with the draft, without signing in."""
        require_platform(visitor.actor)
        forget_providers(host.platform)
        return try_provider(visitor, stored.find(name).name, return_to=f"{PATH}/{name}")

    @post("/{name:str}/on", sync_to_thread=True)
    def switch_on(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],  # noqa: ARG001 - checks the token
        name: FromPath[str],
    ) -> Redirect:
        """Enable the draft that has been tried."""
        return _changed(host, visitor, name, "on", lambda: stored.switch_on(name))

    @post("/{name:str}/off", sync_to_thread=True)
    def switch_off(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],  # noqa: ARG001 - checks the token
        name: FromPath[str],
    ) -> Redirect:
        """Disable it for sign-in."""
        return _changed(host, visitor, name, "off", lambda: stored.switch_off(name))

    @post("/{name:str}/remove", sync_to_thread=True)
    def remove(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],  # noqa: ARG001 - checks the token
        name: FromPath[str],
    ) -> Redirect:
        """Delete a connection that is disabled."""
        return _changed(host, visitor, name, "removed", lambda: stored.remove(name))

    return [try_it, switch_on, switch_off, remove]


def _metadata(host: Host) -> HTTPRouteHandler:
    stored = Connections(host)

    @get("/{name:str}/metadata", sync_to_thread=True, media_type="application/samlmetadata+xml")
    def metadata(name: FromPath[str]) -> bytes:
        """Return our SAML metadata, which are public; the same for a draft and the enabled version."""
        connection = stored.find(name)
        if connection.kind != "saml":
            raise NotFound("Sidan finns inte.")
        content: bytes = provider_of(host, "saml", connection.values).metadata()  # type: ignore[attr-defined] # of SAML
        return content

    return metadata


def _changed(host: Host, visitor: Visitor, name: str, change: str, make: Any) -> Redirect:
    require_platform(visitor.actor)
    require_authority(visitor, FRESH)
    label = Connections(host).find(name).values.get("label", name)
    make()
    _record(host, visitor, change, label)
    where = PATH if change == "removed" else f"{PATH}/{name}"
    return Redirect(f"{where}?said={change}", status_code=303)


def _record(host: Host, visitor: Visitor, change: str, label: str) -> None:
    forget_providers(host.platform)
    with visitor.work() as work:
        record(work, f"eid.connection-{change}", None, label=label)


def _save(host: Host, visitor: Visitor, kind: str, posted: Form, connection: StoredConnection | None) -> Response[Any]:
    typed = {name: posted.get(name) for name in posted.values}
    typed |= {name: posted.values[name][-1] for name in ("passphrase", "client_secret") if name in posted.values}
    try:
        name = connection.name if connection else check_name(typed.get("name", ""), _taken(host))
        _check_organisations(host, visitor, typed.get("organisations", ""))
        files = dict(zip(posted.file_fields, posted.files, strict=True))
        before = connection.values if connection else {"entity_id": ""}
        values = {**kept(KINDS[kind], typed, files, before), "name": name}
        if kind == "saml":
            base = host.platform.settings.base_url.rstrip("/")
            values["entity_id"] = f"{base}{PATH}/{name}/metadata"
        _require_readable(provider_of(host, kind, values), values)
    except Invalid as error:
        errors = {field: visitor.say(sentence, **error.facts) for field, sentence in error.fields.items()}
        shown = {**(connection.values if connection else {}), **typed}
        return _form(visitor, kind, shown, connection=connection, errors=errors)
    except BudkavleError as error:  # raised by the plugin's settings
        shown = {**(connection.values if connection else {}), **typed}
        wrong = visitor.say(error.message, **error.facts)
        return _form(visitor, kind, shown, connection=connection, errors={_WHOLE: wrong})
    Connections(host).save(name, kind, values)
    _record(host, visitor, "saved", values["label"])
    return Redirect(f"{PATH}/{name}?said=saved", status_code=303)


def _require_readable(provider: Any, values: Mapping[str, str]) -> None:
    """Refuse a file that is not SAML metadata; metadata from a URL are checked by the health page."""
    if not values.get("metadata_file"):
        return
    from budkavle_eid.saml.metadata import UNREADABLE  # slow to import, and rarely used

    try:
        provider.source.current()
    except Refused as refused:
        if refused.reason == UNREADABLE:
            raise Invalid(WRONG, fields={"metadata_file": NO_METADATA}) from refused


def _taken(host: Host) -> list[str]:
    return [*host.platform.plugins.identity_providers, *(connection.name for connection in Connections(host).all())]


def _check_organisations(host: Host, visitor: Visitor, slugs: str) -> None:
    existing = {organisation.slug for organisation in all_organisations(host.platform, visitor.actor)}
    missing = [slug for slug in slugs.replace(",", " ").split() if slug not in existing]
    if missing:
        sentence = N_("Det finns ingen organisation med kortnamnet {missing}.")
        raise Invalid(WRONG, fields={"organisations": sentence}, missing=", ".join(missing))


def _kind(kind: str) -> str:
    if kind not in KINDS:
        raise NotFound("Sidan finns inte.")
    return kind


def _row(visitor: Visitor, connection: StoredConnection) -> dict[str, Any]:
    return {
        "name": connection.name,
        "label": connection.values.get("label", connection.name),
        "kind": KINDS[connection.kind].label,
        "organisations": connection.values.get("organisations", ""),
        "on": connection.active is not None,
        "changed": connection.active is not None and connection.draft is not None,
        "level": visitor.say(LEVELS[connection.values["loa"]]),
        "url": f"{PATH}/{connection.name}",
    }


def _form(
    visitor: Visitor,
    kind: str,
    values: Values,
    *,
    connection: StoredConnection | None = None,
    errors: Mapping[str, str] | None = None,
    said: str = "",
) -> Response[str]:
    stored = connection.values if connection else {}
    context = {
        "kind": kind,
        "title": connection.values.get("label", "") if connection else KINDS[kind].label,
        "fields": [_shown(visitor, form_field, values, stored) for form_field in (*COMMON, *KINDS[kind].fields)],
        "name": values.get("name", ""),
        "connection": connection,
        "trial": _trial(visitor, connection) if connection and connection.trial else None,
        "base": visitor.platform.settings.base_url.rstrip("/"),
        "errors": {field: text for field, text in (errors or {}).items() if field != _WHOLE},
        "wrong": (errors or {}).get(_WHOLE, ""),
        "said": visitor.say(SAID[said]) if said in SAID else "",
        "path": PATH,
    }
    status = 422 if errors else 200
    return plugin_page(visitor, "eid/connection.html", context, status=status)


def _shown(visitor: Visitor, form_field: FormField, values: Values, stored: Values) -> dict[str, Any]:
    hint = visitor.say(form_field.hint) if form_field.hint else ""
    if form_field.kind in {"secret", "file"} and stored.get(form_field.name):
        hint += " " + visitor.say(N_("Det som är sparat visas inte. Lämna fältet tomt för att behålla det."))
    return {
        "name": form_field.name,
        "label": visitor.say(form_field.label),
        "kind": form_field.kind,
        "hint": hint.strip() or None,
        "value": "" if form_field.kind in {"secret", "file"} else values.get(form_field.name, form_field.usual),
        "options": [(value, visitor.say(text)) for value, text in form_field.choices.items()],
    }


def _trial(visitor: Visitor, connection: StoredConnection) -> dict[str, Any]:
    trial = connection.trial
    if trial is None:
        raise ValueError(connection.name)
    return {
        "at": datetime.fromtimestamp(trial.at, UTC),
        "level": visitor.say(LEVELS[str(trial.loa)]),
        "name": trial.name,
        "attributes": ", ".join(visitor.say(ATTRIBUTES[name]) for name in trial.attributes if name in ATTRIBUTES),
    }
