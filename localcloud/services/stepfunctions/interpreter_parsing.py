"""Seam into moto (5.2): its Step Functions interpreter parses a definition and a path once.

It parses the definition again for each execution, and each JSON path each time that a state reads it. Both
parsers are slow, and made up more than half of what a deployment cost.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from moto.stepfunctions.parser.asl.component.common.path import result_path
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor
from moto.stepfunctions.parser.asl.utils import json_path

_parse_anew = AmazonStateLanguageParser.parse


@cache
def parse_once() -> None:
    """Have the interpreter remember what it has parsed, for all clouds of this process."""
    AmazonStateLanguageParser.parse = staticmethod(_parse)  # type: ignore[method-assign]
    modules: tuple[Any, ...] = (json_path, result_path)
    for module in modules:
        module.parse = lru_cache(maxsize=1_000)(module.parse)


@lru_cache(maxsize=100)
def _tree(definition: str) -> Any:
    return _parse_anew(definition)[1]


def _parse(definition: str) -> tuple[Any, Any]:
    """As moto's own, with components that no other execution has."""
    tree = _tree(definition)
    return Preprocessor().visit(tree), tree
