"""The identity provider for people signed in to an app of Microsoft 365, only inside it and for linked accounts."""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from budkavle import Failed, Field, Identity, Loa, Prompt, ProviderTraits
from budkavle_identity_tokens import (
    Clock,
    EntraAccount,
    EntraApp,
    KeysUnavailable,
    RemoteKeys,
    TokenRefused,
    check_entra_token,
)
from budkavle_microsoft_apps.token_browsers import TokenBrowsers

TOKEN = "token"  # noqa: S105 - the name of a field


@dataclass(frozen=True, slots=True)
class AppWay:
    """Signing in by an app, as an identification method.

    Attributes:
        name: The name of the method, and of the frame.
        label: Its display name.
        loa: Its level of assurance.
        organisations: The slugs of the organisations whose accounts it may open.
        app: The app in Microsoft Entra ID.
        field: The label of the token field.
        sentence: The text above it.
        refused: The message if the token is not accepted.
        silent: The message if the tenant does not respond.
        event: The event to log when a person is refused.
    """

    name: str
    label: str
    loa: Loa
    organisations: frozenset[str]
    app: EntraApp
    field: str
    sentence: str
    refused: str
    silent: str
    event: str


class AppProvider:
    """An `IdentityProvider` for one tenant.

    Args:
        way: The method that it implements.
        keys: The keys that the tenant signs with.
        browsers: Remembers which browser a token came from.
        log: The plugin's log.
        clock: The time in seconds.
    """

    icon = "group"

    def __init__(
        self, way: AppWay, keys: RemoteKeys, browsers: TokenBrowsers, log: Any, clock: Clock = time.time
    ) -> None:
        self.name = way.name
        self.label = way.label
        self.traits = ProviderTraits(way.loa, organisations=way.organisations, frame=way.name)
        self._way, self._keys, self._browsers, self._log, self._clock = way, keys, browsers, log, clock

    def start(self, wanted: Loa, hints: Mapping[str, str]) -> Prompt:  # noqa: ARG002 - part of the interface
        """Ask for the token, which the page's script fetches from the app."""
        field = Field(TOKEN, self._way.field, "hidden")
        return Prompt((field,), self._way.sentence, state={"browser": hints.get("browser", "")})

    def advance(self, state: Mapping[str, str], answers: Mapping[str, str]) -> Failed | Identity:
        """Check the token, and that no other browser has brought it."""
        token = answers.get(TOKEN, "")
        try:
            account = self.account(token)
        except TokenRefused as refused:
            return self._failed(refused.reason, self._way.refused)
        except KeysUnavailable as error:
            return self._failed(f"tenant-silent-{error}", self._way.silent)
        if not self._browsers.claim(token, state.get("browser", ""), account.expires_at):
            return self._failed("token-of-another-browser", self._way.refused)
        evidence = "sha256:" + hashlib.sha256(token.encode()).hexdigest()
        # Teams and Outlook stay signed in for months: an opened app does not show who sits there.
        attributes = {"method": self.label, "evidence": evidence, "identified_at": "0"}
        return Identity(self.name, account.subject, self.traits.max_loa, attributes)

    def cancel(self, state: Mapping[str, str]) -> None:
        """Do nothing: the app need not be told."""

    def account(self, token: str) -> EntraAccount:
        """Return the account named in a token.

        Raises:
            TokenRefused: The token is not accepted.
            KeysUnavailable: The tenant does not respond.
        """
        return check_entra_token(token, self._way.app, self._keys, self._clock())

    def _failed(self, reason: str, sentence: str) -> Failed:
        """Log the reason, and give the message to the person."""
        self._log.warning(self._way.event, provider=self.name, reason=reason)
        return Failed(sentence, retry=False)
