"""The properties of every resource, in every version that was ever deployed, with their types.

A property is a contract with stacks that exist already: a version is never taken away. Version 1 is flat: the
members of the request under their own names, and beside them those of :data:`_OWN_MEMBERS`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ..contract import (
    COMPONENT_SETTINGS,
    CREATION_TIME,
    DEFAULT_POLL_INTERVAL,
    ENDPOINT_CONFIG_NAME,
    ENDPOINT_NAME,
    EXACT_OUTPUT_LOCATION,
    INFERENCE_COMPONENT_NAME,
    INFERENCE_COMPONENTS,
    LAST,
    LONGEST_WAIT,
    MAX_DEFINITION_BYTES,
    MODEL_NAME,
    NAME_PREFIX,
    OUTPUT_LOCATION,
    POLL_INTERVAL,
    PROPERTIES_VERSION,
    REQUIRE_IMAGE,
    RUN,
    SERVICE_TIMEOUT,
    SERVICE_TOKEN,
    TIMEOUT,
    TRIGGERS,
    VERSION,
)
from ..sagemaker.job import Job
from ..sagemaker.kind import JobKind
from ..service_model import InvalidValueError, ServiceModel

_OWN_MEMBERS = (SERVICE_TOKEN, SERVICE_TIMEOUT, VERSION, NAME_PREFIX, EXACT_OUTPUT_LOCATION, TRIGGERS)

_VERSIONS = (PROPERTIES_VERSION,)


@dataclass(frozen=True)
class JobProperties:
    """The properties of a job in its stack."""

    kind: JobKind
    #: The members of the kind's Create operation, without the name.
    request: dict[str, Any]
    explicit_name: str | None
    name_prefix: str
    exact_output_location: bool
    triggers: tuple[str, ...]

    @classmethod
    def parse(cls, kind: JobKind, properties: dict[str, Any]) -> JobProperties:
        """The properties of a job, from strings as CloudFormation sends them.

        Raises:
            InvalidValueError: a version this function does not know, or a value that is not of its type.
        """
        _check_version(properties)
        size = len(json.dumps(properties).encode())
        if size > MAX_DEFINITION_BYTES:
            raise InvalidValueError(definition_is_too_large(size, kind))
        members = {name: value for name, value in properties.items() if name not in _OWN_MEMBERS}
        model = ServiceModel.load()
        request = model.restore(model.request_shape(kind.operation("Create")), members)
        explicit_name = request.pop(kind.name_member, None)
        name_prefix = properties.get(NAME_PREFIX, "")
        if not explicit_name and not name_prefix:
            raise InvalidValueError(
                f"the properties must have {kind.name_member}, or {NAME_PREFIX} to make it from"
            )
        if explicit_name and "--" in explicit_name:
            raise InvalidValueError(
                f"{kind.name_member} must not have two hyphens in a row, got {explicit_name!r}: names with "
                f"them are made by the library. Choose another {kind.name_prop}, or leave it out"
            )
        triggers = properties.get(TRIGGERS, [])
        if not isinstance(triggers, list):
            raise InvalidValueError(f"{TRIGGERS} must be a list of strings, got {triggers!r}")
        return cls(
            kind=kind,
            request=request,
            explicit_name=explicit_name,
            name_prefix=name_prefix,
            exact_output_location=_flag(properties, EXACT_OUTPUT_LOCATION),
            triggers=tuple(str(trigger) for trigger in triggers),
        )

    @classmethod
    def parse_if_valid(cls, kind: JobKind, properties: dict[str, Any]) -> JobProperties | None:
        """The properties; None if they cannot be read.

        Those of a newer release cannot, while a stack rolls back. Nothing was created from them then.
        """
        try:
            return cls.parse(kind, properties)
        except InvalidValueError:
            return None

    @property
    def artifact(self) -> dict[str, Any]:
        """The members that decide what the job makes.

        A member that the API gains is one of them until it is known to be about how a job runs.
        """
        others = (*self.kind.run_settings, *self.kind.changeable, "Tags")
        kept = {name: value for name, value in self.request.items() if name not in others}
        own = {
            self.kind.name_member: self.explicit_name,
            EXACT_OUTPUT_LOCATION: self.exact_output_location,
            TRIGGERS: list(self.triggers),
        }
        return dict(_without_empty({**kept, **own}))

    @property
    def run_settings(self) -> dict[str, Any]:
        """The members of the request that say how the job runs, and not what it makes."""
        kept = {name: value for name, value in self.request.items() if name in self.kind.run_settings}
        return dict(_without_empty(kept))

    @property
    def tags(self) -> dict[str, str]:
        """The user's tags of the job, by their keys."""
        return {tag["Key"]: tag["Value"] for tag in self.request.get("Tags", [])}

    def added_tags(self, old: JobProperties | None, *, is_in_place: bool) -> dict[str, str]:
        """The tags, and the settings like them, that a job has to get.

        A setting is among them only if this change is one of the setting. Somebody may have changed it in
        SageMaker since, and keeps that through every other change.

        Args:
            old: the properties before; None if there are none that are understood.
            is_in_place: True if the job is the resource already, and so has the old tags.
        """
        present = old.tags if is_in_place and old else {}
        tags = {key: value for key, value in self.tags.items() if present.get(key) != value}
        if old is None or (is_in_place and old.artifact != self.artifact):
            return tags
        settings = {name: str(self.request[name]) for name in self.kind.changeable if name in self.request}
        return {
            **tags,
            **{name: value for name, value in settings.items() if value != old.request.get(name)},
        }

    def output_location(self, name: str) -> str:
        """The output location of the job: a folder of its own, unless the user chose the exact location.

        No job then overwrites what another made.
        """
        if self.kind.output_path is None:
            return ""
        structure, member = self.kind.output_path
        location = str(self.request[structure][member])
        return location if self.exact_output_location else f"{location.rstrip('/')}/{name}/"

    def api_request(self, name: str, own_tags: dict[str, str]) -> dict[str, Any]:
        """The parameters of the kind's Create operation.

        Raises:
            InvalidValueError: the service model does not allow them. Nothing has been created then.
        """
        request = {**self.request, self.kind.name_member: name}
        if self.kind.output_path is not None:
            structure, member = self.kind.output_path
            output = {**self.request.get(structure, {})}
            if member in output:
                output[member] = self.output_location(name)
            request[structure] = output
        tags = self.request.get("Tags", []) + [
            {"Key": key, "Value": value} for key, value in own_tags.items()
        ]
        if tags:
            request["Tags"] = tags
        model = ServiceModel.load()
        problems = model.check(model.request_shape(self.kind.operation("Create")), request)
        if problems:
            raise InvalidValueError("; ".join(problems))
        return request

    def attributes(self, name: str, arn: str, job: Job | None) -> dict[str, str]:
        """The attributes of the resource.

        Args:
            name: the name of the job.
            arn: its ARN, as far as that is known without it.
            job: the job; None if it is not there.
        """
        attributes = {self.kind.name_member: name, self.kind.arn_member: job.arn if job else arn}
        if self.kind.output_path is not None:
            attributes[OUTPUT_LOCATION] = job.output_location if job else self.output_location(name)
            attributes[CREATION_TIME] = job.run if job else ""
        return attributes


@dataclass(frozen=True)
class CompletionProperties:
    """The properties of one leg of the waiting for a job."""

    job_name: str
    #: Seconds that this leg waits.
    timeout: int
    poll_interval: int
    #: True if a job that outlasts this leg has failed, instead of being handed to the next one.
    is_last: bool
    #: The run of the job that is waited for: when it was created.
    run: str
    #: True if a job that recommends no image fails the deployment, because nothing else says which to use.
    requires_image: bool

    @classmethod
    def parse(cls, kind: JobKind, properties: dict[str, Any]) -> CompletionProperties:
        """The properties of a leg, from strings as CloudFormation sends them.

        Raises:
            InvalidValueError: a version this function does not know, or a value out of its range.
        """
        _check_version(properties)
        job_name = properties.get(kind.name_member)
        if not isinstance(job_name, str) or not job_name:
            raise InvalidValueError(f"{kind.name_member} must be the name of a job, got {job_name!r}")
        return cls(
            job_name=job_name,
            timeout=_seconds(properties, TIMEOUT, LONGEST_WAIT),
            poll_interval=_seconds(properties, POLL_INTERVAL, DEFAULT_POLL_INTERVAL),
            is_last=_flag(properties, LAST),
            run=str(properties.get(RUN, "")),
            requires_image=_flag(properties, REQUIRE_IMAGE),
        )


@dataclass(frozen=True)
class VerificationProperties:
    """The properties of the comparison of what an endpoint serves with what was deployed.

    Every name may be given as an ARN, which has it in lower case.
    """

    endpoint_name: str
    endpoint_config_name: str
    #: The model that each inference component has to serve, by the component's name.
    models: dict[str, str]
    #: The numbers in the specification of each component, by the component's name.
    settings: dict[str, dict[str, float]]

    @classmethod
    def parse(cls, properties: dict[str, Any]) -> VerificationProperties:
        """The properties of a request.

        Raises:
            InvalidValueError: a version this function does not know, or a name that is missing.
        """
        _check_version(properties)
        components = properties.get(INFERENCE_COMPONENTS) or []
        if not isinstance(components, list) or not all(isinstance(each, dict) for each in components):
            raise InvalidValueError(
                f"{INFERENCE_COMPONENTS} must be a list of structures with {INFERENCE_COMPONENT_NAME} and "
                f"{MODEL_NAME}, got {components!r}"
            )
        return cls(
            endpoint_name=_name(properties, ENDPOINT_NAME),
            endpoint_config_name=_name(properties, ENDPOINT_CONFIG_NAME),
            models={_name(each, INFERENCE_COMPONENT_NAME): _name(each, MODEL_NAME) for each in components},
            settings={
                _name(each, INFERENCE_COMPONENT_NAME): _numbers(each.get(COMPONENT_SETTINGS) or {})
                for each in components
            },
        )

    @classmethod
    def parse_if_valid(cls, properties: dict[str, Any]) -> VerificationProperties | None:
        """The properties; None if they cannot be read, or there are none."""
        try:
            return cls.parse(properties)
        except InvalidValueError:
            return None


def name_in(name_or_arn: str) -> str:
    """The name of something of SageMaker's that is given as its name or its ARN."""
    return name_or_arn.rpartition("/")[2]


def definition_is_too_large(size: int, kind: JobKind) -> str:
    """The message for a definition that takes more than :data:`~contract.MAX_DEFINITION_BYTES`."""
    return (
        f"the properties of the {kind.noun} must take at most {MAX_DEFINITION_BYTES} bytes, got {size}: "
        "shorten the environments, or put settings into a serving.properties file beside the model"
    )


def _check_version(properties: dict[str, Any]) -> None:
    version = properties.get(VERSION)
    if version not in _VERSIONS:
        raise InvalidValueError(
            f"these properties have version {version!r} and this function understands "
            f"{', '.join(_VERSIONS)}: deploy with the release of "
            "cdk-sagemaker-optimization that wrote them, or a newer one"
        )


def _name(properties: dict[str, Any], member: str) -> str:
    value = properties.get(member)
    if not isinstance(value, str) or not name_in(value):
        raise InvalidValueError(f"{member} must be a name or an ARN, got {value!r}")
    return name_in(value)


def _numbers(settings: Any) -> dict[str, float]:
    try:
        return {str(name): float(value) for name, value in settings.items()}
    except (AttributeError, TypeError, ValueError):
        raise InvalidValueError(
            f"{COMPONENT_SETTINGS} must be a structure of numbers, got {settings!r}"
        ) from None


def _flag(properties: dict[str, Any], name: str) -> bool:
    return str(properties.get(name, "")).lower() == "true"


def _seconds(properties: dict[str, Any], name: str, default: int) -> int:
    text = str(properties.get(name, default))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= LONGEST_WAIT:
        raise InvalidValueError(f"{name} must be between 1 and {LONGEST_WAIT} seconds, got {text!r}")
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
