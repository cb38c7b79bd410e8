"""Every address that a template writes: it begins as one of ours, and what is put into it cannot change where it leads.

Templates are read as Jinja reads them. An address begins with letters of the template, or with an address that our
code has made whole and that is called so; never with what people typed. What is put in further on is an id, a word or
number of ours, a query that `urlencode` has written, or goes through `urlencode` there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from uuid import uuid4

import jinja2
import pytest
from jinja2 import nodes

from budkavle.accounts.profile import InformationSettings, information_faults
from budkavle.model.people import Organisation

ROOT = Path(__file__).resolve().parents[4]
PARTS = ("core", "plugins", "addressbook")
ATTRIBUTE = re.compile(
    r"""(?<![\w-])(?:href|src|srcset|action|formaction|poster|ping|cite|hx-(?:get|post|put|delete|push-url)
        |data-(?:[a-z]+-)*(?:url|href|src|action)|content(?==["']\d+;))
        \s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s>"']+))""",
    re.VERBOSE,
)
REFRESH = re.compile(r"\d+;\s*url=")
HOLE = re.compile("\x00(\\d+)\x00")
BEGINNINGS = ("/", "#", "?", "mailto:", "data:image/png;base64,")
"""Letters of a template that an address may begin with, in front of what is put in."""
WHOLE = re.compile(r"_?(?:here|own|back|scan|tick|step_up|previous|next|(?:\w+_)?(?:url|path))\Z")
"""What an address that our code has made whole is called."""
ADDRESS = re.compile(f"formaction|href|src|hx-get|hx-post|{WHOLE.pattern}")
"""What a macro calls an address that it is given, or writes as it stands."""
OURS = frozenset({"action", "again", "csv", "join", "more_mailboxes", "other", "settings", "share", "start"})
OURS |= {"turn.again", "zoomed", "fields.support"}
"""Those that are called something else."""
MADE = re.compile(r"static|mark_url|url|edit_url")
"""Functions that make one."""
TYPED = frozenset({"information.website"})
"""Those that people typed: an organisation's own, which `information_faults` judges."""
ID = re.compile(r"(?:\w+\.)*(?:\w+_)?id\Z")
HARMLESS = {
    "written by urlencode": "query beside",
    "an id": "above case",
    "a number": "number page each.version version.number plan.version row.last earlier later loa older",
    "a year and a month": "month before after to_close_month",
    "letters, digits, - and _ alone": "slug sender.slug connection.name brand_colour preview.colour",
    "a name of the code": "lang kind view view.name way.name text.name deed one.act row.icon skip_to",
    "a choice of a simulator": "person.key network",
    "an e-mail address, behind mailto:": "information.email information.dpo_email statement.email",
}
"""What stands further in: why it is harmless, and what it is called."""
WORDS = frozenset(" ".join(HARMLESS.values()).split())
NAMES = ("macros/forms.html", "macros/buttons.html", "records/templates/run.html", "templates/organisation.html")
"""Templates in which `name` is a name of the code; in the simulators it is so too."""


@dataclass
class Page:
    """The letters of a template with a hole for each expression, and the expressions in order."""

    text: str = ""
    holes: list[nodes.Expr] = field(default_factory=list)

    def read(self, node: nodes.Node) -> None:
        """Add what a node writes."""
        for child in node.iter_child_nodes():
            if isinstance(child, nodes.TemplateData):
                self.text += child.data
            elif isinstance(child, nodes.Expr):
                if isinstance(node, nodes.Output):
                    self.text += f"\x00{len(self.holes)}\x00"
                    self.holes.append(child)
            else:
                self.read(child)


@cache
def trees() -> dict[str, nodes.Template]:
    """Return what Jinja reads of each template of the core and of the plugins that come along, by its path."""
    environment = jinja2.Environment(autoescape=True, extensions=["jinja2.ext.i18n", "jinja2.ext.do"])
    paths = sorted(path for part in PARTS for path in (ROOT / part).rglob("*.html"))
    return {path.relative_to(ROOT).as_posix(): environment.parse(path.read_text("utf-8")) for path in paths}


def addresses(tree: nodes.Template) -> Iterator[tuple[str, list[nodes.Expr]]]:
    """Yield each address that a template writes with something put in: its letters with holes, and what is put in."""
    page = Page()
    page.read(tree)
    for match in ATTRIBUTE.finditer(page.text):
        value = REFRESH.sub("", match["double"] or match["single"] or match["bare"] or "").strip()
        if "\x00" in value:
            yield value, [page.holes[int(number)] for number in HOLE.findall(value)]


def spelled(node: nodes.Node) -> str:
    """Return a name as it stands in a template; empty for what is no name."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        return f"{spelled(node.node)}.{node.attr}"
    return ""


def leaves(node: nodes.Node | None, *, first: bool = True) -> Iterator[tuple[nodes.Node, bool]]:
    """Yield what an expression is put together of, and whether it may be what the address begins with."""
    match node:
        case nodes.CondExpr():
            parts = [(node.expr1, first), (node.expr2, first)]
        case nodes.Or() | nodes.And():
            parts = [(node.left, first), (node.right, first)]
        case nodes.Concat():
            parts = [(part, first and not number) for number, part in enumerate(node.nodes)]
        case nodes.Add(right=nodes.Const()) | nodes.Sub(right=nodes.Const()):
            parts = [(node.left, first)]
        case nodes.Filter(name="default"):
            parts = [(node.node, first), *((default, first) for default in node.args)]
        case nodes.Filter(name="replace"):
            parts = [(node.node, first), (node.args[1], False)]
        case nodes.Getitem(node=nodes.Call(node=nodes.Getattr(attr="split" | "rpartition", node=whole))):
            parts = [(whole, first)]
        case _:
            parts = []
            if node:
                yield node, first
    for part, begins in parts:
        yield from leaves(part, first=begins)


def is_fine(leaf: nodes.Node, name: str, *, first: bool) -> bool:
    """Tell whether something may begin an address in the template of this name, or stand further in."""
    if isinstance(leaf, nodes.Const):
        return not first or not leaf.value or str(leaf.value).startswith(BEGINNINGS)
    if isinstance(leaf, nodes.Filter):
        return not first and leaf.name == "urlencode"
    if isinstance(leaf, nodes.Call):
        return MADE.fullmatch(spelled(leaf.node)) is not None
    called = spelled(leaf)
    if called in TYPED | OURS or WHOLE.match(called.rpartition(".")[2]):
        return True
    named = called == "name" and (name.endswith(NAMES) or "/simulator/" in name)
    return not first and (named or called in WORDS or ID.match(called) is not None)


def is_whole(node: nodes.Node, name: str) -> bool:
    """Tell whether an expression is an address that our code or the template has made."""
    return all(is_fine(leaf, name, first=first) for leaf, first in leaves(node))


def is_safe(value: str, holes: list[nodes.Expr], name: str) -> bool:
    """Tell whether an address with its holes begins as one of ours and goes on harmlessly."""
    open_end = value.startswith("\x00")
    parts = [leaf for place, hole in enumerate(holes) for leaf in leaves(hole, first=open_end and not place)]
    return (open_end or value.startswith(BEGINNINGS)) and all(is_fine(leaf, name, first=first) for leaf, first in parts)


def handed_on(name: str, tree: nodes.Template) -> Iterator[tuple[str, nodes.Node]]:
    """Yield what a template gives a name of an address: to a macro, in a dictionary, or to use further down."""
    known = macros(name, tree)
    for pair in tree.find_all(nodes.Pair):
        if isinstance(pair.key, nodes.Const):
            yield str(pair.key.value), pair.value
    for assigned in tree.find_all(nodes.Assign):
        if isinstance(assigned.target, nodes.Name):
            yield assigned.target.name, assigned.node
    for call in tree.find_all(nodes.Call):
        for keyword in call.kwargs:
            yield keyword.key, keyword.value
        if isinstance(call.node, nodes.Name | nodes.Getattr):
            for parameters in known.get(spelled(call.node), ()):
                yield from zip(parameters, call.args, strict=False)


def macros(name: str, tree: nodes.Template) -> dict[str, list[tuple[str, ...]]]:
    """Return what the macros that a template has, or imports by name, call what they are given."""
    known: dict[str, list[tuple[str, ...]]] = {}
    wanted = [(name, macro.name, macro.name) for macro in tree.find_all(nodes.Macro)]
    for imported in tree.find_all(nodes.FromImport):
        place = str(getattr(imported.template, "value", "")).rpartition("/")[2]
        for each in imported.names:
            original, alias = (each, each) if isinstance(each, str) else each
            wanted += [(other, original, alias) for other in trees() if other.endswith(f"/{place}")]
    for other, original, alias in wanted:
        for macro in trees()[other].find_all(nodes.Macro):
            if macro.name == original:
                known.setdefault(alias, []).append(tuple(argument.name for argument in macro.args))
    return known


def test_every_address_is_built_safely() -> None:
    """No variable of a template begins an address but one that is whole, and none ends what stands in front of it."""
    written = [(name, *address) for name, tree in trees().items() for address in addresses(tree)]
    wrong = [
        (name, HOLE.sub("{}", value), [spelled(hole) or str(hole) for hole in holes])
        for name, value, holes in written
        if not is_safe(value, holes, name)
    ]
    assert wrong == []
    assert len(written) > 300


def test_what_is_called_an_address_is_one() -> None:
    """What a template hands to a macro as an address is judged like one that it writes itself."""
    wrong, count = [], 0
    for name, tree in trees().items():
        for called, value in handed_on(name, tree):
            if ADDRESS.match(called):
                count += 1
                if not is_whole(value, name):
                    wrong.append((name, called, spelled(value) or str(value)))
    assert wrong == []
    assert count > 100


@pytest.mark.parametrize(
    "website", ["javascript:alert(1)", "data:text/html,x", "//elsewhere.example", "http://bjorkvik.example"]
)
def test_the_one_address_that_people_type_is_judged(website: str) -> None:
    """An organisation's own site, which its public page leads to, begins with https:// or is refused."""
    faults = information_faults(InformationSettings(website=website), Organisation(uuid4(), "bjorkvik", "Björkvik"))
    assert "website" in faults


@pytest.mark.parametrize(
    "source",
    [
        '<a href="{{ typed }}">',
        "<a href={{ information.email }}>",
        '<form action="javascript:{{ id }}">',
        '<a href="/c/{{ typed }}">',
        '<button formaction="{{ path }}/{{ words }}">',
        "<a href=\"{{ '/c/' ~ words }}\">",
        '<a href="{{ url if id else words }}">',
        "<img src='{{ path }}?q={{ q }}'>",
        '<a href="{% if id %}{{ words }}{% endif %}">',
    ],
)
def test_what_is_built_otherwise_is_seen(source: str) -> None:
    """What people typed at the beginning of an address, or further in without `urlencode`."""
    tree = jinja2.Environment(autoescape=True).parse(source)
    assert not all(is_safe(value, holes, "") for value, holes in addresses(tree))
