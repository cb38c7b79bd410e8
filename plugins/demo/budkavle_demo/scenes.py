"""The messages of the demo's people, and what an administrator has begun."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from budkavle import Address, Loa, Terms
from budkavle_demo.content import ADDRESSES, ANNA, BO, CHILDREN, CLINIC, DISCHARGE, ELDERLY, FAXES, KARIN, MATS


@dataclass(frozen=True, slots=True)
class Scene:
    """One message: its sender, recipient and content, and what is done with it on arrival.

    Attributes:
        answers: The number of the earlier scene that it answers.
        actions: What happens to the case at the recipient, `take` or `close`, and who does it.
        fax: Whether it is sent by fax, through the simulated carrier.
    """

    sender: str
    box: str
    to: str
    subject: str
    body: str
    files: tuple[tuple[str, str], ...] = ()
    confidential: bool = False
    references: tuple[str, ...] = ()
    answers: int | None = None
    actions: tuple[tuple[str, str], ...] = ()
    fax: bool = False

    @property
    def recipient(self) -> Address:
        """The address it is sent to."""
        if self.fax:
            return Address("fax", FAXES[self.to])
        return Address("sdk", ADDRESSES[self.to])


SCENES: tuple[Scene, ...] = (
    Scene(
        KARIN,
        CLINIC,
        CHILDREN,
        "Kallelse till SIP-möte den 3 december",
        "Hej,\n\nVi kallar till **samordnad individuell planering** torsdagen den 3 december klockan 13.00 på "
        "BUP i Vätterstad. Vårdnadshavarna är informerade och har lämnat samtycke.\n\n"
        "Återkom gärna senast fredag med vem som deltar från er.\n\nKarin Svensson, samordnare",
        (("Kallelse.pdf", "Kallelse till SIP-möte"), ("Samtycke.pdf", "Samtycke")),
        confidential=True,
        references=("2026-0917",),
    ),
    Scene(
        ANNA,
        CHILDREN,
        CLINIC,
        "Sv: Kallelse till SIP-möte den 3 december",
        "Hej Karin,\n\nTack, vi kommer. Från oss deltar Anna Lind och Bo Ek.\n\nVänliga hälsningar\nAnna Lind",
        confidential=True,
        answers=0,
    ),
    Scene(
        MATS,
        CLINIC,
        CHILDREN,
        "Begäran om uppgifter inför nybesök",
        "Hej,\n\nInför ett nybesök behöver vi veta:\n\n* vilka insatser som pågår,\n* vem som är kontaktperson,\n"
        "* om det finns en aktuell genomförandeplan.\n\nMed vänlig hälsning\nMats Berg",
        references=("2026-1182",),
    ),
    Scene(
        KARIN,
        CLINIC,
        CHILDREN,
        "Komplettering av remissvar",
        "Här kommer den komplettering som ni bad om.",
        (("Remissvar.pdf", "Remissvar"),),
        confidential=True,
        actions=(("take", BO),),
    ),
    Scene(
        KARIN,
        DISCHARGE,
        ELDERLY,
        "Planering inför utskrivning",
        "Hej,\n\nPatienten beräknas vara utskrivningsklar på fredag. Kan ni delta i planeringen på torsdag?",
        confidential=True,
        references=("2026-2051",),
    ),
    Scene(
        ANNA,
        ELDERLY,
        DISCHARGE,
        "Fråga om hjälpmedel",
        "Hej,\n\nVem ansvarar för att beställa hjälpmedlen innan hemgång?",
        actions=(("take", KARIN), ("close", KARIN)),
    ),
    Scene(
        KARIN,
        DISCHARGE,
        ELDERLY,
        "Utskrivningen är genomförd",
        "Hej,\n\nPatienten är hemma sedan i går. Tack för samarbetet.\n\nKarin Svensson, samordnare",
        (("Utskrivningsplan.pdf", "Utskrivningsplan"),),
        references=("2026-1873",),
        actions=(("take", ANNA), ("close", ANNA)),
    ),
    Scene(
        BO,
        CHILDREN,
        CLINIC,
        "Orosanmälan har avslutats",
        "För er kännedom: utredningen är avslutad utan insats. Ingen åtgärd behövs från er.",
        confidential=True,
        references=("2026-0455",),
        actions=(("take", MATS),),
    ),
    Scene(
        KARIN,
        CLINIC,
        CHILDREN,
        "Journalkopia som ni bad om",
        "Hej,\n\nHär kommer kopian. Ring om något är svårt att läsa.\n\nKarin Svensson, samordnare",
        (("Journalkopia.pdf", "Journalkopia"),),
        fax=True,
    ),
)
"""The first two are the message and the answer of `demo --once`."""
ASKED: tuple[Scene, ...] = (
    Scene(
        ANNA,
        CHILDREN,
        CLINIC,
        "Begäran om underlag till utredning",
        "Hej,\n\nVi utreder enligt socialtjänstlagen och behöver ert underlag.\n\nAnna Lind",
        confidential=True,
        references=("SN 2026-118",),
    ),
    Scene(
        BO,
        CHILDREN,
        CLINIC,
        "Fråga om kontaktperson",
        "Hej,\n\nVem hos er är kontaktperson för skolplaceringen?\n\nBo Ek",
    ),
    Scene(
        ANNA,
        ELDERLY,
        DISCHARGE,
        "Tider för vårdplanering",
        "Hej,\n\nVi kan delta på onsdag eller torsdag efter klockan 13.\n\nAnna Lind",
    ),
)
"""Messages sent by the municipality itself. Their cases have been opened in the last days, for Loggkontroll."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A secure message from one person to others: by e-mail address, to people with and without an account."""

    sender: str
    to: tuple[str, ...]
    subject: str
    body: str
    loa: Loa = Loa.TWO
    terms: Mapping[str, Terms] = field(default_factory=dict)
    reply_allowed: bool = True


EVA, MARIA = "eva.sjo@familj.example", "maria.oberg@example.se"
LETTERS: tuple[Letter, ...] = (
    Letter(
        ANNA,
        (EVA,),
        "Tider för hembesök i december",
        "Hej Eva,\n\nHär är förslagen på tider. Svara gärna med vilken som passar er.\n\nAnna Lind",
        terms={EVA: Terms(phone="+46701740605")},
    ),
    Letter(
        ANNA,
        (MARIA, KARIN),
        "Samtycke till kontakt",
        "Hej,\n\nHär kommer underlaget som vi talade om. Läs det, och hör av dig om något är oklart.\n\nAnna Lind",
        loa=Loa.THREE,
        terms={MARIA: Terms(personnummer="198308172397")},
        reply_allowed=False,
    ),
    Letter(BO, (ANNA,), "Byte av jour på fredag", "Hej Anna,\n\nKan du ta min jour på fredag?\n\nBo"),
)
"""The secure messages between people."""
LIST_NAME = "Postlista, socialtjänsten"
ASKING = {"name": "Eva Sjö", "email": EVA, "phone": "070-174 06 05", "spellings": "Sjö, Eva"}
"""The person who requests her own data under GDPR article 15."""
ARCHIVE_REASON = "Årets leverans av avslutade ärenden"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A catalogue under Filer.

    Attributes:
        is_shared: Whether it belongs to the mailbox, not to the person who creates it.
        notes: Names and texts.
        files: Names and titles of PDF files.
    """

    name: str
    is_shared: bool = False
    notes: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    catalogues: "tuple[Catalogue, ...]" = ()


CATALOGUES = (
    Catalogue("Mallar", notes=(("Kallelse", "# Kallelse till samtal\n\nDag och tid:\n\nPlats:\n"),)),
    Catalogue(
        "Barn och unga",
        is_shared=True,
        catalogues=(
            Catalogue(
                "Utredning 2026-0451",
                notes=(
                    ("Minnesanteckning hembesök", "Vi talade om skolan och om vem som hämtar.\n\n- Ny tid i januari\n"),
                    ("Samtal med rektor", "Rektor skickar underlaget i nästa vecka.\n"),
                ),
                files=(("Genomförandeplan.pdf", "Genomförandeplan"), ("Samtycke.pdf", "Samtycke")),
                catalogues=(Catalogue("Underlag från skolan"),),
            ),
        ),
    ),
)
MEETING = {
    "kind": "room",
    "emails": EVA,
    "subject": "Samordnad individuell plan",
    "text": "Vi går igenom planen tillsammans.",
    "start": "13:00",
    "end": "14:00",
    "repeats": "",
    "times": "4",
    "name-0": "Eva Sjö",
    "language-0": "sv",
    "method-0": "email",
}
"""The fields of the form Nytt möte."""

STAFF: tuple[tuple[str, str, bool], ...] = (
    ("Stina Ny", "stina.ny@bjorkvik.example", False),
    ("Ali Holm", "ali.holm@bjorkvik.example", False),
    ("Per Gran", "per.gran@bjorkvik.example", True),
)
"""New and former employees of the municipality: name, address, and whether they have left."""
