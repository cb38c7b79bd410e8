"""Settings of an organisation or a mailbox, described by a type: the labels of its fields, and their valid values.

A section is a frozen `msgspec.Struct` whose fields are annotated with `Setting`. From that come the form, the check,
and what is stored.
"""

import inspect
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any, Generic, Literal, TypeVar, cast, get_args, get_type_hints

import msgspec
from msgspec import Struct

from budkavle.model.errors import Misconfigured
from budkavle.model.input_rules.names import has_hidden
from budkavle.model.people import Actor, Organisation
from budkavle.model.sentences import Sentence

S = TypeVar("S", bound=Struct)


def N_(word: str) -> str:  # noqa: N802 - gettext's own name
    """Mark a word that is translated where it is shown."""
    return word


LONGEST_TEXT = 2_000
"""The default limit of a text, in characters."""
DURATIONS: Mapping[str, timedelta] = {
    N_("sekunder"): timedelta(seconds=1),
    N_("minuter"): timedelta(minutes=1),
    N_("timmar"): timedelta(hours=1),
    N_("dagar"): timedelta(days=1),
}
"""The units that a `timedelta` may be written in."""
RESERVED = frozenset({"csrf", "own", "preview", "sealed_secrets", "secret_labels", "secret_names", "section", "usual"})
"""Names of the form's and the event log's own fields."""
_NAME = re.compile(r"[a-z][a-z0-9_]*")
FieldKind = Literal["text", "lines", "number", "choice", "checkbox", "duration", "secret"]
Scope = Literal["organisation", "mailbox", "both"]
ChangedBy = Literal["managers", "administrators", "installation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How the form shows one field of a settings type; it is put in the field's annotation.

    Attributes:
        label: The field's label, in Swedish: a translation key, as are `help`, `unit` and the choices.
        help: What it does, in a sentence.
        unit: The unit of a number. For a `timedelta` one of `sekunder`, `minuter`, `timmar`, `dagar`.
        least: The smallest number, in the unit.
        most: The greatest number, in the unit; for a text the greatest number of characters.
        choices: The values that may be chosen, each with its label.
        secret: Whether the text is sealed, and never shown again.
        lines: How many lines the field of a text shows; more than one allows line breaks.

    Example:
        class LoftSettings(msgspec.Struct, frozen=True):
            rest: Annotated[timedelta, Setting(label="Vila", unit="timmar", most=48)] = timedelta(hours=2)
    """

    label: str
    help: str = ""
    unit: str = ""
    least: int | None = None
    most: int | None = None
    choices: Mapping[Any, str] = field(default_factory=dict)
    secret: bool = False
    lines: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsTest(Generic[S]):
    """A test of a section's saved settings, started with a button by a user who may change them.

    Attributes:
        label: The button's text, in Swedish, a translation key, as is `help`.
        run: Called with the actor, the current values (secrets in clear) and the actor's e-mail address. It returns a
            sentence for each successful step, preferably with `yield`: then the steps before a fault are shown too. A
            fault is raised as a `BudkavleError`, whose sentence says which step failed and what to do. It is called
            outside of any transaction; it opens its own.
        help: What the test does, for instance to whom it sends something.
        seconds: Its timeout.
        asks: A field beside the button, such as a phone number. Its value, which may be empty, is passed to `run`
            instead of the e-mail address. An `Invalid` from `run` is shown at the field.

    Example:
        def try_gateway(actor: Actor, value: LoftSettings, address: str) -> Iterator[str]:
            loft = find_loft(value.key)  # raises Permanent("Duvslaget svarar inte. Kontrollera nyckeln.")
            yield Sentence("Duvslaget {name} svarar.", name=loft.name)
    """

    label: str
    run: Callable[[Actor, S, str], Iterable[str]]
    help: str = ""
    seconds: float = 20.0
    asks: Setting | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsLoss:
    """What a change of settings destroys permanently.

    Attributes:
        mark: Identifies the change, such as the new number: only the change that was shown is confirmed.
        sentence: What is destroyed and when. Empty if nothing is destroyed yet: then no confirmation is needed.
        hint: An alternative, in a sentence.
        button: The text of the button that confirms it.
    """

    mark: str
    sentence: str = ""
    hint: str = ""
    button: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsSection(Generic[S]):
    """A group of settings that is shown, changed and read as one.

    Attributes:
        name: Its name in URLs and in the database; never change it or the fields' names once anything is stored.
        type: A frozen `msgspec.Struct`. Each field has a default and a `Setting` in its annotation, and is `bool`,
            `int`, `str` or `timedelta`.
        title: Its display name, in Swedish, a translation key.
        help: What it is about, in a sentence.
        scope: Who has values: the `organisation`, each `mailbox`, or `both`. With `both`, a mailbox either uses the
            organisation's values or has its own whole section, so that no secret is used with another's address.
        changed_by: Who may change it. `managers`: for a mailbox its own administrators and the organisation's, for
            the organisation its administrators. `administrators`: the organisation's administrators, also for a
            mailbox. `installation`: administrators of the installation.
        defaults: The default values: those of the type, unless the installation's settings give others.
        check: Validates values that depend on each other; returns sentences by field. It must be pure.
        remarks: Returns remarks on values, such as the length of a text, as sentences by field, shown beside the
            field. The form then has a button that shows them for the typed values, before they are saved. It must be
            pure.
        destroys: Returns what a change destroys, from the unit of work, the current values and the new ones; None if it
            destroys nothing. Otherwise the page asks the user to identify, shows the sentence and waits for
            confirmation.
        order: Its position in the list, by number.
        test: A test of the saved settings, by a button on their page.
        fixed: Values that the installation's file decides, by field; the core fills it in.

    Example:
        SettingsSection(name="loft", type=LoftSettings, title="Duvslaget", scope="both")
    """

    name: str
    type: type[S]
    title: str
    help: str = ""
    scope: Scope = "organisation"
    changed_by: ChangedBy = "managers"
    defaults: S | None = None
    check: Callable[[S, Organisation], Mapping[str, str]] | None = None
    remarks: Callable[[S, Organisation], Mapping[str, str]] | None = None
    destroys: Callable[[Any, S, S], SettingsLoss | None] | None = None
    order: int = 100
    test: SettingsTest[S] | None = None
    fixed: Mapping[str, object] = field(default_factory=dict)

    @property
    def usual(self) -> S:
        """The default values."""
        return self.type() if self.defaults is None else self.defaults


@dataclass(frozen=True, slots=True)
class SettingField:
    """One field of a settings type, read from its annotation.

    Attributes:
        kind: How the form shows it; empty if a form cannot show the type.
        type: The field's type without its `Setting`.
    """

    name: str
    setting: Setting
    kind: FieldKind | Literal[""]
    type: Any

    def fault(self, value: object) -> str:
        """Validate a value; return a Swedish sentence, empty if it is valid."""
        if self.kind == "choice":
            return "" if type(value) is self.type and value in self.setting.choices else "Välj något i listan."
        if self.kind in {"number", "duration"}:
            return "" if type(value) is self.type and self._is_in_range(value) else self._range()
        if type(value) is not self.type:
            return "Värdet går inte att använda här."
        return self._text_fault(value) if isinstance(value, str) else ""

    def _text_fault(self, text: str) -> str:
        most = LONGEST_TEXT if self.setting.most is None else self.setting.most
        if len(text) > most:
            return Sentence("Texten är för lång. Korta den till högst {most} tecken.", most=most)
        if self.kind != "lines" and len(text.splitlines()) > 1:
            return "Skriv på en enda rad."
        is_hidden = self.kind == "text" and has_hidden(text)
        return "Texten har tecken som inte syns. Skriv den på nytt." if is_hidden else ""

    def _is_in_range(self, value: Any) -> bool:
        least, most = self.setting.least, self.setting.most
        number = value / DURATIONS[self.setting.unit] if self.kind == "duration" else value
        return (least is None or number >= least) and (most is None or number <= most)

    def _range(self) -> str:
        least, most = self.setting.least, self.setting.most
        if least is not None and most is not None:
            return Sentence("Skriv ett tal mellan {least} och {most}.", least=least, most=most)
        if least is not None:
            return Sentence("Skriv ett tal som är minst {least}.", least=least)
        return "Skriv ett heltal." if most is None else Sentence("Skriv ett tal som är högst {most}.", most=most)

    def words(self, value: object) -> str:
        """Return a value for the event log; nothing of a secret."""
        if self.kind == "secret":
            return "…"
        if isinstance(value, bool):
            return "på" if value else "av"
        if isinstance(value, timedelta):
            return f"{value / DURATIONS[self.setting.unit]:g} {self.setting.unit}"
        return f"{str(self.setting.choices.get(value, value))[:80]} {self.setting.unit}".strip() or "–"


def fields_of(settings_type: type[Struct]) -> tuple[SettingField, ...]:
    """Return the fields of a settings type that have a `Setting`, in order."""
    return _fields_once(cast("Hashable", settings_type))


@cache
def _fields_once(settings_type: Hashable) -> tuple[SettingField, ...]:
    return tuple(_fields(settings_type))


def _fields(settings_type: Any) -> Iterator[SettingField]:
    for name, annotation in get_type_hints(settings_type, include_extras=True).items():
        settings = [extra for extra in getattr(annotation, "__metadata__", ()) if isinstance(extra, Setting)]
        if settings:
            bare = get_args(annotation)[0]
            yield SettingField(name, settings[0], _kind(bare, settings[0]), bare)


def _kind(bare: Any, setting: Setting) -> FieldKind | Literal[""]:
    if setting.choices:
        return "choice" if bare in {int, str} else ""
    kinds: Mapping[Any, FieldKind] = {bool: "checkbox", int: "number", timedelta: "duration"}
    if bare is str:
        return "secret" if setting.secret else "lines" if setting.lines > 1 else "text"
    return kinds.get(bare, "")


def _is_frozen(settings_type: type[Struct]) -> bool:
    return bool(settings_type.__struct_config__.frozen)


def section_faults(section: SettingsSection[Any]) -> Iterator[Misconfigured]:
    """Return the errors of a section, for the author of a plugin."""
    if not _NAME.fullmatch(section.name):
        sentence = "namnet {name} får bara ha små bokstäver a till z, siffror och _"
        yield Misconfigured(sentence, name=section.name or "–")
    settings_type: Any = section.type
    if not (inspect.isclass(settings_type) and issubclass(settings_type, Struct)) or not _is_frozen(settings_type):
        yield Misconfigured("{name}: type ska vara en msgspec.Struct med frozen=True", name=section.name)
        return
    described = {each.name: each for each in fields_of(section.type)}
    for info in msgspec.structs.fields(section.type):
        each = described.get(info.name)
        if info.name in RESERVED:
            yield Misconfigured("fältet {name} får inte heta så: formuläret har ett sådant", name=info.name)
        if each is None:
            yield Misconfigured("fältet {name} saknar Setting i sin annotering", name=info.name)
        elif not each.kind:
            yield Misconfigured("fältet {name} ska vara bool, int, str eller timedelta", name=info.name)
        elif each.kind == "duration" and each.setting.unit not in DURATIONS:
            units = ", ".join(DURATIONS)
            yield Misconfigured("fältet {name}: unit ska vara en av {units}", name=info.name, units=units)
        elif each.setting.secret and each.kind != "secret":
            yield Misconfigured("fältet {name}: bara en text kan vara hemlig", name=info.name)
        if info.required:
            yield Misconfigured("fältet {name} saknar standardvärde", name=info.name)
