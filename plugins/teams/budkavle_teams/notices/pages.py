"""The page where a person allows notices in Teams, and the card under Aviseringar that links to it.

The person's account in Teams is learned here, from a token that Teams issues inside Teams. The mailboxes to be notified
about are chosen under Aviseringar, as for every other way.
"""

from collections.abc import Mapping
from typing import Any

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect

from budkavle import Actor, Host, Invalid, NotFound
from budkavle.accounts import read_settings
from budkavle.identification import identity_accounts
from budkavle.web import Form, Visitor, plugin_page
from budkavle_identity_tokens import KeysUnavailable, TokenRefused
from budkavle_teams.app_package import manifest_id
from budkavle_teams.deep_links import NOTICES, deep_link
from budkavle_teams.notices import recipients
from budkavle_teams.notices.section import ActivityNotices
from budkavle_teams.notices.way import OFF, is_on
from budkavle_teams.provider import REFUSED, SILENT
from budkavle_teams.tenants import Tenant, tenants
from budkavle_teams.texts import N_

PATH = "/plugin/teams/notices"
CHOICES = "/account/notices"
INSIDE = "Öppna sidan i appen i Teams. Där vet tjänsten vilket konto i Teams som är ditt."
NOT_LINKED = "Ditt konto i Teams är inte kopplat till kontot här. Öppna inkorgen i Teams och koppla det först."
FAULTS = {
    recipients.NOT_INSTALLED: N_(
        "Den senaste aviseringen kom inte fram: appen är inte installerad hos dig. Lägg till den under Appar i Teams."
    ),
    recipients.NO_CONSENT: N_(
        "Den senaste aviseringen kom inte fram: appen saknar behörighet i Teams. Säg till en administratör."
    ),
    recipients.DENIED: N_(
        "Den senaste aviseringen kom inte fram: Microsoft godtar inte appens hemlighet. Säg till en administratör."
    ),
    recipients.REFUSED: N_(
        "Den senaste aviseringen kom inte fram: Teams tog inte emot den. Säg till en administratör."
    ),
}


def router(host: Host) -> Router:
    """Return the pages."""

    @get(PATH, sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], said: FromQuery[str] = "") -> Response[str]:
        """Show whether Teams may notify the person."""
        return _page(host, visitor, said=said)

    @post(PATH, sync_to_thread=True, status_code=200)
    def save(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Allow Teams to notify the person, or stop it."""
        tenant, user_id = _tenant(host, visitor), visitor.session.user.id
        if form.get("end"):
            with visitor.work() as work:
                recipients.forget_recipient(host, work, user_id)
            return Redirect(f"{PATH}?said=off", status_code=303)
        try:
            subject = _subject(host, visitor, tenant, form.get("token"))
        except Invalid as fault:
            return _page(host, visitor, fault=fault.message)
        with visitor.work() as work:
            recipients.keep_recipient(host, work, user_id, subject)
        return Redirect(f"{PATH}?said=on", status_code=303)

    return Router("", route_handlers=[show, save])


def card(host: Host, actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - it is the actor's
    """Return the data of the card under Aviseringar; empty if the organisation has not enabled notices."""
    with host.work(actor) as work:
        if actor.user_id is None or not is_on(host, work):
            return {}
        recipient = recipients.find_recipient(host, work, actor.user_id)
    return {"url": PATH, "on": recipient is not None, "trouble": FAULTS.get(recipient.fault, "") if recipient else ""}


def _tenant(host: Host, visitor: Visitor) -> Tenant:
    slug = visitor.session.organisation.slug
    tenant = next((each for each in tenants(host) if slug in each.settings.organisations), None)
    with visitor.work() as work:
        if tenant is None or not is_on(host, work):
            raise NotFound(OFF)
    return tenant


def _subject(host: Host, visitor: Visitor, tenant: Tenant, token: str) -> str:
    """Return the account in Teams that a token names; it must be linked to the visitor's account."""
    if not token:
        raise Invalid(INSIDE)
    try:
        account = tenant.provider.account(token)
    except TokenRefused as refused:
        host.log.warning("teams.refused", provider=tenant.settings.name, reason=refused.reason)
        raise Invalid(REFUSED) from refused
    except KeysUnavailable as error:
        raise Invalid(SILENT) from error
    linked = identity_accounts(host.platform, tenant.settings.name, account.subject)
    if all(user.id != visitor.session.user.id for user in linked):
        raise Invalid(NOT_LINKED)
    return account.subject


def _page(host: Host, visitor: Visitor, *, fault: str = "", said: str = "") -> Response[str]:
    tenant, base = _tenant(host, visitor), host.platform.settings.base_url.rstrip("/")
    with visitor.work() as work:
        chosen = read_settings(work, ActivityNotices)
        recipient = recipients.find_recipient(host, work, visitor.session.user.id)
    frame = visitor.request.scope["state"].get("frame")
    app_id = chosen.catalog_id or manifest_id(base, tenant.settings)
    context = {
        "path": PATH,
        "choices_url": CHOICES,
        "said": said,
        "fault": fault,
        "is_inside": frame is not None and frame.name == tenant.settings.name,
        "is_on": recipient is not None,
        "origins": " ".join(host.settings.ancestors),
        "trouble": FAULTS.get(recipient.fault, "") if recipient else "",
        "trouble_at": recipient.fault_at if recipient else None,
        "told_at": recipient.told_at if recipient else None,
        "teams_url": deep_link(app_id, NOTICES, "Aviseringar", f"{base}{PATH}"),
    }
    return plugin_page(visitor, "teams/notices.html", context, status=422 if fault else 200)
