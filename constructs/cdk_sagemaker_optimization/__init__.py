"""Amazon SageMaker inference-optimization jobs as resources of an AWS CDK stack.

``import cdk_sagemaker_optimization as optimization``
"""

from .completion import Completion
from .deployment_instance_type import DeploymentInstanceType
from .model_source import ModelSource
from .optimization_bucket import OptimizationBucket
from .optimization_config import OptimizationConfig
from .optimization_job import OptimizationJob
from .optimization_job_grants import OptimizationJobGrants
from .optimization_job_interface import IOptimizationJob
from .optimization_output import OptimizationOutput
from .optimization_role import OptimizationRole
from .provider import OptimizationJobProvider
from .quantization_technique import QuantizationTechnique
from .speculative_decoding_technique import SpeculativeDecodingTechnique
from .training_data import TrainingData
from .training_data_type import TrainingDataType

__all__ = [
    "Completion",
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
