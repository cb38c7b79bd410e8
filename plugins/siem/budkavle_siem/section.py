"""The settings section of an organisation, and its test: a marked record that is not in the log."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

from budkavle import Actor, Host, Permanent, Sentence, SettingsSection, SettingsTest
from budkavle.storage import EventEntry
from budkavle_siem import ocsf
from budkavle_siem.sending import organisation_sender
from budkavle_siem.settings import StreamSettings, check, receiver_faults
from budkavle_siem.stream import Stream

KIND = "siem.test"
SECONDS = 15.0
"""The longest that each step of a test may take, since a person waits for it."""
TEST_SECONDS = 60.0
READ = "Mottagaren har läst provet. Sök efter id {id}."
OFF = "Händelseloggen skickas inte än. Kryssa för att den ska skickas, och spara."


def section(host: Host) -> SettingsSection[StreamSettings]:
    """Return the section with its test."""

    def run(actor: Actor, chosen: StreamSettings, address: str) -> Iterator[str]:  # noqa: ARG001 - the signature of all tests
        return try_receiver(host, actor, chosen)

    return SettingsSection(
        name="stream",
        type=StreamSettings,
        title="Händelseloggen till övervakning (SIEM)",
        help="Varje händelse skickas i loggens ordning, och ingen tappas bort om mottagaren är borta ett tag.",
        changed_by="administrators",
        check=check,
        order=400,
        test=SettingsTest(
            label="Skicka ett prov",
            help="En händelse av typen siem.test skickas till mottagaren. Den står inte i händelseloggen.",
            run=run,
            seconds=TEST_SECONDS,
        ),
    )


def try_receiver(host: Host, actor: Actor, chosen: StreamSettings) -> Iterator[str]:
    """Send a marked record, and give a sentence for each step. The position in the log does not change.

    Raises:
        Permanent: No receiver is chosen.
        Temporary: A step failed.
    """
    for fault in receiver_faults(chosen).values():
        raise Permanent(fault)
    sender = organisation_sender(host, chosen, min(host.settings.timeout_seconds, SECONDS))
    record = _record()
    message = Stream(host).message(actor.organisation_id, sender, record)
    yield from sender.steps([message])
    yield Sentence(READ, id=ocsf.uid(ocsf.Log(actor.organisation_id, ""), record))
    if not chosen.on:
        yield Sentence(OFF)


def _record() -> EventEntry:
    """Return an entry that is in no log: it has no number, and only the plugin is named as its source."""
    return EventEntry(0, datetime.now(UTC), KIND, None, "Budkavle", None, {"test": f"test-{uuid4()}"}, plugin="siem")
