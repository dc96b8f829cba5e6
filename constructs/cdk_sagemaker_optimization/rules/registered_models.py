"""Rules for models that become versions in the model registry."""

from __future__ import annotations

from .rule import Rule, Severity
from .serving_view import ServedModelView
from .sources import CFN_MODEL_PACKAGE, CHANGES


def _draft(model: ServedModelView) -> str | None:
    if not model.has_draft:
        return None
    return (
        f"the artifact of {model.job} must be a model itself to be registered, because CloudFormation's "
        "model packages have no AdditionalModelDataSources, got a draft that is served beside its base "
        "model: call CreateModelPackage with its container after the deployment, or leave this out"
    )


def _exact(model: ServedModelView) -> str | None:
    if not model.exact:
        return None
    return (
        f"the output of {model.job} is exact, so its next job overwrites the files of this version, which is "
        "then registered with other content than was approved: leave exact out, or acknowledge this warning"
    )


RULES: tuple[Rule[ServedModelView], ...] = (
    Rule(
        id="eagleNotRegistered",
        severity=Severity.ERROR,
        finds="a `RegisteredModel` of a model with a draft of speculative decoding",
        why=(
            "A container of `AWS::SageMaker::ModelPackage` has no second channel for the draft. A version "
            "without it would serve the base model alone."
        ),
        sources=(CFN_MODEL_PACKAGE,),
        problem=_draft,
    ),
    Rule(
        id="exactArtifactRegistered",
        severity=Severity.WARNING,
        finds="a `RegisteredModel` of a job whose output is `exact`",
        why="A version names a prefix, and the next job overwrites its files.",
        sources=(CHANGES,),
        problem=_exact,
    ),
)
