"""Asynchronous inference: requests wait in a queue, and responses are files in S3."""

from __future__ import annotations

from typing import TypeAlias

from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_sns as sns

from cdk_sagemaker_optimization.access.encryption_keys import key_behind
from cdk_sagemaker_optimization.access.role_access import RoleAccess
from cdk_sagemaker_optimization.access.s3_location import S3Location
from cdk_sagemaker_optimization.checks.kinds import check_construct, check_flag
from cdk_sagemaker_optimization.checks.numbers import whole_number
from cdk_sagemaker_optimization.checks.types import AnyKey
from cdk_sagemaker_optimization.checks.validation import is_unresolved
from cdk_sagemaker_optimization.facts import stack_of

from .data_capture import KEYS_TO_WRITE

#: A topic, or an imported topic. To a type checker, a topic does not implement the CDK's interface.
AnyTopic: TypeAlias = sns.ITopic | sns.Topic

#: The most concurrent requests of an instance.
MOST_CONCURRENT = 1_000

_WHY = "SageMaker names the file of each response itself."


class AsyncInference:
    """Makes an endpoint asynchronous: it is invoked with files in S3, and responds with files in S3.

    A request may take an hour and a gigabyte, and the instances may scale to zero. The model's role needs to
    read the requests: ``bucket.grant_read(model)``.
    """

    def __init__(
        self,
        location: S3Location,
        *,
        failures: S3Location | None,
        encryption_key: kms.IKey | None,
        success_topic: sns.ITopic | None,
        error_topic: sns.ITopic | None,
        response_in_notification: bool,
        max_concurrent_invocations: int | None,
    ) -> None:
        if encryption_key is not None:
            check_construct("key", encryption_key, "encryption_key")
        for prop, topic in (("success_topic", success_topic), ("error_topic", error_topic)):
            if topic is not None:
                check_construct("topic", topic, prop)
        check_flag(response_in_notification, "response_in_notification")
        if response_in_notification and success_topic is None and error_topic is None:
            raise ValueError(
                "response_in_notification needs a topic, got none: give success_topic or error_topic, or "
                "leave response_in_notification out"
            )
        self._location = location
        self._failures = failures
        self._encryption_key = encryption_key
        self._success_topic = success_topic
        self._error_topic = error_topic
        self._response_in_notification = response_in_notification
        self._max_concurrent = (
            None
            if max_concurrent_invocations is None
            else whole_number(
                "max_concurrent_invocations", max_concurrent_invocations, minimum=1, maximum=MOST_CONCURRENT
            )
        )

    @staticmethod
    def to_bucket(
        bucket: s3.IBucket,
        prefix: str = "",
        *,
        failure_prefix: str | None = None,
        encryption_key: AnyKey | None = None,
        success_topic: AnyTopic | None = None,
        error_topic: AnyTopic | None = None,
        response_in_notification: bool = False,
        max_concurrent_invocations: int | None = None,
    ) -> AsyncInference:
        """Return a prefix in a bucket, for the responses.

        Args:
            bucket: the bucket. The model's role may write to the prefixes.
            prefix: the prefix of the responses, such as ``responses/``. Default: the bucket itself.
            failure_prefix: the prefix of the errors. Default: SageMaker keeps none.
            encryption_key: the key that SageMaker encrypts the responses with. Default: the bucket's own
                default encryption.
            success_topic: the topic that gets a message for each response. The model's role may publish
                there. Default: none.
            error_topic: the topic that gets a message for each error. The model's role may publish there.
                Default: none.
            response_in_notification: whether the messages hold the response itself. Default: no; they hold
                its location.
            max_concurrent_invocations: the most requests that an instance works on at once, from 1 to 1,000.
                Default: SageMaker decides.

        Raises:
            ValueError: a value is out of range or of the wrong kind.
        """
        return AsyncInference(
            S3Location.of_bucket(bucket, prefix),
            failures=None if failure_prefix is None else S3Location.of_bucket(bucket, failure_prefix),
            encryption_key=encryption_key,
            success_topic=success_topic,
            error_topic=error_topic,
            response_in_notification=response_in_notification,
            max_concurrent_invocations=max_concurrent_invocations,
        )

    def bind(self, access: RoleAccess) -> sagemaker.CfnEndpointConfig.AsyncInferenceConfigProperty:
        """Grant the model's role what it needs, and return the config's ``AsyncInferenceConfig``.

        Args:
            access: the access of the model's role.
        """
        for location in (self._location, self._failures):
            if location is not None:
                access.put(location, wildcard=_WHY)
        key = self._encryption_key or self._location.encryption_key
        if key is not None:
            access.use_key(key, KEYS_TO_WRITE)
        for topic in (self._success_topic, self._error_topic):
            if topic is not None:
                _allow_to_publish(access, topic)
        config = sagemaker.CfnEndpointConfig
        return config.AsyncInferenceConfigProperty(
            output_config=config.AsyncInferenceOutputConfigProperty(
                s3_output_path=self._location.uri,
                s3_failure_path=None if self._failures is None else self._failures.uri,
                kms_key_id=key_behind(self._encryption_key).key_arn if self._encryption_key else None,
                notification_config=self._notifications(),
            ),
            client_config=None
            if self._max_concurrent is None
            else config.AsyncInferenceClientConfigProperty(
                max_concurrent_invocations_per_instance=self._max_concurrent
            ),
        )

    def _notifications(
        self,
    ) -> sagemaker.CfnEndpointConfig.AsyncInferenceNotificationConfigProperty | None:
        success, error = self._success_topic, self._error_topic
        if success is None and error is None:
            return None
        topics = [("SUCCESS_NOTIFICATION_TOPIC", success), ("ERROR_NOTIFICATION_TOPIC", error)]
        return sagemaker.CfnEndpointConfig.AsyncInferenceNotificationConfigProperty(
            success_topic=None if success is None else success.topic_arn,
            error_topic=None if error is None else error.topic_arn,
            include_inference_response_in=[name for name, topic in topics if topic is not None]
            if self._response_in_notification
            else None,
        )


def _allow_to_publish(access: RoleAccess, topic: sns.ITopic) -> None:
    """Let the model's role publish to a topic, and use the key that encrypts its messages."""
    access.allow(["sns:Publish"], [topic.topic_arn])
    resource = topic.node.default_child
    key = resource.kms_master_key_id if isinstance(resource, sns.CfnTopic) else None
    # Everybody who may publish may use the key of AWS, which has an alias alone.
    if key is not None and not key.startswith("alias/"):
        access.allow(KEYS_TO_WRITE, [_key_arn(access, key)])


def _key_arn(access: RoleAccess, key: str) -> str:
    """Return the ARN of a key that may be given by its id."""
    if is_unresolved(key) or key.startswith("arn:"):
        return key
    return stack_of(access.scope).format_arn(service="kms", resource="key", resource_name=key)
