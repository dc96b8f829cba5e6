"""The capture of what an endpoint is asked and what it responds."""

from __future__ import annotations

from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker

from cdk_sagemaker_optimization.access.encryption_keys import key_behind
from cdk_sagemaker_optimization.access.role_access import RoleAccess
from cdk_sagemaker_optimization.access.s3_location import S3Location
from cdk_sagemaker_optimization.checks.kinds import check_construct, check_flag
from cdk_sagemaker_optimization.checks.numbers import whole_number
from cdk_sagemaker_optimization.checks.types import AnyKey

#: S3 needs kms:Decrypt to put an upload together from its parts.
KEYS_TO_WRITE = ["kms:Decrypt", "kms:GenerateDataKey"]

_WHY = "SageMaker names each file of captured data itself, by the endpoint, the variant and the time."


class DataCapture:
    """A location in S3 where an endpoint keeps requests, responses or both."""

    def __init__(
        self,
        location: S3Location,
        *,
        percent: int,
        encryption_key: kms.IKey | None,
        requests: bool,
        responses: bool,
    ) -> None:
        check_flag(requests, "requests")
        check_flag(responses, "responses")
        if not requests and not responses:
            raise ValueError(
                "requests and responses must not both be False, because nothing would be captured: leave "
                "one of them out, or leave data_capture out"
            )
        if encryption_key is not None:
            check_construct("key", encryption_key, "encryption_key")
        self._location = location
        self._percent = whole_number("percent", percent, minimum=0, maximum=100)
        self._encryption_key = encryption_key
        self._requests = requests
        self._responses = responses

    @staticmethod
    def to_bucket(
        bucket: s3.IBucket,
        prefix: str = "",
        *,
        percent: int = 100,
        encryption_key: AnyKey | None = None,
        requests: bool = True,
        responses: bool = True,
    ) -> DataCapture:
        """Return a prefix in a bucket.

        JSON is kept as it is; SageMaker encodes everything else as base64. A job for speculative decoding
        learns from captured data only if no key encrypts it.

        Args:
            bucket: the bucket. The model's role may write to the prefix.
            prefix: the prefix of the captured data, such as ``captured/``. Default: the bucket itself.
            percent: the percentage of the requests that are captured, from 0 to 100. Default: all.
            encryption_key: the key that SageMaker encrypts the data with. Default: the bucket's own default
                encryption.
            requests: whether requests are captured. Default: yes.
            responses: whether responses are captured. Default: yes.

        Raises:
            ValueError: a value is out of range or of the wrong kind, or nothing is captured.
        """
        return DataCapture(
            S3Location.of_bucket(bucket, prefix),
            percent=percent,
            encryption_key=encryption_key,
            requests=requests,
            responses=responses,
        )

    def bind(self, access: RoleAccess) -> sagemaker.CfnEndpointConfig.DataCaptureConfigProperty:
        """Grant the model's role what it needs, and return the config's ``DataCaptureConfig``.

        Args:
            access: the access of the model's role.
        """
        access.put(self._location, wildcard=_WHY)
        # Without a key of its own, S3 uses the one of the bucket.
        key = self._encryption_key or self._location.encryption_key
        if key is not None:
            access.use_key(key, KEYS_TO_WRITE)
        modes = [("Input", self._requests), ("Output", self._responses)]
        config = sagemaker.CfnEndpointConfig
        return config.DataCaptureConfigProperty(
            enable_capture=True,
            initial_sampling_percentage=self._percent,
            destination_s3_uri=self._location.uri,
            kms_key_id=key_behind(self._encryption_key).key_arn if self._encryption_key else None,
            capture_options=[
                config.CaptureOptionProperty(capture_mode=mode) for mode, wanted in modes if wanted
            ],
            capture_content_type_header=config.CaptureContentTypeHeaderProperty(
                json_content_types=["application/json", "application/jsonlines"]
            ),
        )
