"""The add-in only manifest (XML), for Outlook on Mac, perpetual Office and Exchange on premises.

Source: Microsoft Learn, "Office Add-ins manifest" and the reference of its elements; MS-OWEMXML, section 5. Events
belong to a second level of overrides (1.1) inside the first one. An Outlook that supports it uses it instead of the
first, so buttons and resources are repeated there.
"""

from collections.abc import Mapping

from lxml import etree

from budkavle_outlook.manifests import texts
from budkavle_outlook.manifests.addin import GUARD_SET, LEAST_SET, ON_DECRYPT, ON_SEND, AddIn

OFFICE = "http://schemas.microsoft.com/office/appforoffice/1.1"
BASIC = "http://schemas.microsoft.com/office/officeappbasictypes/1.0"
MAIL = "http://schemas.microsoft.com/office/mailappversionoverrides"
MAIL_EVENTS = f"{MAIL}/1.1"
DECRYPT_HEADER = "X-Budkavle-Message"
"""The header of notices that may be shown as the message they are about."""
XSI = "http://www.w3.org/2001/XMLSchema-instance"
TYPE = f"{{{XSI}}}type"
ENGLISH = "en-US"
BUTTONS = (("MessageComposeCommandSurface", "encrypt"), ("MessageReadCommandSurface", "read"))
SHORT = {
    "Group": (texts.NAME, texts.NAME_EN),
    "encryptLabel": (texts.ENCRYPT, texts.ENCRYPT_EN),
    "readLabel": (texts.OPEN, texts.OPEN_EN),
}
LONG = {
    "encryptTip": (texts.ENCRYPT_TIP, texts.ENCRYPT_TIP_EN),
    "readTip": (texts.OPEN_TIP, texts.OPEN_TIP_EN),
}


def manifest(addin: AddIn) -> bytes:
    """Return the manifest."""
    root = etree.Element(f"{{{OFFICE}}}OfficeApp", {TYPE: "MailApp"}, nsmap={None: OFFICE, "bt": BASIC, "xsi": XSI})
    _texts_of(root, addin)
    domains = _add(root, "AppDomains")
    _add(domains, "AppDomain").text = f"https://{addin.host}"
    _add(_add(root, "Hosts"), "Host", Name="Mailbox")
    sets = _add(_add(root, "Requirements"), "Sets")
    _add(sets, "Set", Name="Mailbox", MinVersion=LEAST_SET)
    _forms(root, addin)
    _add(root, "Permissions").text = "ReadWriteItem"
    rules = _add(root, "Rule", **{TYPE: "RuleCollection"}, Mode="Or")
    for form in ("Read", "Edit"):
        _add(rules, "Rule", **{TYPE: "ItemIs"}, ItemType="Message", FormType=form)
    _overrides(root, addin)
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _texts_of(root: etree._Element, addin: AddIn) -> None:
    for name, text in (
        ("Id", addin.id),
        ("Version", f"{addin.app.version}.0"),
        ("ProviderName", addin.developer[:125]),
        ("DefaultLocale", "sv-SE"),
    ):
        _add(root, name).text = text
    for name, swedish, english in (
        ("DisplayName", texts.NAME, texts.NAME_EN),
        ("Description", texts.FULL, texts.FULL_EN),
    ):
        element = _add(root, name, DefaultValue=swedish)
        _add(element, "Override", Locale=ENGLISH, Value=english)
    _add(root, "IconUrl", DefaultValue=addin.icon_url(64))
    _add(root, "HighResolutionIconUrl", DefaultValue=addin.icon_url(128))
    _add(root, "SupportUrl", DefaultValue=addin.about_url)


def _forms(root: etree._Element, addin: AddIn) -> None:
    """Add the page for Outlooks that are too old for buttons."""
    settings = _add(root, "FormSettings")
    for kind in ("ItemRead", "ItemEdit"):
        desktop = _add(_add(settings, "Form", **{TYPE: kind}), "DesktopSettings")
        _add(desktop, "SourceLocation", DefaultValue=addin.pane_url)
        if kind == "ItemRead":
            _add(desktop, "RequestedHeight").text = "450"


def _overrides(root: etree._Element, addin: AddIn) -> None:
    overrides = _add_in(MAIL, root, "VersionOverrides", **{TYPE: "VersionOverridesV1_0"})
    _level(overrides, addin, LEAST_SET)
    events = _add_in(MAIL_EVENTS, overrides, "VersionOverrides", **{TYPE: "VersionOverridesV1_1"})
    _level(events, addin, GUARD_SET)


def _level(overrides: etree._Element, addin: AddIn, least: str) -> None:
    """Add the content of a level of overrides: requirement sets, buttons, events (second level only) and resources."""
    with_events = etree.QName(overrides).namespace == MAIL_EVENTS
    sets = _basic(_mail(overrides, "Requirements"), "Sets", DefaultMinVersion=least)
    _basic(sets, "Set", Name="Mailbox")
    host = _mail(_mail(overrides, "Hosts"), "Host", **{TYPE: "MailHost"})
    if with_events:
        runtime = _mail(_mail(host, "Runtimes"), "Runtime", resid="GuardPage")
        _mail(runtime, "Override", type="javascript", resid="GuardScript")
    desktop = _mail(host, "DesktopFormFactor")
    for place, word in BUTTONS:
        _button(desktop, place, word)
    if with_events:
        _events(desktop, addin)
    urls = {"Pane": addin.pane_url}
    if with_events:
        urls |= {"GuardPage": addin.guard_url, "GuardScript": addin.guard_script_url}
    _resources(overrides, addin, urls)


def _events(desktop: etree._Element, addin: AddIn) -> None:
    point = _mail(desktop, "ExtensionPoint", **{TYPE: "LaunchEvent"})
    events = _mail(point, "LaunchEvents")
    # A soft block: if the guard cannot be loaded, the mail is sent.
    _mail(events, "LaunchEvent", Type="OnMessageSend", FunctionName=ON_SEND, SendMode="SoftBlock")
    if addin.app.decrypt:
        _mail(events, "LaunchEvent", Type="OnMessageDecrypt", FunctionName=ON_DECRYPT, HeaderName=DECRYPT_HEADER)
    _mail(point, "SourceLocation", resid="GuardPage")


def _button(desktop: etree._Element, place: str, word: str) -> None:
    tab = _mail(_mail(desktop, "ExtensionPoint", **{TYPE: place}), "OfficeTab", id="TabDefault")
    group = _mail(tab, "Group", id=f"{word}Group")
    _mail(group, "Label", resid="Group")
    control = _mail(group, "Control", **{TYPE: "Button"}, id=f"{word}Button")
    _mail(control, "Label", resid=f"{word}Label")
    tip = _mail(control, "Supertip")
    _mail(tip, "Title", resid=f"{word}Label")
    _mail(tip, "Description", resid=f"{word}Tip")
    icon = _mail(control, "Icon")
    for size in (16, 32, 80):
        _basic(icon, "Image", size=str(size), resid=f"Icon{size}")
    action = _mail(control, "Action", **{TYPE: "ShowTaskpane"})
    _mail(action, "SourceLocation", resid="Pane")


def _resources(overrides: etree._Element, addin: AddIn, addresses: Mapping[str, str]) -> None:
    resources = _mail(overrides, "Resources")
    images = _basic(resources, "Images")
    for size in (16, 32, 80):
        _basic(images, "Image", id=f"Icon{size}", DefaultValue=addin.icon_url(size))
    urls = _basic(resources, "Urls")
    for name, address in addresses.items():
        _basic(urls, "Url", id=name, DefaultValue=address)
    for name, words in (("ShortStrings", SHORT), ("LongStrings", LONG)):
        strings = _basic(resources, name)
        for word, (swedish, english) in words.items():
            string = _basic(strings, "String", id=word, DefaultValue=swedish)
            _basic(string, "Override", Locale=ENGLISH, Value=english)


def _add(parent: etree._Element, name: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{OFFICE}}}{name}", attributes)


def _add_in(namespace: str, parent: etree._Element, name: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{namespace}}}{name}", attributes, nsmap={None: namespace})


def _mail(parent: etree._Element, name: str, **attributes: str) -> etree._Element:
    """Add an element in the same level of overrides as its parent."""
    return _add_in(str(etree.QName(parent).namespace), parent, name, **attributes)


def _basic(parent: etree._Element, name: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{BASIC}}}{name}", attributes)
