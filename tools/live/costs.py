"""The texts that say what a part of the run creates and costs. A person reads them before agreeing."""

from __future__ import annotations

FIRST_PART = """\
The first part needs no GPU. It deploys three small stacks with the CDK CLI (a function of Lambda with its
role, log group and bucket; custom resources without an effect; a state machine that waits), creates one IAM
role and up to four models, which cost nothing and are deleted at once, and makes calls that SageMaker should
refuse. It creates no endpoint.
  Costs: less than 0.10 USD, all of it invocations, log lines and requests.
  Takes: about 40 minutes.
  A job that SageMaker accepts all the same is stopped at once: minutes of {instance_type} or {rare_type}.
  Leaves: nothing in the account but lines in SageMaker's own log groups."""

SECOND_PART = """\
The second part runs one small job on {instance_type}, which its limit of one minute ends, and then one of the
same name, which is stopped at once.
  Model: {model_uri}
  Costs: at most {minutes} minutes of {instance_type}. An hour of ml.g5.2xlarge was about 1.50 USD in
         us-east-1 when this was written; the price of your Region is on
         https://aws.amazon.com/sagemaker/ai/pricing/
  Takes: at most {minutes} minutes.
  Leaves: nothing in the account but lines in SageMaker's own log groups, and metrics until they expire."""

MINUTES = 60
"""Minutes after which the second part stops its jobs."""
