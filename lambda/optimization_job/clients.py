"""The function's clients, made once for each process, when they are first needed.

They read the service models that come with the function (see ``models/``): so the function knows every
parameter that the constructs offer, however old the runtime's boto3 is, and a client takes a fraction of the
time and memory.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

_MODELS = Path(__file__).parent / "models"


@cache
def client(service: str) -> Any:
    """A client of ``sagemaker``, ``stepfunctions`` or ``cloudformation``."""
    import boto3
    from botocore.config import Config

    retries = Config(connect_timeout=5, read_timeout=15, retries={"mode": "standard", "max_attempts": 3})
    return _session(boto3).client(service, config=retries)


@cache
def _session(boto3: Any) -> Any:
    os.environ["AWS_DATA_PATH"] = os.pathsep.join(
        filter(None, [str(_MODELS), os.environ.get("AWS_DATA_PATH")])
    )
    return boto3.session.Session()
