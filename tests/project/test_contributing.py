"""CONTRIBUTING.md says where each kind of change goes, and its picture of the imports has one direction."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from tests.project import checkout

DOCUMENT = (checkout.ROOT / "CONTRIBUTING.md").read_text()
TABLE = DOCUMENT.partition("## Where to make a change")[2].partition("\n## ")[0]
ROWS = [line for line in TABLE.splitlines() if line.startswith("| ") and "](" in line]
PICTURE = re.findall(r"```mermaid\n(.*?)```", DOCUMENT, re.DOTALL)[0]
SOURCES = {
    "constructs": checkout.ROOT / "constructs" / "cdk_sagemaker_optimization",
    "lambda": checkout.ROOT / "lambda" / "optimization_job",
    "localcloud": checkout.ROOT / "localcloud",
}
CONTRACTS = tomllib.loads((checkout.ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]


def arrows(tree: str) -> list[tuple[str, str]]:
    """The arrows between the folders and modules of one source tree."""
    (part,) = re.findall(rf"subgraph {tree}\[.*?\]\n(.*?)\n  end", PICTURE, re.DOTALL)
    return [(str(one), str(other)) for one, other in re.findall(r"(\w+) --> (\w+)", part)]


def is_defined_in(name: str, path: Path) -> bool:
    """Whether a file defines a name: a class, a function or a value."""
    return bool(re.search(rf"^(?:class |def )?{name}\b(?:\(|:| =)", path.read_text(), re.MULTILINE))


@pytest.mark.parametrize(
    "what",
    [
        "SageMaker's API",
        "technique",
        "rule",
        "error text at synthesis",
        "error text of a deployment",
        "poll",
        "resource type of the local cloud",
    ],
)
def test_the_table_says_where_to_add(what: str) -> None:
    assert len([row for row in ROWS if what in row.split(" | ")[0]]) == 1


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split(" | ")[0].strip("| "))
def test_every_place_in_the_table_exists_and_holds_what_the_row_names(row: str) -> None:
    links = re.findall(r"\]\(([^)]+)\)", row)
    assert [link for link in links if not (checkout.ROOT / link).exists()] == []
    named = re.findall(r"`(\w+)` in \[[^]]+\]\(([^)]+\.py)\)", row)
    missing = [f"{name} in {link}" for name, link in named if not is_defined_in(name, checkout.ROOT / link)]
    assert missing == []


def test_every_row_names_a_test_or_a_command() -> None:
    checks = {row: row.rpartition(" | ")[2] for row in ROWS}
    assert [row for row, check in checks.items() if "tests/" not in check and "`make " not in check] == []


@pytest.mark.parametrize("tree", SOURCES)
def test_the_picture_shows_folders_and_modules_that_exist(tree: str) -> None:
    names = {name for arrow in arrows(tree) for name in arrow}
    assert names
    root = SOURCES[tree]
    assert [name for name in names if not (root / name).is_dir() and not (root / f"{name}.py").exists()] == []


@pytest.mark.parametrize("tree", SOURCES)
def test_no_arrow_of_the_picture_runs_back_up(tree: str) -> None:
    left = arrows(tree)
    while left:
        targets = {target for _, target in left}
        top = [arrow for arrow in left if arrow[0] not in targets]
        assert top, f"a circle: {left}"
        left = [arrow for arrow in left if arrow not in top]


def below(name: str, tree: str) -> set[str]:
    """Everything that the picture's arrows lead to from one folder or module."""
    found: set[str] = set()
    new = {name}
    while new:
        new = {target for source, target in arrows(tree) if source in new} - found
        found |= new
    return found


def imports(root: Path) -> set[tuple[str, str]]:
    """The imports between the folders and modules at the top of a source tree."""
    found = set()
    for path in root.rglob("*.py"):
        inside = path.relative_to(root).with_suffix("").parts
        if "_lambda" in inside:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                names = (node.module or "").split(".")
                if node.level:
                    names = [*inside[: len(inside) - node.level], *filter(None, names)]
                elif names[0] == root.name:
                    names = names[1:]
                else:
                    continue
                tops = names[:1] or [alias.name for alias in node.names]
                found |= {(inside[0], top) for top in tops if top != inside[0]}
    return found


@pytest.mark.parametrize("tree", SOURCES)
def test_each_arrow_is_an_import_and_no_import_runs_against_the_arrows(tree: str) -> None:
    found = imports(SOURCES[tree])
    assert sorted(set(arrows(tree)) - found) == []
    assert [
        f"{source} imports {target}" for source, target in sorted(found) if source in below(target, tree)
    ] == []


@pytest.mark.parametrize("contract", [each for each in CONTRACTS if each["type"] == "layers"], ids=str)
def test_the_picture_has_the_direction_that_make_lint_checks(contract: dict[str, object]) -> None:
    layers = contract["layers"]
    containers = contract.get("containers", [])
    assert isinstance(layers, list)
    assert isinstance(containers, list)
    level = {
        name.strip(" ()"): number for number, layer in enumerate(layers) for name in re.split("[|:]", layer)
    }
    for tree, root in SOURCES.items():
        if root.name in containers:
            up = [
                f"{a} --> {b}" for a, b in arrows(tree) if a in level and b in level and level[a] >= level[b]
            ]
            assert up == []
