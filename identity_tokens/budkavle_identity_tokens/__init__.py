"""Verification of signed tokens that identify people: OpenID Connect ID and logout tokens, and two from Microsoft.

The latter are access tokens of Entra ID, and tokens of the bot service. Plugins whose users sign in elsewhere import
this package, so that each check exists only once. It imports nothing of Budkavle, stores nothing, and has no texts for
people: a refusal has a word for the log, and the caller provides the message. The caller must also ensure that a token
is used only once, or by one browser.

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
