"""What a person reads is in plain English: AWS's terms, no headless clauses, no old-fashioned words."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.project import checkout

#: Each with the words to use.
WORDS = {
    "anew": "again",
    "beforehand": "in advance",
    "for ever": "forever",
    "goes forward": "is not rolling back",
    "hears? of": "gets an event about",
    "take[ns]? the role on": "assume the role",
    "told apart": "distinguished",
    "whoever": "the person, or the thing, itself",
}

TREES = ("benchmarks", "constructs", "examples", "lambda", "localcloud", "tools")
MODULES = [
    path
    for path in checkout.files()
    if path.suffix == ".py" and path.relative_to(checkout.ROOT).parts[0] in TREES
]
TEXTS = [
    path
    for path in checkout.files()
    if path.suffix in {".md", ".sh", ".yml"} or path.name == "Makefile" or path in MODULES
]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(checkout.ROOT)))
def test_a_text_uses_todays_words(path: Path) -> None:
    # What stands in backticks is quoted: a message, or code.
    text = re.sub(r"`[^`\n]*`", "", path.read_text())
    found = {word: better for word, better in WORDS.items() if re.search(rf"\b{word}\b", text, re.IGNORECASE)}
    assert found == {}


def docstrings(source: str) -> list[str]:
    """Every text that documents something: at the head of a definition, or after an assignment."""
    statements = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Expr)]
    return [
        value.value
        for value in statements
        if isinstance(value, ast.Constant) and isinstance(value.value, str)
    ]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(checkout.ROOT)))
def test_a_docstring_begins_with_the_thing_or_with_what_it_does(path: Path) -> None:
    headless = re.compile(r"\s*(?:how|that|those|what|where|whether|who|whoever|why)\b", re.IGNORECASE)
    assert [text for text in docstrings(path.read_text()) if headless.match(text)] == []
