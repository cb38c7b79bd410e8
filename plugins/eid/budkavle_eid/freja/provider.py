"""Freja eID as a way to show who one is: what is shown at each step, and what is believed in the end.

Freja has nothing like BankID's `returnUrl`: the link to the app stands in the page, so that nothing in it can prove
which browser the person came back in. On the same device the app must therefore have been on the browser's own network
(`NETWORK_INFO`), where the settings do not say otherwise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal
from urllib.parse import urlsplit

import msgspec
from joserfc.jwk import RSAKey

from budkavle import Failed, Identity, Loa, Poll, Step
from budkavle_eid.app_provider import AppProvider, AppWords, device_of, kept
from budkavle_eid.devices import Environment, back_to, same_network
from budkavle_eid.evidence import FrejaEvidence, Keep, forget, named
from budkavle_eid.freja import texts
from budkavle_eid.freja.api import Freja, FrejaError, Request, Result, Started, link, qr_text
from budkavle_eid.freja.signed_details import Attributes, attributes, verify
from budkavle_eid.mutual_tls import PeerDown, PeerStrange
from budkavle_eid.settings import FrejaSettings

ASK_EVERY = 3.0
"""Seconds between questions, as Freja wants it."""
WAIT = 5.0
"""Seconds until the next question to a Freja that does not answer."""
PATIENCE = 150.0
"""Seconds after which it is given up while Freja does not answer; no authentication lives longer than two minutes."""
GONE = 1100
"""The error code of a reference that is not, or no longer, known."""
Device = Literal["same", "other"]


class Flow(msgspec.Struct, frozen=True):
    """What is kept between the steps, sealed by the core; times are seconds since 1970."""

    hints: dict[str, str]
    device: Device
    level: str
    started: Started
    began: float
    asked: float = 0.0
    opened: bool = False


class FrejaProvider(AppProvider[Flow]):
    """An `IdentityProvider` for one connection to Freja eID.

    Args:
        settings: The connection's section.
        api: Its calls.
        keys: What answers may be signed with.
        environment: Who may begin, the log and the clock.
        keep: Takes the evidence of who has identified.
    """

    icon = "letter-f"
    words = AppWords("freja", texts.OVER, texts.DOWN, texts.STRANGE, texts.SAME_DEVICE, texts.OTHER_DEVICE)

    def __init__(
        self,
        settings: FrejaSettings,
        api: Freja,
        keys: Sequence[RSAKey],
        environment: Environment,
        keep: Keep = forget,
    ) -> None:
        super().__init__(settings, environment)
        self._settings, self._api, self._keys, self._keep_evidence = settings, api, keys, keep

    def start(self, wanted: Loa, hints: Mapping[str, str]) -> Step:
        """Begin for the device that the browser seems to run on; a personnummer needs EXTENDED at least."""
        return self._begin(dict(hints), device_of(hints), "PLUS" if wanted is Loa.THREE else "EXTENDED")

    def _opened(self, state: Mapping[str, str]) -> Flow | None:
        try:
            return msgspec.json.decode(state.get("flow", ""), type=Flow)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None

    def _begin_again(self, flow: Flow, device: Device) -> Step:
        return self._begin(flow.hints, device, flow.level)

    def _go_on(self, flow: Flow, answers: Mapping[str, str]) -> Step:
        """Poll the status, no more often than Freja allows."""
        now = self._clock()
        if "tick" not in answers or now - flow.asked < ASK_EVERY:
            return self._show(flow)
        flow = msgspec.structs.replace(flow, asked=now)
        try:
            return self._judge(flow, self._api.result(flow.started.auth_ref))
        except (PeerDown, PeerStrange, FrejaError) as error:
            return self._trouble(flow, error)

    def _cancel_order(self, flow: Flow) -> None:
        self._api.cancel(flow.started.auth_ref)

    def _refusal(self, error: Exception) -> str | None:
        return texts.refused(error.code) if isinstance(error, FrejaError) else None

    def _begin(self, hints: dict[str, str], device: Device, level: str) -> Step:
        if too_many := self._too_many(hints):
            return too_many
        origin = {
            "userAgent": hints.get("user_agent", ""),
            "userIpAddress": hints.get("ip", ""),
            "flowType": "SAME_DEVICE" if device == "same" else "ANOTHER_DEVICE",
        }
        dynamic = self._settings.dynamic_qr and device == "other"
        try:
            started = self._api.init(Request(level, dynamic, origin))
        except (PeerDown, PeerStrange, FrejaError) as error:
            return self._failed("init", error)
        return self._show(Flow(hints, device, level, started, self._clock()))

    def _judge(self, flow: Flow, result: Result) -> Step:
        if result.auth_ref != flow.started.auth_ref:
            raise PeerStrange("another authentication than the one that was asked about")
        if result.status in texts.PENDING:
            return self._show(msgspec.structs.replace(flow, opened=result.status != "STARTED"))
        if result.status != "APPROVED":
            self._log.info("freja.failed", reason=result.status if result.status in texts.FAILED else "unknown")
            return Failed(texts.FAILED.get(result.status, texts.STRANGE))
        lowest = flow.level if self._settings.kind == "personal" else ""
        ref, signed = flow.started.auth_ref, result.details or ""
        details = verify(signed, self._keys, ref, lowest, flow.began)
        evidence = FrejaEvidence(auth_ref=ref, level=lowest, began=flow.began, details=signed)
        return self._end(flow, attributes(details, result.requested_attributes), msgspec.json.encode(evidence))

    def _end(self, flow: Flow, person: Attributes, evidence: bytes) -> Step:
        number = person.ssn.ssn if person.ssn and person.ssn.country == "SE" else ""
        if number and (len(number) != 12 or not number.isdecimal()):
            raise PeerStrange("a personnummer that is none")
        loa = self._loa(person)
        refused = self._refused(flow, person, number, loa)
        if refused:
            return Failed(refused, retry=False)
        organisation = self._settings.kind == "organisation"
        subject = person.organisation_id_identifier if organisation else person.relying_party_user_id
        if not subject:
            raise PeerStrange("nobody in particular")
        self._keep_evidence(evidence)
        identity_attributes = {**self._attributes(person, number), "evidence": named(evidence)}
        return Identity(self.name, subject, min(loa, self.traits.max_loa), identity_attributes)

    def _attributes(self, person: Attributes, number: str) -> dict[str, str]:
        basic = person.basic_user_info
        values = {
            "personnummer": number,
            "name": f"{basic.name} {basic.surname}".strip(),
            "given_name": basic.name,
            "family_name": basic.surname,
            "email": person.email_address,
            "raw_acr": f"{person.loa_level}/{person.registration_level}",
            "method": self._method(person),
        }
        return {name: value for name, value in values.items() if value}

    def _method(self, person: Attributes) -> str:
        if self._settings.kind == "organisation":
            return "Freja Organisations eID"
        return "Freja eID+" if person.registration_level == "PLUS" else "Freja eID"

    def _loa(self, person: Attributes) -> Loa:
        """Return what was returned: the lower of the two levels that Freja tells; none that is known is no level."""
        returned = [level for level in (person.loa_level, person.registration_level) if level]
        levels = [self._settings.levels.get(level, 0) for level in returned]
        return Loa(min(levels, default=0))

    def _refused(self, flow: Flow, person: Attributes, number: str, loa: Loa) -> str:
        if loa is Loa.NONE or (flow.level == "PLUS" and loa is not Loa.THREE):
            self._log.warning("freja.level", reason=_told(person))
            return texts.LEVEL
        on_same_network = (
            same_network(flow.hints.get("ip", ""), person.network_info.public_ip) if flow.device == "same" else True
        )
        if not on_same_network:
            self._log.warning("freja.other-network")
        if not on_same_network and self._settings.same_network:
            return texts.OTHER_NETWORK
        expected = flow.hints.get("personnummer")
        if expected and expected != number:
            return texts.OTHER_PERSON if number else texts.NO_NUMBER
        return ""

    def _show(self, flow: Flow, message: str = "") -> Poll:
        state = kept(flow)
        choices = {} if flow.opened and flow.device == "other" else self._choices(flow)
        return_url = flow.hints.get("return_url", "")
        if flow.opened:
            return Poll(message or texts.LEGITIMATE, ASK_EVERY, choices=choices, state=state)
        if flow.device == "same":
            agent = flow.hints.get("user_agent", "")
            app_link = link(self._settings.app_url, flow.started.auth_ref, back_to(return_url, agent))
            return Poll(message or texts.OPEN, ASK_EVERY, app_url=app_link, choices=choices, state=state, app="Freja")
        parts = urlsplit(return_url)
        origin = f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
        code = qr_text(self._settings.app_url, flow.started, int(self._clock() - flow.began), origin)
        return Poll(message or texts.SCAN, 1.0, qr=code, choices=choices, state=state)

    def _trouble(self, flow: Flow, error: PeerDown | PeerStrange | FrejaError) -> Step:
        if isinstance(error, FrejaError) and error.code == GONE:
            return Failed(texts.OVER)
        if not isinstance(error, PeerDown):
            return self._failed("result", error)
        self._log.warning("freja.waiting", error=str(error))
        late = self._clock() - flow.began > PATIENCE
        return Failed(texts.DOWN) if late else replace(self._show(flow, texts.WAITING), seconds=WAIT)


def _told(person: Attributes) -> str:
    """Return the levels that came back, where they are ones that exist."""
    documented = {"BASIC", "EXTENDED", "PLUS", "LOA1", "LOA2", "LOA3", "LOA3_NR"}
    returned = (person.loa_level, person.registration_level)
    return "/".join(level if level in documented else "unknown" for level in returned)
