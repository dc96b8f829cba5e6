"""The contract between the library, which writes templates, and the function, which acts on them.

Both sides import it, so it needs the standard library alone. Stacks that are deployed hold these names and
values: none of them changes, and a new version of the properties comes beside the old one.
"""

from __future__ import annotations

#: The type of the resource that is a job.
JOB_TYPE = "Custom::SageMakerOptimizationJob"

#: The type of a resource that waits for a job.
COMPLETION_TYPE = "Custom::SageMakerOptimizationJobCompletion"

#: The type of the resource that is a model which serves what a job made.
MODEL_TYPE = "Custom::SageMakerModel"

#: The type of the resource that is a version of a model package group in the model registry.
MODEL_PACKAGE_TYPE = "Custom::SageMakerModelPackage"

#: The type of the resource that compares what an endpoint serves with what was deployed.
ENDPOINT_VERIFICATION_TYPE = "Custom::SageMakerEndpointVerification"

#: The version of the properties that the library writes.
PROPERTIES_VERSION = "1"

# Properties of every custom resource.
SERVICE_TOKEN = "ServiceToken"
SERVICE_TIMEOUT = "ServiceTimeout"
VERSION = "Version"

# Properties of a job that are the library's own. All others are members of CreateOptimizationJob. A model has
# the first of them, and the members of CreateModel.
NAME_PREFIX = "NamePrefix"
EXACT_OUTPUT_LOCATION = "ExactOutputLocation"
TRIGGERS = "Triggers"

# Properties of a resource that waits. JOB_NAME is a member of CreateOptimizationJob as well.
JOB_NAME = "OptimizationJobName"
RUN = "Run"
TIMEOUT = "Timeout"
POLL_INTERVAL = "PollInterval"
LAST = "Last"

#: Property of the last resource that waits: true if the recommended image serves the artifact in the same
#: stack, so that a job which recommends none fails the deployment.
REQUIRE_IMAGE = "RequireImage"

# Properties of a verification: the endpoint, the config that it must run, given as its name or its ARN, and
# the components that must run a model, as a list of structures of the component's name, the model's and the
# settings.
ENDPOINT_NAME = "EndpointName"
ENDPOINT_CONFIG_NAME = "EndpointConfigName"
INFERENCE_COMPONENTS = "InferenceComponents"
INFERENCE_COMPONENT_NAME = "InferenceComponentName"

#: Property of a component in a verification: the numbers of its specification, by their names in the API.
COMPONENT_SETTINGS = "Settings"

# Attributes of a model. MODEL_NAME is a member of CreateModel, and of a component in a verification, as well.
MODEL_NAME = "ModelName"
MODEL_ARN = "ModelArn"

# Properties of a version in the model registry, which are members of CreateModelPackage.
MODEL_PACKAGE_GROUP_NAME = "ModelPackageGroupName"
MODEL_APPROVAL_STATUS = "ModelApprovalStatus"

# Attribute of a version in the model registry.
MODEL_PACKAGE_ARN = "ModelPackageArn"

#: The metadata property of a version that holds the version's name, because versions have only numbers.
VERSION_NAME = "cdk-sagemaker-optimization:name"

# Attributes of a job and of a resource that waits for it.
OUTPUT_LOCATION = "OutputLocation"

# Attributes of a job.
JOB_ARN = "OptimizationJobArn"
CREATION_TIME = "CreationTime"

# Attributes of a resource that waits, once the job has completed.
JOB_STATUS = "OptimizationJobStatus"
RECOMMENDED_INFERENCE_IMAGE = "RecommendedInferenceImage"
RECOMMENDED_INFERENCE_IMAGE_OR_NONE = "RecommendedInferenceImageOrNone"
START_TIME = "OptimizationStartTime"
END_TIME = "OptimizationEndTime"

#: The recommended image or none, if there is none. A parameter of SSM cannot be empty. The value has the form
#: of an image's URI, and says what to do wherever an error shows it.
NO_IMAGE = "none.give-image-to-the-OptimizedModel"

#: The bytes that the properties of a job may have as JSON. An update hands the old ones and the new ones to
#: an execution, whose input has room for 262,144 bytes:
#: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
MAX_DEFINITION_BYTES = 100_000

#: The seconds between two looks at a job, unless a stack says otherwise.
DEFAULT_POLL_INTERVAL = 30

#: The most seconds that one resource waits. CloudFormation gives up on a resource after an hour.
LONGEST_WAIT = 3_300

#: The seconds that a job waits for room in the account's quota, unless the provider says otherwise.
DEFAULT_QUOTA_TIMEOUT = 3_000

#: The seconds over which chance spreads the tries of the jobs that wait for room, unless the provider says
#: otherwise.
DEFAULT_QUOTA_JITTER = 60

# The function's environment variables. Those of the quota are there only with other values than the defaults.
STATE_MACHINE_ARN_VARIABLE = "STATE_MACHINE_ARN"
QUOTA_TIMEOUT_VARIABLE = "QUOTA_TIMEOUT"
QUOTA_JITTER_VARIABLE = "QUOTA_JITTER"

#: The source of every event of this library.
EVENT_SOURCE = "cdk-sagemaker-optimization"

#: The detail type of the event that a job's status has changed. Its detail has JOB_ARN and JOB_STATUS, too.
STATUS_CHANGE = "SageMaker Optimization Job Status Change"

# The errors of a pipeline's state whose job made no artifact: it failed, it was stopped, it could not be
# started, or it is not known any more.
JOB_FAILED = "OptimizationJobFailed"
JOB_STOPPED = "OptimizationJobStopped"
JOB_NOT_STARTED = "OptimizationJobNotStarted"
JOB_UNKNOWN = "OptimizationJobUnknown"

# Tags of a pipeline's job, which is no resource of a stack: the id of the stack, and the LogicalResourceId of
# its events.
STACK_TAG = "cdk-sagemaker-optimization:stack"
RESOURCE_TAG = "cdk-sagemaker-optimization:resource"

#: The seconds between two looks at a job that a pipeline waits for, and the most.
DEFAULT_PIPELINE_POLL_INTERVAL = 60
LONGEST_PIPELINE_POLL_INTERVAL = 300

#: The seconds that a job of a pipeline waits for room in the account's quota.
DEFAULT_PIPELINE_QUOTA_TIMEOUT = 86_400

#: The first step of an execution that runs a job for a pipeline.
PIPELINE_STEP = "run"

# Members of an event's detail that say which resource of which stack the job is.
STACK_ID = "StackId"
LOGICAL_RESOURCE_ID = "LogicalResourceId"
STACK_NAME = "StackName"

#: The namespace of the metrics of jobs. Their dimensions are STACK_NAME and LOGICAL_RESOURCE_ID.
METRIC_NAMESPACE = "SageMakerOptimizationJobs"

#: The seconds from a job's creation to its start, or to its end if it never started.
QUEUE_TIME = "QueueTime"

#: The seconds from a job's start to its end.
RUN_TIME = "RunTime"

#: The percentage of MaxRuntimeInSeconds that a job ran.
MAX_RUNTIME_SHARE = "MaxRuntimeShare"

#: 1 for a job that ended without an artifact, and 0 for one that completed.
FAILURES = "Failures"

#: The seconds since the creation of a job that still waits for its start, published while it waits.
CURRENT_QUEUE_TIME = "CurrentQueueTime"

#: The percentage of MaxRuntimeInSeconds that a job has run, published while it runs.
CURRENT_MAX_RUNTIME_SHARE = "CurrentMaxRuntimeShare"
