"""A check before anything is built: a library without its function would deploy nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_FUNCTION = Path("lambda", "optimization_job")
_SERVICES = ("cloudformation", "events", "sagemaker", "stepfunctions")
_NEEDED = ("handler.py", *(f"models/{service}/*/service-2.json" for service in _SERVICES))


class FunctionIsThere(BuildHookInterface[Any]):
    """Refuses to build from a source that lacks the function's files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatch's own names
        """
        Raises:
            FileNotFoundError: a file is missing; the message says what to do.
        """
        function = Path(self.root, _FUNCTION)
        for pattern in _NEEDED:
            if not any(path.stat().st_size for path in function.glob(pattern)):
                raise FileNotFoundError(
                    f"the function's code must be in {_FUNCTION.as_posix()}, and {pattern} is not there: "
                    "build from the whole repository, or from its source archive (sdist)"
                )
