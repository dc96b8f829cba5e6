"""SageMaker's jobs: the calls, and what they return."""
