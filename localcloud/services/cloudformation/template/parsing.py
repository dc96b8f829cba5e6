"""Template text to a plain structure: JSON, or YAML with its short forms of the intrinsic functions."""

from __future__ import annotations

import json
from typing import Any

import yaml

from localcloud.services.cloudformation.errors import validation_error

try:
    from yaml import CSafeLoader as _SafeLoader
except ImportError:  # PyYAML was built without the parser in C, which is several times as fast
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]

_PLAIN_TAGS = {"Ref": "Ref", "Condition": "Condition"}


class _Loader(_SafeLoader):
    """YAML as CloudFormation reads it: dates stay text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if suffix in _PLAIN_TAGS:
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_form)


def parse(body: str) -> dict[str, Any]:
    """Read a template. Raises ApiError for text that is neither JSON nor YAML, or no mapping."""
    try:
        template = json.loads(body) if body.lstrip().startswith("{") else yaml.load(body, _Loader)
    except json.JSONDecodeError as error:
        raise validation_error(
            f"Template format error: JSON not well-formed. (line {error.lineno}, column {error.colno})"
        ) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise validation_error(f"Template format error: YAML not well-formed.{where}") from error
    if not isinstance(template, dict):
        raise validation_error("Template format error: unsupported structure.")
    return template
