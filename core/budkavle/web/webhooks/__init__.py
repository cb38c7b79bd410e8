"""Webhooks: a peer's calls to a plugin, which are checked before the plugin gets them.

The names below are what plugins may import from here, written as in `budkavle`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from budkavle.web.webhooks.receiving import WebhookCall as WebhookCall
    from budkavle.web.webhooks.receiving import webhook as webhook
    from budkavle.web.webhooks.seals import Seal as Seal
    from budkavle.web.webhooks.seals import SharedSecret as SharedSecret
    from budkavle.web.webhooks.seals import Signature as Signature
else:
    from budkavle.model.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(__name__)
