"""What an organisation chooses about its meetings."""

from datetime import timedelta
from typing import Annotated

import msgspec

from budkavle import Setting


class MeetingSettings(msgspec.Struct, frozen=True):
    """The section Möten."""

    open_after: Annotated[
        timedelta,
        Setting(
            label="Mötet är öppet efter sluttiden",
            help="Så länge kan man vara kvar, och komma tillbaka. Ingen kommer in tidigare än fem minuter före"
            " starten.",
            unit="minuter",
            least=0,
            most=240,
        ),
    ] = timedelta(minutes=30)
