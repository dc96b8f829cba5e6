"""The calls about what serves an artifact. None of them creates an endpoint, so they cost nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aws_cdk.region_info import RegionInfo

from optimization_job.errors import ErrorKind
from tools.live.account import Account
from tools.live.calls import Reply, call, kept
from tools.live.journal import Journal, Thing
from tools.live.report import Report

_IMAGE = "djl-inference:0.36.0-lmi18.0.0-cu128"
"""An image that can serve a draft of EAGLE."""

_ROLE_IS_EFFECTIVE_WITHIN = 120.0
"""Seconds after which a refusal does not come from the role being new."""

_NATIVE_JOB, _NATIVE_MODEL = "AWS::SageMaker::OptimizationJob", "AWS::SageMaker::Model"
_CHANNELS = "AdditionalModelDataSources"

_MISSING = (
    ("describe_model", "ModelName"),
    ("delete_model", "ModelName"),
    ("describe_endpoint_config", "EndpointConfigName"),
    ("describe_endpoint", "EndpointName"),
    ("describe_inference_component", "InferenceComponentName"),
)


def ask_for_missing_serving(account: Account, report: Report) -> None:
    """Call operations on models and endpoints with a name that nothing has (35)."""
    sagemaker, name = account.client("sagemaker"), account.name("never-made")
    for operation, member in _MISSING:
        reply = kept(report, "what is not there", call(sagemaker, operation, **{member: name}))
        report.find(35, reply.kind is ErrorKind.NOT_FOUND, reply.words)
    reply = call(sagemaker, "update_endpoint", EndpointName=name, EndpointConfigName=name)
    report.find(35, None, kept(report, "what is not there", reply).words)


def ask_for_native_types(account: Account, report: Report) -> None:
    """Ask CloudFormation for its own type of job (37), and for the channels of its own model (36)."""
    job, model = (_describe_type(account, report, name) for name in (_NATIVE_JOB, _NATIVE_MODEL))
    provisioning = job.content.get("ProvisioningType")
    known = job.succeeded or job.code == "TypeNotFoundException"
    holds = provisioning in (None, "NON_PROVISIONABLE") if known else None
    report.find(37, holds, f"{_NATIVE_JOB}: {provisioning or job.words}")
    if not model.succeeded:
        report.find(36, None, f"{_NATIVE_MODEL}: {model.words}")
        return
    takes = f'"{_CHANNELS}"' in model.content.get("Schema", "")
    report.find(36, not takes, f"{_CHANNELS} is {'a' if takes else 'no'} property in the schema of its type")


def _describe_type(account: Account, report: Report, name: str) -> Reply:
    reply = call(account.client("cloudformation"), "describe_type", Type="RESOURCE", TypeName=name)
    return kept(report, f"the type {name}", reply)


@dataclass(frozen=True)
class Models:
    """The models of a run: each is deleted as soon as SageMaker has accepted it.

    Attributes:
        role_arn: A role that may read the bucket.
        blind_role_arn: A role that may read no bucket.
        bucket: A bucket with an object below `model/`.
    """

    account: Account
    journal: Journal
    report: Report
    role_arn: str
    blind_role_arn: str
    bucket: str

    def make_all(self) -> None:
        """See how CreateModel refuses a name that is taken (35), and whether it looks for the data (27)."""
        made = self._use_name_twice()
        if not made.succeeded:
            self.report.find(27, None, f"a model that has everything was refused, too: {made.words}")
            return
        blind = self._see_data("data that the role may not read", "blind", role_arn=self.blind_role_arn)
        if blind is not None:
            when = "by CreateModel" if blind else "by the first container"
            self.report.dialect["model_data_is_checked"] = when
        self._see_data("a prefix without an object", "empty", model="nothing/")
        self._see_data("a channel without an object", "channel", draft="nothing/")

    def _use_name_twice(self) -> Reply:
        name = self.account.name("served")
        thing = self.journal.making("model", name)
        # The role may be some minutes old: its permissions come after its trust policy.
        made = self._create(name, lambda reply: reply.kind is ErrorKind.PERMISSION)
        self.report.find(31, None, f"a model with a channel: {self._kept('a model', made).words}")
        if made.succeeded:
            again = self._kept("the name of a model that is there", self._create(name, _is_about_trust))
            self.report.find(35, again.kind is ErrorKind.NAME_TAKEN, again.words)
            arn = self.account.arn("sagemaker", f"model/{name}")
            tagged = call(self._sagemaker, "add_tags", ResourceArn=arn, Tags=self.account.tags)
            self.report.find(35, None, self._kept("a model that is there", tagged).words)
        self._end(thing, made)
        return made

    def _see_data(self, about: str, what: str, **changes: str) -> bool | None:
        """Try to create a model whose data SageMaker cannot read.

        Returns:
            Whether SageMaker looked for the data; None if the reply does not show it.
        """
        name = self.account.name(what)
        thing = self.journal.making("model", name)
        reply = self._kept(about, self._create(name, _is_about_trust, **changes))
        refused = reply.kind is ErrorKind.PERMISSION and not _is_about_trust(reply)
        looks = refused if reply.succeeded or refused else None
        self.report.find(27, looks, f"{about}: {reply.words}")
        self._end(thing, reply)
        return looks

    def _create(
        self,
        name: str,
        again: Callable[[Reply], bool],
        *,
        role_arn: str = "",
        model: str = "model/",
        draft: str = "model/",
    ) -> Reply:
        """Try to create a model, and repeat the call for two minutes while the reply may change."""
        container = {
            "Image": _image(self.account),
            "ModelDataSource": self._files(model),
            _CHANNELS: [{"ChannelName": "eagle", **self._files(draft)}],
        }
        until = self.account.now() + _ROLE_IS_EFFECTIVE_WITHIN
        while True:
            reply = call(
                self._sagemaker,
                "create_model",
                ModelName=name,
                ExecutionRoleArn=role_arn or self.role_arn,
                PrimaryContainer=container,
                Tags=self.account.tags,
            )
            if not again(reply) or self.account.now() > until:
                return reply
            self.account.sleep(self.account.settings.pause)

    def _end(self, thing: Thing, made: Reply) -> None:
        """Delete a model. What may be there all the same, the cleaning looks for at the end."""
        if made.kind is ErrorKind.TRANSIENT:
            return
        if not made.succeeded or call(self._sagemaker, "delete_model", ModelName=thing.name).succeeded:
            self.journal.gone(thing)

    def _files(self, prefix: str) -> dict[str, Any]:
        uri = f"s3://{self.bucket}/{prefix}"
        return {"S3DataSource": {"S3Uri": uri, "S3DataType": "S3Prefix", "CompressionType": "None"}}

    def _kept(self, about: str, reply: Reply) -> Reply:
        return kept(self.report, about, reply)

    @property
    def _sagemaker(self) -> Any:
        return self.account.client("sagemaker")


def _image(account: Account) -> str:
    """Return the URI of the image in the registry of the account's Region."""
    region = RegionInfo.get(account.region)
    return f"{region.dlc_repository_account}.dkr.ecr.{region.name}.{region.domain_suffix}/{_IMAGE}"


def _is_about_trust(reply: Reply) -> bool:
    """Tell whether SageMaker could not assume the role, as in the first minute of a role's life."""
    return reply.kind is ErrorKind.PERMISSION and "could not assume role" in reply.message.lower()
