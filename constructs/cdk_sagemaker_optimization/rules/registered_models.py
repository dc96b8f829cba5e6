"""Rules for models that become versions in the model registry."""

from __future__ import annotations

from .rule import Rule, Severity
from .serving_view import ServedModelView
from .sources import CHANGES


def _exact(model: ServedModelView) -> str | None:
    if not model.exact:
        return None
    return (
        f"the output of {model.job} is exact, so its next job overwrites the files of this version, which is "
        "then registered with other content than was approved: leave exact out, or acknowledge this warning"
    )


RULES: tuple[Rule[ServedModelView], ...] = (
    Rule(
        id="exactArtifactRegistered",
        severity=Severity.WARNING,
        finds="a `RegisteredModel` of a job whose output is `exact`",
        why="A version names a prefix, and the next job overwrites its files.",
        sources=(CHANGES,),
        problem=_exact,
    ),
)
