"""Identification as a flow: an identity provider answers step by step, and the core keeps the flow's purpose.

The core owns the flow (see `flow_store`), the level of assurance that a provider may claim, and which account an
identity opens. It owns the purpose too: signing in, a higher level, a new provider for an account, or a guest who reads
one message. The core trusts a provider only within its traits. If a provider fails, the person gets a plain message.
"""

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

import structlog
from msgspec.structs import replace

from budkavle.accounts.organisations import organisation
from budkavle.accounts.permissions import require_platform
from budkavle.identification import flow_store, outcome, providers, rate_limit
from budkavle.identification.flow_store import LIFETIME, OVER, PURPOSE, Flow, FlowContent, sweep
from budkavle.identification.mail_links.invitations import Invitation
from budkavle.identification.outcome import GuestIn, GuestOf, Linked, SignedIn, Turn
from budkavle.identification.rate_limit import Limit
from budkavle.identification.refusals.sign_ins import record_refused_flow
from budkavle.logs import describe
from budkavle.model.errors import BudkavleError, Invalid, Misconfigured, NotFound, NotSignedIn, Unresponsive
from budkavle.model.loa import Loa
from budkavle.model.people import Actor, GuestActor, Identity, Organisation, UserActor
from budkavle.model.sentences import Sentence
from budkavle.plugins.breakers import Called
from budkavle.plugins.protocols.identity_provider import Failed, IdentityProvider, Poll, Prompt, Redirect, Step
from budkavle.storage.platform import Platform

__all__ = ["GuestIn", "GuestOf", "Linked", "SignedIn", "Turn", "advance", "begin", "cancel", "restart", "sweep"]

SILENT = "Det gick inte att få svar från {way} just nu. Försök igen om en stund, eller välj ett annat sätt."
PATIENCE = 20.0
"""Timeout in seconds of one step of a provider; a late answer signs no one in."""
TOO_MANY = "Det blev för många försök. Börja om från början."
ASKED = Limit(20, LIFETIME)
"""The limit for answers in one flow to steps that ask for something that could be guessed."""
log = structlog.get_logger("budkavle.identification.flow")


def begin(  # noqa: PLR0913 - a flow has that many facts
    platform: Platform,
    provider: str,
    browser: str,
    *,
    wanted: Loa = Loa.ONE,
    return_to: str = "/",
    again: str = "/sign-in",
    hints: Mapping[str, str] | None = None,
    actor: Actor | None = None,
    link: bool = False,
    guest: GuestOf | None = None,
    trial: bool = False,
    invitation: Invitation | None = None,
) -> Turn:
    """Start a flow.

    Args:
        platform: The installation.
        provider: The name of the identity provider.
        browser: A secret in the browser's cookie, to which the flow is bound.
        wanted: The level that is needed; a lower one is refused.
        return_to: A path of ours to go to afterwards; anything else becomes `/`.
        again: A path of ours for starting again.
        hints: As in `IdentityProvider.start`; those about us (`return_url`, `organisation` ...) are filled in here.
        actor: The signed-in user, for a higher level or a link: the same person must identify.
        link: Whether to add the identity provider to the actor's account.
        guest: The message that a person without an account wants to read; then nobody is signed in.
        trial: Whether the actor, an administrator of the installation, tries the provider; then nobody is signed in.
        invitation: The invitation that opens the account of the identified person.

    Raises:
        Forbidden: A trial by an actor who is not an administrator of the installation.
        NotSignedIn: A trial without an actor.
        NotFound: The identity provider does not exist, or not for these people.
        Invalid: It can never reach the wanted level.
    """
    actor = invitation.user.acting() if invitation else actor
    tried = _tried_provider(platform, provider, actor) if trial else None
    identity_provider = tried or _choose_provider(platform, provider, guest, actor)
    _require_fit(identity_provider, wanted, link=link, invitation=invitation)
    origin = guest or actor
    whose = str(origin.organisation_id) if origin else ""
    given_hints = {**(hints or {}), "organisation": whose}
    start_hints = _hints(platform, identity_provider, browser, given_hints, actor, link=link)
    content = FlowContent(
        state={},
        hints=start_hints | {PURPOSE: Sentence(start_hints.get(PURPOSE, "")).to_text()},
        return_to=safe_path(return_to),
        again=safe_path(again),
        organisation=whose or None,
        account=str(actor.user_id) if actor else None,
        loa=int(actor.loa) if actor else 0,
        session=actor.session if isinstance(actor, UserActor) else "",
        link=link,
        trial=trial,
        guest=guest.ref if guest else None,
        invitation=invitation.mark if invitation else "",
    )
    step = _ask(platform, identity_provider, identity_provider.start, wanted, start_hints)
    flow = flow_store.begin(platform, browser, identity_provider.name, wanted, _after(content, step))
    return _turn(platform, flow, identity_provider, step)


def advance(
    platform: Platform, secret: str, browser: str, answers: Mapping[str, str], *, provider: str | None = None
) -> Turn:
    """Continue a flow with the browser's answers: typed fields, or the query of a peer's redirect.

    Args:
        platform: The installation.
        secret: The flow's secret.
        browser: The secret in the browser's cookie.
        answers: The fields or query that it sent.
        provider: The provider whose return URL the browser requested; a flow of another provider is not found there,
            nor one whose last step asked for input.

    Raises:
        NotFound: The flow has expired, is used, belongs to another provider, or was started in another browser.
        Conflict: The same flow continued in another window at the same moment.
    """
    flow = flow_store.find(platform, secret, browser)
    if provider is not None and (provider != flow.provider or flow.content.asks):
        log.warning("sign-in.mixed-up", provider=provider, began=flow.provider)
        raise NotFound(OVER)
    identity_provider = _require_provider(platform, flow.provider, trial=flow.content.trial)
    if flow.content.found:
        return outcome.choose(platform, flow, identity_provider, flow.content.found, answers.get("choice", ""))
    if flow.content.asks and not rate_limit.within(platform, ASKED, "flow", flow_store.digest(secret).hex()):
        return outcome.fail(platform, flow, TOO_MANY)
    step = _ask(platform, identity_provider, identity_provider.advance, flow.content.state, dict(answers))
    if not isinstance(step, Identity):
        flow_store.save(platform, flow, _after(flow.content, step))
    return _turn(platform, flow, identity_provider, step)


def first_form(platform: Platform, provider: IdentityProvider) -> Prompt | None:
    """Return the first form of a provider, to be shown before a flow starts.

    Only for a provider whose first step starts nothing elsewhere (`asks_for_password`); None for any other.
    """
    step = _ask(platform, provider, provider.start, Loa.ONE, {}) if provider.traits.asks_for_password else None
    return step if isinstance(step, Prompt) else None


def cancel(platform: Platform, secret: str, browser: str) -> str:
    """Cancel a flow, tell the provider, and return the path for starting again. An ended flow is not an error."""
    try:
        flow = flow_store.find(platform, secret, browser)
    except NotFound:
        return restart(platform, secret, browser)
    flow_store.use(platform, flow)
    provider = providers.provider_of(platform, flow.provider, trial=flow.content.trial)
    if provider:
        _ask(platform, provider, provider.cancel, flow.content.state)
    return flow.content.again


def restart(platform: Platform, secret: str, browser: str) -> str:
    """Return the path where this browser can start again, also when its flow has ended."""
    content = flow_store.origin(platform, secret, browser)
    return content.again if content else "/sign-in"


def safe_path(target: str) -> str:
    """Return a path of our own to go to after signing in; anything that could lead elsewhere becomes `/`."""
    # Browsers treat a backslash as a slash, and ignore unprintable characters, such as a tab between two slashes.
    ours = target.startswith("/") and not target.startswith("//") and "\\" not in target and target.isprintable()
    return target if ours else "/"


# Calling a provider, and handling its answers


def _hints(
    platform: Platform,
    provider: IdentityProvider,
    browser: str,
    hints: Mapping[str, str],
    actor: Actor | None,
    *,
    link: bool,
) -> dict[str, str]:
    base = platform.settings.base_url.rstrip("/")
    core_hints = {
        "return_url": f"{base}/sign-in/back/{provider.name}",
        "browser": sha256(f"hint|{browser}".encode()).hexdigest()[:32],
        "account": str(actor.user_id) if actor else "",
        "link": "1" if link else "",
        "loa": str(int(actor.loa)) if actor else "",
    }
    return {name: value for name, value in {**hints, **core_hints}.items() if value}


def _ask(platform: Platform, provider: IdentityProvider, method: Callable[..., Any], *values: object) -> Step:
    """Call a provider. An error becomes a sentence for the person, never a traceback or a lower level."""
    plugins = platform.plugins
    name = f"{provider.name}.{getattr(method, '__name__', '')}"
    called = Called(plugins.owner("identity_providers", provider.name), "identity_providers", name)
    try:
        step = plugins.walls.ask(called, PATIENCE, method, *values)
    except (Misconfigured, Unresponsive) as error:
        log.error("sign-in.provider-failed", provider=provider.name, **describe(error))  # noqa: TRY400 - no content in logs
    except BudkavleError as error:
        log.warning("sign-in.provider-says-no", provider=provider.name, **describe(error))
        return Failed(Sentence.of(error))
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything, and fails alone
        log.error("sign-in.provider-failed", provider=provider.name, **describe(error))  # noqa: TRY400 - no content in logs
    else:
        if isinstance(step, Redirect | Poll | Prompt | Failed | Identity):
            return step
        if step is not None:
            plugins.walls.judge(called, TypeError("a step was expected"), method)
            log.error("sign-in.provider-failed", provider=provider.name, error="no step")
    return Failed(Sentence(SILENT, way=Sentence(provider.label)))


def _after(content: FlowContent, step: Step) -> FlowContent:
    if isinstance(step, Poll | Prompt | Redirect):
        return replace(content, state=dict(step.state), asks=isinstance(step, Prompt))
    return content


def _turn(platform: Platform, flow: Flow, provider: IdentityProvider, step: Step) -> Turn:
    if isinstance(step, Identity):
        return outcome.end(platform, flow, provider, step)
    if _says_no(provider, step):
        record_refused_flow(platform, flow)
    if isinstance(step, Failed) and not step.retry:
        flow_store.use(platform, flow)
    return outcome.following(flow, step=step)


def _says_no(provider: IdentityProvider, step: Step) -> bool:
    """Tell whether a step is a failed identification; `account_secrets` records failed passwords itself."""
    if provider.traits.asks_for_password:
        return False
    return isinstance(step, Failed) or (isinstance(step, Prompt) and any(field.error for field in step.fields))


def _require_provider(platform: Platform, provider: str, *, trial: bool = False) -> IdentityProvider:
    identity_provider = providers.provider_of(platform, provider, trial=trial)
    if identity_provider is None:
        raise NotFound("Det sättet att logga in finns inte här.")
    return identity_provider


def _organisation(platform: Platform, actor: Actor) -> Organisation:
    with platform.work(actor) as work:
        return organisation(work)


def _tried_provider(platform: Platform, provider: str, actor: Actor | None) -> IdentityProvider:
    if actor is None:
        raise NotSignedIn("Logga in, och prova sedan.")
    require_platform(actor)
    return _require_provider(platform, provider, trial=True)


def _choose_provider(platform: Platform, provider: str, guest: GuestOf | None, actor: Actor | None) -> IdentityProvider:
    identity_provider = _require_provider(platform, provider)
    audience = providers.GUEST if guest else providers.STAFF
    home = GuestActor(guest.organisation_id) if guest else actor
    whose = _organisation(platform, home) if home else None
    if not (
        providers.fits(identity_provider, whose, audience) if whose else audience in identity_provider.traits.audiences
    ):
        raise NotFound("Det sättet att logga in finns inte här.")
    return identity_provider


def _require_fit(provider: IdentityProvider, wanted: Loa, *, link: bool, invitation: Invitation | None) -> None:
    """Require that a provider can serve the flow's purpose.

    Raises:
        NotFound: The invitation does not offer it, or it cannot be added to an account.
        Invalid: It can never reach the wanted level.
    """
    if invitation and provider not in invitation.ways:
        raise NotFound("Det sättet att logga in finns inte här.")
    if link and provider.traits.opens_account_by_address:
        raise NotFound("Det sättet läggs inte till: det öppnar kontot genom e-postadressen.")
    if not provider.traits.max_loa.meets(wanted):
        raise Invalid("Det här sättet att logga in når inte den tillitsnivå som behövs. Välj ett annat.")
