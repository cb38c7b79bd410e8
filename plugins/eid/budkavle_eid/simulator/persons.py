"""The people of the simulators. Their numbers are from the Tax Agency's published test numbers, which nobody has.

Source: Skatteverket, open data "Testpersonnummer" (birth numbers 238 and 239).
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Person:
    """A person with a telephone.

    Attributes:
        key: The person's key in URLs, where no number may be.
        bankid: The person's kind of BankID.
        level: The person's registration level in Freja, and `loa` its level of assurance.
        employee: The person's Organisation eID, if any.
    """

    key: str
    number: str
    given_name: str
    family_name: str
    email: str
    bankid: Literal["mobile", "file"] = "mobile"
    level: Literal["BASIC", "EXTENDED", "PLUS"] = "PLUS"
    loa: str = "LOA3"
    employee: str = ""

    @property
    def name(self) -> str:
        """The full name."""
        return f"{self.given_name} {self.family_name}"


PEOPLE = (
    Person("anna", "199001012385", "Anna", "Testlind", "anna.testlind@example.org", employee="anna.lind"),
    Person("bo", "198004262385", "Bo", "Testek", "bo.testek@example.org", bankid="file"),
    Person("karin", "198108222384", "Karin", "Testsson", "karin.testsson@example.org", employee="karin.svensson"),
    Person("mats", "198204212396", "Mats", "Testberg", "mats.testberg@example.org", level="EXTENDED", loa="LOA2"),
    Person("eva", "198308172397", "Eva", "Testdotter", "eva.testdotter@example.org", level="BASIC", loa="LOA1"),
    Person("disa", "197903142391", "Disa", "Testberg", "disa.testberg@example.org"),
    Person("rut", "198506192395", "Rut", "Testholm", "rut.testholm@example.org"),
    Person("olof", "197209112395", "Olof", "Testfrid", "olof.testfrid@example.org"),
)
BY_KEY = {person.key: person for person in PEOPLE}
BY_NUMBER = {person.number: person for person in PEOPLE}
