import re
from pathlib import Path

import pytest

import budkavle_addressbook
from budkavle import i18n

FOLDER = Path(budkavle_addressbook.__file__).parent
_CALL = re.compile(r'\b_\(((?:\s*"(?:[^"\\]|\\.)*")+)')
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')


@pytest.mark.parametrize("template", sorted(FOLDER.glob("templates/*.html")), ids=lambda path: path.name)
def test_every_sentence_of_a_page_is_also_english(template: Path) -> None:
    """Each sentence of each template has its translation, with the same placeholders."""
    english = i18n.translations("en", {"addressbook": FOLDER / "locale"})
    for texts in _CALL.findall(template.read_text("utf-8")):
        sentence = "".join(_TEXT.findall(texts))
        translated = english.gettext(sentence)
        assert translated != sentence, sentence
        assert sorted(re.findall(r"%\(\w+\)s", translated)) == sorted(re.findall(r"%\(\w+\)s", sentence))
