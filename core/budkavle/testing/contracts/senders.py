"""What the core requires of an address book that identifies senders: a part of `DirectoryContract`.

It runs if the directory implements `KnowsSenders`.
"""

from dataclasses import replace

from budkavle.plugins.calls import call
from budkavle.plugins.protocols.directory import Directory, Entry, KnowsSenders
from budkavle.storage.platform import Work


class SendersContract:
    """See the module."""

    def test_a_sender_is_told_by_what_is_verified(self, directory: Directory, work: Work, known: Entry) -> None:
        """Senders are identified by value and organisation, not by the names they claim; strangers are unknown."""
        if not isinstance(directory, KnowsSenders):
            return
        liar = replace(known.address, name="Somebody else", organisation="Somewhere else")
        nobody = replace(liar, value=f"{liar.value}-not", organisation_value="qzxw-nobody")
        elsewhere = replace(liar, transport="qzxw")
        listed, unknown, strange = call(directory.listings, work, [liar, nobody, elsewhere])
        assert listed is not None
        assert listed.function is not None
        assert listed.function.named == known.address.named
        assert listed.organisation not in {"", liar.organisation}
        assert unknown is not None
        assert (unknown.organisation, unknown.function, strange) == ("", None, None)
