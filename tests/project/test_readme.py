"""The README is short, and its first screen says what a stranger wants to know."""

from __future__ import annotations

import re

from tests.project import checkout

TEXT = (checkout.ROOT / "README.md").read_text(encoding="utf-8")
LINES = TEXT.splitlines()
FIRST_SCREEN = TEXT.partition("\n## ")[0]


def test_it_has_at_most_200_lines_of_at_most_140_characters() -> None:
    assert len(LINES) <= 200
    assert [line for line in LINES if len(line) > 140] == []


def test_its_example_has_at_most_15_lines() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    assert example in FIRST_SCREEN
    assert len(example.splitlines()) <= 15


def test_its_first_screen_has_the_sentence_the_install_four_bullets_the_two_commands_and_the_picture() -> (
    None
):
    title, sentence, install, *_ = FIRST_SCREEN.split("\n\n")
    assert title == "# cdk-sagemaker-optimization"
    assert len(re.findall(r"\.(?:\s|$)", sentence)) == 1
    assert install.strip() == "pip install cdk-sagemaker-optimization"
    bullets = re.findall(r"^- \*\*(.+?)\.\*\*", FIRST_SCREEN, re.MULTILINE)
    assert bullets == [
        "No GPU job is left running",
        "Any length",
        "A rollback is a return",
        "A full quota is a queue",
    ]
    assert re.findall(r"^    (make \w+)", FIRST_SCREEN, re.MULTILINE) == ["make demo", "make test"]
    assert "](docs/demo.svg)" in FIRST_SCREEN


def test_it_leads_to_every_page_for_users() -> None:
    linked = set(re.findall(r"\]\(docs/([\w/-]+)\.md\)", TEXT))
    index = (checkout.ROOT / "docs" / "index.md").read_text()
    captions = re.split(r":caption: ", index)[1:]
    pages = {
        page for caption in captions[:2] for page in caption.partition("```")[0].split("\n\n")[1].split()
    }
    assert pages - linked - {"use-cases/index", "api/index", "changelog"} == set()
