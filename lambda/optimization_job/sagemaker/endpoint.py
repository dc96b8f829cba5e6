"""The kinds of what serves a model. CloudFormation makes both; here they are only looked at.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpoint.html
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeInferenceComponent.html
"""

from __future__ import annotations

from ..contract import ENDPOINT_VERIFICATION_TYPE
from .kind import JobKind

ENDPOINT = JobKind(
    completion_type=ENDPOINT_VERIFICATION_TYPE,
    noun="endpoint",
    api_name="Endpoint",
    arn_name="endpoint",
    running=("Creating", "Updating", "SystemUpdating", "RollingBack"),
    completed="InService",
    failed=("OutOfService", "Failed", "UpdateRollbackFailed"),
)

INFERENCE_COMPONENT = JobKind(
    noun="inference component",
    api_name="InferenceComponent",
    arn_name="inference-component",
    running=("Creating", "Updating"),
    completed="InService",
    failed=("Failed",),
)
