"""The work of a running job: it reads its inputs and writes its artifact, with its execution role."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from localcloud.kernel.permissions import Permissions
from localcloud.services.sagemaker.artifacts import artifact, techniques
from localcloud.services.sagemaker.execution_role import ExecutionRole, Use
from localcloud.services.sagemaker.images import pulled_images
from localcloud.services.sagemaker.job import Job
from localcloud.services.sagemaker.object_store import ObjectStore
from localcloud.services.sagemaker.s3_location import S3Location

_LOG_GROUP = "/aws/sagemaker/OptimizationJobs"
_NAMESPACE = "/aws/sagemaker/OptimizationJobs"
"""AWS documents neither name. Other SageMaker jobs have such ones, and policies rely on how these begin."""

_LARGE_FILE = "model.safetensors"
_SOME_FILE = "config.json"
"""Stands for the objects of a bucket that is not in this local cloud."""


class JobWork:
    """Runs jobs.

    Attributes:
        foreign_outputs: Whether a job may write to a bucket that is not in this local cloud.
        looks_at_buckets: Whether a job asks for a bucket as a whole before it uses what is in it.
    """

    def __init__(self, permissions: Permissions) -> None:
        self._permissions = permissions
        self.foreign_outputs = False
        self.looks_at_buckets = True

    def begin(self, job: Job) -> str | None:
        role = self._role(job)
        store = _store(job)
        pulling = chain.from_iterable(role.pulling(image) for image in pulled_images(job))
        looking = chain.from_iterable(role.looking_at(bucket) for bucket in self._buckets(job))
        reporting = role.reporting(_LOG_GROUP, _NAMESPACE)
        networking = role.networking(job.request.get("VpcConfig"))
        uses = chain(reporting, networking, pulling, _inputs(job, role, store), looking)
        refusal = role.refusal(uses)
        return refusal or (_missing_source(job, store) if job.script.require_source else None)

    def _role(self, job: Job) -> ExecutionRole:
        return ExecutionRole(job.request["RoleArn"], job, self._permissions)

    def _buckets(self, job: Job) -> list[S3Location]:
        """Return the locations whose buckets a job looks at first."""
        if not self.looks_at_buckets:
            return []
        output = S3Location.parse(job.request["OutputConfig"]["S3OutputLocation"])
        return [*(location for _, location, _ in _input_locations(job.request)), output]

    def abandon(self, job: Job) -> None:
        """A job that is stopped takes back what it was uploading; without the permission it stays."""
        location = S3Location.parse(job.request["OutputConfig"]["S3OutputLocation"])
        store, role = _store(job), self._role(job)
        if not job.script.writes_artifact or not store.has_bucket(location.bucket):
            return
        if role.refusal(role.abandoning(location, f"{location.folder}{_LARGE_FILE}")) is not None:
            store.leave_upload(location, _LARGE_FILE)

    def finish(self, job: Job) -> str | None:
        if not job.script.writes_artifact:
            return None
        role = self._role(job)
        store = _store(job)
        output = job.request["OutputConfig"]
        location = S3Location.parse(output["S3OutputLocation"])
        files = artifact(job)
        key: str | None = output.get("KmsKeyId") or None
        used_key = key or store.default_key(location.bucket)
        keys = [f"{location.folder}{name}" for name in files]
        uses = [role.writing("the optimized model", location, keys, used_key)]
        if key is not None:
            uses.append(role.encrypting(key))
        if _has_stages(job.request):
            uses.append(role.reading("what the stage before made", location, keys, used_key))
        refusal = role.refusal(chain.from_iterable(uses))
        if refusal is not None:
            return refusal
        if store.has_bucket(location.bucket):
            store.put(location, files, key)
        elif not self.foreign_outputs:
            return (
                f"ClientError: Failed to upload the optimized model to {output['S3OutputLocation']}: "
                f"NoSuchBucket: The specified bucket does not exist: {location.bucket}"
            )
        return None


def _has_stages(request: Any) -> bool:
    """Return whether a job works in stages, each of which reads the output of the one before.

    These are EAGLE and its report, or one technique after the other.
    """
    return len(request["OptimizationConfigs"]) > 1 or "SpeculativeDecoding" in techniques(request)


def _inputs(job: Job, role: ExecutionRole, store: ObjectStore) -> Iterator[Use]:
    for what, location, is_prefix in _input_locations(job.request):
        below = store.keys(location) or [f"{location.folder}{_SOME_FILE}"]
        keys = below if is_prefix else [location.key]
        yield from role.reading(what, location, keys, store.default_key(location.bucket))


def _input_locations(request: Any) -> Iterator[tuple[str, S3Location, bool]]:
    if uri := request["ModelSource"].get("S3", {}).get("S3Uri"):
        yield "model data", S3Location.parse(uri), True
    for union in request["OptimizationConfigs"]:
        training = union.get("ModelSpeculativeDecodingConfig", {}).get("TrainingDataSource")
        if training:
            yield "training data", S3Location.parse(training["S3Uri"]), training["S3DataType"] == "S3Prefix"


def _missing_source(job: Job, store: ObjectStore) -> str | None:
    for what, location, _ in _input_locations(job.request):
        uri = f"s3://{location.bucket}/{location.key}"
        if not store.has_bucket(location.bucket):
            return f"ClientError: Failed to download {what} from {uri}: NoSuchBucket: there is no such bucket"
        if not store.keys(location):
            return f"ClientError: Could not find {what} at {uri}. Please ensure that the prefix has objects"
    return None


def _store(job: Job) -> ObjectStore:
    return ObjectStore(job.account, job.arn.split(":")[1])
