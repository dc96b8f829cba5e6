"""What runs in AWS: answers CloudFormation's requests for SageMaker optimization jobs."""
