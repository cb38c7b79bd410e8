"""What the core may rely on when somebody identifies by a provider."""

from dataclasses import KW_ONLY, dataclass, fields
from typing import Literal, TypeAlias, get_args

from budkavle.model.errors import Misconfigured
from budkavle.model.loa import Loa

Audience: TypeAlias = Literal["staff", "guest"]
"""Who identifies: `staff` signs in to an account, `guest` reads a link without one."""


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
        organisations: Slugs of the organisations that may use it; empty means all.
        frame: The name of the frame, another site's page that shows ours, inside which alone it is offered; empty
            means outside of frames.

    Raises:
        Misconfigured: A value has the wrong type, or an audience does not exist.

    Example:
        traits = ProviderTraits(Loa.THREE, audiences=frozenset({"staff", "guest"}), asserts_personnummer=True)
    """

    max_loa: Loa
    _: KW_ONLY
    audiences: frozenset[Audience] = frozenset({"staff"})
    asserts_personnummer: bool = False
    asserts_phone: bool = False
    several_per_account: bool = False
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
