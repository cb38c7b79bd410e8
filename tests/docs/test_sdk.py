"""docs/sdk.md has every rule id that is written out in the code."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = ROOT / "plugins/sdk_transport/budkavle_sdk_transport"
RULE = re.compile(r'"((?:SDK|XHE|AppRes)-(?!R\d)[A-Z][\w-]*)"')
"""Without the numbered rules, which the document tells as a range."""
NAMES = {"SDK-Meddelande", "SDK-QA", "SDK-PROD"}
"""What looks like a rule id and is something else: a display name, and two environments."""
SHORT = re.compile(r'"(CS-\w+)"')


def test_every_rule_of_the_code_is_told() -> None:
    """Whoever meets a rule id in a receipt finds it in the document."""
    document = (ROOT / "docs/sdk.md").read_text(encoding="utf-8")
    texts = [path.read_text(encoding="utf-8") for path in CODE.rglob("*.py")]
    rules = {rule for text in texts for rule in (*RULE.findall(text), *SHORT.findall(text))} - NAMES
    assert len(rules) > 20
    assert sorted(rule for rule in rules if f"{rule}`" not in document) == []
