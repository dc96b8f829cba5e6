"""The documents and the Makefile speak of the same commands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.project import checkout

DOCUMENTS = [path for path in checkout.files() if path.suffix == ".md"]
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", (checkout.ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(checkout.ROOT)))
def test_a_document_names_only_commands_that_exist(document: str) -> None:
    text = (checkout.ROOT / document).read_text()
    code = re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL)
    named = {target for part in code for target in re.findall(r"\bmake ([a-z][a-z-]*)", part)}
    assert named - TARGETS == set()


def test_every_command_is_in_the_contributing_guide() -> None:
    text = (checkout.ROOT / "CONTRIBUTING.md").read_text()
    assert [target for target in sorted(TARGETS) if f"make {target}" not in text] == []


def headings(document: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in titles}


def test_every_link_to_a_heading_leads_to_one() -> None:
    links = [
        (path, document, anchor)
        for path in DOCUMENTS
        for document, anchor in re.findall(r"(?:\]\(|\]: )([^)#\s:]*)#([\w-]+)", path.read_text())
    ]
    assert links
    broken = [
        f"{path.relative_to(checkout.ROOT)}: {document}#{anchor}"
        for path, document, anchor in links
        if anchor not in headings(path.parent / document if document else path)
    ]
    assert broken == []


def test_every_relative_link_in_a_document_leads_somewhere() -> None:
    links = [(path, link) for path in DOCUMENTS for link in re.findall(r"\]\(([^)#\s]+)", path.read_text())]
    broken = [
        f"{path.relative_to(checkout.ROOT)}: {link}"
        for path, link in links
        if "://" not in link and not (path.parent / link).exists()
    ]
    assert broken == []


def test_every_file_that_a_document_names_exists() -> None:
    roots = "benchmarks|constructs|docs|examples|lambda|localcloud|requirements|tests|tools"
    names = re.compile(rf"`((?:{roots})/[\w./-]*\w)`")
    documents = [path for path in DOCUMENTS if path.name != "CHANGELOG.md"]
    named = [(path, name) for path in documents for name in names.findall(path.read_text())]
    assert named
    assert [f"{path.name}: {name}" for path, name in named if not (checkout.ROOT / name).exists()] == []
