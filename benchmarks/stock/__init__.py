"""A stack that one would write without this library: a custom resource with the CDK's provider framework."""

from benchmarks.stock.optimization_job import StockOptimizationJob
from benchmarks.stock.provider import FUNCTION, StockProvider

__all__ = ["FUNCTION", "StockOptimizationJob", "StockProvider"]
