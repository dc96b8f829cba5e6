"""docs/rules.md, out of the library's table of rules."""

from __future__ import annotations

from collections.abc import Iterable

from cdk_sagemaker_optimization.rules import RULES, Rule, Severity

_HEAD = """\
# Rules

What the library says about a job when the app is synthesized, beside what the API's own model does not allow.
A combination that SageMaker or its container is known to refuse is an error. What is only known not to be
supported, or does harm, is a warning, because the API can learn something before this library does. This page
is written by `make docs-data`.

- A rule has nothing to say about what is known only at deployment, that is, about tokens.
- It sees what the app says. It does not see a `serving.properties` in the model's prefix, which overrides the
  environment, nor the image that SageMaker chooses when none is given.
- A warning has the id `cdk-sagemaker-optimization:<rule>`. Whoever knows better acknowledges it, for one job
  or for all below a construct:

```python
cdk.Annotations.of(job).acknowledge_warning(
    "cdk-sagemaker-optimization:newerInstanceFamily", "g6e works, we have tried it"
)
```
"""

_ERRORS = """\
## Errors

Those with a star are about an instance family, and are warnings for families that SageMaker's own SDK does
not know (`newerInstanceFamily`).
"""

_WARNINGS = "## Warnings\n"


def render(_page: str = "") -> str:
    """The page."""
    sections = [
        _HEAD,
        _ERRORS,
        _table(rule for rule in RULES if rule.severity is Severity.ERROR),
        _WARNINGS,
        _table(rule for rule in RULES if rule.severity is Severity.WARNING),
        _links(),
    ]
    return "\n".join(sections)


def _table(rules: Iterable[Rule]) -> str:
    rows = ["| Rule | Finds | Why | Source |", "|---|---|---|---|", *map(_row, rules)]
    return "\n".join(rows) + "\n"


def _row(rule: Rule) -> str:
    sources = ", ".join(f"[{source.title}]" for source in rule.sources)
    star = " \\*" if rule.by_family else ""
    return f"| `{rule.id}`{star} | {rule.finds} | {rule.why} | {sources} |"


def _links() -> str:
    urls = {source.title: source.url for rule in RULES for source in rule.sources}
    return "\n".join(f"[{title}]: {url}" for title, url in sorted(urls.items())) + "\n"
