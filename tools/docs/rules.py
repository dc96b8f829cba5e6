"""docs/rules.md, out of the library's table of rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cdk_sagemaker_optimization.rules import (
    ENDPOINT_RULES,
    JOB_RULES,
    REGISTERED_MODEL_RULES,
    RULES,
    SERVED_MODEL_RULES,
    Rule,
    Severity,
)

_HEAD = """\
# Rules

The library checks each job, and each model, endpoint and registered version of its artifact, when the app is
synthesized: first against the API's own model, then against the rules of this page. A rule is an error if
SageMaker or its container is known to refuse the combination. It is a warning if the combination is only
known not to be supported, or does harm, because the API can learn something before this library does.
`make docs-data` writes this page.

- A rule does not apply to values that are known only at deployment (tokens).
- A rule sees only the app. It does not see a `serving.properties` in the model's prefix, which overrides
  the environment, nor the image that SageMaker chooses by default.
- A warning has the id `cdk-sagemaker-optimization:<rule>`. You can acknowledge it, for one job or for all
  jobs below a construct:

```python
cdk.Annotations.of(job).acknowledge_warning(
    "cdk-sagemaker-optimization:newerInstanceFamily", "g6e works, we have tried it"
)
```
"""

_ERRORS = """\
## Errors

A rule with a star is about an instance family. It is a warning for a family that SageMaker's own SDK does
not know (`newerInstanceFamily`).
"""

_WARNINGS = "## Warnings\n"

_ERRORS_OF_MODELS = "## Errors of served models\n"

_WARNINGS_OF_MODELS = "## Warnings of served models\n"

_ERRORS_OF_ENDPOINTS = "## Errors of endpoints\n"

_WARNINGS_OF_ENDPOINTS = "## Warnings of endpoints\n"

_WARNINGS_OF_VERSIONS = "## Warnings of registered models\n"


def render(_page: str = "") -> str:
    """The page."""
    sections = [
        _HEAD,
        _ERRORS,
        _table(JOB_RULES, Severity.ERROR),
        _WARNINGS,
        _table(JOB_RULES, Severity.WARNING),
        _ERRORS_OF_MODELS,
        _table(SERVED_MODEL_RULES, Severity.ERROR),
        _WARNINGS_OF_MODELS,
        _table(SERVED_MODEL_RULES, Severity.WARNING),
        _ERRORS_OF_ENDPOINTS,
        _table(ENDPOINT_RULES, Severity.ERROR),
        _WARNINGS_OF_ENDPOINTS,
        _table(ENDPOINT_RULES, Severity.WARNING),
        _WARNINGS_OF_VERSIONS,
        _table(REGISTERED_MODEL_RULES, Severity.WARNING),
        _links(),
    ]
    return "\n".join(sections)


def _table(rules: Iterable[Rule[Any]], severity: Severity) -> str:
    rows = [_row(rule) for rule in rules if rule.severity is severity]
    rows = ["| Rule | Finds | Why | Source |", "|---|---|---|---|", *rows]
    return "\n".join(rows) + "\n"


def _row(rule: Rule[Any]) -> str:
    sources = ", ".join(f"[{source.title}]" for source in rule.sources)
    star = " \\*" if rule.by_family else ""
    return f"| `{rule.id}`{star} | {rule.finds} | {rule.why} | {sources} |"


def _links() -> str:
    urls = {source.title: source.url for rule in RULES for source in rule.sources}
    return "\n".join(f"[{title}]: {url}" for title, url in sorted(urls.items())) + "\n"
