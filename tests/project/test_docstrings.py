"""A docstring begins with the name of the thing, and not with a clause about it."""

from __future__ import annotations

import ast
import re

from tests.project import checkout

TREES = (
    checkout.ROOT / "constructs" / "cdk_sagemaker_optimization",
    checkout.ROOT / "lambda" / "optimization_job",
    checkout.ROOT / "localcloud",
)
HEADLESS = re.compile(r"(What|Whether|How|Where|Which|Who|Whoever|When|Why|That)\b")


def test_no_docstring_is_a_clause_without_its_thing() -> None:
    files = [path for tree in TREES for path in tree.rglob("*.py") if "_lambda" not in path.parts]
    found = [
        f"{path.relative_to(checkout.ROOT)}: {text.splitlines()[0]}"
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and HEADLESS.match(text := ast.get_docstring(node) or "")
    ]
    assert len(files) > 200
    assert found == []
