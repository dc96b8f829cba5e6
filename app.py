"""The example app: one optimized model.

Without context it quantizes Llama 3 8B with AWQ for an ml.g5.12xlarge. Context values choose something else:

    cdk deploy -c model_uri=s3://my-models/llama-3-8b/ -c instance_type=ml.g6.12xlarge -c technique=fp8

| Context             | What it chooses                                                                    |
|---------------------|------------------------------------------------------------------------------------|
| ``model_uri``       | the model, as an S3 URI                                                            |
| ``bucket``          | an existing bucket for the result, by its name; default: a new one of the stack    |
| ``output_prefix``   | the result's prefix in the bucket                                                  |
| ``instance_type``   | the instance type that will serve the model                                        |
| ``technique``       | ``awq``, ``fp8``, ``smoothquant``, ``compilation``, ``sharding`` or ``eagle``      |
| ``tensor_parallel_degree`` | how many accelerators share the model, for ``compilation`` and ``sharding`` |
| ``training_data_uri`` | the training data for EAGLE, as an S3 URI                                        |
| ``image``           | the container image; default: for ``awq`` the one below, otherwise SageMaker's own |
| ``accept_eula``     | ``false`` if you do not accept the model's license agreement; default: ``true``    |
| ``max_runtime_hours`` | the longest time that the job may run, in hours                                  |
| ``stack_name``      | the stack's name                                                                   |
"""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_sagemaker_optimization import (
    DeploymentInstanceType,
    ModelSource,
    OptimizationBucket,
    OptimizationConfig,
    OptimizationJob,
    OptimizationOutput,
    QuantizationTechnique,
    TrainingData,
)

_MODEL_URI = "s3://sagemaker-us-east-1-111122223333/inference-model/"
_IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.29.0-lmi11.0.0-cu124"


class OptimizedModel(cdk.Stack):
    """A stack with one optimization job."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id, description="A model optimized for inference with Amazon SageMaker")
        technique = self._context("technique", "awq")
        hours = cdk.Duration.hours(int(self._context("max_runtime_hours", "2")))
        job = OptimizationJob(
            self,
            "Job",
            model_source=ModelSource.from_s3_uri(
                self._context("model_uri", _MODEL_URI),
                accept_eula=self._context("accept_eula", "true").lower() == "true",
            ),
            deployment_instance_type=DeploymentInstanceType.of(
                self._context("instance_type", "ml.g5.12xlarge")
            ),
            optimization_environment={},
            optimization_configs=[self._config(technique)],
            output=OptimizationOutput.to_bucket(
                self._bucket(), self._context("output_prefix", f"inference-model-{technique}/")
            ),
            max_runtime=hours,
            max_wait_time=hours,
            max_pending_time=cdk.Duration.hours(2),
        )
        for name, value, description in (
            ("JobName", job.optimization_job_name, "The job's name"),
            ("JobArn", job.optimization_job_arn, "The job's ARN"),
            ("ArtifactLocation", job.output_location, "Where the optimized model is"),
            ("RecommendedImage", job.recommended_inference_image, "The image to serve it with"),
        ):
            cdk.CfnOutput(self, name, value=value, description=description)

    def _context(self, name: str, default: str) -> str:
        value = self.node.try_get_context(name)
        return default if value is None else str(value)

    def _bucket(self) -> s3.IBucket:
        name = self._context("bucket", "")
        if name:
            return s3.Bucket.from_bucket_name(self, "Bucket", name)
        return OptimizationBucket(self, "Bucket")

    def _config(self, technique: str) -> OptimizationConfig:
        image = self._context("image", _IMAGE if technique == "awq" else "") or None
        if technique == "eagle":
            return OptimizationConfig.speculative_decoding(training_data=self._training_data())
        if technique == "sharding":
            return OptimizationConfig.sharding(
                tensor_parallel_degree=int(self._context("tensor_parallel_degree", "8")), image=image
            )
        if technique == "compilation":
            degree = self._context("tensor_parallel_degree", "2")
            return OptimizationConfig.compilation(
                environment={"OPTION_TENSOR_PARALLEL_DEGREE": degree}, image=image
            )
        return OptimizationConfig.quantization(technique=QuantizationTechnique.of(technique), image=image)

    def _training_data(self) -> TrainingData | None:
        uri = self._context("training_data_uri", "")
        return TrainingData.from_s3_uri(uri) if uri else None


def main() -> None:
    """Synthesize the app for the CDK CLI."""
    app = cdk.App()
    OptimizedModel(app, app.node.try_get_context("stack_name") or "OptimizedModel")
    app.synth()


if __name__ == "__main__":
    main()
