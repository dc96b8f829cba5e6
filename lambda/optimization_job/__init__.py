"""The function that runs in AWS: it responds to CloudFormation's requests for SageMaker optimization jobs."""
