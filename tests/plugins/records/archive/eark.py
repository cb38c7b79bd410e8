"""A public validator of E-ARK packages without a network: eark-validator, its vocabularies answered from a folder.

It downloads four vocabularies while it is imported, so `urlopen` is replaced around the import. Seven of its rules
contradict the specification that they name; their texts are mended. It judges neither checksums nor representations:
what it lacks is added here, by code that knows nothing of Budkavle's own check.
"""

import hashlib
import io
import urllib.request
import warnings
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote

from lxml import etree, isoschematron

METS, XLINK = "{http://www.loc.gov/METS/}", "{http://www.w3.org/1999/xlink}"
CREATOR = "@ROLE = 'CREATOR'"
SOFTWARE = f"{CREATOR} and @OTHERTYPE = 'SOFTWARE'"
MENDED = {
    # SIP14: the note of an organisation, whose NOTETYPE has a namespace.
    f"mets:agent[{CREATOR}]/mets:note": f"mets:agent[{CREATOR} and @TYPE = 'ORGANIZATION']/mets:note",
    "test=\"@NOTETYPE = 'IDENTIFICATIONCODE'\"": "test=\"@csip:NOTETYPE = 'IDENTIFICATIONCODE'\"",
    # CSIP11 to 16 speak of the software alone.
    f"count(mets:agent[{CREATOR}])": f"count(mets:agent[{SOFTWARE}])",
    f'metsHdr/mets:agent[{CREATOR}]"': f'metsHdr/mets:agent[{SOFTWARE}]"',
    # CSIP63 is for OTHER alone.
    "(@csip:CONTENTINFORMATIONTYPE != 'OTHER' and not(@csip:CONTENTINFORMATIONTYPE))": (
        "not(@csip:CONTENTINFORMATIONTYPE = 'OTHER')"
    ),
    # CSIP101 to 105: this label is for packages without METS files in their representations.
    "test=\"mets:div[@LABEL = 'Representations']\"": "test=\"mets:div[starts-with(@LABEL, 'Representations')]\"",
    "test=\"mets:div[@LABEL = 'Representations']/mets:div\"": (
        "test=\"mets:div[starts-with(@LABEL, 'Representations/')]\""
    ),
}


class Judge:
    """Judges packages by eark-validator, the schemas and the rules of a folder with the public files.

    Args:
        folder: The folder `fgs`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._packages = self._load()
        self._erms = etree.XMLSchema(etree.parse(folder / "schemas" / "ERMS_v2_1_2.xsd"))
        self._premis = etree.XMLSchema(etree.parse(folder / "schemas" / "premis-v3-0.xsd"))
        self._rules = [self._rule(name) for name in ("erms_v2_1_2.sch", "erms_v3.sch")]

    def _load(self) -> Any:
        def answer(url: object, *_: object, **__: object) -> io.BytesIO:
            name = str(url).rpartition("/")[2]
            return io.BytesIO((self._folder / "vocabularies" / name).read_bytes())

        real = urllib.request.urlopen
        urllib.request.urlopen = answer  # type: ignore[assignment]
        try:
            from eark_validator import packages
        finally:
            urllib.request.urlopen = real
        from eark_validator.ipxml.schematron import schematron_tests

        schematron_tests.tests.update(MENDED)
        return packages

    def _rule(self, name: str) -> isoschematron.Schematron:
        """Read rules that say xslt2, which lxml refuses, and use nothing of it."""
        source = (self._folder / "schematron" / name).read_bytes().replace(b'queryBinding="xslt2"', b"")
        return isoschematron.Schematron(etree.fromstring(source))

    def errors(self, package: bytes) -> list[str]:
        """Return what is wrong with a package, as the public files have it."""
        with TemporaryDirectory() as name:
            folder = Path(name).resolve()
            with zipfile.ZipFile(io.BytesIO(package)) as archive:
                archive.extractall(folder)
            tops = list(folder.iterdir())
            if len(tops) != 1 or not tops[0].is_dir():
                return ["more than one folder on top"]
            return [*self._specification(tops[0]), *self._metadata(tops[0]), *_files(tops[0])]

    def _specification(self, top: Path) -> list[str]:
        from eark_validator.ipxml.schema import IP_SCHEMA
        from eark_validator.specifications.specification import SpecificationVersion

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # it leaves its files open
            report = self._packages.PackageValidator.validate(SpecificationVersion.V2_1_0, top)
        parts = [report.structure]
        if report.metadata:
            parts += [report.metadata.schema_results, report.metadata.schematron_results]
        found = [each for part in parts for each in part.messages if each.severity.value == "Error"]
        told = [f"{each.rule_id} {each.message.strip()}" for each in found]
        inner = top.glob("representations/*/METS.xml")
        return told + [
            f"schema of {each.parent.name}" for each in inner if not IP_SCHEMA["sip"].validate(etree.parse(each))
        ]

    def _metadata(self, top: Path) -> list[str]:
        told = []
        for erms in top.glob("representations/*/data/ERMS.xml"):
            document = etree.parse(erms)
            told += [] if self._erms.validate(document) else [f"ERMS {self._erms.error_log[0].message}"]
            told += ["rules of ERMS" for rule in self._rules if not rule.validate(document)]
        for premis in top.rglob("premis.xml"):
            told += [] if self._premis.validate(etree.parse(premis)) else ["PREMIS"]
        return told


def _files(top: Path) -> list[str]:
    """Compare every file with what the METS files say, and look for files that none names."""
    told, named = [], {top / "METS.xml"}
    for mets in (top / "METS.xml", *top.glob("representations/*/METS.xml")):
        if not mets.is_file():
            told.append("no METS.xml")
            continue
        for node in etree.parse(mets).iter(f"{METS}file", f"{METS}mdRef"):
            place = node if node.tag == f"{METS}mdRef" else node.find(f"{METS}FLocat")
            path = (mets.parent / unquote(place.get(f"{XLINK}href"))).resolve()
            named.add(path)
            if not path.is_relative_to(mets.parent):
                told.append("a path leads out")
            elif not path.is_file():
                told.append(f"{path.name} is missing")
            elif path.stat().st_size != int(node.get("SIZE")):
                told.append(f"{path.name} has another size")
            elif hashlib.sha256(path.read_bytes()).hexdigest() != node.get("CHECKSUM").lower():
                told.append(f"{path.name} has another checksum")
    strays = {path for path in top.rglob("*") if path.is_file()} - named
    return told + [f"nobody names {path.name}" for path in strays]
