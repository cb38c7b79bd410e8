"""The scopes that an API client may have: one for each operation of the standard API, and two of our own.

Source: Digg B1.4.2 Rekommendation API MT-MK (page 18) and its OpenAPI file.
"""

from typing import Final

SEND: Final = "urn:sdk.api:sendMessages"
GET: Final = "urn:sdk.api:getMessage"
LIST: Final = "urn:sdk.api:getMessageByFilter"
DELETE: Final = "urn:sdk.api:deleteMessage"
SCOPES: Final = (SEND, GET, LIST, DELETE)
"""Those of the standard API."""
REGISTER: Final = "urn:budkavle.api:registration"
"""To write back what a case system has registered; our own, beside the standard."""
ARCHIVE: Final = "urn:budkavle.api:archiveReceipt"
"""To give the archive's receipts. Packages are the whole organisation's, so no client of one mailbox has it."""
ALL_SCOPES: Final = (*SCOPES, REGISTER, ARCHIVE)
SPELLINGS: Final = {"urn:sdk.api:sendMessage": SEND}
"""The operation of the OpenAPI file asks for another spelling than its list of scopes has."""


def scopes(text: str) -> list[str]:
    """Read the scopes of a request, separated by spaces.

    Args:
        text: The parameter `scope`.

    Returns:
        Our scopes among them, each once and in our spelling; unknown scopes are left out.
    """
    return [scope for scope in dict.fromkeys(SPELLINGS.get(word, word) for word in text.split()) if scope in ALL_SCOPES]
