"""What the events of jobs are called; ``docs/events.md`` describes them. A test holds them to those of the
function.
"""

#: The source of every event of this library.
SOURCE = "cdk-sagemaker-optimization"

#: The detail-type of the event that a job's status has changed.
STATUS_CHANGE = "SageMaker Optimization Job Status Change"
