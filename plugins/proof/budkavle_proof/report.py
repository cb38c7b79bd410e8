"""The sentences about a proof: what is proven, what the holder of the key attests, and what is not proven."""

import base64
import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from budkavle_proof.evidence_events import ADDRESS, WORDS
from budkavle_proof.receipt_signature import Forged, Unjudged, judge_signature, said_in
from budkavle_proof.time_stamps import BadTime, VouchedTime


class NotGenuine(Exception):
    """The file is inconsistent. The sentence (Swedish, English) says how."""

    def __init__(self, swedish: str, english: str) -> None:
        super().__init__(swedish)
        self.said = (swedish, english)


@dataclass
class Report:
    """The sentences about a proof, as pairs in Swedish and English."""

    broken: tuple[str, str] | None = None
    proven: list[tuple[str, str]] = field(default_factory=list)
    attested: list[tuple[str, str]] = field(default_factory=list)
    unproven: list[tuple[str, str]] = field(default_factory=list)

    def prove(self, swedish: str, english: str) -> None:
        """Add something that this program has verified."""
        self.proven.append((swedish, english))

    def attest(self, swedish: str, english: str) -> None:
        """Add something that the holder of the key states."""
        self.attested.append((swedish, english))

    def doubt(self, swedish: str, english: str) -> None:
        """Add something that is not proven."""
        self.unproven.append((swedish, english))

    @property
    def genuine(self) -> bool:
        """Whether nothing in the file has been altered."""
        return self.broken is None


def tell(
    report: Report,
    proof: Mapping[str, Any],
    compare: Mapping[str, bytes],
    told: Collection[str],
    times: Sequence[VouchedTime | BadTime],
) -> None:
    """Add the sentences about a proof whose log has been verified.

    Args:
        report: The report to add to.
        proof: The proof.
        compare: The bytes of other files by name.
        told: Fingerprints of certificates that the senders of receipts themselves have given.
        times: The time stamps, verified.
    """
    statement = proof["statement"]
    name, made = statement["organisation"]["name"], statement["made_at"]
    report.prove(
        f"Filen är oförändrad sedan den skrevs under, enligt filen för {name} {made}.",
        f"The file is unaltered since it was signed, according to the file for {name} at {made}.",
    )
    rows = len(proof["log"]) + 1
    report.prove(
        f"Nyckelns innehavare intygar {rows} rader i sin händelselogg ordagrant, och kan inte ta tillbaka det.",
        f"The holder of the key vouches for {rows} rows of its event log word for word, and cannot take that back.",
    )
    _tell_message(report, statement)
    entries = [json.loads(row["entry"]) for row in proof["log"]]
    hashes = _hashes(statement)
    for delivery in statement["deliveries"]:
        _tell_delivery(report, delivery, told)
        of_it = [
            record for record in entries if record["thing"] == delivery["id"] and record["kind"] == "guest.identified"
        ]
        for entry in of_it:
            hashes |= _tell_identified(report, delivery["recipient"], entry, compare)
    _tell_compared(report, hashes, compare)
    tell_times(report, times, {row["number"]: json.loads(row["entry"]) for row in (*proof["log"], proof["head"])})
    report.doubt(
        "Att loggen inte har fler rader om meddelandet än de som är med.",
        "That the log has no more rows about the message than those that are here.",
    )


def tell_times(
    report: Report, times: Sequence[VouchedTime | BadTime], entries: Mapping[int, Mapping[str, Any]]
) -> None:
    """Add which times a third party confirms, and which are only the organisation's own word."""
    own = set(entries)
    for time in times:
        if isinstance(time, BadTime):
            report.doubt(f"En tidsstämpel: HÅLLER INTE. {time.said[0]}", f"A time stamp: DOES NOT HOLD. {time.said[1]}")
            continue
        named = ", ".join(f"{number} ({entries[number]['kind']})" for number in time.numbers)
        if time.authority:
            own -= set(time.numbers)
            report.prove(
                f"En utomstående, {time.authority}, intygar att loggens rader {named} fanns senast {time.at}.",
                f"A third party, {time.authority}, vouches that the log's rows {named} were there by {time.at}.",
            )
        else:
            report.doubt(
                f"Tidsstämpeln {time.at} över raderna {named}: ange tjänstens rotcertifikat med --tsa-root.",
                f"The time stamp {time.at} over the rows {named}: name the authority's root with --tsa-root.",
            )
    if own == set(entries):
        report.doubt(
            "Tiderna: de är organisationens egen klockas, utan någon utomståendes tidsstämpel.",
            "The times: they are by the organisation's own clock, without anybody else's time stamp.",
        )
        return
    if own:
        rest = ", ".join(str(number) for number in sorted(own))
        report.doubt(
            f"Tiderna för loggens rader {rest}: bara organisationens egen klocka.",
            f"The times of the log's rows {rest}: the organisation's own clock alone.",
        )
    report.doubt(
        "Hur långt före tidsstämpeln något hände: det säger bara organisationens egen klocka.",
        "How long before the time stamp something happened: only the organisation's own clock says so.",
    )


def _tell_message(report: Report, statement: Mapping[str, Any]) -> None:
    message = statement["message"]
    _tell_events(report, message.get("evidence", []), "")
    if message["direction"] == "in":
        report.attest(
            f"Meddelandet {message['id']} kom in {message['at']} från {message['sender']}.",
            f"The message {message['id']} came in at {message['at']} from {message['sender']}.",
        )
        if message["receipted_at"]:
            report.attest(
                f"Organisationens kvittens på det lämnades {message['receipted_at']}.",
                f"The organisation's receipt for it was handed over at {message['receipted_at']}.",
            )
        else:
            report.doubt(
                "Att avsändaren har fått någon kvittens: ingen är noterad.",
                "That the sender has got a receipt: none is noted.",
            )
        return
    report.attest(
        f"Meddelandet {message['id']} skrevs {message['at']} och skickades från {message['sender']}.",
        f"The message {message['id']} was written at {message['at']} and sent from {message['sender']}.",
    )


def _tell_delivery(report: Report, delivery: Mapping[str, Any], told: Collection[str]) -> None:
    to, at = delivery["recipient"], {event["state"]: event["at"] for event in reversed(delivery["events"])}
    _tell_receipts(report, delivery, to, at)
    _tell_events(report, delivery.get("evidence", []), f", {to}")
    for document in delivery["documents"]:
        _tell_document(report, delivery, document, told)
    if delivery["opened_at"]:
        way, loa = delivery["identified_by"], delivery["identified_loa"]
        with_what = (f", efter legitimering med {way}, nivå {loa}", f", after identification with {way}, level {loa}")
        how = with_what if way and loa else ("", "")
        report.attest(
            f"Meddelandet till {to} öppnades {delivery['opened_at']}{how[0]}.",
            f"The message to {to} was opened at {delivery['opened_at']}{how[1]}.",
        )
    if not delivery["opened_at"]:
        report.doubt(f"Att någon hos {to} har läst det.", f"That anybody at {to} has read it.")
    elif not (delivery["identified_by"] and delivery["identified_loa"]):
        report.doubt(f"Vem hos {to} som öppnade det.", f"Who at {to} opened it.")


def _tell_events(report: Report, events: Sequence[Mapping[str, str]], to: str) -> None:
    """Add the events by the names of the standard. Proofs made before they were introduced have none."""
    for event in events:
        name = event["event"].removeprefix(ADDRESS)
        swedish, english = WORDS.get(name, (name, name))
        report.attest(f"{swedish}{to}: {event['at']} ({name}).", f"{english}{to}: {event['at']} ({name}).")


def _tell_receipts(report: Report, delivery: Mapping[str, Any], to: str, at: Mapping[str, str]) -> None:
    way, gone = delivery["transport"], at.get("WAITING_FOR_RECEIPT")
    if gone:
        report.attest(
            f"Transporten {way} uppgav {gone} att den hade lämnat det ifrån sig, på väg till {to}.",
            f"The transport {way} said at {gone} that it had passed it on, on its way to {to}.",
        )
    accepted = [
        receipt
        for receipt in delivery["receipts"]
        if receipt["state"].startswith("ACKNOWLEDGED") and receipt["applied"]
    ]
    rejected = [receipt for receipt in delivery["receipts"] if receipt["state"] == "REJECTED" and receipt["applied"]]
    for receipt in accepted[:1]:
        report.attest(
            f"En meddelandekvittens från {to} kom {receipt['received_at']} och säger att meddelandet är mottaget.",
            f"A message receipt from {to} came at {receipt['received_at']} and says that the message is received.",
        )
    for receipt in rejected[:1]:
        report.attest(
            f"En meddelandekvittens från {to} kom {receipt['received_at']} och säger att meddelandet inte togs emot.",
            f"A message receipt from {to} came at {receipt['received_at']} and says that the message was not accepted.",
        )
    if not accepted:
        report.doubt(
            f"Att {to} har tagit emot det: ingen meddelandekvittens säger det.",
            f"That {to} has received it: no message receipt says so.",
        )


def _tell_document(
    report: Report, delivery: Mapping[str, Any], document: Mapping[str, Any], told: Collection[str]
) -> None:
    """Verify a receipt by its sender's own signature. What it says only counts if that is valid."""
    to, content = delivery["recipient"], base64.b64decode(document["content"], validate=True)
    if hashlib.sha256(content).hexdigest() != document["sha256"]:
        raise NotGenuine("En kvittens är ändrad.", "A receipt is altered.")
    try:
        root, certificate = judge_signature(content)
    except Unjudged as why:
        holds = (
            (f"HÅLLER INTE: {why.said[0]}", f"DOES NOT HOLD: {why.said[1]}")
            if isinstance(why, Forged)
            else (f"prövas inte här, {why.said[0]}", f"not judged here, {why.said[1]}")
        )
        report.doubt(
            f"Underskriften i kvittensen från {to}: {holds[0]}. Ta ut kvittensen med --documents.",
            f"The signature in the receipt from {to}: {holds[1]}. Take the receipt out with --documents.",
        )
        return
    code, about = said_in(root)
    owner, mark = (
        certificate.subject.rfc4514_string(),
        hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest(),
    )
    report.prove(
        f"Kvittensen är oförändrad sedan den skrevs under med nyckeln till certifikatet {owner}, {mark}.",
        f"The receipt is unaltered since it was signed with the key of the certificate {owner}, {mark}.",
    )
    if mark not in told:
        report.doubt(
            f"Vems certifikatet {mark} är. Jämför med det som {to} själv lämnar ut, eller ange det med --cert.",
            f"Whose certificate {mark} is. Compare with what {to} itself gives out, or name it with --cert.",
        )
    if about != delivery["id"]:
        report.doubt(
            f"Att den undertecknade kvittensen gäller försändelsen {delivery['id']}: den säger det inte.",
            f"That the signed receipt is about the delivery {delivery['id']}: it does not say so.",
        )
    else:
        report.prove(
            f"Kvittensen säger {code} om försändelsen {about}.", f"The receipt says {code} of the delivery {about}."
        )


def _tell_identified(
    report: Report, to: str, entry: Mapping[str, Any], compare: Mapping[str, bytes]
) -> Mapping[str, tuple[str, str]]:
    """Add who has identified themselves to read, and return the hash of the evidence with a description."""
    details, at = entry["facts"], entry["at"][:19] + entry["at"][26:]
    report.attest(
        f"Någon legitimerade sig för att läsa meddelandet till {to}, {at}: {details['method']}, nivå {details['loa']}.",
        f"Somebody identified to read the message to {to}, at {at}: {details['method']}, level {details['loa']}.",
    )
    named = str(details.get("evidence", "")).removeprefix("sha256:").partition(";")[0]
    is_hashed = len(named) == 2 * hashlib.sha256().digest_size
    how = (f" Begär underlaget {named}.", f" Ask for the evidence {named}.") if is_hashed else ("", "")
    if any(hashlib.sha256(content).hexdigest() == named for content in compare.values()):
        how = (
            " Pröva underlaget: Budkavles eid evidence verify.",
            " Judge the evidence: Budkavle's eid evidence verify.",
        )
    report.doubt(f"Vem som legitimerade sig {at}.{how[0]}", f"Who identified at {at}.{how[1]}")
    return {named: (f"underlaget för legitimeringen {at}", f"the evidence of the identification at {at}")}


def _hashes(statement: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return descriptions of what the statement has hashes of, by hash."""
    message = statement["message"]
    hashes = {message["sha256"]: ("meddelandets ämne och text", "the message's subject and text")}
    for place, file in enumerate(message["files"], start=1):
        hashes[file["sha256"]] = (f"bilaga {place}", f"attachment {place}")
    for delivery in statement["deliveries"]:
        sent = f"försändelsen till {delivery['recipient']}", f"what was sent to {delivery['recipient']}"
        hashes |= {delivery["wire_sha256"]: sent} if delivery["wire_sha256"] else {}
    return hashes


def _tell_compared(report: Report, hashes: Mapping[str, tuple[str, str]], compare: Mapping[str, bytes]) -> None:
    for name, content in compare.items():
        what = hashes.get(hashlib.sha256(content).hexdigest())
        if what:
            report.prove(f"{name} är {what[0]}, tecken för tecken.", f"{name} is {what[1]}, bit by bit.")
        else:
            report.doubt(f"{name}: ingen kontrollsumma stämmer.", f"{name}: no checksum fits.")
    if not compare:
        report.doubt(
            "Vad meddelandet säger: filen har bara kontrollsummor. Jämför med --compare.",
            "What the message says: the file has only checksums. Compare with --compare.",
        )


HEADINGS = {
    "proven": ("Bevisat", "Proven"),
    "attested": ("Intygat av nyckelns innehavare, i filen", "Attested by the holder of the key, in the file"),
    "unproven": ("Inte bevisat", "Not proven"),
}


def lines(report: Report, language: str) -> list[str]:
    """Return a report in words, `sv` or `en`."""
    language_index = 1 if language == "en" else 0
    if report.broken is not None:
        return [("INTE ÄKTA. ", "NOT GENUINE. ")[language_index] + report.broken[language_index]]
    told = [("Beviset är äkta.", "The proof is genuine.")[language_index]]
    for part, heading in HEADINGS.items():
        sentences: list[tuple[str, str]] = getattr(report, part)
        if sentences:
            told += ["", f"{heading[language_index]}:", *(f"- {sentence[language_index]}" for sentence in sentences)]
    return told
