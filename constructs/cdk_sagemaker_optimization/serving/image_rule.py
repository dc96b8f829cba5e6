"""The check that the job of another stack recommends an image."""

from __future__ import annotations

import aws_cdk as cdk

from cdk_sagemaker_optimization._lambda.optimization_job import contract


class ImageRule(cdk.CfnRule):
    """Refuses to deploy a stack whose model needs the recommended image if there is none.

    CloudFormation checks rules before it creates or updates anything:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html

    Args:
        stack: the stack.
        id: the rule's id there.
        image: the template's parameter with the image.
        job: the path of the job.
    """

    def __init__(self, stack: cdk.Stack, id: str, *, image: str, job: str) -> None:
        is_none = cdk.Fn.condition_equals(image, contract.NO_IMAGE)
        assertion = cdk.CfnRuleAssertion(
            assert_=cdk.Fn.condition_not(is_none), assert_description=no_image_recommended(job)
        )
        super().__init__(stack, id, assertions=[assertion])


def no_image_recommended(job: str) -> str:
    """Return the reason if a job of another stack recommends no image.

    Args:
        job: the path of the job.
    """
    # CloudFormation may show a character that is not ASCII as a question mark.
    return (
        f"the job {job} has completed and recommends no image to serve its artifact: give image=... to the "
        "OptimizedModel, with a container that loads the artifact. The stack of the job stays as it is, so "
        "the next deployment pays for no other run"
    )
