"""An endpoint that serves what a job made."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Unpack

import aws_cdk as cdk
import jsii
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct, IValidation

from cdk_sagemaker_optimization._lambda.optimization_job import contract
from cdk_sagemaker_optimization.access.encryption_keys import key_behind
from cdk_sagemaker_optimization.access.execution_role import is_managed, is_strict
from cdk_sagemaker_optimization.access.role_access import RoleAccess
from cdk_sagemaker_optimization.audit import acknowledge
from cdk_sagemaker_optimization.checks.durations import seconds
from cdk_sagemaker_optimization.checks.kinds import check_construct, check_kind, check_strings
from cdk_sagemaker_optimization.checks.numbers import share, whole_number
from cdk_sagemaker_optimization.checks.types import AnyKey
from cdk_sagemaker_optimization.checks.validation import is_placeholder, is_unresolved, plain
from cdk_sagemaker_optimization.facts import node_of, once, path_of, region_of, stack_of
from cdk_sagemaker_optimization.job.event_rule import RuleOptions
from cdk_sagemaker_optimization.job.tags import tag_problems
from cdk_sagemaker_optimization.props.deployment_instance_type import DeploymentInstanceType
from cdk_sagemaker_optimization.props.inference_ami_version import InferenceAmiVersion
from cdk_sagemaker_optimization.props.technique import Technique
from cdk_sagemaker_optimization.provider import OptimizationJobProvider
from cdk_sagemaker_optimization.provider.names import unique_prefix
from cdk_sagemaker_optimization.rules import (
    ENDPOINT_RULES,
    EndpointView,
    check_against,
    check_late_against,
    devices_for,
    has_disk,
    tensor_parallel_degree,
)

from .async_inference import AsyncInference
from .data_capture import DataCapture
from .endpoint_checks import check_name, check_props, check_stack
from .endpoint_events import EndpointEvents, rule_of
from .endpoint_metrics import INVOCATIONS, MetricOptions, ServedMetrics, metric_of
from .endpoint_scaling import EndpointScaling, ScaledComponent, ScaledVariant, check_capacity
from .endpoint_update import EndpointUpdate, one_copy_at_a_time
from .endpoint_variant import EndpointVariant, instances_of
from .hosting import Components, Hosting, Instances
from .inference_component import InferenceComponent, copy_limits, instance_limits
from .optimized_model import OptimizedModel
from .own_alarms import identity_of, problems_with_alarms
from .variant_instance import VariantInstance
from .verification import EndpointVerification

if TYPE_CHECKING:
    from aws_cdk.interfaces import aws_sagemaker as references

_VARIANT = "optimized"

# Minutes. A compiled model is large, and its engine takes long to load.
_STARTUP = 15
_STARTUP_OF_COMPILED = 60
_DOWNLOAD = 30

#: The limits of both timeouts, in seconds.
SHORTEST_TIMEOUT, LONGEST_TIMEOUT = 60, 3_600

# The end of the default name of an endpoint with inference components.
_OF_COMPONENTS = "-ic"

# Characters of a hash in a name.
_DIGEST = 6

# Characters of a logical id before the hash: CloudFormation allows 255.
_LONGEST_ID = 255 - _DIGEST

# What a deployment may change although the number of instances stays.
_NOT_RETAINED = ("DesiredWeight", "DataCaptureConfig")

# https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest.html
_VOLUME_ACTIONS = ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext"]

# Reasons for auditors.
_NO_KEY = (
    "The instance type has a disk of its own, which SageMaker encrypts by itself. It accepts no key for such "
    "an instance type."
)
_KEY_RULES = tuple(
    f"{pack}-SageMakerEndpointConfigurationKMSKeyConfigured"
    for pack in ("HIPAA.Security", "NIST.800.53.R4", "NIST.800.53.R5", "PCI.DSS.321")
)

_INVOKE = ["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"]
_INVOKE_ASYNC = ["sagemaker:InvokeEndpointAsync"]


@jsii.implements(sagemaker.IEndpoint)
class OptimizedEndpoint(cdk.Resource, EndpointEvents, ServedMetrics):
    """An endpoint that serves an optimized model, and changes with it without being replaced.

    A new artifact makes a new model and a new config, or with ``Hosting.components(…)`` a new model alone.
    Then SageMaker moves the endpoint to it, and back if the new instances do not become healthy. The
    deployment fails if the endpoint does not run what was deployed.

    A change between ``Hosting.instances(…)`` and ``Hosting.components(…)`` makes another endpoint, with
    another name, and deletes the old one. Clients have to call the new one from then on.

    What depends on the endpoint waits until it is verified.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        model: OptimizedModel,
        instance_type: DeploymentInstanceType | None = None,
        hosting: Hosting | None = None,
        startup_timeout: cdk.Duration | None = None,
        download_timeout: cdk.Duration | None = None,
        volume_size: cdk.Size | None = None,
        ami_version: InferenceAmiVersion | None = None,
        update: EndpointUpdate | None = None,
        rollback_alarms: Sequence[cloudwatch.IAlarm] = (),
        data_capture: DataCapture | None = None,
        asynchronous: AsyncInference | None = None,
        detailed_observability: bool | None = None,
        endpoint_name: str | None = None,
        encryption_key: AnyKey | None = None,
        verify_update: bool = True,
        tags: Mapping[str, str] | None = None,
        provider: OptimizationJobProvider | None = None,
    ) -> None:
        """Define the endpoint.

        Args:
            scope: the construct that this one belongs to.
            id: its id there.
            model: the model, in the same stack.
            instance_type: the type of the instances. An imported job needs it. Default: the type that the
                job optimized for.
            hosting: what the endpoint runs the model on. Another kind, instances or components, replaces an
                endpoint whose name you did not choose. Default: one instance; a sharded model needs
                ``Hosting.components(…)``.
            startup_timeout: the time that the container may take to become healthy, from 1 to 60 minutes.
                Default: 15 minutes, and 60 minutes for a compiled model.
            download_timeout: the time that the download of the model may take, from 1 to 60 minutes.
                Default: 30 minutes.
            volume_size: the size of the volume of each instance, which holds the model and its image, from 1
                to 512 GiB. Most instance types with GPUs have a disk of their own and accept none. Default:
                SageMaker decides, for 30 GB as far as is known, which is little for a large model.
            ami_version: the machine image of the instances. A container needs a driver that is new enough.
                Default: SageMaker chooses one by the instance type.
            update: the way in which the endpoint changes to another model. Default: all at once, or with a
                component as SageMaker decides. If there are ``rollback_alarms``, one copy of 2 to 20 changes
                after the other, and half of any other number at a time.
            rollback_alarms: at most 10 alarms that roll an update back. :meth:`add_rollback_alarm` adds one
                on a metric of the endpoint itself. Default: none.
            data_capture: the location of captured requests and responses. Default: none are captured.
            asynchronous: the location of responses, which makes the endpoint asynchronous. Default: it
                responds at once.
            detailed_observability: whether the instances and containers have metrics of their own. Default:
                SageMaker decides.
            endpoint_name: the endpoint's name, at most 63 characters. Another name replaces the endpoint.
                Give another one when you change the kind of ``hosting``. Default: a name made from the stack,
                the construct and the kind of hosting.
            encryption_key: the key for the volumes of the instances. Most instance types with GPUs have a
                disk of their own, which SageMaker encrypts by itself, and accept no key. Default: SageMaker's
                own encryption.
            verify_update: whether the deployment fails if SageMaker has rolled the endpoint back silently.
                Default: yes.
            tags: the tags of the endpoint, its config and its component, which ``Tags.of(…)`` overrides.
                Default: the tags of the stack.
            provider: the function that verifies the endpoint. Default: that of the stack.

        Raises:
            ValueError: the API does not allow a value, or a combination is known not to work (see
                ``docs/rules.md``), or the model is in another stack.
        """
        check_props(
            model=model,
            instance_type=instance_type,
            hosting=hosting,
            volume_size=volume_size,
            ami_version=ami_version,
            update=update,
            rollback_alarms=rollback_alarms,
            data_capture=data_capture,
            asynchronous=asynchronous,
            detailed_observability=detailed_observability,
            encryption_key=encryption_key,
            verify_update=verify_update,
            provider=provider,
        )
        if endpoint_name is not None:
            check_name("endpoint_name", endpoint_name)
        super().__init__(scope, id)
        once(self, "stack", lambda: stack_of(scope))
        check_stack(self, model)
        self._hosting = hosting
        self._kind = (hosting or Hosting.instances()).kind
        self._type = _type_of(instance_type, model)
        self._update = update
        self._alarms = list(rollback_alarms)
        self._data_capture = data_capture
        self._async = asynchronous
        self._key = encryption_key
        self._startup = _timeout("startup_timeout", startup_timeout, _default_startup(model))
        self._download = _timeout("download_timeout", download_timeout, _DOWNLOAD)
        self._instance = VariantInstance(self._type, volume_size, ami_version)
        self._given_name = plain(endpoint_name)
        self._name = self._given_name or f"{_name_of(self)}{_ending(self._kind)}"
        self._variants: dict[str, EndpointVariant] = {}
        self._scalings: dict[str, EndpointScaling] = {}
        self._capacities: dict[str, tuple[int, int]] = {}
        first = self._variant(_VARIANT, model, weight=1, instance_count=instances_of(self._kind))
        check_against(ENDPOINT_RULES, self._view({_VARIANT: first}))
        rendered_tags = _tags(self, tags)

        self._roles: list[iam.IRole] = []
        self._variants[_VARIANT] = first
        self._config = self._define_config(model, detailed_observability, rendered_tags)
        self._endpoint = sagemaker.CfnEndpoint(
            self,
            "Resource",
            endpoint_config_name=self._config.attr_endpoint_config_name,
            endpoint_name=self._name,
            tags=rendered_tags,
        )
        self._component = self._define_component(model, rendered_tags)
        self._render_variants()
        self._render_update()
        if verify_update:
            self._verify(provider)
        node_of(self).add_validation(_LateChecks(self._late_problems))

    @property
    def endpoint_name(self) -> str:
        """The endpoint's name. A resource that uses it waits for the endpoint."""
        return self._endpoint.attr_endpoint_name

    @property
    def endpoint_arn(self) -> str:
        """The endpoint's ARN."""
        return self._endpoint.ref

    @property
    def endpoint_ref(self) -> references.EndpointReference:
        """A reference to the endpoint, which newer constructs of the CDK take."""
        # An older CDK has no such module.
        from aws_cdk.interfaces import aws_sagemaker as references

        return references.EndpointReference(endpoint_arn=self.endpoint_arn)

    @property
    def inference_component_name(self) -> str:
        """The name of the inference component, which every invocation has to give.

        Raises:
            ValueError: the endpoint has no component.
        """
        if self._component is None:
            raise ValueError(
                f"{path_of(self)} has no inference component, because it runs on instances of its own: give "
                "hosting=Hosting.components(min_memory=…), or invoke the endpoint without a component"
            )
        return self._component.name

    @property
    def instance_type(self) -> str:
        """Name of the instance type, such as ``ml.g5.2xlarge``."""
        return self._type

    @property
    def is_asynchronous(self) -> bool:
        """True if the endpoint is invoked with files and responds with files."""
        return self._async is not None

    @property
    def variants(self) -> Mapping[str, EndpointVariant]:
        """The variants by their names, the first of which is ``optimized``. None with a component."""
        return {} if self._component is not None else dict(self._variants)

    def add_variant(
        self, name: str, *, model: OptimizedModel, weight: float = 1, instance_count: int = 1
    ) -> EndpointVariant:
        """Serve another model beside the first one, on instances of its own.

        The first variant is called ``optimized`` and has the weight 1.

        Args:
            name: the variant's name, at most 63 characters.
            model: the model, in the same stack.
            weight: the share of the traffic, in relation to the weights of the other variants, at least 0.
                Default: 1.
            instance_count: the number of instances at first, at least 1. Default: 1.

        Returns:
            The variant.

        Raises:
            ValueError: a value is out of range, there is a variant of the name, or a combination is known
                not to work (see ``docs/rules.md``).
        """
        check_name("the name of a variant", name)
        check_kind(OptimizedModel, model, "model", "an OptimizedModel")
        check_stack(self, model)
        if name in self._variants:
            raise ValueError(
                f"{path_of(self)} must have one variant of a name, got a second one called {name!r}: give it "
                "another name"
            )
        variant = self._variant(
            plain(name),
            model,
            weight=share("weight", weight),
            instance_count=whole_number("instance_count", instance_count, minimum=1),
        )
        variants = {**self._variants, name: variant}
        check_against(ENDPOINT_RULES, self._view(variants))
        self._variants = variants
        self._grant(model)
        self._render_variants()
        return variant

    def add_rollback_alarm(self, alarm: cloudwatch.IAlarm) -> None:
        """Let an alarm roll an update back, such as one on a metric of this endpoint.

        Args:
            alarm: the alarm. It may watch a metric that the methods of this endpoint return, but it must not
                use the endpoint in another way, because the endpoint waits for it.

        Raises:
            ValueError: it is no alarm, or the eleventh.
        """
        check_construct("alarm", alarm, "alarm")
        check_against(ENDPOINT_RULES, self._view(self._variants, alarms=[*self._alarms, alarm]))
        self._alarms.append(alarm)
        self._render_update()

    def auto_scale(self, *, min_capacity: int, max_capacity: int) -> EndpointScaling:
        """Let the number of instances, or of copies of the component, follow the load.

        Deployments then keep the number of instances that scaling has chosen. The number of copies has no
        such switch: a deployment that changes the component begins with ``min_capacity`` copies, and at
        least with one. With ``min_capacity`` 0, the first request that finds nothing fails and starts a copy
        or an instance, which takes minutes.

        Args:
            min_capacity: the least number. 0 needs ``Hosting.components(…)`` or an asynchronous endpoint.
            max_capacity: the greatest number.

        Returns:
            The scaling. It needs a policy, which one of its ``scale_on_…`` methods adds.

        Raises:
            ValueError: a number is out of range, it scales already, or 0 is not possible.
        """
        if self._component is None:
            return self._scale_variant(_VARIANT, min_capacity, max_capacity)
        scaled = ScaledComponent(self._component.name, self._component.name_without_reference)
        return self._scale(_VARIANT, check_capacity(min_capacity, max_capacity), scaled)

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a principal invoke the endpoint, also for a response in parts.

        An asynchronous endpoint takes asynchronous requests only, so those are what the principal may send:
        https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference.html

        Args:
            grantee: the principal, such as a role or a function.
        """
        check_construct("grantee", grantee, "grantee")
        arns = [self.endpoint_arn, *([self._component.arn] if self._component else [])]
        actions = _INVOKE if self._async is None else _INVOKE_ASYNC
        return iam.Grant.add_to_principal(grantee=grantee, actions=actions, resource_arns=arns)

    def metric_backlog_size(self, **options: Unpack[MetricOptions]) -> cloudwatch.Metric:
        """Return the number of requests that wait in the queue of an asynchronous endpoint.

        Args:
            options: the period, the statistic and so on. Default: the maximum of 5 minutes.
        """
        dimensions = {"EndpointName": self._name}
        return metric_of(INVOCATIONS, "ApproximateBacklogSize", dimensions, "Maximum", options)

    @property
    def _metric_dimensions(self) -> Mapping[str, str]:
        # Without a reference, so that the endpoint may wait for an alarm on the metric.
        if self._component is not None:
            return {contract.INFERENCE_COMPONENT_NAME: self._component.name_without_reference}
        return {"EndpointName": self._name, "VariantName": _VARIANT}

    @property
    def _is_component(self) -> bool:
        return self._component is not None

    def _rule(
        self, id: str, detail_types: Sequence[str], statuses: Sequence[str], **options: Unpack[RuleOptions]
    ) -> events.Rule:
        return rule_of(self, self._name, id, detail_types, statuses, **options)

    def _variant(
        self, name: str, model: OptimizedModel, *, weight: float, instance_count: int
    ) -> EndpointVariant:
        return EndpointVariant(
            name,
            model=model,
            weight=weight,
            instance_count=instance_count,
            endpoint_name=self._name,
            scale=self._scale_variant,
        )

    def _define_config(
        self, model: OptimizedModel, detailed_observability: bool | None, tags: Sequence[cdk.CfnTag]
    ) -> sagemaker.CfnEndpointConfig:
        config = sagemaker.CfnEndpointConfig(self, "Config", production_variants=[], tags=list(tags))
        if self._key is not None:
            config.kms_key_id = key_behind(self._key).key_arn
        elif has_disk(self._type):
            acknowledge(config, _NO_KEY, *_KEY_RULES)
        if detailed_observability is not None:
            # The oldest CDK that the library supports has no property for it.
            config.add_property_override("MetricsConfig.EnableDetailedObservability", detailed_observability)
        if isinstance(self._kind, Components):
            config.execution_role_arn = model.role.role_arn
            config.enable_network_isolation = model.network_isolation
            network = model.vpc_config
            if network is not None:
                config.vpc_config = sagemaker.CfnEndpointConfig.VpcConfigProperty(
                    security_group_ids=network["SecurityGroupIds"], subnets=network["Subnets"]
                )
        self._config = config
        self._grant(model)
        return config

    def _grant(self, model: OptimizedModel) -> None:
        """Grant a model's role what the endpoint needs beside the model."""
        role = model.role
        if role in self._roles:
            return
        self._roles.append(role)
        needed = list(model.dependencies)
        if self._data_capture is not None or self._async is not None or self._key is not None:
            access = RoleAccess(self, role, strict=is_strict(role), managed=is_managed(role), what="model")
            if self._data_capture is not None:
                self._config.data_capture_config = self._data_capture.bind(access)
            if self._async is not None:
                self._config.async_inference_config = self._async.bind(access)
            if self._key is not None:
                access.use_key(self._key, _VOLUME_ACTIONS)
            access.warn_about_missing()
            needed += access.policies
        if needed:
            node_of(self._config).add_dependency(*needed)

    def _define_component(
        self, model: OptimizedModel, tags: Sequence[cdk.CfnTag]
    ) -> InferenceComponent | None:
        if not isinstance(self._kind, Components):
            return None
        # No component moves to another endpoint, so another name of the endpoint makes another component.
        digest = _digest_of(self._given_name)
        return InferenceComponent(
            self,
            f"Component{digest}",
            name=f"{_name_of(self)}-{digest}" if digest else _name_of(self),
            endpoint_name=self.endpoint_name,
            variant_name=_VARIANT,
            model=model,
            hosting=self._kind,
            accelerators=_accelerators(self._kind, self._type, model),
            startup=self._startup,
            download=self._download,
            tags=tags,
        )

    def _render_variants(self) -> None:
        """Render the variants as they are now, and whether a deployment retains their instances."""
        if self._instance.ami_version is not None:
            # The oldest CDK that the library supports has no property for it.
            for number in range(len(self._variants)):
                path = f"ProductionVariants.{number}.InferenceAmiVersion"
                self._config.add_property_override(path, self._instance.ami_version)
        if isinstance(self._kind, Components):
            self._config.production_variants = [self._variant_of_component(self._kind)]
            return
        self._config.production_variants = [
            variant.render(instance=self._instance, startup=self._startup, download=self._download)
            for variant in self._variants.values()
        ]
        if self._capacities:
            # CreateEndpoint has no such parameter, so it has no effect on a first deployment.
            self._endpoint.retain_all_variant_properties = True
            self._renew_config()
            self._endpoint.exclude_retained_variant_properties = [
                sagemaker.CfnEndpoint.VariantPropertyProperty(variant_property_type=name)
                for name in _NOT_RETAINED
            ]

    def _variant_of_component(
        self, hosting: Components
    ) -> sagemaker.CfnEndpointConfig.ProductionVariantProperty:
        least, most = instance_limits(hosting, self._capacities.get(_VARIANT))
        config = sagemaker.CfnEndpointConfig
        return config.ProductionVariantProperty(
            variant_name=_VARIANT,
            instance_type=self._instance.type_name,
            volume_size_in_gb=self._instance.volume_size,
            initial_instance_count=least if is_unresolved(least) else max(least, 1),
            managed_instance_scaling=config.ManagedInstanceScalingProperty(
                status="ENABLED", min_instance_count=least, max_instance_count=most
            ),
            routing_config=config.RoutingConfigProperty(routing_strategy="LEAST_OUTSTANDING_REQUESTS"),
        )

    def _render_update(self) -> None:
        """Render how the endpoint changes, and which alarms roll it back."""
        if self._update is None and not self._alarms:
            return
        if self._component is not None:
            update = self._update or one_copy_at_a_time()
            self._component.update_with(update, self._alarms, self._capacities.get(_VARIANT))
        else:
            update = self._update or EndpointUpdate.all_at_once()
            self._endpoint.deployment_config = update.render(self._alarms)
            self._renew_config()

    def _renew_config(self) -> None:
        """Let another config take the place of this one whenever the endpoint changes in another way.

        AWS does not document whether an endpoint may be updated to the config that it has. With another
        logical id CloudFormation makes a new config, so a change of the update or the first scaling always
        comes with one.
        """
        update = "" if self._update is None else self._update.fingerprint
        settings = [update, *map(identity_of, self._alarms), "scales" if self._capacities else ""]
        default = stack_of(self).get_logical_id(self._config)
        self._config.override_logical_id(f"{default[:_LONGEST_ID]}{_digest_of(repr(settings))}")

    def _scale_variant(self, name: str, min_capacity: int, max_capacity: int) -> EndpointScaling:
        scaled = ScaledVariant(self.endpoint_name, name, self._async is not None)
        return self._scale(name, check_capacity(min_capacity, max_capacity), scaled)

    def _scale(
        self, name: str, capacity: tuple[int, int], scaled: ScaledVariant | ScaledComponent
    ) -> EndpointScaling:
        if name in self._capacities:
            what = path_of(self) if name == _VARIANT else f"the variant {name!r} of {path_of(self)}"
            raise ValueError(
                f"{what} must scale once, got a second auto_scale(…): keep what the first one returns, and "
                "add policies to that"
            )
        capacities = {**self._capacities, name: capacity}
        check_against(ENDPOINT_RULES, self._view(self._variants, capacities=capacities))
        self._capacities = capacities
        self._render_variants()
        if self._component is not None:
            self._component.scale(capacity[0])
            self._render_update()
        # A name that is known only at deployment is no part of an id.
        own = f"Variant{list(self._variants).index(name)}" if is_unresolved(name) else name
        scope = Construct(self, "Scaling" if name == _VARIANT else f"{own}Scaling")
        scaling = EndpointScaling(scope, scaled, capacity)
        self._scalings[name] = scaling
        return scaling

    def _fewest(
        self, variants: Mapping[str, EndpointVariant], capacities: Mapping[str, tuple[int, int]]
    ) -> Mapping[str, int]:
        """Return the least number of instances or copies that an update finds, by the variant's name."""
        if isinstance(self._kind, Components):
            return {_VARIANT: copy_limits(self._kind, capacities.get(_VARIANT))[0]}
        return {
            name: capacities[name][0] if name in capacities else variant.instance_count
            for name, variant in variants.items()
        }

    def _late_problems(self) -> list[str]:
        view = self._view(self._variants)
        return [*check_late_against(ENDPOINT_RULES, view), *problems_with_alarms(self, self._alarms)]

    def _verify(self, provider: OptimizationJobProvider | None) -> None:
        chosen = OptimizationJobProvider.for_stack(self) if provider is None else provider
        scope = Construct(self, "Verification")
        component = self._component
        verification = EndpointVerification(
            scope,
            "Resource",
            service_token=chosen.service_token,
            endpoint_name=self.endpoint_name,
            endpoint_config_name=self._config.attr_endpoint_config_name,
            components=[] if component is None else [component],
        )
        needed = chosen.verify(
            scope,
            endpoint_arn=self.endpoint_arn,
            component_arns=[] if component is None else [component.arn],
        )
        node_of(verification).add_dependency(*needed)

    def _view(
        self,
        variants: Mapping[str, EndpointVariant],
        *,
        capacities: Mapping[str, tuple[int, int]] | None = None,
        alarms: Sequence[cloudwatch.IAlarm] | None = None,
    ) -> EndpointView:
        """Return what rules read, as it is or as it would be."""
        kind = self._kind if isinstance(self._kind, Components) else None
        return EndpointView(
            scope=self,
            models=tuple(variant.model.view for variant in variants.values()),
            type_name=self._type,
            region_name=region_of(self),
            has_hosting=self._hosting is not None,
            has_component=kind is not None,
            accelerators=None if kind is None else kind.accelerators,
            copies=None if kind is None else kind.copies,
            update=None if self._update is None else self._update.strategy,
            watches=self._update is None or self._update.watches,
            alarms=len(self._alarms if alarms is None else alarms),
            is_asynchronous=self._async is not None,
            captures=self._data_capture is not None,
            has_key=self._key is not None,
            fewest=self._fewest(variants, self._capacities if capacities is None else capacities),
            has_volume_size=self._instance.volume_size is not None,
            ami_name=self._instance.ami_version,
            capacities=tuple(
                (name, *capacity)
                for name, capacity in (self._capacities if capacities is None else capacities).items()
            ),
            idle_scalings=tuple(name for name, scaling in self._scalings.items() if not scaling.has_policy),
            policies_without_metric=tuple(
                id for scaling in self._scalings.values() for id in scaling.policies_without_metric
            ),
        )


@jsii.implements(IValidation)
class _LateChecks:
    """The checks of an endpoint that need the whole app."""

    def __init__(self, problems: Callable[[], list[str]]) -> None:
        self._problems = problems

    def validate(self) -> list[str]:
        """Check the endpoint as it is at synthesis."""
        return self._problems()


def _type_of(instance_type: DeploymentInstanceType | None, model: OptimizedModel) -> str:
    """Return the name of the type of the instances.

    Raises:
        ValueError: it is not known.
    """
    if instance_type is not None:
        return instance_type.value
    if model.instance_type is None:
        raise ValueError(
            f"the instance type that {path_of(model)} was optimized for is not known, because its job is "
            "imported: give instance_type, such as DeploymentInstanceType.ML_G5_2XLARGE"
        )
    return model.instance_type


def _accelerators(hosting: Components, type_name: str, model: OptimizedModel) -> int:
    """Return the accelerators of each copy. Default: as many as share the model."""
    if hosting.accelerators is not None:
        return hosting.accelerators
    degree = tensor_parallel_degree(model.view)
    return 1 if degree is None else devices_for(degree, type_name)


def _default_startup(model: OptimizedModel) -> int:
    return _STARTUP_OF_COMPILED if Technique.COMPILATION in model.techniques else _STARTUP


def _timeout(prop: str, duration: cdk.Duration | None, minutes: int) -> float:
    given = cdk.Duration.minutes(minutes) if duration is None else duration
    return seconds(prop, given, minimum=SHORTEST_TIMEOUT, maximum=LONGEST_TIMEOUT)


def _name_of(endpoint: Construct) -> str:
    """Return a name that no other endpoint has, and that stays the same as long as the stack exists.

    CloudFormation replaces an endpoint only if its name changes. The name has no capitals, so that it is the
    same in ARNs, and no reference to the endpoint, so that the endpoint may wait for an alarm on its metrics.
    """
    unique = cdk.Fn.select(2, cdk.Fn.split("/", stack_of(endpoint).stack_id))
    return f"{unique_prefix(endpoint)}-{cdk.Fn.select(0, cdk.Fn.split('-', unique))}"


def _ending(hosting: Instances | Components) -> str:
    """Return what the name of an endpoint ends in, so that the other kind of hosting is another endpoint.

    AWS does not document whether an endpoint may be updated between instances and inference components.
    """
    return _OF_COMPONENTS if isinstance(hosting, Components) else ""


def _digest_of(name: str | None) -> str:
    if name is None or is_unresolved(name) or is_placeholder(name):
        return ""
    return hashlib.sha256(name.encode()).hexdigest()[:_DIGEST]


def _tags(endpoint: Construct, tags: Mapping[str, str] | None) -> list[cdk.CfnTag]:
    """Return tags as the CDK takes them.

    Raises:
        ValueError: the API does not allow one, or it holds a secret.
    """
    if tags is None:
        return []
    check_strings(tags, "tags")
    given: dict[str, str] = plain(tags)
    problems = tag_problems(endpoint, given, own=0, what="endpoint")
    if problems:
        raise ValueError("; ".join(problems))
    return [cdk.CfnTag(key=key, value=value) for key, value in given.items()]
