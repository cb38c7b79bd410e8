"""What an organisation decides about its address books."""

from typing import Annotated

from msgspec import Struct

from budkavle import Setting, SettingsSection

MEMBERS, ADMINISTRATORS = "members", "administrators"


class BookSettings(Struct, frozen=True):
    """Who may change which contacts."""

    shared_by: Annotated[
        str,
        Setting(
            label="Vem som ändrar brevlådans kontakter och sparade mottagare",
            help="Alla i brevlådan läser dem. Den som inte får ändra kan fortfarande skriva till dem.",
            choices={MEMBERS: "Alla som har tillgång till brevlådan", ADMINISTRATORS: "Brevlådans administratörer"},
        ),
    ] = MEMBERS
    own_contacts: Annotated[
        bool,
        Setting(
            label="Användare får lägga till egna kontakter",
            help="Utan det går det inte att lägga till eller ändra egna kontakter; de som finns är kvar.",
        ),
    ] = True


SECTION = SettingsSection(
    name="books",
    type=BookSettings,
    title="Adressböcker",
    help="Vem som får ändra gemensamma kontakter, och om användare har egna.",
    scope="both",
    changed_by="administrators",
    order=40,
)
