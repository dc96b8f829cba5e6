"""The sources of rules."""

from __future__ import annotations

from dataclasses import dataclass

_SDK = "https://github.com/aws/sagemaker-python-sdk"
_DJL = "https://github.com/deepjavalibrary/djl-serving"
_DJL_PARTITION = "serving/docker/partition"
_DJL_DOCS = "serving/docs/lmi"
_NOTEBOOKS = "https://github.com/aws-samples/sagemaker-genai-hosting-examples"
_AWS = "https://docs.aws.amazon.com/sagemaker/latest"


@dataclass(frozen=True)
class Source:
    """A page that gives the reason for a rule."""

    title: str
    url: str


API = Source("CreateOptimizationJob", f"{_AWS}/APIReference/API_CreateOptimizationJob.html")
NEO_VPC = Source("SageMaker Neo in a VPC", f"{_AWS}/dg/neo-vpc.html")
SDK_COMBINATIONS = Source(
    "SageMaker SDK, combinations",
    f"{_SDK}/blob/f5b568abbdd9520f21bbd3ada35d6011cb7917b9/src/sagemaker/serve/validations/optimization.py",
)
SDK_LLAMA = Source("SageMaker SDK, Llama 3.1", f"{_SDK}/pull/4875")
CONTAINER_TASKS = Source(
    "container, tasks",
    f"{_DJL}/blob/985b3b661157065388cb72f18c2823bf341f55da/{_DJL_PARTITION}/sm_neo_dispatcher.py",
)
CONTAINER_QUANTIZATION = Source(
    "container, quantization",
    f"{_DJL}/blob/2a8204cd96421a4a9f3e9ab0f044d8013995af67/{_DJL_PARTITION}/partition.py",
)
CONTAINER_VERSIONS = Source("container, branches", f"{_DJL}/tree/master/{_DJL_PARTITION}")
CONTAINER_SHARDING = Source("container, sharding", f"{_DJL}/pull/2524")
CONTAINER_NEURON = Source("container, end of Neuron", f"{_DJL}/pull/2939")
CONTAINER_FP8 = Source("container, fp8", f"{_DJL}/pull/2701")
NEURON_NOTEBOOK = Source(
    "AWS notebook, Neuron",
    f"{_NOTEBOOKS}/blob/80ee5ebf3755815277bce18a7421303aa1d0a663/04-workshops/cost/lab2_deploy_inf2.ipynb",
)
API_PREFIX = Source("S3ModelDataSource", f"{_AWS}/APIReference/API_S3ModelDataSource.html")
SDK_DEPLOYMENT = Source(
    "SageMaker SDK, deployment",
    f"{_SDK}/blob/87c525f47a60db16f3c1cc63a9326662710c4dfc/sagemaker-serve/src/sagemaker/serve/model_builder.py",
)
CONTAINER_CONFIGURATION = Source(
    "container, configuration",
    f"{_DJL}/blob/b6299b1143464a9c17e2dc50a0e693ed43845089/{_DJL_DOCS}/deployment_guide/configurations.md",
)
CONTAINER_VLLM = Source(
    "container, vLLM",
    f"{_DJL}/blob/6d126d06fddf02e438402a537d18d440d8e164b2/{_DJL_DOCS}/user_guides/vllm_user_guide.md",
)
EAGLE_NOTEBOOK = Source(
    "AWS notebook, EAGLE",
    f"{_NOTEBOOKS}/blob/13fe0d1fc1fa9454392bace1c090a937764e2ddb/03-features/speculative-decoding/EAGLE/EAGLE_train_deploy.ipynb",
)
BUCKET = Source(
    "S3 bucket, removal",
    "https://docs.aws.amazon.com/cdk/api/v2/python/aws_cdk.aws_s3/README.html#bucket-deletion",
)
CLOCKS = Source("how long things take", "operating.md#how-long-things-take")
CHANGES = Source("what a change does", "what-a-change-does.md")
ZERO = Source("scale an endpoint to zero", f"{_AWS}/dg/endpoint-auto-scaling-zero-instances.html")
ASYNC_SCALING = Source("scale an asynchronous endpoint", f"{_AWS}/dg/async-inference-autoscale.html")
SCALING_UPDATE = Source("update an endpoint that scales", f"{_AWS}/dg/endpoint-scaling-update.html")
COMPONENT_ROLLING = Source(
    "update of an inference component", f"{_AWS}/APIReference/API_InferenceComponentDeploymentConfig.html"
)
COMPONENT_RESOURCES = Source(
    "resources of an inference component",
    f"{_AWS}/APIReference/API_InferenceComponentComputeResourceRequirements.html",
)
INSTANCE_TYPES = Source(
    "accelerated instance types", "https://aws.amazon.com/ec2/instance-types/accelerated-computing/"
)
COMPONENT_RUNTIME = Source(
    "copies of an inference component", f"{_AWS}/APIReference/API_InferenceComponentRuntimeConfig.html"
)
COMPONENT_TYPE = Source(
    "AWS::SageMaker::InferenceComponent",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-inferencecomponent.html",
)
ROLLING = Source("rolling deployments", f"{_AWS}/dg/deployment-guardrails-rolling.html")
GUARDRAILS = Source("deployment guardrails", f"{_AWS}/dg/deployment-guardrails.html")
ENDPOINT_CONFIG = Source("CreateEndpointConfig", f"{_AWS}/APIReference/API_CreateEndpointConfig.html")
AUTO_ROLLBACK = Source("AutoRollbackConfig", f"{_AWS}/APIReference/API_AutoRollbackConfig.html")
ASYNC_METRICS = Source("metrics of asynchronous endpoints", f"{_AWS}/dg/async-inference-monitor.html")
ASYNC_INVOCATIONS = Source(
    "a policy that does not scale",
    "https://github.com/philschmid/terraform-aws-sagemaker-huggingface/issues/9",
)
CONTAINER_ASYNC = Source("container, asynchronous endpoints", f"{_DJL}/issues/2567")
CAPTURE = Source("data capture", f"{_AWS}/dg/model-monitor-data-capture.html")
SDK_AMI = Source("SageMaker SDK, machine image", f"{_SDK}/pull/6281")
AMI_INFERRED = Source(
    "families that need another machine image", "https://github.com/autogluon/autogluon-cloud/pull/270"
)
AMI_DEFAULT = Source("driver of the default machine image", "https://github.com/NVIDIA/nim-deploy/pull/104")
STORAGE = Source("storage of instance types", f"{_AWS}/dg/model-train-storage-tips-considerations.html")
LOCAL_DISK = Source(
    "no size for a local disk", "https://github.com/huggingface/text-generation-inference/issues/694"
)
SMALL_VOLUME = Source("size of the default volume", "https://github.com/awslabs/graphstorm/issues/309")
TRAFFIC = Source("parts of the traffic", f"{_AWS}/APIReference/API_TrafficRoutingConfig.html")
ROLLING_POLICY = Source("parts of a rolling update", f"{_AWS}/APIReference/API_RollingUpdatePolicy.html")
COMPONENT_BATCH = Source(
    "parts of an inference component", f"{_AWS}/APIReference/API_InferenceComponentRollingUpdatePolicy.html"
)
KEY_OF_DISK = Source("a key for a local disk", f"{_SDK}/issues/3677")
