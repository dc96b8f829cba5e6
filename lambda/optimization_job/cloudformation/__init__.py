"""What CloudFormation asks, and what it is told."""
