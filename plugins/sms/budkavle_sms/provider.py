"""A code by SMS: proves possession of the phone whose number the sender gave.

Six digits, ten minutes, one use, five tries. Only a keyed hash of the code is stored, in the flow's own sealed state,
so it is valid for that flow, in that browser, and nothing else.
"""

import hmac
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit
from uuid import UUID

from budkavle import Failed, Field, Host, Identity, Invalid, Loa, NotFound, Prompt, ProviderTraits, Sentence
from budkavle.accounts import find_organisation
from budkavle.identification import Limit, within_limit
from budkavle.notices import Notice, NoticeKind, NoticeState, find_notice, notify
from budkavle_sms.messages.phone_numbers import e164, masked
from budkavle_sms.texts import MINUTES, code_text

TOPIC = "sms.code"
DIGITS = 6
TRIES = 5
"""Guesses for one code."""
AGAIN_SECONDS = 30
LIFETIME = timedelta(minutes=MINUTES)
HOUR = timedelta(hours=1)
SENDS = Limit(5, HOUR)
"""Codes to one number, requested from one network address."""
SENDS_NUMBER = Limit(20, HOUR)
"""Codes to one number, from any address: nobody's phone is flooded."""
SENDS_ADDRESS = Limit(200, HOUR)
"""Codes requested from one network address, to any numbers; a mobile network's customers may share an address."""
WRONG_PAIR = Limit(15, HOUR)
"""Guesses for one number from one address, in all its flows."""

NO_PHONE = "Avsändaren har inte angett något mobilnummer som går att skicka en kod till. Be avsändaren om det."
SENT = "Vi har skickat en kod med SMS till {number}. Den gäller i tio minuter."
SENT_AGAIN = "Vi har skickat en ny kod till {number}. Den gamla gäller inte längre."
TOO_SOON = "Vänta en halv minut innan du ber om en ny kod. Koden som är skickad till {number} gäller."
TOO_MANY = "Det har skickats för många koder till numret eller härifrån. Vänta en timme, eller be avsändaren om hjälp."
WRONG = "Koden stämmer inte. Skriv de sex siffrorna i det senaste SMS:et."
MISSING = "Skriv de sex siffrorna i SMS:et."
NO_TRIES = "Koden har skrivits fel för många gånger. Be om en ny."
NO_GUESSES = "Fel kod har skrivits för många gånger. Vänta en timme, eller be avsändaren om hjälp."
OVER = "Koden har slutat gälla. Be om en ny."
NOT_SENT = "SMS:et kunde inte skickas till {number}: {reason}"
AGAIN, NEW_CODE = "again", "Skicka en ny kod till telefonen"
"""The button that asks for a new code."""


class SmsCode:
    """An `IdentityProvider` for readers of a link.

    Args:
        host: The plugin's host.
    """

    name = "sms"
    label = "SMS-kod"
    icon = "chat"
    traits = ProviderTraits(Loa.TWO, audiences=frozenset({"guest"}), asserts_phone=True)

    def __init__(self, host: Host) -> None:
        self._host = host

    def start(self, wanted: Loa, hints: Mapping[str, str]) -> Prompt | Failed:  # noqa: ARG002 - the protocol has it
        """Send a code to `phone`, which the sender of the message has given.

        Level 2 also needs the e-mail address that the link was sent to (A7); the code alone gives level 1.
        """
        try:
            phone = e164(hints.get("phone", ""))
            with self._host.work(self._host.system(UUID(hints.get("organisation", "")))) as work:
                organisation = find_organisation(work)
        except (Invalid, NotFound, ValueError):
            return Failed(NO_PHONE, retry=False)
        state = {
            "organisation": str(organisation.id),
            "who": organisation.name,
            "phone": phone,
            "ip": hints.get("ip", ""),
            "email": hints.get("email", ""),
            "language": hints.get("language", "sv"),
        }
        return self._send(state, SENT)

    def advance(self, state: Mapping[str, str], answers: Mapping[str, str]) -> Prompt | Failed | Identity:
        """Check the typed code, or send a new one."""
        if "hash" not in state:
            return Failed(NO_PHONE, retry=False)
        if answers.get("choice") == AGAIN:
            return self._send_again(state)
        fault = self._fault(state, "".join(answers.get("code", "").split()))
        if fault == NO_TRIES:  # nothing to wait for: the code that was sent is used up
            state = {**state, "sent": "0"}
        return self._prompt(state, error=fault) if fault else self._identity(state)

    def cancel(self, state: Mapping[str, str]) -> None:
        """Do nothing: nobody else is involved."""

    def _fault(self, state: Mapping[str, str], typed: str) -> str:
        """Return what is wrong with a guess; empty if it is right."""
        if not typed:
            return self._not_sent(state) or MISSING
        if time.time() > float(state["until"]):
            return OVER
        if len(typed) != DIGITS:  # no guess, so it is not counted
            return self._not_sent(state) or WRONG
        if spent := self._spent(state):
            return spent
        right = hmac.compare_digest(_hash(state["id"], typed), state["hash"])
        return "" if right else self._not_sent(state) or WRONG

    def _send_again(self, state: Mapping[str, str]) -> Prompt | Failed:
        if time.time() < float(state["sent"]) + AGAIN_SECONDS and not self._not_sent(state):
            return self._prompt(state, TOO_SOON)
        return self._send(state, SENT_AGAIN)

    def _send(self, state: Mapping[str, str], message: str) -> Prompt | Failed:
        if not self._may_send(state):
            return self._prompt(state, error=TOO_MANY) if "hash" in state else Failed(TOO_MANY)
        organisation = UUID(state["organisation"])
        code, salt = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}", secrets.token_urlsafe(16)
        place = urlsplit(self._host.platform.settings.base_url).hostname or ""
        text = code_text(state["who"], code, place, state["language"])
        asked = Notice(
            NoticeKind.SMS,
            state["phone"],
            TOPIC,
            text=text,
            language=state["language"],
            expires_at=datetime.now(UTC) + LIFETIME,
            is_urgent=True,
            is_secret=True,
        )
        with self._host.work(self._host.system(organisation)) as work:
            notify(work, asked)
        now = time.time()
        fresh = {
            "id": salt,
            "hash": _hash(salt, code),
            "sent": str(now),
            "until": str(now + LIFETIME.total_seconds()),
            "message": str(asked.id),
        }
        return self._prompt({**state, **fresh}, message)

    def _may_send(self, state: Mapping[str, str]) -> bool:
        phone, ip, platform = self._stand_in(state), state["ip"], self._host.platform
        counted = [
            within_limit(platform, SENDS, "sms-send", phone, ip),
            within_limit(platform, SENDS_NUMBER, "sms-send", phone),
            not ip or within_limit(platform, SENDS_ADDRESS, "sms-send-from", ip),
        ]
        return all(counted)

    def _spent(self, state: Mapping[str, str]) -> str:
        """Count a guess before it is checked, so that simultaneous ones are limited too; return why it is one too many.

        It is empty if the guess may be checked.
        """
        platform = self._host.platform
        of_code = within_limit(platform, Limit(TRIES, LIFETIME), "sms-code", state["id"])
        of_number = within_limit(platform, WRONG_PAIR, "sms-guess", self._stand_in(state), state["ip"])
        if not of_number:
            return NO_GUESSES
        return "" if of_code else NO_TRIES

    def _stand_in(self, state: Mapping[str, str]) -> str:
        """Return a keyed hash of the number for counting, since numbers are easily guessed."""
        organisation = UUID(state["organisation"])
        return str(self._host.vault.word_hashes(organisation, [state["phone"]])[0])

    def _not_sent(self, state: Mapping[str, str]) -> str:
        """Return why the code was not sent; empty if it was, or still may be."""
        with self._host.work(self._host.system(UUID(state["organisation"]))) as work:
            status = find_notice(work, UUID(state["message"]))
        if status is None or status.state is not NoticeState.FAILED:
            return ""
        return Sentence(NOT_SENT, number=masked(state["phone"]), reason=status.failure)

    def _identity(self, state: Mapping[str, str]) -> Identity:
        loa = Loa.TWO if state["email"] else Loa.ONE
        return Identity(self.name, state["phone"], loa, {"phone": state["phone"], "method": self.label})

    def _prompt(self, state: Mapping[str, str], message: str = SENT, error: str = "") -> Prompt:
        return Prompt(
            fields=(Field("code", "Kod", "text", "one-time-code", error),),
            message=Sentence(message, number=masked(state["phone"])),
            choices={AGAIN: NEW_CODE},
            state=state,
        )


def _hash(salt: str, code: str) -> str:
    return hmac.digest(salt.encode(), code.encode(), sha256).hex()
