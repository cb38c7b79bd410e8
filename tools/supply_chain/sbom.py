"""Writes the software bill of materials, CycloneDX 1.6 as JSON (`make sbom`): the same bytes for the same lock files.

It holds no serial number and no time, so that two builds can be compared. Advisories that do no harm here come along
with the reason (VEX), as `vex.json` tells.
"""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component as Entry
from cyclonedx.model.component import ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from supply_chain.advisories import VEX
from supply_chain.components import ROOT, Component, components

FILE = ROOT / "dist/budkavle.cdx.json"


def bill(root: Path = ROOT) -> str:
    """Return the document."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    product = Entry(
        name=project["name"],
        version=project["version"],
        type=ComponentType.APPLICATION,
        licenses=[LicenseFactory().make_from_string(project["license"])],
        bom_ref="budkavle",
    )
    bom = Bom(components=[_entry(component) for component in components(root)])
    bom.metadata.component = product
    bom.register_dependency(product, bom.components)
    document = json.loads(JsonV1Dot6(bom).output_as_string())
    del document["serialNumber"], document["metadata"]["timestamp"]
    if harmless := json.loads(VEX.read_text("utf-8")):
        document["vulnerabilities"] = [
            {"id": advisory, "analysis": {"state": "not_affected", "detail": reason}}
            for advisory, reason in sorted(harmless.items())
        ]
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _entry(component: Component) -> Entry:
    return Entry(
        name=component.name,
        version=component.version,
        type=ComponentType.LIBRARY,
        purl=PackageURL.from_string(component.purl),
        licenses=[LicenseFactory().make_from_string(component.licence)] if component.licence else [],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=value) for value in component.hashes],
        bom_ref=component.purl,
    )


def main() -> int:
    """Write it to `dist/`, or to the path that is given."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else FILE
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(bill(), encoding="utf-8")
    sys.stdout.write(f"{target.name}: {len(components())} packages\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
