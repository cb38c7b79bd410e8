"""BankID as an identity provider: what each step shows, and what is accepted in the end.

An order is started either for this device or for another one, never for both. For another device only the QR code is
shown. For this device only the link to the app is shown. Then the order ends in an identity only if the browser that
started it brings back the secret that only the app got (`returnUrl`). A person who is lured into opening somebody
else's link returns in a browser of their own, so the attacker's order never ends (session fixation, CWE-384).
"""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

import msgspec

from budkavle import Failed, Identity, Loa, Poll, Step
from budkavle_eid.app_provider import AppProvider, AppWords, device_of, kept
from budkavle_eid.bankid import texts
from budkavle_eid.bankid.api import (
    MAX_USER_AGENT,
    MOBILE,
    POLICIES,
    BankId,
    BankIdError,
    Collected,
    Completion,
    Request,
    User,
    qr_text,
)
from budkavle_eid.bankid.evidence import Evidence, OrderContent
from budkavle_eid.bankid.orders import Device, Flow, KeepsOnce, opened, word
from budkavle_eid.bankid.trust import Trust
from budkavle_eid.claims import Refused
from budkavle_eid.devices import Environment, back_to, is_mobile, same_network
from budkavle_eid.mutual_tls import PeerDown, PeerStrange
from budkavle_eid.settings import BankIdSettings

COLLECT_EVERY = 2.0
"""Seconds between polls; BankID allows no more."""
RESTART_WITHIN = 180.0
"""Seconds in which an order that was not opened in time (30 seconds) is restarted silently."""
PATIENCE = 240.0
"""Seconds after which an order is given up if BankID does not answer; no order lasts that long."""
WAIT = 5.0
"""Seconds until the next poll if BankID does not answer."""
PASSING = {"maintenance", "internalerror", "requesttimeout", "toomanyrequests"}
GONE = {"invalidparameters", "notfound"}
UNSCANNED = {"", "noClient", "outstandingTransaction"}
APP = "https://app.bankid.com/"
"""Opens the app on a telephone; on a computer `bankid:///` does."""
NONCE = "nonce"
KEPT = timedelta(minutes=2)
GRACE = 10.0
"""Seconds to wait for the result of an order that BankID no longer knows, because another request has fetched it."""
UNJUDGED = Trust()
"""Accepts BankID's answer without verifying the signature, and stores no evidence."""


class BankIdProvider(AppProvider[Flow]):
    """An `IdentityProvider` for one connection to BankID.

    Args:
        settings: The settings of the connection.
        api: The calls.
        store: Stores a result until the browser has returned.
        environment: The rate limit, the log and the clock.
        trust: Verifies signatures, and stores the evidence.
    """

    icon = "letter-b"
    words = AppWords("bankid", texts.OVER, texts.DOWN, texts.STRANGE, texts.SAME_DEVICE, texts.OTHER_DEVICE)

    def __init__(
        self,
        settings: BankIdSettings,
        api: BankId,
        store: KeepsOnce,
        environment: Environment,
        trust: Trust = UNJUDGED,
    ) -> None:
        super().__init__(settings, environment)
        self.method = "Mobilt BankID" if settings.policy == "mobile" else "BankID"
        self._settings, self._api, self._store = settings, api, store
        self._trust = trust

    def start(self, wanted: Loa, hints: Mapping[str, str]) -> Step:  # noqa: ARG002 - BankID has one level
        """Start an order for the device that the browser seems to run on."""
        return self._begin(dict(hints), device_of(hints), self._clock())

    def call_up(self, hints: Mapping[str, str]) -> Step:
        """Start an order for a person on the telephone; `hints` must have their `personnummer`.

        No page offers this: anyone who knows a number could send orders to its owner's telephone, and call them.
        """
        return self._begin(dict(hints), "call", self._clock())

    def _opened(self, state: Mapping[str, str]) -> Flow | None:
        return opened(state)

    def _begin_again(self, flow: Flow, device: Literal["same", "other"]) -> Step:
        return self._begin(flow.hints, device, flow.began)

    def _go_on(self, flow: Flow, answers: Mapping[str, str]) -> Step:
        """Poll the status of the order, or record that the browser has returned."""
        if self._came_back(flow, answers):
            flow = msgspec.structs.replace(flow, returned=True)
        return self._look(flow) if "tick" in answers or flow.returned else self._show(flow)

    def _cancel_order(self, flow: Flow) -> None:
        self._api.cancel(flow.order.order_ref)

    def _refusal(self, error: Exception) -> str | None:
        return texts.refused(error.code) if isinstance(error, BankIdError) else None

    def _logged(self, error: Exception) -> str:
        """Return an error with documented codes only."""
        documented = not isinstance(error, BankIdError) or error.code.lower() in texts.ERRORS
        return str(error) if documented else "unknown"

    def _begin(self, hints: dict[str, str], device: Device, began: float) -> Step:
        if too_many := self._too_many(hints):
            return too_many
        nonce = secrets.token_urlsafe(32)
        request = self._request(hints, device, nonce)
        try:
            if device == "call":
                order = self._api.phone_auth(hints["personnummer"], request, called_by_us=True)
            else:
                order = self._api.auth(request)
        except (PeerDown, PeerStrange, BankIdError) as error:
            return self._failed("start", error)
        sent = request.body()
        shown, hidden = sent.get("userVisibleData", ""), sent.get("userNonVisibleData", "")
        return self._show(Flow(hints, device, began, order, self._clock(), nonce, shown=shown, hidden=hidden))

    def _request(self, hints: Mapping[str, str], device: Device, nonce: str) -> Request:
        host, agent = urlsplit(hints.get("return_url", "")).hostname or "", hints.get("user_agent", "")
        web = {
            "referringDomain": host,
            "userAgent": agent[:MAX_USER_AGENT],
            "deviceIdentifier": hints.get("browser", ""),
        }
        visible = texts.visible(hints.get("language", "sv"), hints.get("purpose", "")[:200], host)
        return_url = back_to(f"{hints['return_url']}?{urlencode({NONCE: nonce})}", agent) if device == "same" else ""
        complete = all(web.values())
        ip = hints.get("ip") or "127.0.0.1"
        return Request(
            ip, visible, self._requirement(hints), return_url, web if complete else {}, secrets.token_hex(32)
        )

    def _requirement(self, hints: Mapping[str, str]) -> dict[str, Any]:
        requirement: dict[str, Any] = {}
        if hints.get("personnummer"):
            requirement["personalNumber"] = hints["personnummer"]
        if self._settings.policy == "mobile":
            requirement["certificatePolicies"] = self._policies()
        if self._settings.pin_code:
            requirement["pinCode"] = True
        return requirement

    def _policies(self) -> list[str]:
        """Return the accepted certificate policies; those of the test environment only there."""
        test = ".test." in self._settings.base_url
        return [MOBILE[test]] if self._settings.policy == "mobile" else sorted(POLICIES[test])

    def _came_back(self, flow: Flow, answers: Mapping[str, str]) -> bool:
        returned = answers.get(NONCE, "")
        return flow.device == "same" and bool(returned) and compare_digest(returned.encode(), flow.nonce.encode())

    def _look(self, flow: Flow) -> Step:
        if flow.done is not None:
            return self._end(flow, flow.done)
        if flow.gone:
            return self._told_already(flow)
        now = self._clock()
        if now - flow.asked < COLLECT_EVERY:
            return self._show(flow)
        flow = msgspec.structs.replace(flow, asked=now)
        try:
            return self._judge(flow, self._api.collect(flow.order.order_ref))
        except (PeerDown, PeerStrange, BankIdError) as error:
            return self._trouble(flow, error)

    def _trouble(self, flow: Flow, error: PeerDown | PeerStrange | BankIdError) -> Step:
        code = error.code.lower() if isinstance(error, BankIdError) else ""
        if code in GONE:
            return self._told_already(flow) if flow.device == "same" else Failed(texts.OVER)
        if not (isinstance(error, PeerDown) or code in PASSING):
            return self._failed("collect", error)
        self._log.warning("bankid.waiting", error=self._logged(error))
        late = self._clock() - flow.ordered > PATIENCE
        return Failed(texts.DOWN) if late else replace(self._show(flow, texts.WAITING), seconds=WAIT)

    def _told_already(self, flow: Flow) -> Step:
        """Return the result that another request of this browser has fetched, or wait until that one has stored it."""
        stored = self._store.take(word(flow))
        if stored:
            completion = msgspec.json.decode(stored, type=Completion)
            if not flow.returned:
                self._keep(flow, completion)  # the browser's return may be under way, and needs it
            return self._end(flow, completion)
        gone_since = flow.gone or self._clock()
        late = self._clock() - gone_since > GRACE
        if late:
            return Failed(texts.OVER)
        return replace(self._show(msgspec.structs.replace(flow, gone=gone_since, hint="processing")), seconds=1.0)

    def _judge(self, flow: Flow, collected: Collected) -> Step:
        if collected.order_ref != flow.order.order_ref:
            raise PeerStrange("another order than the one that was asked about")
        if collected.status == "pending":
            return self._show(msgspec.structs.replace(flow, hint=collected.hint_code))
        if collected.status == "failed":
            if (
                collected.hint_code == "startFailed"
                and flow.device != "call"
                and self._clock() - flow.began < RESTART_WITHIN
            ):
                return self._begin(flow.hints, flow.device, flow.began)
            self._log.info(
                "bankid.failed", reason=collected.hint_code if collected.hint_code in texts.FAILED else "unknown"
            )
            return Failed(texts.failed(collected.hint_code))
        if collected.status != "complete" or collected.completion_data is None:
            raise PeerStrange("a status that does not exist, or an end without a person")
        if flow.device == "same":
            self._keep(flow, collected.completion_data)
        return self._end(msgspec.structs.replace(flow, ended=self._clock()), collected.completion_data)

    def _keep(self, flow: Flow, completion: Completion) -> None:
        """Store a result, which BankID returns only once.

        The open page and the returning browser poll at the same moment, and only one of their flows is saved.
        """
        until = datetime.fromtimestamp(self._clock(), UTC) + KEPT
        self._store.put(word(flow), msgspec.json.encode(completion), until)

    def _end(self, flow: Flow, completion: Completion) -> Step:
        """Accept the result of an order, if it passes all checks and the browser has returned."""
        if flow.device == "same" and not flow.returned:
            return self._show(msgspec.structs.replace(flow, done=completion))
        number = completion.user.personal_number
        if len(number) != 12 or not number.isdecimal():
            return self._failed("collect", PeerStrange("a personnummer that is none"))
        refused = self._refused(flow, completion)
        if refused:
            return Failed(refused, retry=False)
        order = OrderContent(
            began=flow.ordered,
            ended=flow.ended or self._clock(),
            visible=flow.shown,
            hidden=flow.hidden,
            policies=self._policies(),
            service=self._trust.service,
        )
        signed = {"signature": completion.signature, "ocsp": completion.ocsp_response}
        return self._believe(
            Evidence(order=flow.order.order_ref, asked=order, personnummer=number, **signed), completion.user
        )

    def _believe(self, evidence: Evidence, user: User) -> Step:
        """Return the identity, from the verified signature if signatures are verified."""
        try:
            holder, evidence_name = self._trust.believe(evidence, self._log)
        except Refused as refused:
            return Failed(refused.sentence, retry=False)
        person = holder or user
        attributes = {
            "personnummer": user.personal_number,
            "name": person.name,
            "given_name": person.given_name,
            "family_name": person.surname,
            "method": self.method,
            "evidence": evidence_name,
        }
        return Identity(self.name, user.personal_number, min(Loa.THREE, self.traits.max_loa), attributes)

    def _refused(self, flow: Flow, completion: Completion) -> str:
        expected = flow.hints.get("personnummer")
        risks = {"high", "moderate"} if self._settings.risk == "moderate" else {"high"}
        addresses = flow.hints.get("ip", ""), completion.device.ip_address
        on_same = same_network(*addresses) if flow.device == "same" else None
        if on_same is False:
            self._log.warning("bankid.other-network")
        if completion.risk in risks:
            self._log.warning("bankid.risk", reason=completion.risk)
            return texts.RISK
        if on_same is False and self._settings.same_network:
            return texts.OTHER_NETWORK
        return texts.OTHER_PERSON if expected and expected != completion.user.personal_number else ""

    def _show(self, flow: Flow, message: str = "") -> Poll:
        state = kept(flow)
        unscanned = flow.hint in UNSCANNED and flow.done is None
        choices = self._choices(flow) if unscanned or flow.device == "same" else {}
        if flow.device == "same":
            sentence = texts.GO_BACK if flow.done else texts.OPEN if unscanned else texts.pending(flow.hint)
            link = self._link(flow) if unscanned else None
            return Poll(message or sentence, COLLECT_EVERY, app_url=link, choices=choices, state=state, app="BankID")
        if flow.device == "call":
            return Poll(message or texts.pending(flow.hint or "userCallConfirm"), COLLECT_EVERY, state=state)
        order, seconds = flow.order, int(self._clock() - flow.ordered)
        code = qr_text(order.qr_start_token, order.qr_start_secret, seconds) if unscanned else None
        sentence = message or texts.pending(flow.hint or "noClient")
        return Poll(sentence, 1.0 if unscanned else COLLECT_EVERY, qr=code, choices=choices, state=state)

    def _link(self, flow: Flow) -> str:
        query = urlencode({"autostarttoken": flow.order.auto_start_token, "redirect": "null"})
        mobile = is_mobile(flow.hints.get("user_agent", ""))
        return f"{self._settings.app_url or (APP if mobile else 'bankid:///')}?{query}"
