"""The function's clients, made once for each process.

They read the service models that come with the function (see ``models/``): so the function knows every
parameter that the constructs offer, however old the runtime's boto3 is, and a client takes a fraction of the
time and memory. The list of endpoints is cut to the same services, for the same reason.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import boto3.session
import botocore.session
from botocore.config import Config
from botocore.loaders import Loader

_MODELS = Path(__file__).parent / "models"

_CONFIG = Config(connect_timeout=5, read_timeout=15, retries={"mode": "standard", "max_attempts": 3})

#: The receiver calls Step Functions several times, and has to respond before its own time is up.
_QUICK = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 2})


@cache
def client(service: str) -> Any:
    """A client of ``sagemaker``, ``stepfunctions``, ``cloudformation`` or ``events``."""
    make_client: Any = _session().client
    return make_client(service, config=_QUICK if service == "stepfunctions" else _CONFIG)


class _Loader(Loader):
    """Finds our models first, and does not look through the four hundred others for services to list."""

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - all of ours have each type
        return sorted(path.name for path in _MODELS.iterdir() if path.is_dir())


@cache
def _session() -> boto3.session.Session:
    session = botocore.session.Session()
    session.register_component("data_loader", _Loader(extra_search_paths=[str(_MODELS)]))
    return boto3.session.Session(botocore_session=session)
