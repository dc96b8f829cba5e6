"""The registries of the AWS Deep Learning Containers, which hold SageMaker's images for large models."""

from __future__ import annotations

import aws_cdk as cdk

from cdk_sagemaker_optimization.checks.validation import is_unresolved
from cdk_sagemaker_optimization.facts import node_of, region_of

_MAPPING = "OptimizationImageRegistries"
_ACCOUNT = "Account"

# Most Regions have the same account: https://aws.github.io/deep-learning-containers/reference/region_availability/
_COMMON = "763104351884"
_COMMON_REGIONS = (
    "ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1 "
    "eu-north-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2"
)

_ACCOUNTS = {
    **dict.fromkeys(_COMMON_REGIONS.split(), _COMMON),
    "af-south-1": "626614931356",
    "ap-east-1": "871362719292",
    "ap-east-2": "975050140332",
    "ap-northeast-3": "364406365360",
    "ap-south-2": "772153158452",
    "ap-southeast-3": "907027046896",
    "ap-southeast-4": "457447274322",
    "ap-southeast-5": "550225433462",
    "ap-southeast-6": "633930458069",
    "ap-southeast-7": "590183813437",
    "ca-west-1": "204538143572",
    "cn-north-1": "727897471807",
    "cn-northwest-1": "727897471807",
    "eu-central-2": "380420809688",
    "eu-south-1": "692866216735",
    "eu-south-2": "503227376785",
    "eusc-de-east-1": "204133271717",
    "il-central-1": "780543022126",
    "me-central-1": "914824155844",
    "me-south-1": "217643126080",
    "mx-central-1": "637423239942",
    "us-gov-east-1": "446045086412",
    "us-gov-west-1": "442386744353",
    "us-isof-east-1": "303241398832",
    "us-isof-south-1": "454834333376",
}


def image_registry(stack: cdk.Stack) -> str | None:
    """Return the account of the registry in a stack's Region.

    CloudFormation looks up the account of a Region that is known only at deployment.

    Returns:
        None for a Region without a known registry.
    """
    if not is_unresolved(region_of(stack)):
        return _ACCOUNTS.get(region_of(stack))
    mapping = node_of(stack).try_find_child(_MAPPING)
    if not isinstance(mapping, cdk.CfnMapping):
        accounts = {region: {_ACCOUNT: account} for region, account in sorted(_ACCOUNTS.items())}
        mapping = cdk.CfnMapping(stack, _MAPPING, mapping=accounts, lazy=True)
    return mapping.find_in_map(region_of(stack), _ACCOUNT)


def is_image_registry(account: str) -> bool:
    """Tell whether an account has such a registry, from which every account may pull."""
    return account in _ACCOUNTS.values()
