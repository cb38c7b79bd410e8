"""The sentences about a disposal protocol (gallringsprotokoll), which the program verifies like a proof."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from budkavle_proof.report import Report, tell_times
from budkavle_proof.time_stamps import BadTime, VouchedTime

DISPOSAL = "budkavle-disposal-1"
PROTOCOL_ENTRY = "records.protocol-made"
"""The entry of the log that confirms a protocol."""


def tell_protocol(report: Report, protocol: Mapping[str, Any], times: Sequence[VouchedTime | BadTime]) -> None:
    """Add the sentences about a protocol whose log has been verified.

    Args:
        report: The report to add to.
        protocol: The protocol.
        times: The time stamps, verified.
    """
    statement, head = protocol["statement"], protocol["head"]
    name, made, run = statement["organisation"]["name"], statement["made_at"], statement["run"]
    report.prove(
        f"Protokollet är oförändrat sedan det skrevs under, enligt filen för {name} {made}.",
        f"The protocol is unaltered since it was signed, according to the file for {name} at {made}.",
    )
    gone = statement["destroyed"]
    report.attest(
        f"Gallringskörning {run['number']}: {gone['cases']} ärenden och {gone['messages']} meddelanden förstördes.",
        f"Disposal run {run['number']}: {gone['cases']} cases and {gone['messages']} messages were destroyed.",
    )
    for kind in statement["kinds"]:
        report.attest(
            f"{kind['klass']} {kind['name']}: {kind['cases']} ärenden från {kind['from']} till {kind['to']}, "
            f"enligt {kind['decision'] or kind['legal_ground']}.",
            f"{kind['klass']} {kind['name']}: {kind['cases']} cases from {kind['from']} to {kind['to']}, "
            f"by {kind['decision'] or kind['legal_ground']}.",
        )
    report.attest(
        f"Begärt av {run['asked_by']} {run['asked_at']}, godkänt av {run['approved_by']} {run['approved_at']}.",
        f"Asked for by {run['asked_by']} at {run['asked_at']}, approved by {run['approved_by']} at "
        f"{run['approved_at']}.",
    )
    report.attest(
        f"Säkerhetskopior av nycklarna är borta senast {statement['key_copies_gone']}.",
        f"Copies of the keys in backups are gone at the latest on {statement['key_copies_gone']}.",
    )
    kept = sum(row["cases"] for row in statement["kept"])
    report.attest(
        f"{kept} ärenden hölls kvar, med skälen i filen.", f"{kept} cases were kept, with the reasons in the file."
    )
    tell_times(report, times, {head["number"]: json.loads(head["entry"])})
    report.doubt(
        "Vilka ärenden det var: filen har bara kontrollsummor av deras id.",
        "Which cases they were: the file has only checksums of their ids.",
    )
