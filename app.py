"""The example app: one optimized model, and with ``-c serve=true`` an endpoint that serves it.

Without context it quantizes Llama 3 8B with AWQ for an ml.g5.12xlarge. Context values choose something else:

    cdk deploy -c model_uri=s3://my-models/llama-3-8b/ -c instance_type=ml.g6.12xlarge -c technique=fp8

The endpoint is in a stack of its own, so that the job is not paid for again if the endpoint fails. Then the
app has two stacks:

    cdk deploy --all -c serve=true

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
| ``stack_name``      | the name of the job's stack; the other one's name is this with ``Serving`` behind it |
| ``serve``           | ``true`` for an endpoint on the same instance type; default: ``false``             |
| ``serving_image``   | the container image of the endpoint; default: the one that the job recommends      |
| ``copy_memory_gib`` | the memory of a copy of the model, for ``sharding``, in GiB; default: 200          |
"""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_sagemaker_optimization import (
    DeploymentInstanceType,
    Hosting,
    ModelSource,
    OptimizationBucket,
    OptimizationConfig,
    OptimizationJob,
    OptimizationOutput,
    OptimizedEndpoint,
    OptimizedModel,
    QuantizationTechnique,
    TrainingData,
)

_MODEL_URI = "s3://sagemaker-us-east-1-111122223333/inference-model/"
_IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.29.0-lmi11.0.0-cu124"


class JobStack(cdk.Stack):
    """A stack with one optimization job.

    Attributes:
        job: The job.
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id, description="A model optimized for inference with Amazon SageMaker")
        technique = _context(self, "technique", "awq")
        hours = cdk.Duration.hours(int(_context(self, "max_runtime_hours", "2")))
        self.job = OptimizationJob(
            self,
            "Job",
            model_source=ModelSource.from_s3_uri(
                _context(self, "model_uri", _MODEL_URI), accept_eula=_flag(self, "accept_eula", default=True)
            ),
            deployment_instance_type=DeploymentInstanceType.of(
                _context(self, "instance_type", "ml.g5.12xlarge")
            ),
            optimization_environment={},
            optimization_configs=[self._config(technique)],
            output=OptimizationOutput.to_bucket(
                self._bucket(), _context(self, "output_prefix", f"inference-model-{technique}/")
            ),
            max_runtime=hours,
            max_wait_time=hours,
            max_pending_time=cdk.Duration.hours(2),
        )
        for name, value, description in (
            ("JobName", self.job.optimization_job_name, "The job's name"),
            ("JobArn", self.job.optimization_job_arn, "The job's ARN"),
            ("ArtifactLocation", self.job.output_location, "Where the optimized model is"),
            ("RecommendedImage", self.job.recommended_inference_image, "The image to serve it with"),
        ):
            cdk.CfnOutput(self, name, value=value, description=description)

    def _bucket(self) -> s3.IBucket:
        name = _context(self, "bucket", "")
        if name:
            return s3.Bucket.from_bucket_name(self, "Bucket", name)
        return OptimizationBucket(self, "Bucket")

    def _config(self, technique: str) -> OptimizationConfig:
        image = _context(self, "image", _IMAGE if technique == "awq" else "") or None
        if technique == "eagle":
            return OptimizationConfig.speculative_decoding(training_data=self._training_data())
        if technique == "sharding":
            return OptimizationConfig.sharding(
                tensor_parallel_degree=int(_context(self, "tensor_parallel_degree", "8")), image=image
            )
        if technique == "compilation":
            degree = _context(self, "tensor_parallel_degree", "2")
            return OptimizationConfig.compilation(
                environment={"OPTION_TENSOR_PARALLEL_DEGREE": degree}, image=image
            )
        return OptimizationConfig.quantization(technique=QuantizationTechnique.of(technique), image=image)

    def _training_data(self) -> TrainingData | None:
        uri = _context(self, "training_data_uri", "")
        return TrainingData.from_s3_uri(uri) if uri else None


class ServingStack(cdk.Stack):
    """A stack with an endpoint that serves what a job made."""

    def __init__(self, scope: Construct, id: str, *, job: OptimizationJob) -> None:
        super().__init__(scope, id, description="An endpoint that serves an optimized model")
        image = _context(self, "serving_image", "") or None
        model = OptimizedModel(self, "Model", job=job, image=image)
        endpoint = OptimizedEndpoint(self, "Endpoint", model=model, hosting=self._hosting())
        cdk.CfnOutput(
            self, "EndpointName", value=endpoint.endpoint_name, description="The name to invoke it by"
        )

    def _hosting(self) -> Hosting:
        if _context(self, "technique", "") != "sharding":
            return Hosting.instances()
        # SageMaker loads shards only into an inference component.
        memory = cdk.Size.gibibytes(int(_context(self, "copy_memory_gib", "200")))
        return Hosting.components(min_memory=memory)


def build(app: cdk.App) -> list[cdk.Stack]:
    """Build the job's stack, and with ``-c serve=true`` the one of the endpoint."""
    name = _context(app, "stack_name", "OptimizedModel")
    job_stack = JobStack(app, name)
    if not _flag(app, "serve", default=False):
        return [job_stack]
    return [job_stack, ServingStack(app, f"{name}Serving", job=job_stack.job)]


def _context(scope: Construct, name: str, default: str) -> str:
    value = scope.node.try_get_context(name)
    return default if value is None else str(value)


def _flag(scope: Construct, name: str, *, default: bool) -> bool:
    return _context(scope, name, str(default)).lower() == "true"


if __name__ == "__main__":
    example = cdk.App()
    build(example)
    example.synth()
