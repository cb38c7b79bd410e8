"""What the core may rely on when somebody identifies by a provider."""

from dataclasses import KW_ONLY, dataclass, fields
from typing import Literal, TypeAlias, get_args

from budkavle.model.errors import Misconfigured
from budkavle.model.loa import Loa

Audience: TypeAlias = Literal["staff", "guest"]
"""Who identifies: `staff` signs in to an account, `guest` reads a link without one."""
RESERVED_NAMES = frozenset({"link", "personnummer", "recovery", "totp"})
"""Names that the core uses for identities of its own; a provider with one of them would be believed as the core is."""
HIGHEST_BY_ADDRESS = Loa.TWO
"""The most that an identity is worth that opens an account by its address: nobody has confirmed whose it is."""


@dataclass(frozen=True, slots=True)
class ProviderTraits:
    """What the core may rely on when somebody identifies by a provider.

    The core reads these each time it offers a provider or believes an identity. The defaults give nothing away: a
    trait that is left out never raises what an identity is worth.

    Attributes:
        max_loa: The highest level that the provider may claim. The core lowers an identity above it.
        audiences: Who may use it.
        asserts_personnummer: Whether the core believes the attribute `personnummer` of its identities. Only such a
            provider lets in a guest at level 3, where the number is compared with the recipient's.
        asserts_phone: Whether it shows that the person holds the phone that `hints` names.
        several_per_account: Whether one account may link several, such as a passkey for each device.
        opens_account_by_address: Whether an identity opens an account that it was never linked to: the one whose
            e-mail address is the attribute `email`, if its id is `subject`. Such a provider says by itself who may
            sign in, to any account. So its highest level is 2, and the settings must name a plugin that does not come
            with Budkavle (`accounts_by_address`).
        asks_for_password: Whether its first step asks for the address and the password that the core keeps for the
            account (`check_password`), and begins nothing elsewhere. Without such a provider nobody is offered to
            choose a password, and administrators give none. Needs `opens_account_by_address`.
        asks_for_second_factor: Whether it asks for the account's code where one is switched on (`check_code`).
            Without such a provider nobody is offered to switch codes on. Needs `opens_account_by_address`.
        organisations: Slugs of the organisations that may use it; empty means all.
        frame: The name of the frame, another site's page that shows ours, inside which alone it is offered; empty
            means outside of frames.

    Raises:
        Misconfigured: A value has the wrong type, an audience does not exist, or one trait contradicts another.

    Example:
        traits = ProviderTraits(Loa.THREE, audiences=frozenset({"staff", "guest"}), asserts_personnummer=True)
    """

    max_loa: Loa
    _: KW_ONLY
    audiences: frozenset[Audience] = frozenset({"staff"})
    asserts_personnummer: bool = False
    asserts_phone: bool = False
    several_per_account: bool = False
    opens_account_by_address: bool = False
    asks_for_password: bool = False
    asks_for_second_factor: bool = False
    organisations: frozenset[str] = frozenset()
    frame: str = ""

    def __post_init__(self) -> None:
        """Refuse a wrong type here, at the author's own line: `"staff" in "staffan"` is true as well."""
        for field in fields(self):
            value = getattr(self, field.name)
            expected = Loa if field.name == "max_loa" else type(field.default)
            if not isinstance(value, expected):
                raise Misconfigured(
                    "traits: {name} ska vara {expected}, inte {type}",
                    name=field.name,
                    expected=expected.__name__,
                    type=type(value).__name__,
                )
        unknown = self.audiences - set(get_args(Audience))
        if unknown or not self.audiences:
            raise Misconfigured(
                "traits: audiences ska vara en eller flera av {audiences}, inte {unknown}",
                audiences=", ".join(get_args(Audience)),
                unknown=", ".join(sorted(unknown)) or "–",
            )
        self._check_address()

    def _check_address(self) -> None:
        """Refuse what an account's address cannot carry."""
        if self.opens_account_by_address:
            if self.max_loa > HIGHEST_BY_ADDRESS or self.audiences != {"staff"}:
                raise Misconfigured(
                    "traits: opens_account_by_address når högst tillitsnivå {level}, och bara audience staff",
                    level=int(HIGHEST_BY_ADDRESS),
                )
        elif self.asks_for_password or self.asks_for_second_factor:
            raise Misconfigured("traits: asks_for_password och asks_for_second_factor kräver opens_account_by_address")
