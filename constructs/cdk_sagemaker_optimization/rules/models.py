"""Rules for models that a technique may not work for."""

from __future__ import annotations

import re

from cdk_sagemaker_optimization.props.technique import Technique

from .job_view import JobView
from .rule import Rule, Severity
from .sources import SDK_LLAMA

# Llama 3.1 and newer by name: llama-3.1-8b, llama-3-1-8b, llama-4-scout; but not llama-3-8b or llama-7b.
_NEW_LLAMA = re.compile(r"llama[-_]?(3[._-][1-9]|[4-9])(?!\d*[bk])(?!\d)[^/]*")


def _llama(job: JobView) -> str | None:
    if Technique.COMPILATION not in job.techniques or not job.has_gpu:
        return None
    for name in job.model_names:
        match = _NEW_LLAMA.search(name)
        if match:
            return (
                f"compilation for {job.instance_type} is by TensorRT-LLM, which SageMaker's own SDK does "
                f"not let compile Llama 3.1 and newer, got {match[0]!r}: try it, or quantize without "
                "compilation"
            )
    return None


RULES = (
    Rule(
        id="compilationOfNewLlama",
        severity=Severity.WARNING,
        finds="compilation for GPUs of a model whose name says that it is Llama 3.1 or newer",
        why="SageMaker's own SDK refuses it, though a notebook of AWS does it.",
        sources=(SDK_LLAMA,),
        problem=_llama,
    ),
)
