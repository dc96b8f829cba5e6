"""The function and the state machine behind the jobs of a stack."""

from .optimization_job_provider import OptimizationJobProvider

__all__ = ["OptimizationJobProvider"]
