"""`python -m cdk_sagemaker_optimization`, and the program `cdk-sagemaker-optimization`."""

from __future__ import annotations

import sys

_NEEDED = ("boto3", "botocore", "rich")


def main() -> int:
    """Run the command, or say how to install what it needs."""
    try:
        from .watch.command import main as run

        return run()
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _NEEDED:
            raise
        sys.stderr.write(
            f"cdk-sagemaker-optimization: the command needs {error.name}, which is not installed: "
            "run pip install 'cdk-sagemaker-optimization[watch]'\n"
        )
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
