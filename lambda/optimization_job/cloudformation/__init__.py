"""The requests of CloudFormation and the responses to them."""
