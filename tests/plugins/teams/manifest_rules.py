"""What no schema sees of the manifest for Teams, and what would fail only in a tenant."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

RIGHTS = {"TeamsActivity.Send.User"}
"""The only right that the app asks for."""


def faults_of(manifest: dict[str, Any]) -> list[str]:
    """Return what is wrong, a sentence each."""
    return [*_hosts(manifest), *_activities(manifest), *_extension(manifest), *_rights(manifest)]


def _hosts(manifest: dict[str, Any]) -> Iterator[str]:
    domains = manifest["validDomains"]
    for tab in manifest["staticTabs"]:
        if "contentUrl" in tab and urlsplit(tab["contentUrl"]).netloc not in domains:
            yield f"{tab['entityId']} is at a host that is not in validDomains"
        if "contentUrl" in tab and urlsplit(tab["contentUrl"]).scheme != "https":
            yield f"{tab['entityId']} has no https"
    if any("*" in domain for domain in domains):
        yield "validDomains has a wildcard"
    app = manifest["webApplicationInfo"]
    if app["resource"] not in {f"api://{domain}/{app['id']}" for domain in domains}:
        yield "the Application ID URI is not that of the host and the app"


def _activities(manifest: dict[str, Any]) -> Iterator[str]:
    kinds = manifest.get("activities", {}).get("activityTypes", [])
    if len({kind["type"] for kind in kinds}) < len(kinds):
        yield "two kinds of activity have one name"
    for kind in kinds:
        if kind["type"] == "systemDefault" or not re.fullmatch(r"[a-z][A-Za-z]+", kind["type"]):
            yield "a kind of activity has a name that Teams keeps to itself"
        if set(re.findall(r"{(\w+)}", kind["templateText"])) != {"news"}:
            yield "the template has other parameters than those that are sent"
    if kinds and "webApplicationInfo" not in manifest:
        yield "notices need the app in Entra ID"


def _extension(manifest: dict[str, Any]) -> Iterator[str]:
    for extension in manifest.get("composeExtensions", []):
        if "botId" not in extension:
            yield "an action without a bot is never called"
        for command in extension["commands"]:
            if command.get("type") != "action" or not command.get("fetchTask"):
                yield "the command does not ask us for its dialog"
            if command.get("context") != ["message"]:
                yield "the command stands elsewhere than in the menu of a message"


def _rights(manifest: dict[str, Any]) -> Iterator[str]:
    rights = manifest.get("authorization", {}).get("permissions", {}).get("resourceSpecific", [])
    if {right["name"] for right in rights} - RIGHTS or any(right["type"] != "Application" for right in rights):
        yield "the app asks for more than it needs"
    if set(manifest["permissions"]) != {"identity"}:
        yield "the app asks for more than it needs"
