"""The function's code, as an asset."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from cdk_sagemaker_optimization.function_source import function_source

# Only the package itself counts, so that the asset has the same hash from a checkout and from a wheel: what
# tools leave beside it, or compile into it, must not deploy anybody's function again.
_EXCLUDE = ["*", "!optimization_job", "!optimization_job/**", "__pycache__", "*.py[cod]", ".*"]


#: Where the code is; in a checkout a link leads to it.
CODE = function_source()


def function_code(directory: Path = CODE) -> lambda_.AssetCode:
    """The code that the function runs."""
    path = str(directory.resolve())
    return lambda_.Code.from_asset(path, exclude=_EXCLUDE, ignore_mode=cdk.IgnoreMode.GIT)
