"""Checks of docs/assumptions.md against AWS itself. They cost money, so they run only when they are asked to.

    LIVE_ROLE_ARN=… LIVE_MODEL_URI=s3://… LIVE_OUTPUT_URI=s3://… pytest tests/live

The role is one that SageMaker may assume, the model a small one, the output a prefix that may be written to.
`LIVE_INSTANCE_TYPE` is ml.g5.2xlarge unless it says otherwise.
"""

from __future__ import annotations

import os

import pytest

NEEDED = ("LIVE_ROLE_ARN", "LIVE_MODEL_URI", "LIVE_OUTPUT_URI")

collect_ignore_glob = [] if all(name in os.environ for name in NEEDED) else ["test_*.py"]


def pytest_report_header() -> str:
    if not collect_ignore_glob:
        return "tests/live: against the account of the present credentials"
    return f"tests/live: left out, they need an account and {', '.join(NEEDED)}"


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    return {name: os.environ[name] for name in NEEDED}
