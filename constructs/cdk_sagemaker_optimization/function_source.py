"""The place of the function's code: in the package, or in the checkout around it.

Importing this module lets the rest of the library import from the function's package.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

_LINK = "_lambda"
_FUNCTION = Path("optimization_job", "handler.py")


def function_source(package: Path = Path(__file__).parent) -> Path:
    """Find the folder that holds the function's package.

    A wheel has it in the library's package, and a checkout a link there. Not every checkout has its links:
    Git on Windows and some programs that unpack archives make a file of a link, which says where it leads.

    Args:
        package: the folder of the library's package.

    Returns:
        The folder.

    Raises:
        ImportError: the function's package is in neither place.
    """
    candidates = (package / _LINK, package.parents[1] / "lambda")
    for folder in candidates:
        if (folder / _FUNCTION).is_file():
            return folder
    raise ImportError(
        f"the code of the function must be in {candidates[0]}, or beside the library in {candidates[1]}, and "
        "is in neither: install the library from its wheel or with pip from the whole repository, or get the "
        "whole repository"
    )


def _make_importable(folder: Path) -> None:
    """Let the library import from the function's package in a checkout without links as it does elsewhere."""
    if folder.name != _LINK:
        module = ModuleType(f"{__package__}.{_LINK}")
        module.__path__ = [str(folder)]
        sys.modules.setdefault(module.__name__, module)


#: The folder that holds the function's package.
SOURCE = function_source()

_make_importable(SOURCE)
