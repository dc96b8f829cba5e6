"""What a job is called and what comes of it, as attributes of its resources."""

from __future__ import annotations

import aws_cdk as cdk

from .base import OptimizationJobEvents


class OptimizationJobAttributes(OptimizationJobEvents):
    """The attributes of a job that is defined in this stack.

    What is known only when the job has completed is an attribute of the last leg of the waiting, so that what
    uses it waits.
    """

    _resource: cdk.CfnResource
    _last_leg: cdk.CfnResource | None

    @property
    def optimization_job_name(self) -> str:
        """The job's name. It is known, and usable, before the job has completed."""
        return self._resource.ref

    @property
    def optimization_job_arn(self) -> str:
        """The job's ARN. It is known, and usable, before the job has completed."""
        return self._resource.get_att("OptimizationJobArn").to_string()

    @property
    def output_location(self) -> str:
        """S3 URI of the artifact: a prefix that ends in a slash, unless the output was given ``exact``.

        What uses it waits for the job to complete. With ``Completion.detached()`` nothing waits.
        """
        source = self._last_leg or self._resource
        return source.get_att("OutputLocation").to_string()

    @property
    def optimization_job_status(self) -> str:
        """``COMPLETED``; what uses it waits for that.

        Raises:
            ValueError: with ``Completion.detached()``.
        """
        return self._after_completion("OptimizationJobStatus", "optimization_job_status")

    @property
    def recommended_inference_image(self) -> str:
        """URI of the image that SageMaker recommends for serving the artifact. Empty for a job for which it
        names none.

        Raises:
            ValueError: with ``Completion.detached()``.
        """
        return self._after_completion("RecommendedInferenceImage", "recommended_inference_image")

    @property
    def optimization_start_time(self) -> str:
        """When the optimization began, in ISO 8601.

        Raises:
            ValueError: with ``Completion.detached()``.
        """
        return self._after_completion("OptimizationStartTime", "optimization_start_time")

    @property
    def optimization_end_time(self) -> str:
        """When the optimization ended, in ISO 8601.

        Raises:
            ValueError: with ``Completion.detached()``.
        """
        return self._after_completion("OptimizationEndTime", "optimization_end_time")

    def _in_events(self) -> dict[str, list[str]]:
        # Not by its name or ARN: those of what a change replaces it with are others, and a rule that is there
        # only after the job misses its beginning.
        return {
            "StackId": [cdk.Stack.of(self).stack_id],
            "LogicalResourceId": [self._resource.logical_id],
        }

    def _after_completion(self, attribute: str, name: str) -> str:
        if self._last_leg is None:
            raise ValueError(
                f"{name} of {self.node.path} is known only after its completion, for which nothing waits "
                "with Completion.detached(): use Completion.wait()"
            )
        return self._last_leg.get_att(attribute).to_string()
