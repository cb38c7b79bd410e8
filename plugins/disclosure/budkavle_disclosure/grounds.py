"""The legal grounds for masking, stated by each mask (offentlighets- och sekretesslagen)."""

from budkavle import Invalid
from budkavle_disclosure.access import N_

GROUNDS = {
    "OSL 18 kap. 8 §": N_("säkerhets- och bevakningsåtgärder"),
    "OSL 19 kap. 3 §": N_("upphandling"),
    "OSL 21 kap. 1 §": N_("hälsa och sexualliv"),
    "OSL 21 kap. 3 §": N_("adress till förföljda personer"),
    "OSL 21 kap. 5 §": N_("utlänningar"),
    "OSL 21 kap. 7 §": N_("behandling i strid med dataskyddsregler"),
    "OSL 22 kap. 1 §": N_("folkbokföring"),
    "OSL 23 kap. 1 §": N_("förskola"),
    "OSL 23 kap. 2 §": N_("skola"),
    "OSL 25 kap. 1 §": N_("hälso- och sjukvård"),
    "OSL 26 kap. 1 §": N_("socialtjänst"),
    "OSL 31 kap. 16 §": N_("enskildas affärsförhållanden"),
    "OSL 35 kap. 1 §": N_("förundersökning"),
    "GDPR art. 15.4": N_("andra personers uppgifter"),
}
LONGEST = 120


def chosen_ground(choice: str, free: str) -> str:
    """Return the ground from a form: one that is typed takes precedence over one that is chosen.

    Raises:
        Invalid: There is no ground, or it is too long.
    """
    ground = free.strip() or choice
    if not free.strip() and choice not in GROUNDS:
        raise Invalid("Inget maskerades.", fields={"ground": "Välj eller skriv den lag som uppgiften maskeras med."})
    if len(ground) > LONGEST:
        raise Invalid("Inget maskerades.", fields={"free": "Skriv grunden med högst 120 tecken."})
    return ground
