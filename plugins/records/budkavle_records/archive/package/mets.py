"""The METS files of a package by E-ARK CSIP and SIP 2.1.0: one for the package, one for its representation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from budkavle_records.archive.package.content import Delivering, PackedFile
from budkavle_records.archive.package.xml_parts import (
    CSIP,
    METS,
    METS_SCHEMA,
    SIP,
    XLINK,
    XSI,
    clean,
    maker,
    serialise,
    stamp,
)

M = maker(METS, csip=CSIP, sip=SIP, xlink=XLINK)
PROFILE: Final = "https://earksip.dilcis.eu/profile/E-ARK-SIP.xml"
CONTENT_TYPE: Final = "citserms_v2_1"
REPRESENTATION: Final = "rep1"
_NOTE: Final = f"{{{CSIP}}}NOTETYPE"
_CONTENT: Final = f"{{{CSIP}}}CONTENTINFORMATIONTYPE"


@dataclass(frozen=True, slots=True)
class Group:
    """A file group: its ID, its USE from the vocabulary, and its files with paths relative to the METS file."""

    id: str
    use: str
    files: Sequence[PackedFile]


@dataclass(frozen=True, slots=True)
class Heading:
    """The header contents shared by both METS files."""

    object_id: str
    label: str
    made_at: datetime
    by: Delivering


def write_representation(heading: Heading, premis: PackedFile, files: Sequence[PackedFile]) -> bytes:
    """Return the METS file of the representation.

    Args:
        heading: Its header; the object ID is that of the representation.
        premis: Its PREMIS file.
        files: Its data.

    Raises:
        Damaged: The document does not follow its schema.
    """
    data = Group("rep1-data", "Data", files)
    content = M.div(_file_pointer(data), ID="rep1-content", LABEL="Data")
    return _write(heading, premis, [data], [content])


def write_package(heading: Heading, premis: PackedFile, groups: Sequence[Group], representation: PackedFile) -> bytes:
    """Return the METS file of the whole package.

    Args:
        heading: Its header; the object ID is the name of the package's folder.
        premis: Its PREMIS file.
        groups: Documentation and schemas.
        representation: The METS file of the representation.

    Raises:
        Damaged: The document does not follow its schema.
    """
    of_representation = Group(REPRESENTATION, f"Representations/{REPRESENTATION}", [representation])
    divisions = [M.div(_file_pointer(group), ID=f"div-{group.id}", LABEL=group.use) for group in groups]
    title = {f"{{{XLINK}}}title": of_representation.id}
    pointer = M.mptr({**_link(representation.path), **title})
    divisions.append(M.div(pointer, ID=f"div-{of_representation.id}", LABEL=of_representation.use))
    return _write(heading, premis, [*groups, of_representation], divisions)


def _write(heading: Heading, premis: PackedFile, groups: Sequence[Group], divisions: Sequence[Any]) -> bytes:
    premis_id = f"{groups[-1].id}-premis"
    reference = M.mdRef({**_link(premis.path), "MDTYPE": "PREMIS", **_described(premis, heading)})
    provenance = M.amdSec(M.digiprovMD(reference, ID=premis_id, STATUS="CURRENT"))
    metadata = M.div(ID=f"div-{premis_id}", LABEL="Metadata", ADMID=premis_id)
    main = M.div(metadata, *divisions, ID="div-main", LABEL=heading.object_id)
    root = M.mets(
        _header(heading),
        provenance,
        M.fileSec(*(_group(group, heading) for group in groups), ID="files"),
        M.structMap(main, ID="map", TYPE="PHYSICAL", LABEL="CSIP"),
        {
            "OBJID": heading.object_id,
            "LABEL": clean(heading.label),
            "TYPE": "Datasets",
            "PROFILE": PROFILE,
            _CONTENT: CONTENT_TYPE,
            f"{{{XSI}}}schemaLocation": _schema_places("" if len(groups) > 1 else "../../"),
        },
    )
    return serialise(root, METS_SCHEMA)


def _schema_places(up: str) -> str:
    names = {METS: "mets.xsd", CSIP: "DILCISExtensionMETS.xsd", SIP: "DILCISExtensionSIPMETS.xsd"}
    return " ".join(f"{namespace} {up}schemas/{name}" for namespace, name in names.items())


def _header(heading: Heading) -> Any:
    by, at = heading.by, stamp(heading.made_at)
    code = f"ORG:{by.number or clean(by.organisation)}"
    parts = [
        M.agent(
            M.name("Budkavle"),
            M.note(by.version, {_NOTE: "SOFTWARE VERSION"}),
            ROLE="CREATOR",
            TYPE="OTHER",
            OTHERTYPE="SOFTWARE",
        ),
        M.agent(
            M.name(clean(by.organisation)),
            M.note(code, {_NOTE: "IDENTIFICATIONCODE"}),
            ROLE="ARCHIVIST",
            TYPE="ORGANIZATION",
        ),
        M.agent(
            M.name(clean(by.organisation)),
            M.note(code, {_NOTE: "IDENTIFICATIONCODE"}),
            ROLE="CREATOR",
            TYPE="ORGANIZATION",
        ),
    ]
    if by.archive:
        identification = M.note(f"ORG:{clean(by.archive)}", {_NOTE: "IDENTIFICATIONCODE"})
        parts.append(M.agent(M.name(clean(by.archive)), identification, ROLE="PRESERVATION", TYPE="ORGANIZATION"))
    if by.agreement:
        parts.append(M.altRecordID(clean(by.agreement), TYPE="SUBMISSIONAGREEMENT"))
    if by.reference_code:
        parts.append(M.altRecordID(clean(by.reference_code), TYPE="REFERENCECODE"))
    return M.metsHdr(
        *parts, {"CREATEDATE": at, "LASTMODDATE": at, "RECORDSTATUS": "NEW", f"{{{CSIP}}}OAISPACKAGETYPE": "SIP"}
    )


def _group(group: Group, heading: Heading) -> Any:
    files = [
        M.file(M.FLocat(_link(file.path)), {"ID": f"{group.id}-{number}", **_described(file, heading)})
        for number, file in enumerate(group.files)
    ]
    of_content = {_CONTENT: CONTENT_TYPE} if group.use.startswith("Representations") else {}
    return M.fileGrp(*files, {"ID": group.id, "USE": group.use, **of_content})


def _described(file: PackedFile, heading: Heading) -> dict[str, str]:
    return {
        "MIMETYPE": file.media_type,
        "SIZE": str(file.size),
        "CREATED": stamp(heading.made_at),
        "CHECKSUM": file.sha256,
        "CHECKSUMTYPE": "SHA-256",
    }


def _link(path: str) -> dict[str, str]:
    return {"LOCTYPE": "URL", f"{{{XLINK}}}type": "simple", f"{{{XLINK}}}href": path}


def _file_pointer(group: Group) -> Any:
    return M.fptr(FILEID=group.id)
