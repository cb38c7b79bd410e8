"""The pages of administrators: the organisation's own words, and what has been sent."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery
from litestar.response import Redirect

from budkavle import Actor, BudkavleError, Host, Invalid, Permanent, record
from budkavle.accounts import find_organisation, require_admin
from budkavle.identification import Limit, within_limit
from budkavle.notices import NoticeKind, NoticeState, list_notices
from budkavle.web import Form, Visitor, plugin_page
from budkavle_sms import organisation_settings
from budkavle_sms.gateways import trial
from budkavle_sms.gateways.base import Sms
from budkavle_sms.messages.phone_numbers import e164, masked
from budkavle_sms.messages.segments import segments
from budkavle_sms.messages.senders import proposed
from budkavle_sms.notices.arrivals import TOPIC as ARRIVAL
from budkavle_sms.notifier import SENT
from budkavle_sms.organisation_settings import OwnWords
from budkavle_sms.parts import parts
from budkavle_sms.provider import TOPIC as CODE
from budkavle_sms.texts import NOTICES, notice

PATH = "/plugin/sms"
SETTINGS, OUTBOX = f"{PATH}/settings", f"{PATH}/outbox"
SHOWN = 50
TESTS = Limit(10, timedelta(hours=1))
"""Tests with a message, of one organisation."""
TOO_MANY = "Många prov är skickade den senaste timmen. Vänta en stund, och prova igen."
LOOKS = {NoticeState.DELIVERED: "ok", NoticeState.FAILED: "bad", NoticeState.PARKED: "bad"}


def router(host: Host) -> Router:
    """Return the pages."""
    return Router("", route_handlers=_handlers(host))


def _handlers(host: Host) -> list[HTTPRouteHandler]:
    @get(SETTINGS, sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], said: FromQuery[str] = "") -> Response[str]:
        """Show the organisation's words, with what its texts become."""
        require_admin(visitor.actor)
        words = organisation_settings.own_words(host, visitor.actor.organisation_id)
        return _settings(host, visitor, words, said=said == "saved")

    @post(SETTINGS, sync_to_thread=True, status_code=200)
    def save(visitor: NamedDependency[Visitor], form: NamedDependency[Form]) -> Response[Any]:
        """Keep them, show what they become, or say at each field what is wrong."""
        require_admin(visitor.actor)
        if form.get("try"):
            return _tried(host, visitor, form.get("number").strip())
        typed = _typed(form)
        if form.get("count"):
            return _settings(host, visitor, typed)
        try:
            organisation_settings.change(host, visitor.actor, typed)
        except Invalid as error:
            return _settings(host, visitor, typed, error.fields)
        return Redirect(f"{SETTINGS}?said=saved", status_code=303)

    @get(OUTBOX, sync_to_thread=True)
    def show_sent(visitor: NamedDependency[Visitor]) -> Response[str]:
        """Show what has been sent; the texts only where the gateway is that of development."""
        require_admin(visitor.actor)
        kinds, states, is_log = _kinds(visitor), _states(visitor), host.settings.gateway == "log"
        with visitor.work() as work:
            latest = list_notices(work, NoticeKind.SMS, SHOWN)
        rows = [
            {
                "at": sent.status.asked_at,
                "kind": kinds.get(sent.status.topic, visitor.say("Annat")),
                "to": masked(sent.notice.address),
                "state": states[sent.status.state],
                "look": LOOKS.get(sent.status.state, "wait"),
                "failure": visitor.say(sent.status.failure) if sent.status.failure else "",
                "text": sent.notice.text if is_log and sent.status.state is not NoticeState.WAITING else "",
            }
            for sent in latest
        ]
        context = {"rows": rows, "settings_url": SETTINGS, "is_log": is_log}
        return plugin_page(visitor, "sms/outbox.html", context, folder="sms")

    return [show, save, show_sent]


def nav_item(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the line of the rail that leads to the pages; nobody but administrators has it."""
    if not actor.is_admin:
        return {}
    return {"url": SETTINGS, "text": "SMS", "icon": "chat", "current": subject.get("folder") == "sms"}


def _kinds(visitor: Visitor) -> dict[str, str]:
    return {CODE: visitor.say("Kod"), ARRIVAL: visitor.say("Besked om meddelande")}


def _states(visitor: Visitor) -> dict[NoticeState, str]:
    return {
        NoticeState.WAITING: visitor.say("Väntar"),
        NoticeState.SENT: visitor.say("Skickat"),
        NoticeState.UNSURE: visitor.say("Kan ha skickats"),
        NoticeState.DELIVERED: visitor.say("Framme"),
        NoticeState.FAILED: visitor.say("Misslyckades"),
        NoticeState.PARKED: visitor.say("Misslyckades"),
        NoticeState.WITHDRAWN: visitor.say("Skickades inte"),
    }


def _tried(host: Host, visitor: Visitor, number: str) -> Response[str]:
    """Ask the gateway, send a test where a number is given, and say on the page how each step went."""
    actor, gateway = visitor.actor, parts(host).gateway
    words = organisation_settings.own_words(host, actor.organisation_id)
    try:
        sms = Sms(uuid4(), e164(number), words.sender, trial.TEXT) if number else None
    except Invalid as error:
        return _settings(host, visitor, words, {"number": str(error)})
    told: list[tuple[str, str]] = []
    try:
        if sms and not within_limit(host.platform, TESTS, "sms-try", str(actor.organisation_id)):
            raise Permanent(TOO_MANY)
        told.extend(("ok", visitor.say(step)) for step in trial.steps(gateway, sms))
    except BudkavleError as error:
        told.append(("bad", visitor.say(error.sentence)))
    is_well = told[-1][0] == "ok"
    with host.work(actor) as work:
        record(work, "sms.tested" if is_well else "sms.test-failed", actor.organisation_id)
        if sms and is_well:
            record(work, SENT, sms.id, what=str(len(segments(sms.text).parts)))
    return _settings(host, visitor, words, told=told)


def _typed(form: Form) -> OwnWords:
    texts = {language: " ".join(form.get(f"text_{language}").split()) for language in NOTICES}
    changed = {f"text_{language}": "" if text == NOTICES[language] else text for language, text in texts.items()}
    return OwnWords(form.get("sender"), bool(form.get("notices")), **changed)


def _settings(
    host: Host,
    visitor: Visitor,
    typed: OwnWords,
    faults: Mapping[str, str] | None = None,
    *,
    said: bool = False,
    told: Sequence[tuple[str, str]] = (),
) -> Response[str]:
    with host.work(visitor.actor) as work:
        name = find_organisation(work).name
    errors = {field: visitor.say(sentence) for field, sentence in (faults or {}).items()}
    context = {
        "typed": typed,
        "errors": errors,
        "said": said,
        "told": told,
        "standard": NOTICES,
        "proposed": proposed(name),
        "becomes": {
            "text_sv": _becomes(visitor, typed.text("sv"), name),
            "text_en": _becomes(visitor, typed.text("en"), name),
        },
        "settings_url": SETTINGS,
        "outbox_url": OUTBOX,
    }
    return plugin_page(visitor, "sms/settings.html", context, folder="sms", status=422 if errors else 200)


def _becomes(visitor: Visitor, template: str, name: str) -> str:
    """Say how many SMS a text becomes, and which sign makes them shorter."""
    whole = segments(notice(template, name))
    if len(whole.parts) == 1:
        sentence = visitor.say("Det blir ett SMS; {left} tecken till får plats.", left=whole.left)
    else:
        values = {"parts": len(whole.parts), "left": whole.left}
        sentence = visitor.say("Det blir {parts} SMS; {left} tecken till får plats i det sista.", **values)
    if whole.odd:
        sentence += " " + visitor.say(
            "Tecknet {sign} gör att bara 70 får plats i varje i stället för 160.", sign=whole.odd
        )
    return sentence
