"""Amazon SageMaker inference-optimization jobs as resources of an AWS CDK stack."""

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
from .props.training_data import TrainingData, TrainingDataType
from .provider.optimization_job_provider import OptimizationJobProvider

__all__ = [
    "Completion",
    "CostGuard",
    "DeploymentInstanceType",
    "IOptimizationJob",
    "ModelSource",
    "OptimizationBucket",
    "OptimizationConfig",
    "OptimizationJob",
    "OptimizationJobGrants",
    "OptimizationJobProvider",
    "OptimizationOutput",
    "OptimizationRole",
    "QuantizationTechnique",
    "SpeculativeDecodingTechnique",
    "TrainingData",
    "TrainingDataType",
]
