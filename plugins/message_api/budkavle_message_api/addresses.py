"""Where the API is, and the names that its documents carry.

Source: Digg B1.4.2 Rekommendation API MT-MK and its OpenAPI file.
"""

from typing import Final

PATH: Final = "/plugin/message_api"
BASE: Final = f"{PATH}/v1"
"""Below it stands `/sdk/messages`, as below `/v1` in the OpenAPI file."""
MESSAGES: Final = f"{BASE}/sdk/messages"
REGISTRATION: Final = f"{BASE}/messages/{{message_id:str}}/registration"
"""Our own, beside the standard API: what is registered of a message."""
ARCHIVE_RECEIPT: Final = f"{BASE}/archive/packages/{{package_id:str}}/receipt"
"""Our own, too: what the archive says of a package that was delivered to it."""
TOKEN: Final = f"{PATH}/token"
VERSION: Final = "sdk api 1.0.0"
FUNCTIONAL_ADDRESS: Final = "urn:riv:infrastructure:messaging:functionalAddress"
