"""Signed tokens that say who somebody is, checked: OpenID Connect ID and logout tokens, and two kinds of Microsoft.

Those are access tokens of Entra ID, and the tokens of the service for bots. Plugins whose users sign in elsewhere
import it, so that each check stands in one place. It imports nothing of Budkavle, stores nothing, and has no texts for
people: a refusal carries a word for the log, and the caller says the rest. That a token is used once, or by one
browser, is for the caller to remember.

Example:
    keys = RemoteKeys(keys_url("https://login.microsoftonline.com", tenant), timeout=5)
    app = EntraApp(tenant, client_id, clients=(outlook,), scope="access_as_user")
    account = check_entra_token(token, app, keys, time.time())
"""

from budkavle_identity_tokens.bot_service import BotCall, check_bot_token
from budkavle_identity_tokens.entra import EntraAccount, EntraApp, check_entra_token, keys_url
from budkavle_identity_tokens.id_token import ExpectedIdToken, check_id_token
from budkavle_identity_tokens.keys import Clock, KeysUnavailable, RemoteKeys
from budkavle_identity_tokens.logout_token import LogoutToken, check_logout_token
from budkavle_identity_tokens.signatures import ALGORITHMS, TokenRefused, verify_signature

__all__ = [
    "ALGORITHMS",
    "BotCall",
    "Clock",
    "EntraAccount",
    "EntraApp",
    "ExpectedIdToken",
    "KeysUnavailable",
    "LogoutToken",
    "RemoteKeys",
    "TokenRefused",
    "check_bot_token",
    "check_entra_token",
    "check_id_token",
    "check_logout_token",
    "keys_url",
    "verify_signature",
]
