"""The environment of a served model, by the technique of its job."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cdk_sagemaker_optimization.checks.tokens import tokens_in
from cdk_sagemaker_optimization.job.artifact import OptimizationArtifact
from cdk_sagemaker_optimization.props.technique import Technique

from .speculation import Speculation

_OPTION = "OPTION_"

# They say which model the job reads, and how. The served model is the artifact, and a secret stays out.
_OF_THE_SOURCE = ("HF_MODEL_ID", "HF_REVISION", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")

# A base model has no serving.properties of the job's, so these options of the job have to be said again.
_ALSO_OF_THE_BASE = ("OPTION_TENSOR_PARALLEL_DEGREE", "OPTION_MAX_MODEL_LEN")


def environment_of(
    artifact: OptimizationArtifact,
    techniques: tuple[Technique, ...],
    speculation: Speculation | None,
    given: Mapping[str, str | None],
    hand_over: Callable[[str, str], str],
) -> dict[str, str]:
    """Return the variables of a model's container.

    The container reads the options of the job (``OPTION_…``) from the artifact's ``serving.properties``,
    which win over variables. So only the job's other variables go on to the model. The base model beside a
    draft has no such file.

    Args:
        artifact: the artifact of the job.
        techniques: the techniques of the job.
        speculation: the use of the draft.
        given: the user's variables, which win. None takes a variable away.
        hand_over: returns a value of the job, by a name for it, for the stack of the model.
    """
    job: dict[str, str] = {}
    for environment in artifact.environments:
        job |= environment
    variables = {
        name: value
        for name, value in job.items()
        if not name.startswith(_OPTION) and name not in _OF_THE_SOURCE and not tokens_in(name)
    }
    if Technique.SPECULATIVE_DECODING in techniques:
        variables |= _beside_a_base(speculation or Speculation.eagle())
        variables |= {name: job[name] for name in _ALSO_OF_THE_BASE if name in job}
    handed = {name: hand_over(name, value) for name, value in variables.items() if name not in given}
    merged: dict[str, str | None] = {**handed, **given}
    return {name: value for name, value in merged.items() if value is not None}


def _beside_a_base(speculation: Speculation) -> dict[str, str]:
    """Return the variables with which AWS's notebook serves a draft of EAGLE."""
    return {
        "OPTION_MODEL": "/opt/ml/model",
        "OPTION_ASYNC_MODE": "true",
        "OPTION_ROLLING_BATCH": "disable",
        "OPTION_ENTRYPOINT": "djl_python.lmi_vllm.vllm_async_service",
        "OPTION_SPECULATIVE_CONFIG": speculation.config,
        "SERVING_FAIL_FAST": "true",
    }
