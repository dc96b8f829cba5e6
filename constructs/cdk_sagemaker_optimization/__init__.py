"""Amazon SageMaker inference-optimization jobs as resources of an AWS CDK stack.

``import cdk_sagemaker_optimization as optimization``

A name's module is imported when the name is first used, because the modules of aws-cdk-lib behind them take
most of a second.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .completion import Completion as Completion
    from .deployment_instance_type import DeploymentInstanceType as DeploymentInstanceType
    from .model_source import ModelSource as ModelSource
    from .optimization_bucket import OptimizationBucket as OptimizationBucket
    from .optimization_config import OptimizationConfig as OptimizationConfig
    from .optimization_job import OptimizationJob as OptimizationJob
    from .optimization_job_grants import OptimizationJobGrants as OptimizationJobGrants
    from .optimization_job_interface import IOptimizationJob as IOptimizationJob
    from .optimization_output import OptimizationOutput as OptimizationOutput
    from .optimization_role import OptimizationRole as OptimizationRole
    from .provider import OptimizationJobProvider as OptimizationJobProvider
    from .quantization_technique import QuantizationTechnique as QuantizationTechnique
    from .speculative_decoding_technique import SpeculativeDecodingTechnique as SpeculativeDecodingTechnique
    from .training_data import TrainingData as TrainingData
    from .training_data_type import TrainingDataType as TrainingDataType
else:
    # Type checkers do not see this: to them, a package with a __getattr__ has every name, misspelt ones too.
    from .function_source import function_source, make_importable
    from .lazy_names import lazy_names

    make_importable(__name__, function_source())
    __all__, __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "Completion": "completion",
            "DeploymentInstanceType": "deployment_instance_type",
            "IOptimizationJob": "optimization_job_interface",
            "ModelSource": "model_source",
            "OptimizationBucket": "optimization_bucket",
            "OptimizationConfig": "optimization_config",
            "OptimizationJob": "optimization_job",
            "OptimizationJobGrants": "optimization_job_grants",
            "OptimizationJobProvider": "provider",
            "OptimizationOutput": "optimization_output",
            "OptimizationRole": "optimization_role",
            "QuantizationTechnique": "quantization_technique",
            "SpeculativeDecodingTechnique": "speculative_decoding_technique",
            "TrainingData": "training_data",
            "TrainingDataType": "training_data_type",
        },
    )
