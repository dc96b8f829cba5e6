"""The code of the examples, on the pages that show it.

A page names an example in a comment before a fence, and the fence gets its code:

    <!-- examples/quantize.py -->
    ```python
    ```
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.project import checkout

_FENCE = re.compile(r"(<!-- (examples/\w+\.py) -->\n```python\n)(?:.*?\n)??(```)", re.DOTALL)


def render(page: str, root: Path = checkout.ROOT) -> str:
    """The page with the code of every example that it names, without the docstrings of their modules."""
    return _FENCE.sub(lambda match: f"{match[1]}{_code(root / match[2])}{match[3]}", page)


def _code(example: Path) -> str:
    text = example.read_text(encoding="utf-8")
    docstring = ast.parse(text).body[0].end_lineno or 0
    return "".join(text.splitlines(keepends=True)[docstring:]).lstrip()
