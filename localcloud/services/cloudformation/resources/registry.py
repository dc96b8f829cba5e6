"""The provider of each resource type."""

from __future__ import annotations

from collections.abc import Callable, Collection

from localcloud.services.cloudformation.custom_resources.mailbox import CustomResources
from localcloud.services.cloudformation.engine import STACK_TYPE, Engine
from localcloud.services.cloudformation.provider import Provider
from localcloud.services.cloudformation.resources import (
    buckets,
    functions,
    identity,
    internal,
    keys,
    messaging,
    model_packages,
    operations,
    scaling,
    serving,
    state_machines,
)
from localcloud.services.cloudformation.resources.custom import CustomResourceProvider
from localcloud.services.cloudformation.resources.moto_models import MotoProvider, moto_model
from localcloud.services.cloudformation.resources.nested_stacks import NestedStackProvider
from localcloud.services.cloudformation.template import is_custom

_OWN: dict[str, Callable[[], Provider]] = {
    "AWS::ApplicationAutoScaling::ScalableTarget": scaling.ScalableTargetProvider,
    "AWS::ApplicationAutoScaling::ScalingPolicy": scaling.ScalingPolicyProvider,
    "AWS::CDK::Metadata": internal.RecordOnlyProvider,
    "AWS::CloudFormation::WaitConditionHandle": internal.RecordOnlyProvider,
    "AWS::CloudWatch::Alarm": operations.AlarmProvider,
    "AWS::Events::Rule": messaging.RuleProvider,
    "AWS::IAM::ManagedPolicy": identity.ManagedPolicyProvider,
    "AWS::IAM::Policy": identity.InlinePolicyProvider,
    "AWS::IAM::Role": identity.RoleProvider,
    "AWS::KMS::Key": keys.KeyProvider,
    "AWS::Lambda::EventInvokeConfig": functions.EventInvokeConfigProvider,
    "AWS::Lambda::Function": functions.FunctionProvider,
    "AWS::Lambda::Permission": functions.PermissionProvider,
    "AWS::Logs::LogGroup": operations.LogGroupProvider,
    "AWS::S3::Bucket": buckets.BucketProvider,
    "AWS::S3::BucketPolicy": buckets.BucketPolicyProvider,
    "AWS::SNS::Subscription": messaging.SubscriptionProvider,
    "AWS::SNS::Topic": messaging.TopicProvider,
    "AWS::SNS::TopicPolicy": messaging.TopicPolicyProvider,
    "AWS::SQS::Queue": messaging.QueueProvider,
    "AWS::SQS::QueuePolicy": messaging.QueuePolicyProvider,
    "AWS::SSM::Parameter": operations.ParameterProvider,
    "AWS::SageMaker::Endpoint": serving.EndpointProvider,
    "AWS::SageMaker::EndpointConfig": serving.EndpointConfigProvider,
    "AWS::SageMaker::InferenceComponent": serving.InferenceComponentProvider,
    "AWS::SageMaker::Model": serving.ModelProvider,
    "AWS::SageMaker::ModelPackageGroup": model_packages.ModelPackageGroupProvider,
    "AWS::StepFunctions::StateMachine": state_machines.StateMachineProvider,
}


class Providers:
    """The providers of all resource types."""

    def __init__(self, engine: Engine, mailbox: CustomResources) -> None:
        self._known: dict[str, Provider] = {name: make() for name, make in _OWN.items()}
        self._known[STACK_TYPE] = NestedStackProvider(engine)
        self._custom = CustomResourceProvider(mailbox)
        self._unknown = internal.UnknownProvider()

    def of(self, type_name: str) -> Provider:
        """Return the provider of a type; for an unknown type, one that fails and says so."""
        if is_custom(type_name):
            return self._custom
        if type_name not in self._known:
            model = moto_model(type_name)
            if model is None:
                return self._unknown
            self._known[type_name] = MotoProvider(model)
        return self._known[type_name]

    def attributes_of(self, type_name: str) -> Collection[str] | None:
        """Return the attributes of a type that Fn::GetAtt reads; None if they are not known in advance."""
        return self.of(type_name).attributes
