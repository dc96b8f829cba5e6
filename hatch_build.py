"""What a build of the library needs beside its files.

A library without the function's files could deploy nothing, so a build from a source without them fails. And
PyPI resolves no relative link, so those of README.md become addresses of the repository.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

_FUNCTION = Path("lambda", "optimization_job")
_SERVICES = ("cloudformation", "events", "sagemaker", "stepfunctions")
_NEEDED = ("handler.py", *(f"models/{service}/*/service-2.json" for service in _SERVICES))


_RELATIVE_LINK = re.compile(r"(!?\[[^\]]*\])\((?!https?:|#)([^)]+)\)")


class ReadmeOfPyPI(MetadataHookInterface):
    """Makes README.md the description of the project."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the text, with links that lead to the repository as it was at the version's tag."""
        readme = Path(self.root, "README.md").read_text(encoding="utf-8")
        source, tag = metadata["urls"]["Source"], f"v{metadata['version']}"

        def absolute(link: re.Match[str]) -> str:
            kind = "raw" if link[1].startswith("!") else "blob"
            return f"{link[1]}({source}/{kind}/{tag}/{link[2]})"

        text = _RELATIVE_LINK.sub(absolute, readme)
        metadata["readme"] = {"content-type": "text/markdown", "text": text}


class FunctionIsThere(BuildHookInterface[Any]):
    """Fails a build from a source without the function's files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatch's own names
        """Check the files.

        Raises:
            FileNotFoundError: A file is missing. The message says what to do.
        """
        function = Path(self.root, _FUNCTION)
        for name in _missing(function):
            raise FileNotFoundError(
                f"the function's code must be in {_FUNCTION.as_posix()}, and {name} is not there: "
                "build from the whole repository, or from its source archive (sdist)"
            )


def _missing(function: Path) -> Iterator[str]:
    for pattern in _NEEDED:
        if not any(path.stat().st_size for path in function.glob(pattern)):
            yield pattern
    yield from _missing_modules(function)


def _missing_modules(function: Path) -> Iterator[str]:
    """Find the missing modules that other modules of the function import."""
    for path in sorted(function.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ImportFrom) or node.level == 0:
                continue
            package = path.parents[node.level - 1]
            # `from . import steps` names modules, and `from .steps import advance` one.
            names = [node.module] if node.module else [alias.name for alias in node.names]
            for name in names:
                module = package.joinpath(*name.split("."))
                if not module.with_suffix(".py").is_file() and not (module / "__init__.py").is_file():
                    yield f"the module {module.relative_to(function).as_posix()}"
