"""What no linter of ours holds: patterns and paths from input, secrets compared by `==`, keys of objects in scripts."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.reading_code import nodes

ROOT = Path(__file__).parents[2]
FOLDERS = ("core", "plugins", "identity_tokens", "microsoft_apps", "addressbook", "schemas")
PATTERNS = {"compile", "findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn"}
OUR_PATTERNS = {
    "core/budkavle/cases/file_metadata/office_parts.py": "constants",
    "core/budkavle/cli/plugin_switch.py": "a key of our own settings",
    "core/budkavle/messaging/message_list.py": "words, each escaped",
    "plugins/adviser/budkavle_adviser/detection.py": "constants",
    "plugins/adviser/budkavle_adviser/guard.py": "the constants of detection.py",
    "plugins/disclosure/budkavle_disclosure/selection.py": "words, each escaped",
    "plugins/fax/budkavle_fax/carriers/http.py": "constants",
    "plugins/files/budkavle_files/tree/guest_names.py": "constants",
    "plugins/message_api/budkavle_message_api/access/clients.py": "stars between pieces, each escaped",
    "plugins/notes/budkavle_notes/mentions.py": "names, each escaped",
    "plugins/records/budkavle_records/archive/package/thread_pdf.py": "a constant",
    "plugins/sdk_transport/budkavle_sdk_transport/discovery/environment.py": "settings of the installation",
    "plugins/sdk_transport/budkavle_sdk_transport/discovery/service_metadata.py": "settings of the installation",
    "plugins/sms/budkavle_sms/gateways/http_service.py": "constants",
}
"""Where a regular expression is put together, and of what."""
OUR_PATHS = {
    "plugins/sdk_transport/budkavle_sdk_transport/discovery/service_metadata.py": "each caller's is a constant",
    "plugins/sdk_transport/budkavle_sdk_transport/formats/xml.py": "constants",
}
"""Where a path of XPath is no single constant."""
SECRET = re.compile(r"(token|digest|hmac|csrf|secret|signature|password|_hash|_mark)$", re.IGNORECASE)
NO_SECRETS = {
    "addressbook/budkavle_addressbook/national/local_copy.py": "whether a public file has changed",
    "core/budkavle/accounts/user_list.py": "the name of a way to sign in",
    "core/budkavle/identification/account_secrets.py": "two fields of one form",
    "core/budkavle/previews/drawing.py": "the number of a fault",
    "core/budkavle/storage/key_slots/store.py": "whether a slot has been destroyed",
    "core/budkavle/web/pages/compose/send.py": "which advice a page has shown",
    "core/budkavle/web/pages/forgotten_password.py": "two fields of one form",
    "core/budkavle/web/pages/organisation/invitation.py": "two fields of one form",
    "identity_tokens/budkavle_identity_tokens/simulated_entra.py": "a simulator",
    "plugins/eid/budkavle_eid/bankid/ocsp.py": "hashes of public certificates",
    "plugins/eid/budkavle_eid/connections/key_files.py": "whether a file has changed",
    "plugins/files/budkavle_files/webdav/locks.py": "a lock's name, which everybody who sees the file is told",
    "plugins/proof/budkavle_proof/receipt_signature.py": "a public digest",
    "plugins/proof/budkavle_proof/report.py": "public digests",
    "plugins/proof/budkavle_proof/time_stamps.py": "a public digest",
    "plugins/proof/budkavle_proof/verify_proof.py": "public digests",
    "plugins/records/budkavle_records/archive/package/check.py": "a public digest",
    "plugins/sdk_transport/budkavle_sdk_transport/envelope/signature.py": "a public digest",
    "plugins/transit/budkavle_transit/service.py": "our own token and the one that was refused",
}
"""Where things with such a name are compared by `==`, and why nobody can guess by how long it takes."""
OUR_CHARSETS = {
    "core/budkavle/operations/metrics/answering.py": "set as a header",
    "plugins/phone/budkavle_phone/app/worker.py": "what the browser's own worker answers",
}
"""Where a text's type says how its letters are written: Litestar adds it to what pages give."""
KEYS = re.compile(r"([\w.]+)\[([A-Za-z_][\w.]*)\] = ")
OUR_KEYS = {
    "core/budkavle/web/static/page/forms.js": "the names of the fields of our own page",
    "plugins/meetings/budkavle_meetings/static/devices.js": "audio or video",
    "plugins/meetings/budkavle_meetings/static/room.js": "camera or microphone",
    "plugins/outlook/budkavle_outlook/static/draft.js": "a place in an array",
    "plugins/phone/budkavle_phone/static/scan.js": "an edge that our own page has",
}
"""Where a script writes to a key that is no constant, and what the key is."""


def sources(*words: str) -> Iterator[tuple[str, Iterator[ast.AST]]]:
    """The modules of the product that have one of the words, without simulators and what only tests need."""
    for path in sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")):
        if not {"simulator", "testing"} & set(path.parts):
            yield path.relative_to(ROOT).as_posix(), nodes(path, words)


def name_of(node: ast.expr) -> str:
    """The last part of a name, or of what is called."""
    if isinstance(node, ast.Call):
        return name_of(node.func)
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def is_column(node: ast.expr) -> bool:
    """Whether it is a column of a table: PostgreSQL looks for the hash of a long secret."""
    return isinstance(node, ast.Attribute) and (name_of(node.value) == "c" or getattr(node.value, "id", "") == "c")


def kinds(module: Iterator[ast.AST]) -> Iterator[str]:
    """What a module does that has to be looked at: `pattern`, `path`, `secret`."""
    for node in module:
        if isinstance(node, ast.Call) and node.args and not isinstance(node.args[0], ast.Constant):
            function = node.func
            if isinstance(function, ast.Attribute) and name_of(function.value) == "re" and function.attr in PATTERNS:
                yield "pattern"
            if name_of(function) in {"ETXPath", "XPath", "xpath"}:
                yield "path"
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
            sides = [node.left, *node.comparators]
            if not any(is_column(side) or isinstance(side, ast.Constant) for side in sides):
                yield from ("secret" for side in sides if SECRET.search(name_of(side)))


@cache
def looked_at() -> list[tuple[str, str]]:
    """What has to be looked at, and the module; not at import, which each process of a test run does."""
    return [
        (kind, path)
        for path, module in sources("ath(", "==", "!=", *(f"re.{name}(" for name in PATTERNS))
        for kind in set(kinds(module))
    ]


def test_patterns_are_ours_or_escaped() -> None:
    """A regular expression that is put together is of constants, of settings, or of words that are escaped."""
    assert {path for kind, path in looked_at() if kind == "pattern"} == set(OUR_PATTERNS)
    for path, what in OUR_PATTERNS.items():
        assert "re.escape" in (ROOT / path).read_text("utf-8") or "escaped" not in what, path


def test_paths_of_xpath_are_ours() -> None:
    """Nothing that somebody sends becomes a part of one."""
    assert {path for kind, path in looked_at() if kind == "path"} == set(OUR_PATHS)


def test_secrets_are_compared_in_constant_time() -> None:
    """By `compare_digest`, or by PostgreSQL under the hash of the secret; each other comparison says why it may."""
    assert {path for kind, path in looked_at() if kind == "secret"} == set(NO_SECRETS)


def test_no_text_tells_its_charset_twice() -> None:
    """The type of a page's answer stands without it."""
    told = {
        path
        for path, module in sources("charset=")
        for node in module
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.match(r"text/.*charset=", node.value)
    }
    assert told == set(OUR_CHARSETS)


OWN_TRUST = {"SSLContext", "create_ssl_context"}
"""What makes a context that believes others than the system does, or nobody."""
NO_TRUST = {"CERT_NONE", "CERT_OPTIONAL", "_create_unverified_context", "wrap_socket"}
REQUESTS = {"delete", "get", "head", "patch", "post", "put", "request", "stream"}
TRUSTING = {"AsyncClient": {"transport", "verify"}, "Client": {"transport", "verify"}}
TRUSTING |= {"SMTP_SSL": {"context"}, "starttls": {"context"}}
"""What is told by one of these words whom it believes."""


def trusts(module: Iterator[ast.AST]) -> Iterator[str]:
    """What a module does about whom TLS believes that is not `ssl.create_default_context`."""
    for node in module:
        if isinstance(node, ast.Attribute) and name_of(node.value) == "ssl" and node.attr in NO_TRUST:
            yield node.attr
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr == "check_hostname":
            yield node.attr
        if isinstance(node, ast.Call):
            name, given = name_of(node.func), {word.arg for word in node.keywords}
            alone = isinstance(node.func, ast.Attribute) and name_of(node.func.value) == "httpx" and name in REQUESTS
            if alone or name in OWN_TRUST or (name in TRUSTING and not given & TRUSTING[name]):
                yield name


def test_every_connection_believes_whom_the_system_believes() -> None:
    """Each trust is Python's default, which `SSL_CERT_FILE` changes; httpx's own list is none of ours."""
    modules = sources("check_hostname", "httpx", *OWN_TRUST, *NO_TRUST, *TRUSTING)
    told = {(path, what) for path, module in modules if "simulat" not in path for what in trusts(module)}
    assert told == set()


LISTENERS = {
    "core/budkavle/web/static/live.js": "a BroadcastChannel, which has our origin alone",
    "core/budkavle/web/static/pdf/frame.js": "source !== parent",
    "core/budkavle/web/static/viewer.js": 'source !== shown.contentWindow || origin !== "null"',
    "plugins/meetings/budkavle_meetings/static/line.js": "a WebSocket to our own server",
    "plugins/outlook/budkavle_outlook/static/host.js": "event.origin === location.origin",
}
"""Scripts that hear messages, and by what they judge who speaks, or why nobody else can."""
HEARS = re.compile(r"""addEventListener\(\s*"message"|\.onmessage\b|DialogMessageReceived""")


def test_each_listener_judges_who_speaks() -> None:
    """A message of another window does nothing; a new listener is judged before it is added here."""
    told = set()
    for path in sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("static/**/*.js")):
        text = path.read_text("utf-8")
        if "vendor" in path.parts or path.name.endswith(".min.js") or not HEARS.search(text):
            continue
        told.add(name := path.relative_to(ROOT).as_posix())
        assert LISTENERS[name].startswith("a ") or LISTENERS[name] in text, name
    assert told == set(LISTENERS)


def test_no_script_writes_to_a_prototype() -> None:
    """A key that comes from outside is written to an object without one; what is parsed is merged into nothing."""
    told = set()
    for path in sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("static/**/*.js")):
        if "vendor" in path.parts or path.name.endswith(".min.js"):
            continue  # others', as npm has them
        name, text = path.relative_to(ROOT).as_posix(), path.read_text("utf-8")
        assert "__proto__" not in text, name
        assert not re.search(r"Object\.assign\([^)]*JSON\.parse|for \((const|let) \w+ in ", text), name
        written = [target for target, _ in KEYS.findall(text)]
        if any(f"{target} = Object.create(null)" not in text for target in written):
            told.add(name)
    assert told == set(OUR_KEYS)
