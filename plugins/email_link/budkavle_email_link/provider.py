"""The identity provider `email`: a code by e-mail proves that a person can read a mailbox, which is level 1.

A code has six digits, is valid for ten minutes and five attempts, and belongs to one flow in one browser. The number of
codes is limited for each address, for each address together with a network address, and for each network address. So
nobody is flooded with codes, and nobody can lock somebody else out.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from datetime import timedelta

from budkavle import Failed, Field, Host, Identity, Loa, Permanent, Prompt, ProviderTraits, Sentence, Step, Temporary
from budkavle.identification import Limit, identity_accounts, within_limit
from budkavle_email_link.mail.addresses import masked, plain
from budkavle_email_link.mail.sender import Post
from budkavle_email_link.queued_codes import LIFETIME, QueuedCode, QueuedCodes
from budkavle_email_link.settings import EmailLinkSettings
from budkavle_email_link.texts import LANGUAGES, Wording

DIGITS = 6
TRIES = Limit(5, LIFETIME)
PAIR = Limit(5, timedelta(minutes=15))
MAILBOX = Limit(20, timedelta(hours=1))
NETWORK = Limit(60, timedelta(minutes=15))
ASK_CODE = (
    "Skriv koden som vi har skickat till {address}. Den kommer inom en minut; titta även i skräpposten. Kommer ingen "
    "kod, välj Avbryt och börja om, så skickar vi en ny."
)
ASK_ADDRESS = "Skriv din e-postadress, så skickar vi en kod dit."
WRONG = "Koden stämmer inte. Kontrollera den och skriv den igen."
NO_ADDRESS = "Det är ingen giltig e-postadress. Kontrollera den."
OVER = "Koden gäller inte längre. Börja om, så skickar vi en ny."
TOO_MANY_TRIES = "Det blev för många försök med fel kod. Börja om, så skickar vi en ny."
TOO_MANY_MAILS = "Det har skickats många koder på kort tid. Vänta en kvart, och börja sedan om."


class EmailCodes:
    """Codes by e-mail: for readers of links, and for accounts if the settings allow it.

    Args:
        host: The plugin's host.
        post: Sends the mails.
    """

    name = "email"
    label = "Kod med e-post"
    icon = "letter"

    def __init__(self, host: Host, post: Post) -> None:
        self._host = host
        self._post = post
        self._queued = QueuedCodes(host, post)
        self._wording = Wording(host)
        settings: EmailLinkSettings = host.settings
        self.traits = ProviderTraits(
            Loa.ONE, audiences=frozenset({"guest", "staff"} if settings.staff_codes else {"guest"})
        )

    def start(self, wanted: Loa, hints: Mapping[str, str]) -> Step:  # noqa: ARG002 - the core compares the levels
        """Send a code to the known address, or ask for the address."""
        context = {name: hints.get(name, "") for name in ("ip", "language", "link")}
        email = plain(hints.get("email", ""))
        if email is not None and not hints.get("account"):
            return self._send(context, email)
        return _ask_address(context, email or "")

    def advance(self, state: Mapping[str, str], answers: Mapping[str, str]) -> Step:
        """Handle the typed address or code."""
        if state.get("hash"):
            return self._judge(state, answers.get("code", ""))
        if state.get("asks") != "email":
            return Failed(OVER, retry=False)
        email = plain(answers.get("email", ""))
        return self._send(state, email) if email else _ask_address(state, answers.get("email", ""), NO_ADDRESS)

    def cancel(self, state: Mapping[str, str]) -> None:
        """Do nothing: no peer is involved."""

    def _send(self, state: Mapping[str, str], email: str) -> Step:
        """Send a code and ask for it; none is sent to the address of no account, and the page looks the same."""
        if not self._may_send(email, state.get("ip", "")):
            return Failed(TOO_MANY_MAILS, retry=False)
        code, salt = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}", secrets.token_hex(16)
        language = state.get("language", "")
        mailed = QueuedCode(email, language if language in LANGUAGES else LANGUAGES[0], code, salt)
        if state.get("asks") == "email" and not state.get("link"):
            self._queue_for_account(mailed)
        else:
            try:
                self._post.send(self._wording.code(email, mailed.language, code, salt))
            except (Temporary, Permanent) as error:
                return Failed(error.sentence)
        challenge = {"hash": _hash(salt, code), "salt": salt, "to": email, "until": str(int(time.time()) + _seconds())}
        return _ask_code(challenge)

    def _queue_for_account(self, code: QueuedCode) -> None:
        """Let a worker send the code, if the address belongs to an account."""
        if accounts := identity_accounts(self._host.platform, self.name, code.email):
            self._queued.add(accounts[0].organisation_id, code)

    def _may_send(self, email: str, ip: str) -> bool:
        platform = self._host.platform
        allowed = [
            within_limit(platform, PAIR, "email-code", email, ip),
            within_limit(platform, MAILBOX, "email-code", email),
            within_limit(platform, NETWORK, "email-code-from", ip) or not ip,
        ]
        return all(allowed)

    def _judge(self, state: Mapping[str, str], typed: str) -> Step:
        digits = "".join(letter for letter in typed if letter.isdigit())
        if int(state.get("until") or 0) < time.time():
            return Failed(OVER, retry=False)
        if not digits:
            return _ask_code(state, WRONG)
        if not within_limit(self._host.platform, TRIES, "email-code-try", state["salt"]):
            return Failed(TOO_MANY_TRIES, retry=False)
        if not hmac.compare_digest(_hash(state["salt"], digits), state["hash"]):
            return _ask_code(state, WRONG)
        email = state["to"]
        attributes = {"email": email, "email_verified": "1", "method": self.label}
        return Identity(self.name, email, Loa.ONE, attributes)


def _ask_address(state: Mapping[str, str], typed: str, error: str = "") -> Prompt:
    field = Field("email", "E-post", "email", "email", error)
    return Prompt((field,), ASK_ADDRESS, "Skicka kod", state={**state, "asks": "email", "email": typed})


def _ask_code(state: Mapping[str, str], error: str = "") -> Prompt:
    field = Field("code", "Kod", "text", "one-time-code", error)
    carried = {name: state[name] for name in ("hash", "salt", "to", "until")}
    return Prompt((field,), Sentence(ASK_CODE, address=masked(state["to"])), "Fortsätt", state=carried)


def _seconds() -> int:
    return int(LIFETIME.total_seconds())


def _hash(salt: str, code: str) -> str:
    return hashlib.sha256(f"{salt}:{code}".encode()).hexdigest()
