"""The files that a job leaves at its output location: small, but of the right names and formats."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

from localcloud.services.sagemaker.job import Job

MARKER = "optimization-job.json"
"""A file of the local cloud's own, which says what job wrote the artifact."""


def artifact(job: Job) -> dict[str, bytes]:
    """The files of a job, by their keys below its output location."""
    kinds = techniques(job.request)
    files: dict[str, bytes]
    if "SpeculativeDecoding" in kinds:
        files = {
            "draft/config.json": _json({"architectures": ["LlamaForCausalLMEagle"], "num_hidden_layers": 1}),
            "draft/model.safetensors": _safetensors(job),
            "results/benchmark_1.json": _json({"acceptance_rate": 0.71, "speedup": 1.9}),
            "results/benchmark_report.html": b"<!doctype html><title>Benchmark</title><p>1.9 times as fast\n",
        }
    elif "Sharding" in kinds:
        shards = {
            f"model-{rank:05}.safetensors": _safetensors(job, rank=str(rank))
            for rank in range(_degree(job.request))
        }
        files = {"config.json": _config(job), **shards}
    else:
        files = {"config.json": _config(job), "model.safetensors": _safetensors(job)}
    return {**files, MARKER: _json({"OptimizationJobArn": job.arn, "OptimizationTypes": kinds})}


def techniques(request: Mapping[str, Any]) -> list[str]:
    """The techniques of a request as ListOptimizationJobs names them, for example `Quantization`."""
    return [
        member.removeprefix("Model").removesuffix("Config")
        for union in request["OptimizationConfigs"]
        for member in union
    ]


def environment(request: Mapping[str, Any]) -> dict[str, str]:
    """The environment of a job's container: its own, then what its configs override."""
    merged: dict[str, str] = dict(request.get("OptimizationEnvironment") or {})
    for union in request["OptimizationConfigs"]:
        for config in union.values():
            merged |= config.get("OverrideEnvironment") or {}
    return merged


def _config(job: Job) -> bytes:
    config: dict[str, Any] = {"model_type": "llama"}
    if "Quantization" in techniques(job.request):
        config["quantization_config"] = {
            "quant_method": environment(job.request).get("OPTION_QUANTIZE", "awq")
        }
    return _json(config)


def _degree(request: Mapping[str, Any]) -> int:
    degree = environment(request).get("OPTION_TENSOR_PARALLEL_DEGREE", "")
    return int(degree) if degree.isdecimal() and int(degree) else 1


def _safetensors(job: Job, **metadata: str) -> bytes:
    """A valid file without a tensor: the header's length, and the header."""
    header = json.dumps({"__metadata__": {"optimization_job": job.name, **metadata}}).encode()
    return struct.pack("<Q", len(header)) + header


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=2).encode() + b"\n"
