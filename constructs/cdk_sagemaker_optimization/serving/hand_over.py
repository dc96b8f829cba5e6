"""The values of a job that a model needs, also in another stack."""

from __future__ import annotations

from dataclasses import dataclass

import aws_cdk as cdk
from constructs import Construct

from cdk_sagemaker_optimization.checks.accounts import differ
from cdk_sagemaker_optimization.facts import account_of, node_of, path_of, region_of, stacks_around
from cdk_sagemaker_optimization.job.artifact import OptimizationArtifact
from cdk_sagemaker_optimization.job.base import OptimizationJobBase

_ROOT = "/cdk-sagemaker-optimization"
_INFO = "cdk-sagemaker-optimization:servedInStackOfJob"
_SSM_VALUE = "AWS::SSM::Parameter::Value<String>"


@dataclass(frozen=True)
class HandOver:
    """Values of a job in the stack of a model."""

    #: The S3 URI of the artifact.
    output_location: str
    #: The URI of the image.
    image: str
    #: The job's name.
    job_name: str
    #: True if the job belongs to another stack than the model, so that the values come from parameters.
    crosses_stacks: bool = False


def hand_over(model: Construct, job: OptimizationJobBase, *, image: str | None) -> HandOver:
    """Hand the values of a job to a model.

    In the stack of the job the values are its attributes, and those of an imported job are values already. A
    reference from another stack would be an export, which CloudFormation does not let change while it is in
    use: no job could make a second artifact. So the values go through parameters of SSM. Their values change
    under the stack that reads them, and the CDK deploys that stack after the job's.

    Args:
        model: the construct of the model.
        job: the job.
        image: the image that the user gave. None for the one that SageMaker recommends.

    Raises:
        ValueError: the stacks are in different accounts, Regions or stages.
    """
    artifact = job.artifact
    if artifact.imported or _outermost(model) is _outermost(job):
        if not artifact.imported:
            _tell_about_two_stacks(model)
        return HandOver(
            output_location=artifact.output_location or "",
            image=image or artifact.recommended_image or "",
            job_name=artifact.job_name,
        )
    return _through_parameters(model, job, artifact, image)


def _through_parameters(
    model: Construct, job: OptimizationJobBase, artifact: OptimizationArtifact, image: str | None
) -> HandOver:
    reader, writer = _outermost(model), _outermost(job)
    _check_place(model, reader, job, writer)
    reader.add_dependency(writer, f"{path_of(model)} serves the artifact of {path_of(job)}")

    def parameter(name: str, value: str | None) -> str:
        return _read(reader, job, _write(job, writer, name, value or ""))

    return HandOver(
        output_location=parameter("OutputLocation", artifact.output_location),
        image=image or parameter("RecommendedInferenceImage", artifact.recommended_image),
        job_name=parameter("OptimizationJobName", artifact.job_name),
        crosses_stacks=True,
    )


def _write(job: Construct, stack: cdk.Stack, name: str, value: str) -> str:
    """Define the parameter beside the job, unless there is one, and return its name."""
    # Only a program that serves across stacks loads the module.
    from aws_cdk import aws_ssm as ssm

    parameter_name = f"{_ROOT}/{stack.stack_name}/{cdk.Names.node_unique_id(node_of(job))}/{name}"
    id = f"HandOver{name}"
    if node_of(job).try_find_child(id) is None:
        ssm.CfnParameter(
            job,
            id,
            type="String",
            name=parameter_name,
            value=value,
            description="Read by the stacks that serve the artifact of an optimization job",
        )
    return parameter_name


def _read(stack: cdk.Stack, job: Construct, parameter_name: str) -> str:
    """Define the template's parameter with the value, unless there is one, and return the value."""
    name = parameter_name.rpartition("/")[2]
    id = f"{cdk.Names.node_unique_id(node_of(job))}{name}"
    found = stack.node.try_find_child(id)
    if found is None:
        found = cdk.CfnParameter(
            stack,
            id,
            type=_SSM_VALUE,
            default=parameter_name,
            description=f"{name} of the optimization job {path_of(job)}",
        )
    if not isinstance(found, cdk.CfnParameter):
        raise TypeError(f"{path_of(found)} must be a parameter, got {found!r}")
    return found.value_as_string


def _check_place(model: Construct, reader: cdk.Stack, job: Construct, writer: cdk.Stack) -> None:
    """Check that the stack of a model can read the parameters of a job's stack.

    Raises:
        ValueError: it is in another account, Region or stage.
    """
    for what, ours, theirs in (
        ("account", account_of(reader), account_of(writer)),
        ("Region", region_of(reader), region_of(writer)),
        ("stage", _stage_of(reader), _stage_of(writer)),
    ):
        if differ(ours, theirs):
            raise ValueError(
                f"{path_of(model)} must be in the {what} of its job {path_of(job)}, {theirs}, got {ours}: "
                f"define its stack there, or import the job with from_optimization_job_attributes(…) if the "
                "artifact is copied"
            )


def _stage_of(stack: cdk.Stack) -> str:
    stage = cdk.Stage.of(stack)
    return (path_of(stage) if stage is not None else "") or "the app"


def _tell_about_two_stacks(model: Construct) -> None:
    text = (
        "the model and its job belong to one stack, so a first deployment that fails after the job has "
        "completed deletes the stack with the job, and the next one runs and pays for the job again: define "
        "the model and its endpoint in a stack of their own, which this library deploys after the job's"
    )
    annotations = cdk.Annotations.of(model)
    if hasattr(annotations, "add_info_v2"):
        annotations.add_info_v2(_INFO, text)
    else:
        annotations.add_info(text)


def _outermost(construct: Construct) -> cdk.Stack:
    """Return the stack that a construct is deployed with: nested stacks are a part of it."""
    return stacks_around(construct)[0]
