"""The events that SageMaker sends about endpoints.

https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_STATUS_CHANGE = "SageMaker Endpoint State Change"
_DEPLOYMENT_CHANGE = "SageMaker Endpoint Deployment State Change"


@dataclass(frozen=True)
class News:
    """A change of an endpoint.

    Attributes:
        time: When it happened, in clock seconds.
        status: The endpoint's status from then on, as the API writes it.
        config: The name of the configuration that serves, and `next_config` that of the one which is to
            serve.
        variants: The members of each variant in the event.
        baking: The sentence about the new variants if a part of the traffic has moved; None for a change of
            the status.
    """

    time: float
    endpoint: str
    arn: str
    created: float
    status: str
    config: str
    variants: Sequence[dict[str, Any]]
    next_config: str | None = None
    baking: str | None = None

    @property
    def detail_type(self) -> str:
        return _STATUS_CHANGE if self.baking is None else _DEPLOYMENT_CHANGE

    def detail(self, in_service: str) -> dict[str, Any]:
        """The detail of the event.

        Args:
            in_service: How events write the status of an endpoint in service.
        """
        status = self.status if in_service == "InService" else _with_underscores(self.status)
        detail = {
            "EndpointName": self.endpoint,
            "EndpointArn": self.arn,
            "EndpointConfigName": self.config,
            "ProductionVariants": list(self.variants),
            "EndpointStatus": status,
            "CreationTime": int(self.created * 1000),
            "LastModifiedTime": int(self.time * 1000),
            "Tags": {},
        }
        if self.baking is not None:
            baking = {"Status": "Baking", "StatusMessage": self.baking, "StartTime": int(self.time * 1000)}
            detail["PendingDeploymentSummary"] = {
                "EndpointConfigName": self.next_config,
                "StartTime": int(self.time * 1000),
                "ProductionVariants": [{**each, "VariantStatus": [baking]} for each in self.variants],
            }
        return detail


def _with_underscores(status: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", status).upper()
