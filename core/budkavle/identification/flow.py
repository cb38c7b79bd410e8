"""Identification as a flow: an identity provider answers step by step, and the core keeps what a flow is about.

The core owns the flow (see `flows`), the level of assurance that a provider may claim, whose account an identity opens,
and what a flow is for: signing in, a rise in level, a new way for an account, or a guest who reads one message. What a
provider says is believed only as far as it may say it; whatever goes wrong in it ends in a plain sentence.
"""

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

import structlog
from msgspec.structs import replace

from budkavle.accounts.organisations import organisation
from budkavle.identification import flow_store, outcome, providers, rate_limit
from budkavle.identification.flow_store import LIFETIME, OVER, Flow, Kept, sweep
from budkavle.identification.outcome import GuestIn, GuestOf, Linked, SignedIn, Turn
from budkavle.identification.password_provider import PasswordProvider
from budkavle.identification.rate_limit import Limit
from budkavle.logs import describe
from budkavle.model.errors import BudkavleError, Invalid, Misconfigured, NotFound, Unresponsive
from budkavle.model.loa import Loa
from budkavle.model.people import Actor, GuestActor, Identity, Organisation
from budkavle.plugins.calls import call_within
from budkavle.plugins.protocols import Failed, IdentityProvider, Poll, Prompt, Redirect, Step
from budkavle.storage.platform import Platform

__all__ = ["GuestIn", "GuestOf", "Linked", "SignedIn", "Turn", "advance", "begin", "cancel", "restart", "sweep"]

SILENT = "Det gick inte att få svar från {way} just nu. Försök igen om en stund, eller välj ett annat sätt."
PATIENCE = 20.0
"""Seconds that a provider has for one step; a late answer lets nobody in."""
TOO_MANY = "Det blev för många försök. Börja om från början."
ASKED = Limit(20, LIFETIME)
"""Answers in one flow to steps that ask for something that could be guessed."""
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
) -> Turn:
    """Begin a flow.

    Args:
        platform: What everything stands on.
        provider: The way, by its name.
        browser: A secret of the browser's own cookie, to which the flow is bound.
        wanted: The level that is needed; less will not do.
        return_to: A path of ours to go to afterwards; anything else becomes `/`.
        again: A path of ours to begin anew from.
        hints: As in `IdentityProvider.start`; those about us (`return_url`, `organisation` ...) are filled in here.
        actor: Who is signed in already, for a rise in level or a link: the same person must come out of it.
        link: Whether the way is to be added to the actor's account.
        guest: What somebody without account wants to read; nobody is signed in then.

    Raises:
        NotFound: There is no such way for these people.
        Invalid: It can never reach the wanted level.
    """
    way = _way(platform, provider, guest, actor)
    if link and way.name == PasswordProvider.name:
        raise NotFound("Lösenordet väljer du under Mitt konto.")
    if not way.traits.max_loa.meets(wanted):
        raise Invalid("Det här sättet att logga in når inte den tillitsnivå som behövs. Välj ett annat.")
    home = guest or actor
    whose = str(home.organisation_id) if home else ""
    start_hints = _hints(platform, way, browser, {**(hints or {}), "organisation": whose}, actor, link=link)
    details = Kept(
        state={},
        hints=start_hints,
        return_to=safe_path(return_to),
        again=safe_path(again),
        organisation=whose or None,
        account=str(actor.user_id) if actor else None,
        loa=int(actor.loa) if actor else 0,
        link=link,
        guest=guest.ref if guest else None,
    )
    step = _ask(way, way.start, wanted, start_hints)
    flow = flow_store.begin(platform, browser, way.name, wanted, _after(details, step))
    return _turn(platform, flow, way, step)


def advance(
    platform: Platform, secret: str, browser: str, answers: Mapping[str, str], *, provider: str | None = None
) -> Turn:
    """Go on with what the browser brought: typed fields, or the query of a peer's redirect.

    Args:
        platform: What everything stands on.
        secret: The flow's.
        browser: The browser's.
        answers: What it brought.
        provider: Whose address the browser came back to; a flow of another provider is not found there, nor one that
            has asked for something to be typed.

    Raises:
        NotFound: The flow is over, used, of another provider, or was begun in another browser.
        Conflict: The same flow went on in another window at the same moment.
    """
    flow = flow_store.find(platform, secret, browser)
    if provider is not None and (provider != flow.provider or flow.kept.asks):
        log.warning("sign-in.mixed-up", provider=provider, began=flow.provider)
        raise NotFound(OVER)
    way = _known(platform, flow.provider)
    if flow.kept.found:
        return outcome.choose(platform, flow, way, flow.kept.found, answers.get("choice", ""))
    if flow.kept.asks and not rate_limit.within(platform, ASKED, "flow", flow_store.digest(secret).hex()):
        return outcome.fail(platform, flow, TOO_MANY)
    step = _ask(way, way.advance, flow.kept.state, dict(answers))
    if not isinstance(step, Identity):
        flow_store.keep(platform, flow, _after(flow.kept, step))
    return _turn(platform, flow, way, step)


def cancel(platform: Platform, secret: str, browser: str) -> str:
    """Give up a flow, and return where to begin anew; the provider is told. One that is over already is no error."""
    try:
        flow = flow_store.find(platform, secret, browser)
    except NotFound:
        return restart(platform, secret, browser)
    flow_store.use(platform, flow)
    way = providers.providers(platform).get(flow.provider)
    if way:
        _ask(way, way.cancel, flow.kept.state)
    return flow.kept.again


def restart(platform: Platform, secret: str, browser: str) -> str:
    """Return where this browser can begin anew, also when its flow is over."""
    details = flow_store.origin(platform, secret, browser)
    return details.again if details else "/sign-in"


def safe_path(target: str) -> str:
    """Return a path of our own to go to after signing in; anything that could lead elsewhere becomes `/`."""
    # Browsers take a backslash for a slash and pass over what is not printable, as a tab between two slashes.
    ours = target.startswith("/") and not target.startswith("//") and "\\" not in target and target.isprintable()
    return target if ours else "/"


# What a provider is told, and what becomes of its answers


def _hints(
    platform: Platform,
    way: IdentityProvider,
    browser: str,
    hints: Mapping[str, str],
    actor: Actor | None,
    *,
    link: bool,
) -> dict[str, str]:
    base = platform.settings.base_url.rstrip("/")
    core_hints = {
        "return_url": f"{base}/sign-in/back/{way.name}",
        "browser": sha256(f"hint|{browser}".encode()).hexdigest()[:32],
        "account": str(actor.user_id) if actor else "",
        "link": "1" if link else "",
        "loa": str(int(actor.loa)) if actor else "",
    }
    return {name: value for name, value in {**hints, **core_hints}.items() if value}


def _ask(way: IdentityProvider, method: Callable[..., Any], *values: object) -> Step:
    """Ask a provider. What it raises becomes a sentence: no traceback, and never a lower level instead."""
    try:
        step = call_within(PATIENCE, way.name, method, *values)
    except (Misconfigured, Unresponsive) as error:
        log.error("sign-in.provider-failed", provider=way.name, **describe(error))  # noqa: TRY400 - no content in logs
    except BudkavleError as error:
        log.warning("sign-in.provider-says-no", provider=way.name, **describe(error))
        return Failed(str(error))
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything, and fails alone
        log.error("sign-in.provider-failed", provider=way.name, **describe(error))  # noqa: TRY400 - no content in logs
    else:
        if isinstance(step, Redirect | Poll | Prompt | Failed | Identity):
            return step
        if step is not None:
            log.error("sign-in.provider-failed", provider=way.name, error="no step")
    return Failed(SILENT.format(way=way.label))


def _after(details: Kept, step: Step) -> Kept:
    if isinstance(step, Poll | Prompt | Redirect):
        return replace(details, state=dict(step.state), asks=isinstance(step, Prompt))
    return details


def _turn(platform: Platform, flow: Flow, way: IdentityProvider, step: Step) -> Turn:
    if isinstance(step, Identity):
        return outcome.end(platform, flow, way, step)
    if isinstance(step, Failed) and not step.retry:
        flow_store.use(platform, flow)
    return outcome.following(flow, step=step)


def _known(platform: Platform, provider: str) -> IdentityProvider:
    named = providers.providers(platform).get(provider)
    if named is None:
        raise NotFound("Det sättet att logga in finns inte här.")
    return named


def _organisation(platform: Platform, actor: Actor) -> Organisation:
    with platform.work(actor) as work:
        return organisation(work)


def _way(platform: Platform, provider: str, guest: GuestOf | None, actor: Actor | None) -> IdentityProvider:
    way = _known(platform, provider)
    audience = providers.GUEST if guest else providers.STAFF
    home = GuestActor(guest.organisation_id) if guest else actor
    whose = _organisation(platform, home) if home else None
    if not (providers.fits(way, whose, audience) if whose else audience in way.traits.audiences):
        raise NotFound("Det sättet att logga in finns inte här.")
    return way
