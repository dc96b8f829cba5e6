"""A stack that serves in every way that adds a permission, and its life, in which each is needed."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from botocore.exceptions import ClientError

import cdk_sagemaker_optimization as optimization
from localcloud import LocalCloud
from tests.end_to_end.support_project import new_app
from tests.end_to_end.support_serving import JOBS, SERVING
from tests.end_to_end.support_stacks import AWQ
from tests.end_to_end.support_taken_permissions import Template
from tests.end_to_end.support_waiting import advance

_IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/team/lmi:1"
_HOUR = 3_600
#: The beginning of the names of the models that the function makes, and so many of its calls.
_OWN_MODELS = "serving-"
_THROTTLED = 40
_JOB, _MODEL = "Custom::SageMakerOptimizationJob", "Custom::SageMakerModel"
_VERSION = "Custom::SageMakerModelPackage"
_GROUP = "registered"


def synthesize(directory: Path) -> None:
    """Synthesize an app of the jobs' stack and the stack that serves into a directory."""
    app = new_app(directory)
    jobs = _jobs(cdk.Stack(app, JOBS))
    serving = cdk.Stack(app, SERVING)
    served = {
        "Instances": _on_instances(serving, jobs["Quantized"]),
        "Files": _with_files(serving, jobs["Quantized"]),
        "Components": _on_components(serving, jobs["Sharded"]),
        "Draft": _with_draft(serving, jobs["Drafted"]),
    }
    for name, endpoint in served.items():
        cdk.CfnOutput(serving, f"{name}Name", value=endpoint.endpoint_name)
    cdk.CfnOutput(serving, "ComponentName", value=served["Components"].inference_component_name)
    app.synth()


def _jobs(stack: cdk.Stack) -> dict[str, optimization.OptimizationJob]:
    models = optimization.OptimizationBucket(
        stack, "Bases", bucket_name="bases", encryption_key=kms.Key(stack, "BasesKey")
    )
    artifacts = optimization.OptimizationBucket(
        stack, "Artifacts", encryption_key=kms.Key(stack, "ArtifactsKey")
    )
    data = optimization.TrainingData.from_s3_uri("s3://theirs/data/")
    configs = {
        "Quantized": AWQ,
        "Sharded": optimization.OptimizationConfig.sharding(tensor_parallel_degree=4),
        "Drafted": optimization.OptimizationConfig.speculative_decoding(training_data=data),
    }
    return {
        name: optimization.OptimizationJob(
            stack,
            name,
            model_source=optimization.ModelSource.from_bucket(models, "llama/"),
            deployment_instance_type=optimization.DeploymentInstanceType.ML_G6_24XLARGE,
            optimization_configs=[config],
            output=optimization.OptimizationOutput.to_bucket(artifacts, f"{name.lower()}/"),
            completion=optimization.Completion.wait(poll_interval=cdk.Duration.minutes(5)),
        )
        for name, config in configs.items()
    }


def _on_instances(stack: cdk.Stack, job: optimization.OptimizationJob) -> optimization.OptimizedEndpoint:
    """In a VPC, with data that is captured, an image of the account and managed policies."""
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["us-east-1a"],
        isolated_subnet_ids=["subnet-0123456789abcdef0"],
        isolated_subnet_route_table_ids=["rtb-0123456789abcdef0"],
    )
    captured = optimization.OptimizationBucket(
        stack, "Captured", bucket_name="captured", encryption_key=kms.Key(stack, "CapturedKey")
    )
    model = optimization.OptimizedModel(
        stack,
        "InstancesModel",
        job=job,
        image=_IMAGE,
        role=optimization.ServingRole(stack, "InstancesRole", managed_policies=True),
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        security_groups=[
            ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-0123456789abcdef0", mutable=False)
        ],
    )
    capture = optimization.DataCapture.to_bucket(captured, "captured/")
    return optimization.OptimizedEndpoint(stack, "Instances", model=model, data_capture=capture)


def _with_files(stack: cdk.Stack, job: optimization.OptimizationJob) -> optimization.OptimizedEndpoint:
    """Asynchronous, with topics, and a key for the responses."""
    bucket = optimization.OptimizationBucket(stack, "Files", bucket_name="files")
    model = optimization.OptimizedModel(stack, "FilesModel", job=job)
    # What the user grants: the requests are the user's.
    for action, resource in (("s3:GetObject", "requests/*"), ("s3:ListBucket", "")):
        arn = bucket.arn_for_objects(resource) if resource else bucket.bucket_arn
        model.grant_principal.add_to_principal_policy(iam.PolicyStatement(actions=[action], resources=[arn]))
    topics = kms.Key(stack, "TopicsKey")
    asynchronous = optimization.AsyncInference.to_bucket(
        bucket,
        "responses/",
        failure_prefix="failures/",
        encryption_key=kms.Key(stack, "ResponsesKey"),
        success_topic=sns.Topic(stack, "Successes", topic_name="successes", master_key=topics),
        error_topic=sns.Topic(stack, "Errors", topic_name="errors", master_key=topics),
    )
    return optimization.OptimizedEndpoint(stack, "FilesEndpoint", model=model, asynchronous=asynchronous)


def _on_components(stack: cdk.Stack, job: optimization.OptimizationJob) -> optimization.OptimizedEndpoint:
    return optimization.OptimizedEndpoint(
        stack,
        "Components",
        model=optimization.OptimizedModel(stack, "ComponentsModel", job=job),
        hosting=optimization.Hosting.components(accelerators=4, min_memory=cdk.Size.gibibytes(64)),
    )


def _with_draft(stack: cdk.Stack, job: optimization.OptimizationJob) -> optimization.OptimizedEndpoint:
    model = optimization.OptimizedModel(stack, "DraftModel", job=job, tags={"team": "red", "stage": "test"})
    optimization.RegisteredModel(
        stack,
        "DraftVersion",
        model=model,
        group=_GROUP,
        tags={"team": "red"},
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    return optimization.OptimizedEndpoint(stack, "Draft", model=model)


@dataclass(frozen=True)
class Seen:
    """What there is to see in the account after a step, without what differs from one life to another."""

    stack: str
    responses: tuple[str, ...]
    files: tuple[str, ...]
    messages: int
    model_tags: tuple[str, ...]
    versions: tuple[str, ...]
    has_logs: bool


def live(cloud: LocalCloud, jobs: Template, serving: Template) -> Iterator[Seen]:
    """Serve artifacts, change them in vain and then successfully, and stop serving, step by step."""
    cloud.client("s3").create_bucket(Bucket="theirs")
    cloud.client("sagemaker").create_model_package_group(ModelPackageGroupName=_GROUP)
    cloud.cloudformation.deploy(jobs, JOBS)
    cloud.client("s3").put_object(Bucket="bases", Key="llama/config.json", Body=b"{}")
    cloud.cloudformation.deploy(serving, SERVING)
    queue = _Queue(cloud)
    yield _look(cloud, queue)
    # A new artifact reaches no endpoint, because SageMaker goes back without a word.
    cloud.cloudformation.deploy(_with_new_artifacts(jobs), JOBS)
    drafted = cloud.cloudformation.stack(SERVING).outputs["DraftName"]
    cloud.endpoints.fail_health_check(when="update", silently=True, name_prefix=drafted)
    cloud.cloudformation.deploy(serving, SERVING)
    yield _look(cloud, queue)
    # SageMaker throttles the function for minutes. Then it asks whether its resource is still being updated.
    cloud.optimization_jobs.throttle("CreateModel", _THROTTLED, name_prefix=_OWN_MODELS)
    cloud.cloudformation.deploy(serving, SERVING)
    yield _look(cloud, queue)
    cloud.cloudformation.deploy(_with_other_tags(serving), SERVING)
    yield _look(cloud, queue)
    # The update of a model fails and is not rolled back. Nothing is left of it.
    cloud.cloudformation.deploy(_with_a_model_that_fails(serving), SERVING, rollback=False)
    yield _look(cloud, queue)
    cloud.cloudformation.delete(SERVING)
    advance(cloud, _HOUR)
    yield _look(cloud, queue)


def _with_new_artifacts(template: Template) -> Template:
    changed = copy.deepcopy(template)
    for job in _of_type(changed, _JOB):
        job["Properties"]["Triggers"] = ["again"]
    return changed


def _with_other_tags(template: Template) -> Template:
    changed = copy.deepcopy(template)
    for model in _of_type(changed, _MODEL):
        kept = [tag for tag in model["Properties"]["Tags"] if tag["Key"] not in ("team", "stage")]
        model["Properties"]["Tags"] = [*kept, {"Key": "team", "Value": "blue"}]
    for version in _of_type(changed, _VERSION):
        version["Properties"]["Tags"] = [{"Key": "team", "Value": "blue"}]
        version["Properties"]["ModelApprovalStatus"] = "Approved"
    return changed


def _with_a_model_that_fails(template: Template) -> Template:
    changed = copy.deepcopy(template)
    for model in _of_type(changed, _MODEL):
        files = model["Properties"]["PrimaryContainer"]["ModelDataSource"]["S3DataSource"]
        files["S3Uri"] = "s3://bases/nothing/"
    return changed


def _of_type(template: Template, type: str) -> list[Any]:
    return [each for each in template["Resources"].values() if each["Type"] == type]


class _Queue:
    """Counts the messages of the topics."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._sqs = cloud.client("sqs")
        self._url = self._sqs.create_queue(QueueName="told")["QueueUrl"]
        arn = f"arn:aws:sqs:{cloud.region}:{cloud.account}:told"
        topics = cloud.client("sns").list_topics()["Topics"]
        for topic in topics:
            cloud.client("sns").subscribe(TopicArn=topic["TopicArn"], Protocol="sqs", Endpoint=arn)

    def count(self) -> int:
        """How many messages there were so far."""
        name = "ApproximateNumberOfMessages"
        shown = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=[name])
        return int(shown["Attributes"][name])


def _look(cloud: LocalCloud, queue: _Queue) -> Seen:
    views = {stack.name: stack for stack in cloud.cloudformation.stacks}
    view = views.get(SERVING)
    responses = _invoke(cloud, view.outputs) if view is not None and view.outputs else ()
    return Seen(
        stack="DELETE_COMPLETE" if view is None else view.status,
        responses=responses,
        files=_files(cloud),
        messages=queue.count(),
        model_tags=_model_tags(cloud),
        versions=_versions(cloud),
        has_logs=_has_logs(cloud),
    )


def _invoke(cloud: LocalCloud, outputs: dict[str, str]) -> tuple[str, ...]:
    """Use every endpoint, and return what each serves."""
    runtime = cloud.client("sagemaker-runtime")
    found = []
    for members in (
        {"EndpointName": outputs["InstancesName"]},
        {"EndpointName": outputs["ComponentsName"], "InferenceComponentName": outputs["ComponentName"]},
        {"EndpointName": outputs["DraftName"]},
    ):
        try:
            body = json.loads(runtime.invoke_endpoint(**members, Body=b"{}")["Body"].read())
            found.append(_without_names(f"{body['Artifact']} {body.get('AdditionalArtifacts')}"))
        except ClientError as error:
            found.append(error.response["Error"]["Code"])
    cloud.client("s3").put_object(Bucket="files", Key="requests/1.json", Body=b"{}")
    for place in ("files/requests/1.json", "theirs/not-granted.json"):
        runtime.invoke_endpoint_async(EndpointName=outputs["FilesName"], InputLocation=f"s3://{place}")
    advance(cloud, 60)
    return tuple(found)


def _files(cloud: LocalCloud) -> tuple[str, ...]:
    """The folders in which the endpoints have written files."""
    s3 = cloud.client("s3")
    written = []
    for bucket, folder in (("captured", "captured/"), ("files", "responses/"), ("files", "failures/")):
        try:
            found = s3.list_objects_v2(Bucket=bucket, Prefix=folder)["KeyCount"]
        except ClientError:
            found = 0
        written += [folder] if found else []
    return tuple(written)


def _model_tags(cloud: LocalCloud) -> tuple[str, ...]:
    sagemaker = cloud.client("sagemaker")
    arn = f"arn:aws:sagemaker:{cloud.region}:{cloud.account}:model/"
    found = []
    for name in cloud.endpoints.names("Model"):
        tags = sagemaker.list_tags(ResourceArn=f"{arn}{name}")["Tags"]
        found.append(", ".join(sorted(tag["Value"] for tag in tags if tag["Key"] in ("team", "stage"))))
    return tuple(sorted(found, reverse=True))


def _versions(cloud: LocalCloud) -> tuple[str, ...]:
    return tuple(
        " ".join(
            (
                str(version["ModelPackageVersion"]),
                version["ModelApprovalStatus"],
                version["CustomerMetadataProperties"]["team"],
            )
        )
        for version in cloud.model_registry.versions(_GROUP)
    )


def _has_logs(cloud: LocalCloud) -> bool:
    """Whether the function of the stack that serves has written logs."""
    groups = cloud.client("logs").describe_log_groups(logGroupNamePrefix=f"{SERVING}-")["logGroups"]
    return any(cloud.logs.lines(group["logGroupName"]) for group in groups)


def _without_names(text: str) -> str:
    """A text without the fingerprints in it, which are others in each stack."""
    return re.sub(r"[0-9a-f]{16}|artifacts[a-z0-9-]+", "…", text)
