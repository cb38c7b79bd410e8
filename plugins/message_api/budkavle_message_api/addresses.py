"""The API's paths, and identifiers in its documents.

Source: Digg B1.4.2 Rekommendation API MT-MK and its OpenAPI file.
"""

from typing import Final

PATH: Final = "/plugin/message_api"
BASE: Final = f"{PATH}/v1"
"""`/sdk/messages` is below it, as it is below `/v1` in the OpenAPI file."""
MESSAGES: Final = f"{BASE}/sdk/messages"
REGISTRATION: Final = f"{BASE}/messages/{{message_id:str}}/registration"
"""Our own extension of the standard API: the registration of a message."""
ARCHIVE_RECEIPT: Final = f"{BASE}/archive/packages/{{package_id:str}}/receipt"
"""Our own extension, too: the archive's receipt for a delivered package."""
TOKEN: Final = f"{PATH}/token"
VERSION: Final = "sdk api 1.0.0"
FUNCTIONAL_ADDRESS: Final = "urn:riv:infrastructure:messaging:functionalAddress"
