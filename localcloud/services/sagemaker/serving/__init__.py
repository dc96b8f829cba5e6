"""Serving of models: the models themselves, endpoint configurations, endpoints and inference components."""

from __future__ import annotations

from localcloud.services.sagemaker.serving.component import Component
from localcloud.services.sagemaker.serving.endpoint import Endpoint
from localcloud.services.sagemaker.serving.endpoints import Endpoints
from localcloud.services.sagemaker.serving.ports import Ports

__all__ = ["Component", "Endpoint", "Endpoints", "Ports"]
