"""What no schema sees of the manifests: what does not fit together, and what Outlook's own reference pages ask for."""

from collections.abc import Iterator
from typing import Any

from lxml import etree

OFFICE = "http://schemas.microsoft.com/office/appforoffice/1.1"
BASIC = "http://schemas.microsoft.com/office/officeappbasictypes/1.0"
MAIL = "http://schemas.microsoft.com/office/mailappversionoverrides"
LEVELS = (MAIL, f"{MAIL}/1.1")
HOST_ORDER = ("Runtimes", "DesktopFormFactor")
LEVEL_ORDER = ("Requirements", "Hosts", "Resources", "VersionOverrides")
LAUNCH_EVENTS = frozenset({"OnMessageSend", "OnMessageDecrypt"})
SEND_MODES = frozenset({"PromptUser", "SoftBlock", "Block"})
ORDER = (
    *("Id", "AlternateId", "Version", "ProviderName", "DefaultLocale", "DisplayName", "Description", "IconUrl"),
    *("HighResolutionIconUrl", "SupportUrl", "AppDomains", "Hosts", "Requirements", "FormSettings", "Permissions"),
    *("Rule", "DisableEntityHighlighting", "VersionOverrides"),
)
EVENTS = frozenset({"messageSending", "newMessageComposeCreated", "messageRecipientsChanged", "messageDecrypt"})
ICONS = {"16", "32", "80"}
SHORTEST_VERSION, LONGEST_VERSION = 3, 4


def faults_of_unified(manifest: dict[str, Any]) -> list[str]:
    """What is wrong in the JSON manifest."""
    return [fault for extension in manifest["extensions"] for fault in _extension(extension)] + [
        f"{url} is no https" for url in _urls(manifest) if not url.startswith("https://")
    ]


def _extension(extension: dict[str, Any]) -> Iterator[str]:
    actions = [action["id"] for runtime in extension["runtimes"] for action in runtime["actions"]]
    if len(actions) != len(set(actions)):
        yield "an action twice"
    events = [event for group in extension.get("autoRunEvents", []) for event in group["events"]]
    for event in events:
        if event["type"] not in EVENTS:
            yield f"no event {event['type']}"
        if {"sendMode", "headerName"} <= set(event.get("options", {})):
            yield "both sendMode and headerName"
    controls = list(_controls(extension))
    for word in (*(control["actionId"] for control in controls), *(event["actionId"] for event in events)):
        if word not in actions:
            yield f"no runtime has the action {word}"
    for control in controls:
        if {str(icon["size"]) for icon in control["icons"]} < ICONS:
            yield f"icons of 16, 32 and 80 are needed for {control['id']}"


def _controls(extension: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for ribbon in extension["ribbons"]:
        for tab in ribbon["tabs"]:
            for group in tab["groups"]:
                yield from group["controls"]


def _urls(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, str) and (key.lower().endswith("url") or key in {"page", "script"}):
                yield inner
            yield from _urls(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _urls(inner)


def faults_of_xml(content: bytes) -> list[str]:
    """What is wrong in the XML manifest."""
    root = etree.fromstring(content)
    names = [_name(child) for child in root]
    faults = [] if names == sorted(names, key=ORDER.index) else ["the order of the root's children"]
    if not SHORTEST_VERSION <= len(root.findtext(f"{{{OFFICE}}}Version", "").split(".")) <= LONGEST_VERSION:
        faults.append("the version")
    for namespace in LEVELS:
        for level in root.iter(f"{{{namespace}}}VersionOverrides"):
            faults += _order(level, LEVEL_ORDER)
            faults += _order(level[1][0], HOST_ORDER)
            faults += _level(level, namespace)
            faults += _events(level, namespace)
    addresses = ("Url", "Image", "SourceLocation", "IconUrl", "HighResolutionIconUrl", "SupportUrl")
    for element in root.iter():
        value = element.get("DefaultValue") or ""
        if _name(element) in addresses and value and not value.startswith("https://"):
            faults.append(f"{value} is no https")
    return faults


def _order(parent: etree._Element, order: tuple[str, ...]) -> Iterator[str]:
    names = [_name(child) for child in parent]
    if names != sorted(names, key=order.index):
        yield f"the order of the children of {_name(parent)}"


def _events(level: etree._Element, namespace: str) -> Iterator[str]:
    for event in level.iter(f"{{{namespace}}}LaunchEvent"):
        if event.get("Type") not in LAUNCH_EVENTS:
            yield f"no event {event.get('Type')}"
        if (event.get("Type") == "OnMessageSend") != (event.get("SendMode") in SEND_MODES):
            yield "SendMode belongs to sending alone"
        if (event.get("Type") == "OnMessageDecrypt") != bool(event.get("HeaderName")):
            yield "HeaderName belongs to decrypting alone"


def _level(level: etree._Element, namespace: str) -> Iterator[str]:
    inner = {below for nested in level.iter(f"{{{LEVELS[1]}}}VersionOverrides") for below in nested.iter()}
    elements = [element for element in level.iter() if namespace == LEVELS[1] or element not in inner]
    basic = [element for element in elements if str(element.tag).startswith(f"{{{BASIC}}}")]
    given = {element.get("id"): element for element in basic if element.get("id")}
    for word in {element.get("resid") for element in elements} - {None} - set(given):
        yield f"{word} is not in Resources"
    for word, element in given.items():
        if len(str(word)) > 32:
            yield f"the id {word} is longer than 32"
        parent = element.getparent()
        if parent is not None and _name(parent) == "ShortStrings" and len(element.get("DefaultValue") or "") > 125:
            yield f"the short string {word} is longer than 125"
    for element in elements:
        if _name(element) == "Icon" and not {str(image.get("size")) for image in element} >= ICONS:
            yield "icons of 16, 32 and 80 are needed"
    ids = [element.get("id") for element in elements if _name(element) in {"Control", "Group"}]
    if len(ids) != len(set(ids)):
        yield "an id twice"


def _name(element: Any) -> str:
    return str(etree.QName(element).localname)
