"""The container image that a job or model runs, and the permission to pull it."""

from __future__ import annotations

import re

import aws_cdk as cdk

from cdk_sagemaker_optimization.access.role_access import RoleAccess
from cdk_sagemaker_optimization.checks.accounts import differ
from cdk_sagemaker_optimization.checks.tokens import Masked, readable
from cdk_sagemaker_optimization.checks.validation import check, is_unresolved
from cdk_sagemaker_optimization.checks.warnings import warn
from cdk_sagemaker_optimization.facts import account_of, once, partition, region_of, stack_of

from .image_registries import image_registry, is_image_registry

# No part has special characters of an IAM pattern, because the permission to pull is for one repository.
_ECR = re.compile(
    r"(?P<account>[^./*?$]+)\.dkr[.-]ecr(-fips)?\.(?P<region>[^./*?$]+)\.[^/]+/"
    r"(?P<repository>[^:@*?$]+)([:@].+)?"
)

# CloudFormation's own resource for a version needs these for the same call:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-modelpackage.html
_LOOK = ["ecr:BatchGetImage", "ecr:DescribeImages"]

_PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]

_DEFAULT_REPOSITORY = "djl-inference"


def check_image(image: str) -> None:
    """Check the URI of an image.

    Raises:
        ValueError: the API does not allow the URI.
    """
    check("OptimizationContainerImage", image, "image")


def grant_pull(access: RoleAccess, image: str | None) -> None:
    """Let a role pull its image from Amazon ECR. Without one, SageMaker chooses the image."""
    repository_arn = _repository(access, image, _PULL)
    if repository_arn is None:
        return
    access.allow(
        ["ecr:GetAuthorizationToken"], ["*"], wildcard="ecr:GetAuthorizationToken knows no resources."
    )
    access.allow(_PULL, [repository_arn])
    if image is not None:
        _warn_about_place(access, image)


def grant_look(access: RoleAccess, image: str) -> None:
    """Let a role look at an image in Amazon ECR, without pulling it."""
    repository_arn = _repository(access, image, _LOOK)
    if repository_arn is not None:
        access.allow(_LOOK, [repository_arn])


def _repository(access: RoleAccess, image: str | None, actions: list[str]) -> str | None:
    """Return the ARN of an image's repository. If it is not known, warn about the actions that need it."""
    repository_arn = (
        _default_repository_arn(access) if image is None else _repository_arn(image, _region(access))
    )
    if repository_arn is not None:
        return repository_arn
    default = f"SageMaker's image for {_region(access)}"
    what = default if image is None else f"the image {readable(image)!r}"
    warn(
        access.scope,
        "imageNotGranted",
        f"the repository of {what} in Amazon ECR is not known, so make sure that the {access.what}'s "
        f"role may do {', '.join(actions)} on it",
    )
    return None


def _warn_about_place(access: RoleAccess, image: str) -> None:
    """Warn about the needs of an image of another account or Region."""
    match = _ECR.fullmatch(Masked(image).text)
    if match is None:
        return
    stack = stack_of(access.scope)
    account, region = match["account"], match["region"]
    known = account.isdigit() and not is_image_registry(account)
    if known and differ(account, account_of(stack)):
        warn(
            access.scope,
            "imageOfAnotherAccount",
            f"the image {readable(image)!r} is in a repository of the account {account}, so make sure that "
            f"the policy of the repository lets the account {stack.account} do {', '.join(_PULL)}",
        )
    if region.isascii() and differ(region, region_of(stack)):
        warn(
            access.scope,
            "imageOfAnotherRegion",
            f"the image {readable(image)!r} is in the Region {region} and the {access.what} in "
            f"{stack.region}: SageMaker needs an image of the {access.what}'s Region, so give a copy of it "
            f"in {stack.region}",
        )


def _default_repository_arn(access: RoleAccess) -> str | None:
    stack = stack_of(access.scope)
    registry = once(stack, "image registry", lambda: image_registry(stack))
    return None if registry is None else _arn(_region(access), registry, _DEFAULT_REPOSITORY)


def _region(access: RoleAccess) -> str:
    return region_of(access.scope)


def _repository_arn(image: str, region: str) -> str | None:
    masked = Masked(image)
    match = _ECR.fullmatch(masked.text)
    if match:
        parts = (masked.restore(match[group]) for group in ("region", "account", "repository"))
        return _arn(*parts)
    if not is_unresolved(image):
        return None
    # CloudFormation splits `<account>.dkr.ecr.<region>.<domain>/<repository>:<tag>`, which it can do only at
    # literals. A stack for any Region counts as one outside of China. The literals at the end are for the URI
    # of another registry, and for none: each part that is selected is there, so no error hides the cause.
    domain = ".amazonaws.com.cn/" if region.startswith("cn-") else ".amazonaws.com/"
    host = cdk.Fn.split(".", f"{image}...")
    repository = cdk.Fn.select(1, cdk.Fn.split(domain, f"{image}{domain}"))
    name = cdk.Fn.select(0, cdk.Fn.split(":", cdk.Fn.select(0, cdk.Fn.split("@", repository))))
    return _arn(cdk.Fn.select(3, host), cdk.Fn.select(0, host), name)


def _arn(region: str, account: str, repository: str) -> str:
    return f"arn:{partition()}:ecr:{region}:{account}:repository/{repository}"
