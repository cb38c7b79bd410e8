"""The Protocol of an identity provider: its traits, and its result for each step."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, fields
from typing import Literal, Protocol, TypeAlias, get_args, runtime_checkable

from budkavle.model.errors import Misconfigured
from budkavle.model.loa import Loa
from budkavle.model.people import Identity
from budkavle.plugins.protocols.base import MaybeAsync

Audience: TypeAlias = Literal["staff", "guest"]
"""The user of a provider: `staff` signs in to an account, `guest` opens a link without one."""
RESERVED_NAMES = frozenset({"link", "personnummer", "recovery", "totp"})
"""Names of the core's own identities; a provider with such a name would be trusted like the core."""
HIGHEST_BY_ADDRESS = Loa.TWO
"""The highest level of an identity that opens an account by its address: the link to the account is not confirmed."""


@dataclass(frozen=True, slots=True)
class ProviderTraits:
    """What the core may rely on when a person identifies with a provider.

    The core reads these each time it offers a provider or accepts an identity. The defaults are the strictest: a trait
    that is left out never raises the trust in an identity.

    Attributes:
        max_loa: The highest level that the provider may claim. The core lowers an identity above it.
        audiences: Who may use it.
        asserts_personnummer: Whether the core trusts the attribute `personnummer` of its identities. A guest reaches
            level 3 only with such a provider, where the number is compared with the recipient's.
        asserts_phone: Whether it verifies that the person has the phone that `hints` names.
        several_per_account: Whether one account may link several, such as a passkey for each device.
        opens_account_by_address: Whether an identity opens an account that it was never linked to: the one whose
            e-mail address is the attribute `email`, if its id is `subject`. Such a provider alone decides who
            may sign in, to any account. So its highest level is 2, and the settings must name a plugin that is not
            built in (`accounts_by_address`).
        asks_for_password: Whether its first step asks for the address and the password that the core keeps for the
            account (`check_password`), and starts no flow anywhere else. Without such a provider
            users cannot choose a password, and administrators cannot give one. Needs `opens_account_by_address`.
        asks_for_second_factor: Whether it asks for the account's code if codes are on (`check_code`). Without such a
            provider users cannot switch codes on. Needs `opens_account_by_address`.
        organisations: Slugs of the organisations that may use it; empty means all.
        frame: The name of the frame (another site's page that shows ours) that it is offered in, and nowhere else;
            empty means outside of frames.

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
    """Redirect the browser; it returns to the flow's own URL.

    Attributes:
        state: What `advance` needs when it returns, such as a nonce; stored by the core, never sent to the browser.
        form: Fields to post to `url` (SAML's POST binding); None means a plain redirect.
    """

    url: str
    state: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Poll:
    """Show this and ask again after `seconds` (the answer `tick`): a QR code, "open your app".

    Attributes:
        message: What the person is to do now.
        seconds: How long to wait before the next `tick`.
        qr: The text to draw as a QR code; the next step has another one.
        app_url: The URL of a link to the person's app, on the same device.
        app: The app's name, for the text of the link, such as "BankID".
        choices: Extra buttons: the value of the answer `choice`, and the text of the button.
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
    """A field of a prompt.

    Attributes:
        kind: An HTML input type.
    """

    name: str
    label: str
    kind: str = "text"
    autocomplete: str = "off"
    error: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """Ask the person for these fields.

    Attributes:
        fields: The fields.
        message: What the person is to do now.
        action: The text of the button.
        choices: Extra buttons: the value of the answer `choice`, and the text of the button.
    """

    fields: tuple[Field, ...]
    message: str = ""
    action: str = "Fortsätt"
    choices: Mapping[str, str] = field(default_factory=dict)
    state: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed:
    """The identification failed: a sentence that says what happened and what to do."""

    message: str
    retry: bool = True


Step: TypeAlias = Redirect | Poll | Prompt | Failed | Identity


@runtime_checkable
class IdentityProvider(Protocol):
    """An identification method. The core stores the flow's state, binds it to the browser and makes it single-use.

    Attributes:
        traits: What the core may rely on: the highest level, who may use it, what it asserts.
    """

    name: str
    label: str
    icon: str
    traits: ProviderTraits

    def start(self, wanted: Loa, hints: Mapping[str, str]) -> MaybeAsync[Step]:
        """Start a flow.

        Called in the web when a person chooses the provider, 20 seconds at most, as `advance` is. If it fails, the
        person reads that this method does not work now; the level is never lowered.

        Args:
            wanted: The requested level, at most `traits.max_loa`.
            hints: What is known about the person, as below.

        Returns:
            The first step; never an Identity, since nothing has been proved yet.

        `hints` may carry `email`, `phone`, `personnummer`, `language`, `ip`, `user_agent`, `browser` (an opaque name of
        the browser), `account` (a user id, at a step-up or when a method is linked), `loa` (of that user's
        session), `link` ("1" when a method is linked), `organisation` (the id of the requesting organisation, if
        known), `purpose` (a sentence for the person), and `return_url`, our URL that the peer redirects the browser to.
        """
        ...

    def advance(self, state: Mapping[str, str], answers: Mapping[str, str]) -> MaybeAsync[Step]:
        """Continue with the browser's answers.

        Args:
            state: The last step's `state`, as stored by the core; the browser never saw it.
            answers: Form fields, a peer's parameters, `tick` after a Poll, or `choice` of a button; all unverified.

        Returns:
            The next step; an Identity, with the level that the peer returned, ends the flow.
        """
        ...

    def cancel(self, state: Mapping[str, str]) -> MaybeAsync[None]:
        """End a flow that the person cancelled; tell the peer if it needs to know."""
        ...


@dataclass(frozen=True, slots=True)
class SignOutRequest:
    """A provider's verified message that a person has signed out there.

    Attributes:
        subject: The person, as in `ProviderSession.subject`; empty if only the session is named.
        session: The session, as in `ProviderSession.name`; empty means all of the person's sessions by this provider.
        reply: Where to redirect the browser that brought it; None if the provider itself called.
        done: Called when the sessions have ended: after that the same message is refused. Until then it is accepted,
            since a provider retries after an error response.
    """

    subject: str = ""
    session: str = ""
    reply: Redirect | None = None
    done: Callable[[], object] | None = field(default=None, compare=False)


@runtime_checkable
class SignsOut(Protocol):
    """Optional for an identity provider with sessions of its own: signing out is passed on.

    Its identities carry a `session`. The methods are called in the web and have 20 seconds; if one fails, the person is
    still signed out here.
    """

    def sign_out(self, kept: str, return_url: str) -> MaybeAsync[Redirect | None]:
        """End the provider's session, after its person has signed out here.

        Args:
            kept: As in `ProviderSession.kept`.
            return_url: Our URL that the provider redirects the browser to.

        Returns:
            The redirect; the browser keeps its state, which shows that the browser returns from there. None if the
            provider cannot sign out.
        """
        ...

    def signed_out(self, state: Mapping[str, str], answers: Mapping[str, str], query: str) -> MaybeAsync[bool]:
        """Tell whether the provider confirms that the person is signed out there.

        Args:
            state: The state of `sign_out`.
            answers: The parameters of the request.
            query: The raw query string, for a signature that covers it.
        """
        ...

    def sign_out_request(self, answers: Mapping[str, str], query: str) -> MaybeAsync[SignOutRequest | None]:
        """Verify a message that claims to come from the provider, that a person has signed out there.

        Args:
            answers: The parameters of the form or the query; unverified.
            query: The raw query string.

        Returns:
            The request; None if it cannot be verified.

        Raises:
            Unavailable: It cannot be verified now, for instance since the provider's keys cannot be read. The provider
                may retry.
        """
        ...


@dataclass(frozen=True, slots=True)
class ConnectedProvider:
    """An identity provider that an administrator has connected on a page.

    Attributes:
        provider: The provider.
        is_on: Whether people may sign in with it. If not, only the installation's administrators can try it; it may
            then have the same name as one that is on, for changed settings that have not been tried yet.
    """

    provider: IdentityProvider
    is_on: bool


@runtime_checkable
class ProviderSource(Protocol):
    """Identity providers that are added and removed at run time, since administrators connect them on a page."""

    name: str

    def connections(self) -> Sequence[ConnectedProvider]:
        """Return the connected providers, the same objects as long as nothing about them has changed.

        Called in the web, every two seconds at most in a process, with a timeout of 5 seconds. While it fails, the last
        result stays in use.
        """
        ...

    def tried(self, provider: str, identity: Identity) -> None:
        """Store the result of a trial: an administrator has identified with a provider, without signing in.

        Args:
            provider: The provider's name.
            identity: The result, with its level capped at what the provider may claim.
        """
        ...
