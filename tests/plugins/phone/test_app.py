"""What browsers fetch for themselves: manifest, worker and icons, which say nothing of anybody."""

import base64
import hashlib
import io
import json
import re
from collections.abc import Callable

from PIL import Image

from budkavle.testing import SampleOrganisation, SampleUser
from budkavle.testing.browsing import Browser

PATH = "/plugin/phone"


LANGUAGES: list[tuple[str, str]] = [("sv", "Skanna"), ("en", "Scan"), ("xx", "Skanna")]


def test_the_manifest(browse: Callable[..., Browser], organisation: SampleOrganisation) -> None:
    """In both languages, with icons that are there and of the size that it says."""
    nobody = browse(None)
    for lang, scan in LANGUAGES:
        answer = nobody.get(f"{PATH}/app.webmanifest?lang={lang}")
        assert answer.headers["content-type"].startswith("application/manifest+json"), lang
        manifest = answer.json()
        assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/", "/", "standalone"), lang
        assert manifest["shortcuts"][0]["name"] == scan, lang
        assert manifest["share_target"]["action"] == f"{PATH}/share", lang
        assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}, lang
        for icon in manifest["icons"]:
            with Image.open(io.BytesIO(nobody.get(icon["src"]).content)) as drawn:
                assert f"{drawn.width}x{drawn.height}" == icon["sizes"], lang


def test_the_worker_keeps_nothing(browse: Callable[..., Browser], organisation: SampleOrganisation) -> None:
    """It puts nothing away, may answer for every page, and carries one page whose policy allows just what it has."""
    answer = browse(None).get(f"{PATH}/worker.js?lang=sv")
    assert answer.headers["service-worker-allowed"] == "/"
    script = answer.text
    assert not re.search(r"caches\.open|\.put\(|indexedDB|localStorage", script)
    found = re.search(r"^const OFFLINE = (\{.*\});$", script, re.MULTILINE)
    assert found
    offline = json.loads(found[1])
    policy = offline["headers"]["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    for tag in ("style", "script"):
        inline = re.search(rf"<{tag}>(.*?)</{tag}>", offline["page"], re.DOTALL)
        assert inline
        digest = base64.b64encode(hashlib.sha256(inline[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "Ingen anslutning" in offline["page"]
    assert (
        'lang="en"'
        in json.loads(
            re.search(r"const OFFLINE = (\{.*\});\n", browse(None).get(f"{PATH}/worker.js?lang=en").text)[1]  # type: ignore[index]
        )["page"]
    )


def test_every_page_of_a_user_leads_to_the_manifest(
    browse: Callable[..., Browser], organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """And the policy lets the browser fetch it; who is not signed in is offered nothing."""
    page = browse(case_worker).get("/account")
    assert f'rel="manifest" href="{PATH}/app.webmanifest?lang=sv"' in page.text
    policy = page.headers["content-security-policy"]
    assert "manifest-src 'self'" in policy
    assert "worker-src 'self'" in policy
    assert "manifest" not in browse(None).get("/sign-in").text


NO_CHOICES: list[dict[str, str]] = [{}, {"minutes": "7"}, {"minutes": "-1"}, {"minutes": "fem"}]


def test_only_a_choice_changes_the_lock(browse: Callable[..., Browser], case_worker: SampleUser) -> None:
    """A form that does not say when it locks takes no lock away."""
    ada = browse(case_worker)
    for sent in NO_CHOICES:
        refused = ada.post("/plugin/phone/lock", **sent)
        assert refused.status_code == 422, sent
        assert "Låset är som det var." in refused.text, sent
        assert ada.post("/plugin/phone/lock", minutes="").status_code == 303, sent
