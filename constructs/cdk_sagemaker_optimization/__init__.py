"""Amazon SageMaker inference-optimization jobs as resources of an AWS CDK stack."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

# First, because it makes the function's package importable, and other modules import from that.
from . import function_source as function_source

# isort: split
from .access.optimization_role import OptimizationRole
from .bucket.optimization_bucket import OptimizationBucket
from .job.grants import OptimizationJobGrants
from .job.interface import IOptimizationJob
from .job.optimization_job import OptimizationJob
from .props.completion import Completion
from .props.cost_guard import CostGuard
from .props.deployment_instance_type import DeploymentInstanceType
from .props.model_source import ModelSource
from .props.optimization_config import (
    OptimizationConfig,
    QuantizationTechnique,
    SpeculativeDecodingTechnique,
)
from .props.optimization_output import OptimizationOutput
from .props.technique import Technique
from .props.training_data import TrainingData, TrainingDataType
from .provider.optimization_job_provider import OptimizationJobProvider

if TYPE_CHECKING:
    from .operations.optimization_monitoring import OptimizationMonitoring
    from .operations.registered_model import RegisteredModel
    from .operations.run_optimization_job import RunOptimizationJob
    from .props.inference_ami_version import InferenceAmiVersion
    from .serving.async_inference import AsyncInference
    from .serving.data_capture import DataCapture
    from .serving.endpoint_scaling import EndpointScaling
    from .serving.endpoint_update import EndpointUpdate
    from .serving.endpoint_variant import EndpointVariant
    from .serving.hosting import Hosting
    from .serving.optimized_endpoint import OptimizedEndpoint
    from .serving.optimized_model import OptimizedModel
    from .serving.serving_role import ServingRole
    from .serving.speculation import Speculation

__all__ = [
    "AsyncInference",
    "Completion",
    "CostGuard",
    "DataCapture",
    "DeploymentInstanceType",
    "EndpointScaling",
    "EndpointUpdate",
    "EndpointVariant",
    "Hosting",
    "IOptimizationJob",
    "InferenceAmiVersion",
    "ModelSource",
    "OptimizationBucket",
    "OptimizationConfig",
    "OptimizationJob",
    "OptimizationJobGrants",
    "OptimizationJobProvider",
    "OptimizationMonitoring",
    "OptimizationOutput",
    "OptimizationRole",
    "OptimizedEndpoint",
    "OptimizedModel",
    "QuantizationTechnique",
    "RegisteredModel",
    "RunOptimizationJob",
    "ServingRole",
    "Speculation",
    "SpeculativeDecodingTechnique",
    "Technique",
    "TrainingData",
    "TrainingDataType",
]

# The modules of what comes after a job, or beside it. They need modules of the CDK that a job does without,
# so each is imported when it is first used.
_LATER = {
    "AsyncInference": "serving.async_inference",
    "DataCapture": "serving.data_capture",
    "EndpointScaling": "serving.endpoint_scaling",
    "EndpointUpdate": "serving.endpoint_update",
    "EndpointVariant": "serving.endpoint_variant",
    "Hosting": "serving.hosting",
    "InferenceAmiVersion": "props.inference_ami_version",
    "OptimizationMonitoring": "operations.optimization_monitoring",
    "OptimizedEndpoint": "serving.optimized_endpoint",
    "OptimizedModel": "serving.optimized_model",
    "RegisteredModel": "operations.registered_model",
    "RunOptimizationJob": "operations.run_optimization_job",
    "ServingRole": "serving.serving_role",
    "Speculation": "serving.speculation",
}


# A type checker that saw this function would accept every name.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Return a name that is imported when it is first used."""
        if name not in _LATER:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found: object = getattr(import_module(f".{_LATER[name]}", __name__), name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    """Return every name, those that are not imported yet among them."""
    return sorted({*globals(), *__all__})
