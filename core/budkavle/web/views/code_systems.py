"""The code systems of references and persons, with Swedish labels.

Source: Digg B1.3.3 Innehållsspecifikation meddelande 1.5.2, section 4.3.2.3; the OIDs are national, not SDK's own.
"""

from collections.abc import Mapping

from budkavle.web.views.delivery_status import N_

PERSONAL_NUMBER, HSA, OTHER = "1.2.752.129.2.1.3.1", "1.2.752.29.6.2.1", "unregistred"

REFERENCES: Mapping[str, str] = {
    "dnr": N_("Diarienummer"),
    PERSONAL_NUMBER: N_("Personnummer"),
    "1.2.752.129.2.1.3.3": N_("Samordningsnummer"),
    "1.2.752.74.9.1": N_("Nationellt reservnummer"),
    HSA: N_("HSA-id"),
    "1.3.88": N_("GLN"),
    OTHER: N_("Annat nummer"),
}
"""What a message may refer to, by code system."""

PERSONS: Mapping[str, str] = {
    PERSONAL_NUMBER: N_("Personnummer"),
    "1.2.752.129.2.1.3.3": N_("Samordningsnummer"),
    HSA: N_("HSA-id"),
    "0.9.2342.19200300.100.1.3": N_("E-post"),
    "1.2.752.129.2.1.2.1": N_("Annat id"),
}
"""How a person may be named, by code system."""


def word(root: str) -> str:
    """Return the Swedish word for a code system, to be translated; an unknown one is itself."""
    return REFERENCES.get(root) or PERSONS.get(root) or root
