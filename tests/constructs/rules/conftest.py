"""One stack for all the rules that look at a single job, because a stack takes longer to make than a job."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

from tests.constructs.rules.support import Attempts


@pytest.fixture(scope="session")
def attempts() -> Attempts:
    return Attempts(cdk.Stack(cdk.App(), "Rules"))
