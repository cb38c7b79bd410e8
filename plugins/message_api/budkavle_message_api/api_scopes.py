"""The scopes of an API client: one for each operation of the standard API, and two of our own.

Source: Digg B1.4.2 Rekommendation API MT-MK (page 18) and its OpenAPI file.
"""

from typing import Final

SEND: Final = "urn:sdk.api:sendMessages"
GET: Final = "urn:sdk.api:getMessage"
LIST: Final = "urn:sdk.api:getMessageByFilter"
DELETE: Final = "urn:sdk.api:deleteMessage"
SCOPES: Final = (SEND, GET, LIST, DELETE)
"""The scopes of the standard API."""
REGISTER: Final = "urn:budkavle.api:registration"
"""Writing back registrations from a case system; our own extension of the standard."""
ARCHIVE: Final = "urn:budkavle.api:archiveReceipt"
"""Giving the archive's receipts. Packages belong to the organisation, so a client of one mailbox cannot have it."""
ALL_SCOPES: Final = (*SCOPES, REGISTER, ARCHIVE)
SPELLINGS: Final = {"urn:sdk.api:sendMessage": SEND}
"""The OpenAPI file spells this scope differently at the operation than in its list of scopes."""


def scopes(text: str) -> list[str]:
    """Read the scopes of a request, separated by spaces.

    Args:
        text: The parameter `scope`.

    Returns:
        Our scopes among them, without duplicates and in our spelling; unknown scopes are left out.
    """
    return [scope for scope in dict.fromkeys(SPELLINGS.get(word, word) for word in text.split()) if scope in ALL_SCOPES]
