"""What an identity provider promises: its traits, and an answer to each step."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, fields
from typing import Literal, Protocol, TypeAlias, get_args, runtime_checkable

from budkavle.model.errors import Misconfigured
from budkavle.model.loa import Loa
from budkavle.model.people import Identity
from budkavle.plugins.protocols.base import MaybeAsync

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
        for trait in fields(self):
            value = getattr(self, trait.name)
            expected = Loa if trait.name == "max_loa" else type(trait.default)
            if not isinstance(value, expected):
                raise Misconfigured(
                    "traits: {name} ska vara {expected}, inte {type}",
                    name=trait.name,
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


@dataclass(frozen=True, slots=True)
class Redirect:
    """Send the browser elsewhere; it comes back to the flow's own address."""

    url: str
    state: Mapping[str, str] = field(default_factory=dict)
    """What `advance` needs when it comes back, such as a nonce; kept by the core, never sent to the browser."""
    form: Mapping[str, str] | None = None
    """Fields to post to `url` (SAML's POST binding); None means that the browser just goes there."""


@dataclass(frozen=True, slots=True)
class Poll:
    """Show this and ask again after `seconds` (the answer `tick`): a QR code, "open your app".

    Attributes:
        message: What the person does now.
        seconds: How long to wait before the next `tick`.
        qr: The text to draw as a QR code; another one at the next step.
        app_url: Where a link to the person's app leads, on the same device.
        app: What that app is called, for the link's words, such as "BankID".
        choices: Buttons beside it: what comes back as the answer `choice`, and what the button says.
    """

    message: str
    seconds: float = 1.0
    qr: str | None = None
    app_url: str | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    state: Mapping[str, str] = field(default_factory=dict)
    app: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a prompt."""

    name: str
    label: str
    kind: str = "text"
    """An HTML input type."""
    autocomplete: str = "off"
    error: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """Ask the person for these fields.

    Attributes:
        fields: What is asked for.
        message: What the person does now.
        action: What the button says.
        choices: Further buttons: what comes back as the answer `choice`, and what the button says.
    """

    fields: tuple[Field, ...]
    message: str = ""
    action: str = "Fortsätt"
    choices: Mapping[str, str] = field(default_factory=dict)
    state: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed:
    """It did not work: a sentence that says what happened and what to do."""

    message: str
    retry: bool = True


Step: TypeAlias = Redirect | Poll | Prompt | Failed | Identity


@runtime_checkable
class IdentityProvider(Protocol):
    """A way to show who one is. The core keeps the flow's state, its binding to the browser and its single use."""

    name: str
    label: str
    icon: str
    traits: ProviderTraits
    """What the core may rely on: the highest level, who may use it, what it asserts."""

    def start(self, wanted: Loa, hints: Mapping[str, str]) -> MaybeAsync[Step]:
        """Begin.

        Called in the web when somebody chooses the provider, 20 seconds at most, as `advance` is. Where it fails the
        person reads that this way does not work now; the level is never lowered.

        Args:
            wanted: The level that is asked for, at most `traits.max_loa`.
            hints: What is known, as below.

        Returns:
            The first step; never an Identity, since nobody has shown anything yet.

        `hints` may carry `email`, `phone`, `personnummer`, `language`, `ip`, `user_agent`, `browser` (an opaque name of
        the browser), `account` (a user id, at a rise of level or when a method is linked), `loa` (of that user's
        session), `link` ("1" when a method is linked), `organisation` (the id of the organisation that asks, where it
        is known), `purpose` (a sentence for the person), and `return_url`, the address of ours that the peer sends
        the browser back to.
        """
        ...

    def advance(self, state: Mapping[str, str], answers: Mapping[str, str]) -> MaybeAsync[Step]:
        """Go on with what the browser brought.

        Args:
            state: The last step's `state`, as the core has kept it; the browser never saw it.
            answers: Fields, a peer's parameters, `tick` after a Poll, or `choice` of a button. Nothing in it is
                verified.

        Returns:
            The next step; an Identity, with the level that was returned, ends the flow.
        """
        ...

    def cancel(self, state: Mapping[str, str]) -> MaybeAsync[None]:
        """End a flow that the person gave up; tell the peer if it needs to know."""
        ...


@dataclass(frozen=True, slots=True)
class SignOutRequest:
    """A provider's own word that somebody has signed out there, once it is believed.

    Attributes:
        subject: Whom it concerns, as `ProviderSession.subject`; empty where only the session is named.
        session: Which session, as `ProviderSession.name`; empty means all of theirs by this provider.
        reply: Where the browser that brought it is sent; None where the provider itself called.
        done: Called once the sessions have ended: from then on the same word is not believed again. Until then it is,
            since a provider that is answered with a fault says it again.
    """

    subject: str = ""
    session: str = ""
    reply: Redirect | None = None
    done: Callable[[], object] | None = field(default=None, compare=False)


@runtime_checkable
class SignsOut(Protocol):
    """What an identity provider has beside, where its people have a session there too: signing out is passed on.

    Its identities carry a `session`. The methods are called in the web and have 20 seconds; where one fails, the person
    is signed out here all the same.
    """

    def sign_out(self, kept: str, return_url: str) -> MaybeAsync[Redirect | None]:
        """End the session there, since its person has signed out here.

        Args:
            kept: As `ProviderSession.kept`.
            return_url: The address of ours that the provider sends the browser back to.

        Returns:
            Where the browser goes; its state is kept by the browser, and shows that it comes back from there. None
            where the provider has no way to sign out.
        """
        ...

    def signed_out(self, state: Mapping[str, str], answers: Mapping[str, str], query: str) -> MaybeAsync[bool]:
        """Tell whether the provider says that the person is signed out there.

        Args:
            state: The state of `sign_out`.
            answers: What the browser brought back.
            query: The address's query as it came, for a signature that covers it.
        """
        ...

    def sign_out_request(self, answers: Mapping[str, str], query: str) -> MaybeAsync[SignOutRequest | None]:
        """Judge what claims to be the provider's word that somebody has signed out there.

        Args:
            answers: The fields of the form, or the query's; nothing in them is verified.
            query: The query as it came.

        Returns:
            Whom it concerns; None where it is not believed.

        Raises:
            Unavailable: It cannot be judged now, such as when the provider's keys cannot be read. The provider may say
                it again.
        """
        ...


@dataclass(frozen=True, slots=True)
class ConnectedProvider:
    """An identity provider that somebody has connected on a page.

    Attributes:
        provider: The provider.
        is_on: Whether people may sign in by it. One that is not is only tried by the installation's administrators; it
            may have the name of one that is on, as settings that have been changed and not been tried yet.
    """

    provider: IdentityProvider
    is_on: bool


@runtime_checkable
class ProviderSource(Protocol):
    """Identity providers that come and go while the installation runs, since administrators connect them on a page."""

    name: str

    def connections(self) -> Sequence[ConnectedProvider]:
        """Return the providers that are connected now, the same objects as long as nothing about them has changed.

        Called in the web, each two seconds at most in a process, and has 5 seconds. While it fails, those that it gave
        last stay.
        """
        ...

    def tried(self, provider: str, identity: Identity) -> None:
        """Keep what came out of a trial: an administrator has identified by a provider, and nobody was signed in.

        Args:
            provider: The provider's name.
            identity: What it said, with its level lowered to what the provider may claim.
        """
        ...
