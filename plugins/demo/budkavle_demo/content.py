"""The content of the demo: two organisations that do not exist, their people, and their settings."""

from collections.abc import Mapping

PASSWORD = "prova-i-lugn-och-ro"  # noqa: S105 - the demo's own, printed when it starts

SETTINGS = """\
# The settings of `budkavle demo`.
data = "data"
base_url = "http://127.0.0.1:{port}"
enabled = [
  "demo", "addressbook", "sdk", "email_link", "sms", "eid", "adviser", "absence", "proof", "fax", "statistics",
  "scim", "economy", "records", "case_system", "disclosure", "log_control", "files", "meetings", "outlook",
  "timestamps", "notes", "templates"{more}
]

[plugins.addressbook]
url = "http://127.0.0.1:{book_port}/addressbook/api"

[plugins.sdk]
access_point = "{access_point}"

[plugins.sdk.soap]
url = "http://127.0.0.1:{access_point_port}/domibus/services/wsplugin"
poll_seconds = 0.5

[plugins.email_link]
host = "outbox"

[plugins.fax]
carrier = "simulator"

[plugins.sms]
gateway = "log"

[plugins.eid]
simulator_port = {eid_port}

[plugins.case_system]
folder = "{watched}"

[[plugins.outlook.apps]]
label = "Outlook i Björkviks kommun"
organisations = ["bjorkvik"]
developer = "Björkviks kommun"
{stamping}"""

CHOSEN: Mapping[str, Mapping[str, object]] = {
    "records.registration": {"on": True},
    "case_system.delivery": {"folder": True, "folder_name": "in"},
}
"""The settings of Björkviks kommun, by settings section."""

CHILDREN, ELDERLY = "Socialtjänst barn och unga", "Biståndshandläggning äldre"
CLINIC, DISCHARGE = "BUP, kansli", "Utskrivningssamordning"
ADDRESSES = {
    CHILDREN: "sdk:socialtjanst:0203:bjorkvik.example",
    ELDERLY: "sdk:bistand:0203:bjorkvik.example",
    CLINIC: "SE2321009002-1001",
    DISCHARGE: "SE2321009002-1002",
}
DIRECTORY = {
    "users": [
        {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": f"{address}@bjorkvik.example",
            "displayName": name,
            "title": title,
        }
        for address, name, title in (
            ("frida.holm", "Frida Holm", "Socialsekreterare"),
            ("goran.ask", "Göran Ask", "Biståndshandläggare"),
            ("hanna.vik", "Hanna Vik", "Enhetschef"),
            ("isak.lund", "Isak Lund", "Systemförvaltare"),
        )
    ],
    "groups": {
        "Socialtjänsten, handläggare": ["frida.holm@bjorkvik.example", "hanna.vik@bjorkvik.example"],
        "Äldreomsorgen, handläggare": ["goran.ask@bjorkvik.example", "hanna.vik@bjorkvik.example"],
        "IT, förvaltare": ["isak.lund@bjorkvik.example"],
    },
}
"""The data sent by the directory of Björkviks kommun. No group has a rule yet."""
FAXES = {CHILDREN: "+46109001001", CLINIC: "+46109002002"}

STEPS: tuple[tuple[str, ...], ...] = (
    ("addressbook", "refresh"),
    ("org", "add", "Björkviks kommun", "--slug", "bjorkvik", "--password-alone"),
    ("org", "add", "Region Vättern", "--slug", "vattern", "--password-alone"),
    ("sdk", "join", "bjorkvik", "0203:bjorkvik.example"),
    ("sdk", "join", "vattern", "0203:regionvattern.example"),
    ("addressbook", "participant", "bjorkvik", "0203:bjorkvik.example"),
    ("addressbook", "participant", "vattern", "0203:regionvattern.example"),
    *(("mailbox", "add", "bjorkvik", name) for name in (CHILDREN, ELDERLY)),
    *(("mailbox", "add", "vattern", name) for name in (CLINIC, DISCHARGE)),
    *(("addressbook", "link", "bjorkvik", name, ADDRESSES[name]) for name in (CHILDREN, ELDERLY)),
    *(("addressbook", "link", "vattern", name, ADDRESSES[name]) for name in (CLINIC, DISCHARGE)),
    ("addressbook", "contact", "bjorkvik", CHILDREN, "Eva Sjö, familjehem", "eva.sjo@familj.example", "070-000 00 01"),
    ("addressbook", "contact", "bjorkvik", CHILDREN, "Lärkans förskola", "larkan@skola.example", "070-000 00 02"),
    ("addressbook", "contact", "vattern", CLINIC, "Vårdcentralen Söder", "soder@vard.example", "070-000 00 03"),
)
"""The commands that create the two organisations, in order."""
FAX_STEPS: tuple[tuple[str, ...], ...] = (
    ("fax", "link", "bjorkvik", CHILDREN, FAXES[CHILDREN]),
    ("fax", "link", "vattern", CLINIC, FAXES[CLINIC]),
    ("addressbook", "contact", "bjorkvik", CHILDREN, "BUP i Vättern", "bup@vattern.example", FAXES[CLINIC]),
    ("addressbook", "contact", "vattern", CLINIC, "Socialtjänsten", "soc@bjorkvik.example", FAXES[CHILDREN]),
)
"""The commands that give two of their mailboxes fax numbers, and each the other as a contact."""

OPERATIONS_STEPS: tuple[tuple[str, ...], ...] = (
    ("org", "add", "Driftbolaget Vättern", "--slug", "drift", "--password-alone"),
    ("org", "add", "Sundby kommun", "--slug", "sundby", "--password-alone"),
    ("mailbox", "add", "drift", "Support"),
    ("mailbox", "add", "sundby", "Registrator"),
)
"""The commands that create an organisation for those who run the installation, and one that is then paused."""
PAUSE = ("org", "pause", "sundby", "--reason", "Avtalet går ut och ett nytt är inte klart.")
ROOT: dict[str, str] = {
    "email": "rut.holm@drift.example",
    "number": "198506192395",
    "name": "Rut Holm",
    "organisation": "Driftbolaget Vättern (administratör för hela installationen)",
    "slug": "drift",
}
"""The administrator of the whole installation."""
SECOND_ADMIN: dict[str, str] = {
    "email": "disa.berg@bjorkvik.example",
    "number": "197903142391",
    "name": "Disa Berg",
    "organisation": "Björkviks kommun (administratör)",
    "slug": "bjorkvik",
}
"""A second administrator of the municipality, who approves what Anna requests."""
SECOND_ROOT: dict[str, str] = {
    "email": "olof.frid@drift.example",
    "number": "197209112395",
    "name": "Olof Frid",
    "organisation": "Driftbolaget Vättern (administratör för hela installationen)",
    "slug": "drift",
}
"""A second administrator of the installation, for actions that need approval."""
PEOPLE: tuple[dict[str, str], ...] = (
    {
        "email": "anna.lind@bjorkvik.example",
        "number": "199001012385",
        "name": "Anna Lind",
        "organisation": "Björkviks kommun (administratör)",
        "slug": "bjorkvik",
        "role": "admin",
        "boxes": f"{CHILDREN}, {ELDERLY}",
    },
    {
        "email": "bo.ek@bjorkvik.example",
        "number": "198004262385",
        "name": "Bo Ek",
        "organisation": "Björkviks kommun",
        "slug": "bjorkvik",
        "role": "user",
        "boxes": CHILDREN,
    },
    {
        "email": "karin.svensson@vattern.example",
        "number": "198108222384",
        "name": "Karin Svensson",
        "organisation": "Region Vättern (administratör)",
        "slug": "vattern",
        "role": "admin",
        "boxes": f"{CLINIC}; {DISCHARGE}",
    },
    {
        "email": "mats.berg@vattern.example",
        "number": "198204212396",
        "name": "Mats Berg",
        "organisation": "Region Vättern",
        "slug": "vattern",
        "role": "user",
        "boxes": CLINIC,
    },
)

"""Their numbers are published test numbers of the Tax Agency, which the simulated e-identification knows."""

RETENTION = {"bjorkvik": (730, {CHILDREN: 1825}), "vattern": (365, {})}
"""By organisation: after how many days messages are deleted, and the mailboxes with a number of their own."""
INFORMATION: dict[str, dict[str, object]] = {
    "bjorkvik": {
        "number": "212000-0142",
        "address": "Box 7\n123 45 Björkvik",
        "email": "kommunen@bjorkvik.example",
        "phone": "010-900 10 00",
        "website": "https://bjorkvik.example",
        "contact": "Är du osäker, ring kommunens växel på 010-900 10 00.",
        "dpo_name": "Dora Dahl",
        "dpo_email": "dso@bjorkvik.example",
        "support": "Ring it-stödet på 010-900 10 50, vardagar kl. 8–16.",
    },
    "vattern": {
        "number": "232100-0016",
        "address": "Regionens hus\n551 11 Vättern",
        "email": "regionen@vattern.example",
        "phone": "010-900 20 00",
        "contact": "Är du osäker, ring regionens växel på 010-900 20 00.",
        "dpo_name": "Dag Ros",
        "dpo_email": "dso@vattern.example",
    },
}
"""The information about the two organisations."""
LICENCES: dict[str, dict[str, object]] = {
    "bjorkvik": {"users": 3, "mailboxes": 10, "storage": 50, "note": "Demonstrationsavtal"},
    "vattern": {"users": 500, "mailboxes": 100, "storage": 200, "until": "2031-12-31"},
}
"""Their licences. The first has reached its number of users, so that its page has something to report."""

ANNA, BO, KARIN, MATS = (person["email"] for person in PEOPLE)

FUNCTIONS: tuple[tuple[str, str, str], ...] = (
    ("Kultur och fritid", "Bibliotek, föreningar och lokaler.", ANNA),
    ("Valnämnden", "Används när det är val; ingen har tillgång däremellan.", ""),
    ("Överförmyndarnämnden", "Ärenden om godmanskap och förvaltarskap.", BO),
)
"""More mailboxes of Björkvik, to show their administration: name, description, and who is a member."""


def pdf(title: str) -> bytes:
    """Return a small PDF with one page that says `title`."""
    words = title.encode("cp1252", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    drawing = b"BT /F1 24 Tf 72 740 Td (" + words + b") Tj ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawing), drawing),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return out + end % (size, table, size, len(out))
