"""Amazon SageMaker inference-optimization jobs as resources of an AWS CDK stack.

``import cdk_sagemaker_optimization as optimization``

A name's module is imported when the name is first used, because the modules of aws-cdk-lib behind them take
most of a second.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .access.optimization_role import OptimizationRole as OptimizationRole
    from .bucket.optimization_bucket import OptimizationBucket as OptimizationBucket
    from .job.grants import OptimizationJobGrants as OptimizationJobGrants
    from .job.interface import IOptimizationJob as IOptimizationJob
    from .job.optimization_job import OptimizationJob as OptimizationJob
    from .props.completion import Completion as Completion
    from .props.deployment_instance_type import DeploymentInstanceType as DeploymentInstanceType
    from .props.model_source import ModelSource as ModelSource
    from .props.optimization_config import OptimizationConfig as OptimizationConfig
    from .props.optimization_config import QuantizationTechnique as QuantizationTechnique
    from .props.optimization_config import (
        SpeculativeDecodingTechnique as SpeculativeDecodingTechnique,
    )
    from .props.optimization_output import OptimizationOutput as OptimizationOutput
    from .props.training_data import TrainingData as TrainingData
    from .props.training_data import TrainingDataType as TrainingDataType
    from .provider import OptimizationJobProvider as OptimizationJobProvider
else:
    # Type checkers do not see this: to them, a package with a __getattr__ has every name, misspelt ones too.
    from .function_source import function_source, make_importable
    from .lazy_names import lazy_names

    make_importable(__name__, function_source())
    __all__, __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "Completion": "props.completion",
            "DeploymentInstanceType": "props.deployment_instance_type",
            "IOptimizationJob": "job.interface",
            "ModelSource": "props.model_source",
            "OptimizationBucket": "bucket.optimization_bucket",
            "OptimizationConfig": "props.optimization_config",
            "OptimizationJob": "job.optimization_job",
            "OptimizationJobGrants": "job.grants",
            "OptimizationJobProvider": "provider",
            "OptimizationOutput": "props.optimization_output",
            "OptimizationRole": "access.optimization_role",
            "QuantizationTechnique": "props.optimization_config",
            "SpeculativeDecodingTechnique": "props.optimization_config",
            "TrainingData": "props.training_data",
            "TrainingDataType": "props.training_data",
        },
    )
