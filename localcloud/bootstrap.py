"""The stack that `cdk bootstrap` makes, without the start-up time of the CLI."""

from __future__ import annotations

import shutil
from pathlib import Path

from localcloud.services.cloudformation import CloudFormation

STACK_NAME = "CDKToolkit"

_TEMPLATE_IN_CLI = Path("lib/api/bootstrap/bootstrap-template.yaml")

_PARAMETERS = {
    "CloudFormationExecutionPolicies": "arn:aws:iam::aws:policy/AdministratorAccess",
    "FileAssetsBucketKmsKeyId": "AWS_MANAGED_KEY",
    "PublicAccessBlockConfiguration": "true",
}
"""The parameters that the CLI passes by default."""


def bootstrap(cloudformation: CloudFormation, template: Path | None = None) -> None:
    """Deploy the bootstrap stack.

    Raises:
        FileNotFoundError: No template was given and no CDK CLI is installed.
        RuntimeError: The stack could not be created.
    """
    text = (template or bootstrap_template()).read_text()
    stack = cloudformation.deploy(text, STACK_NAME, parameters=_PARAMETERS)
    if not stack.status.endswith("_COMPLETE") or "ROLLBACK" in stack.status:
        raise RuntimeError(
            f"bootstrapping ended in {stack.status}: {[event.reason for event in stack.events]}"
        )


def bootstrap_template() -> Path:
    """The template in the CDK CLI's own package.

    Looked for in a node_modules above the working directory, then beside the `cdk` on the PATH.
    """
    here = Path.cwd()
    packages = [directory / "node_modules/aws-cdk" for directory in (here, *here.parents)]
    if command := shutil.which("cdk"):
        packages += Path(command).resolve().parents
    for package in packages:
        if (package / _TEMPLATE_IN_CLI).is_file():
            return package / _TEMPLATE_IN_CLI
    raise FileNotFoundError(
        f"found no CDK CLI in a node_modules above {here} or on the PATH, for its bootstrap template; "
        "install it with npm install aws-cdk, or give the template's path"
    )
