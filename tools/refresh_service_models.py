"""Cuts the function's service models and endpoints out of the installed botocore.

    python tools/refresh_service_models.py

The function calls a few operations. With their models in its package, it does not depend on the age of the
runtime's boto3. It also starts much faster than by reading the whole model of SageMaker.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import botocore.loaders

TARGET = Path(__file__).parents[1] / "lambda" / "optimization_job" / "models"

OPERATIONS = {
    "sagemaker": [
        "AddTags",
        "CreateModel",
        "CreateModelPackage",
        "CreateOptimizationJob",
        "DeleteModel",
        "DeleteModelPackage",
        "DeleteOptimizationJob",
        "DeleteTags",
        "DescribeEndpoint",
        "DescribeInferenceComponent",
        "DescribeModel",
        "DescribeModelPackage",
        "DescribeOptimizationJob",
        "ListModelPackages",
        "ListTags",
        "StopOptimizationJob",
        "UpdateModelPackage",
    ],
    "stepfunctions": ["SendTaskFailure", "SendTaskHeartbeat", "SendTaskSuccess", "StartExecution"],
    "cloudformation": ["DescribeStackResource", "DescribeStacks"],
    "events": ["PutEvents"],
}

#: The same services, as the list of endpoints names them.
ENDPOINTS = ("api.sagemaker", "states", "cloudformation", "events")

#: The members of a model that botocore reads besides the operations and shapes.
_TOP = ("version", "metadata")


def cut(service: str, operations: list[str]) -> tuple[str, dict[str, Any]]:
    """Cut the model of these operations out of a service's model, without documentation.

    Args:
        service: The service's name in botocore.
        operations: The names of the operations.

    Returns:
        The API version and the model.
    """
    loader = botocore.loaders.Loader()
    version = loader.determine_latest_version(service, "service-2")
    full = loader.load_service_model(service, "service-2", version)
    shapes: dict[str, Any] = {}

    def keep(name: str) -> None:
        if name in shapes:
            return
        shapes[name] = _without_documentation(full["shapes"][name])
        for reference in _references(full["shapes"][name]):
            keep(reference)

    kept = {}
    for name in operations:
        operation = full["operations"][name]
        for part in ("input", "output"):
            if part in operation:
                keep(operation[part]["shape"])
        for error in operation.get("errors", []):
            keep(error["shape"])
        kept[name] = _without_documentation(operation)
    model = {key: full[key] for key in _TOP}
    return version, {**model, "operations": kept, "shapes": dict(sorted(shapes.items()))}


def cut_endpoints() -> dict[str, Any]:
    """Cut out the endpoints of these services, in every partition and Region."""
    endpoints = botocore.loaders.Loader().load_data("endpoints")
    partitions = [
        {**partition, "services": {name: partition["services"].get(name, {}) for name in ENDPOINTS}}
        for partition in endpoints["partitions"]
    ]
    return {**endpoints, "partitions": partitions}


def _references(shape: dict[str, Any]) -> list[str]:
    members = list(shape.get("members", {}).values())
    members += [shape[part] for part in ("member", "key", "value") if part in shape]
    return [member["shape"] for member in members]


def _without_documentation(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            key: _without_documentation(value)
            for key, value in node.items()
            if not (key == "documentation" and isinstance(value, str))
        }
    if isinstance(node, list):
        return [_without_documentation(item) for item in node]
    return node


def main() -> None:
    """Write the models and the endpoints."""
    for service, operations in OPERATIONS.items():
        version, model = cut(service, operations)
        path = TARGET / service / version / "service-2.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, model)
    _write(TARGET / "endpoints.json", cut_endpoints())


def _write(path: Path, data: dict[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    print(f"{path.relative_to(TARGET.parents[2])}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
