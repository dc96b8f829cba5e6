"""The values of a job that a model needs, also in another stack."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import aws_cdk as cdk
from constructs import Construct

from cdk_sagemaker_optimization._lambda.optimization_job import contract
from cdk_sagemaker_optimization.access.s3_location import S3Location
from cdk_sagemaker_optimization.checks.accounts import differ
from cdk_sagemaker_optimization.checks.tokens import tokens_in
from cdk_sagemaker_optimization.facts import (
    account_of,
    node_of,
    options_of,
    path_of,
    region_of,
    resource_of,
    stacks_around,
)
from cdk_sagemaker_optimization.job.base import OptimizationJobBase

from .image_rule import ImageRule

_ROOT = "/cdk-sagemaker-optimization"
_INFO = "cdk-sagemaker-optimization:servedInStackOfJob"
# Characters of a hash in an id.
_DIGEST = 6
_VALUE_OF_PARAMETER = "AWS::SSM::Parameter::Value<String>"


class HandOver:
    """Hands the values of a job to a model.

    In the stack of the job the values are its attributes, and those of an imported job are values already. A
    reference from another stack would be an export, which CloudFormation does not let change while it is in
    use: no job could make a second artifact. So the values go through parameters of SSM. They change under
    the stack that reads them, and the CDK deploys that stack after the job's.

    Nested stacks are a part of the stack around them: they are deployed, and roll back, together.

    Args:
        model: the construct of the model.
        job: the job.

    Raises:
        ValueError: the stacks are in different accounts, Regions or stages.
    """

    def __init__(self, model: Construct, job: OptimizationJobBase) -> None:
        self._job = job
        self._reader, self._writer = _outermost(model), _outermost(job)
        self._crosses = not job.artifact.imported and self._reader is not self._writer
        if self._crosses:
            _check_place(model, self._reader, job, self._writer)
            _deploy_after(self._reader, self._writer)
        elif not job.artifact.imported:
            _tell_about_two_stacks(model)

    def string(self, name: str, value: str) -> str:
        """Return a value for the model's stack.

        Args:
            name: the value's name, such as ``OutputLocation``.
            value: the value in the job's stack.
        """
        if not self._crosses or _is_known_everywhere(value):
            return value
        self._write(name, value)
        return self._read(name)

    def image(self) -> str:
        """Return the image that SageMaker recommends. The deployment fails if there is none.

        In one stack the job fails. In two stacks it completes, so that nobody pays for it again, and
        CloudFormation refuses to deploy the model's stack.
        """
        artifact = self._job.artifact
        if not self._crosses:
            artifact.require_image()
            return artifact.recommended_image or ""
        name = contract.RECOMMENDED_INFERENCE_IMAGE
        image = self.string(name, artifact.recommended_image_or_none or "")
        id = f"{self._job_id}{name}Known"
        if image and node_of(self._reader).try_find_child(id) is None:
            ImageRule(self._reader, id, image=image, job=path_of(self._job))
        return image

    def variable(self, name: str, value: str) -> str:
        """Return the value of a variable of the job's container for the model's stack.

        Args:
            name: the variable's name, which is never the name of another value.
            value: the value in the job's stack.
        """
        return self.string(f"Environment/{name}", value)

    def location(self, location: S3Location, of: str) -> S3Location:
        """Return the names of a location in the policies of the model's stack.

        Args:
            location: the location in the job's stack.
            of: the beginning of the values' names, such as ``Output``.
        """
        bucket, objects = location.bucket_arn, location.objects_arn
        if not self._crosses or bucket is None or objects is None:
            return location
        arn = self.string(f"{of}BucketArn", bucket)
        below = objects.removeprefix(bucket)
        if below != objects and _is_known_everywhere(below):
            objects = f"{arn}{below}"
        else:
            objects = self.string(f"{of}ObjectsArn", objects)
        prefix = self.string(f"{of}Prefix", location.prefix)
        return replace(location, bucket=None, bucket_arn=arn, objects_arn=objects, prefix=prefix)

    def _write(self, name: str, value: str) -> None:
        """Define the parameter beside the job, unless there is one."""
        # Only a program that serves across stacks loads the module.
        from aws_cdk import aws_ssm as ssm

        id = f"HandOver{_id_of(name)}"
        if node_of(self._job).try_find_child(id) is None:
            parameter = ssm.CfnParameter(
                self._job,
                id,
                type="String",
                name=self._parameter_name(name),
                value=value,
                description="Read by the stacks that serve the artifact of an optimization job",
            )
            resource = resource_of(self._job)
            if isinstance(resource, cdk.CfnResource):
                # A condition that the job gets later is set on each resource of the job.
                parameter.cfn_options.condition = options_of(resource).condition

    def _read(self, name: str) -> str:
        """Define the template's parameter with the value, unless there is one, and return the value.

        A stack keeps the name in SSM that a parameter of its template had at first, and does not take a new
        default: https://github.com/aws/aws-cdk/issues/20377. So if the job moves to a stack of another name,
        the parameter gets another id.
        """
        id = f"{self._job_id}{_id_of(name)}{_digest_of(self._writer.stack_name)}"
        found = node_of(self._reader).try_find_child(id) or cdk.CfnParameter(
            self._reader,
            id,
            type=_VALUE_OF_PARAMETER,
            default=self._parameter_name(name),
            description=f"{name} of the optimization job {path_of(self._job)}",
        )
        if not isinstance(found, cdk.CfnParameter):
            raise TypeError(f"{path_of(found)} must be a parameter, got {found!r}")
        return found.value_as_string

    def _parameter_name(self, name: str) -> str:
        return f"{_ROOT}/{self._writer.stack_name}/{self._job_id}/{name}"

    @property
    def _job_id(self) -> str:
        return cdk.Names.node_unique_id(node_of(self._job))


def _is_known_everywhere(value: str) -> bool:
    """Tell whether a value is the same in every stack, as text and pseudo parameters are."""
    return all(token.startswith("${Token[AWS.") for token in tokens_in(value))


def _id_of(name: str) -> str:
    """Return letters and digits for a name, which differ for names that differ in other characters alone."""
    if name.isalnum():
        return name
    letters = "".join(filter(str.isalnum, name))
    return f"{letters}{_digest_of(name)}"


def _digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]


def _outermost(construct: Construct) -> cdk.Stack:
    return stacks_around(construct)[0]


def _deploy_after(reader: cdk.Stack, writer: cdk.Stack) -> None:
    if hasattr(reader, "add_stack_dependency"):
        reader.add_stack_dependency(writer)
    else:
        reader.add_dependency(writer)


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
                "define its stack there, or import the job there with "
                "OptimizationJob.from_optimization_job_attributes(…), with the location of a copy of the "
                "artifact"
            )


def _stage_of(stack: cdk.Stack) -> str:
    stage = cdk.Stage.of(stack)
    return (path_of(stage) if stage is not None else "") or "the app"


def _tell_about_two_stacks(model: Construct) -> None:
    text = (
        "the model and its job belong to one stack, so a first deployment that fails after the job has "
        "completed deletes the job with the stack, and the next one pays for another job: define the model "
        "and its endpoint in another stack of the app, which the CDK then deploys after the job's"
    )
    annotations = cdk.Annotations.of(model)
    if hasattr(annotations, "add_info_v2"):
        annotations.add_info_v2(_INFO, text)
    else:
        annotations.add_info(text)
