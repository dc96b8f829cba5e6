"""One stack for all the rules that look at a single job, because a stack takes longer to make than a job."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

from tests.constructs.rules.support import Attempts
from tests.constructs.support import new_app


@pytest.fixture(scope="session")
def attempts() -> Attempts:
    return Attempts(cdk.Stack(new_app(), "Rules"))
