"""The properties of both resources, in every version that was ever deployed, with their types.

A property is a contract with stacks that exist already: a version is never taken away. Version 1 is flat: the
members of CreateOptimizationJob under their own names, and beside them those of :data:`_OWN_MEMBERS`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ..service_model import InvalidValueError, ServiceModel

_REQUEST_SHAPE = "CreateOptimizationJobRequest"

#: How a job runs. Another value makes no other artifact, so it starts no other job.
RUN_SETTINGS = ("RoleArn", "StoppingCondition", "VpcConfig", "MaxInstanceCount", "TrainingPlanArns")

_OWN_MEMBERS = ("ServiceToken", "ServiceTimeout", "Version", "NamePrefix", "ExactOutputLocation", "Triggers")

_VERSIONS = ("1",)

#: Seconds between two looks at a job that is tracked.
DEFAULT_POLL_INTERVAL = 30

#: The longest that one leg waits: CloudFormation gives up on a request after an hour.
LONGEST_LEG = 3300

#: An update hands the old and the new properties to an execution, whose input has room for 262,144 bytes,
#: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
MAX_DEFINITION_BYTES = 100_000


@dataclass(frozen=True)
class JobProperties:
    """What a stack says of a job."""

    #: The members of CreateOptimizationJob, without the name.
    request: dict[str, Any]
    explicit_name: str | None
    name_prefix: str
    exact_output_location: bool
    triggers: tuple[str, ...]

    @classmethod
    def parse(cls, properties: dict[str, Any]) -> JobProperties:
        """
        Raises:
            InvalidValueError: a version this function does not know, or a value that is not of its type.
        """
        _check_version(properties)
        size = len(json.dumps(properties).encode())
        if size > MAX_DEFINITION_BYTES:
            raise InvalidValueError(definition_is_too_large(size))
        members = {name: value for name, value in properties.items() if name not in _OWN_MEMBERS}
        request = ServiceModel.load().restore(_REQUEST_SHAPE, members)
        explicit_name = request.pop("OptimizationJobName", None)
        name_prefix = properties.get("NamePrefix", "")
        if not explicit_name and not name_prefix:
            raise InvalidValueError("a job needs an OptimizationJobName or a NamePrefix to make one from")
        if explicit_name and "--" in explicit_name:
            raise InvalidValueError(
                f"OptimizationJobName must not have two hyphens in a row, got {explicit_name!r}: names with "
                "them are made by the library. Choose another optimization_job_name, or leave it out"
            )
        triggers = properties.get("Triggers", [])
        if not isinstance(triggers, list):
            raise InvalidValueError(f"Triggers must be a list of strings, got {triggers!r}")
        return cls(
            request=request,
            explicit_name=explicit_name,
            name_prefix=name_prefix,
            exact_output_location=str(properties.get("ExactOutputLocation", "")).lower() == "true",
            triggers=tuple(str(trigger) for trigger in triggers),
        )

    @classmethod
    def parse_if_valid(cls, properties: dict[str, Any]) -> JobProperties | None:
        """The properties; None if they cannot be read, as those of a newer release while a stack rolls back:
        then nothing was created from them.
        """
        try:
            return cls.parse(properties)
        except InvalidValueError:
            return None

    @property
    def artifact(self) -> dict[str, Any]:
        """Everything that decides what the job makes; a member that the API gains counts until it is known
        better.
        """
        kept = {k: v for k, v in self.request.items() if k not in RUN_SETTINGS and k != "Tags"}
        own = {
            "OptimizationJobName": self.explicit_name,
            "ExactOutputLocation": self.exact_output_location,
            "Triggers": list(self.triggers),
        }
        return dict(_without_empty({**kept, **own}))

    @property
    def run_settings(self) -> dict[str, Any]:
        return dict(
            _without_empty({name: self.request[name] for name in RUN_SETTINGS if name in self.request})
        )

    @property
    def tags(self) -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in self.request.get("Tags", [])}

    def output_location(self, name: str) -> str:
        """Where the job of this name writes: a folder of its own, so that no job overwrites what another
        made.
        """
        location = str(self.request["OutputConfig"]["S3OutputLocation"])
        return location if self.exact_output_location else f"{location.rstrip('/')}/{name}/"

    def api_request(self, name: str, own_tags: dict[str, str]) -> dict[str, Any]:
        """The parameters of CreateOptimizationJob.

        Raises:
            InvalidValueError: the service model does not allow them. Nothing has been created then.
        """
        output = {**self.request.get("OutputConfig", {})}
        if "S3OutputLocation" in output:
            output["S3OutputLocation"] = self.output_location(name)
        request = {**self.request, "OptimizationJobName": name, "OutputConfig": output}
        tags = self.request.get("Tags", []) + [
            {"Key": key, "Value": value} for key, value in own_tags.items()
        ]
        if tags:
            request["Tags"] = tags
        problems = ServiceModel.load().check(_REQUEST_SHAPE, request)
        if problems:
            raise InvalidValueError("; ".join(problems))
        return request


@dataclass(frozen=True)
class CompletionProperties:
    """What a stack says of one leg of the waiting for a job."""

    job_name: str
    #: Seconds that this leg waits.
    timeout: int
    poll_interval: int
    #: Whether a job that outlasts this leg has failed, instead of being handed to the next one.
    is_last: bool
    #: The run of the job that is waited for: when it was created.
    run: str

    @classmethod
    def parse(cls, properties: dict[str, Any]) -> CompletionProperties:
        """
        Raises:
            InvalidValueError: a version this function does not know, or a value out of its range.
        """
        _check_version(properties)
        job_name = properties.get("OptimizationJobName")
        if not isinstance(job_name, str) or not job_name:
            raise InvalidValueError(f"OptimizationJobName must be the name of a job, got {job_name!r}")
        return cls(
            job_name=job_name,
            timeout=_seconds(properties, "Timeout", LONGEST_LEG),
            poll_interval=_seconds(properties, "PollInterval", DEFAULT_POLL_INTERVAL),
            is_last=str(properties.get("Last", "")).lower() == "true",
            run=str(properties.get("Run", "")),
        )


def definition_is_too_large(size: int) -> str:
    return (
        f"the properties of a job must take at most {MAX_DEFINITION_BYTES} bytes, got {size}: shorten the "
        "environments, or put settings into a serving.properties file beside the model"
    )


def _check_version(properties: dict[str, Any]) -> None:
    version = properties.get("Version")
    if version not in _VERSIONS:
        raise InvalidValueError(
            f"these properties have version {version!r} and this function understands "
            f"{', '.join(_VERSIONS)}: deploy with the release of "
            "cdk-sagemaker-optimization that wrote them, or a newer one"
        )


def _seconds(properties: dict[str, Any], name: str, default: int) -> int:
    text = str(properties.get(name, default))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= LONGEST_LEG:
        raise InvalidValueError(f"{name} must be between 1 and {LONGEST_LEG} seconds, got {text!r}")
    return int(text)


def _without_empty(value: Any) -> Any:
    """Empty and absent mean the same to SageMaker, so they must to the comparison of two definitions."""
    if isinstance(value, dict):
        kept = {key: _without_empty(item) for key, item in value.items()}
        return {
            key: item
            for key, item in kept.items()
            if item is not None and item is not False and item != [] and item != {}
        }
    if isinstance(value, list):
        return [_without_empty(item) for item in value]
    return value
