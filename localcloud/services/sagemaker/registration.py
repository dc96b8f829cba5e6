"""The reads of CreateModelPackage before it registers a version, with the permissions of its caller.

Nothing says so in words. But CloudFormation's own resource for a version asks for these permissions, and a
managed policy for the model registry has them:
https://docs.aws.amazon.com/sagemaker/latest/dg/security-iam-awsmanpol-model-registry.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.kernel.api import ApiError, ApiRequest
from localcloud.kernel.permissions import Permissions
from localcloud.services.sagemaker.execution_role import ExecutionRole, Use
from localcloud.services.sagemaker.object_store import ObjectStore
from localcloud.services.sagemaker.s3_location import S3Location
from localcloud.services.sagemaker.serving.containers import artifacts

_SOME_FILE = "config.json"
"""Stands for the objects of a bucket that is not in this local cloud."""


@dataclass(frozen=True)
class _Registered:
    """The version that is registered."""

    name: str
    arn: str
    account: str
    region: str


class Reading:
    """Reads for the callers of CreateModelPackage.

    Args:
        looks_at_buckets: Decides whether SageMaker asks for a bucket as a whole before it uses what is in it.
    """

    def __init__(self, permissions: Permissions, looks_at_buckets: Callable[[], bool]) -> None:
        self._permissions = permissions
        self._looks_at_buckets = looks_at_buckets

    def check(self, request: ApiRequest, arn: str) -> None:
        """Raise the API's error if the caller may not look at the images, or not read the files.

        Args:
            arn: The ARN that the version gets.
        """
        role_arn = request.principal.role_arn
        if role_arn is None:
            return
        owner = _Registered(arn.rpartition("/")[2], arn, request.account, request.region)
        role = ExecutionRole(role_arn, owner, self._permissions)
        specification = request.parameters.get("InferenceSpecification") or {}
        for container in specification.get("Containers", ()):
            refused = role.first_refused(self._uses(role, container, owner))
            if refused is not None:
                raise ApiError(
                    "ValidationException",
                    f"Could not {refused[0].step}. Please ensure that the caller has the permission: "
                    f"{refused[1].reason}",
                )

    def _uses(self, role: ExecutionRole, container: Mapping[str, Any], owner: _Registered) -> Iterator[Use]:
        yield from role.looking_at_image(container["Image"])
        store = ObjectStore(owner.account, owner.arn.split(":")[1])
        for uri in artifacts(container).values():
            location = S3Location.parse(uri)
            if self._looks_at_buckets():
                yield from role.looking_at(location)
            key = store.default_key(location.bucket)
            keys = store.keys(location) or [f"{location.folder}{_SOME_FILE}"]
            yield from role.reading("model data", location, keys, key)
