"""The kind of a model, which serves what a job made.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModel.html
"""

from __future__ import annotations

from ..contract import MODEL_TYPE
from .kind import JobKind

#: Nothing of a model can be changed but its tags, so every member of the request is its definition.
MODEL = JobKind(resource_type=MODEL_TYPE, noun="model", api_name="Model", arn_name="model")
