"""The permissions of the role that SageMaker assumes for a job."""
