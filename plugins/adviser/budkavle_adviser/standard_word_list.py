"""The default word list of every organisation."""

_SENSITIVE = """
adhd alkoholberoende anorexi* autis* bistånd* bulimi* cancer* demens* depress* diabet* diagnos* dos drogtest*
ekonomiskt epikris* epilepsi* familjehem* fosterhem* funktionsnedsättning* fängelse* försörjningsstöd
graviditet* hemtjänst* hiv hot hotbild* häkt* journal* kontaktfamilj* lvm lvu läkarintyg* läkemed* medicin*
missbruk* misshand* narkotika* orosanmälan orosanmälning* psykia* psykisk* psykos* recept rehabilitering*
remiss* självmord* självskad* sjukdom* sjukintyg* sjukskriv* skilsmässa skyddad skyddade socialtjänst* suicid*
utredning* vårdnad* våld* våldtäkt* åklagar* återfall*
"""
STANDARD = tuple(_SENSITIVE.split())
"""Words about health, social and legal matters, which are sensitive (GDPR article 9; OSL chapters 25 and 26)."""
