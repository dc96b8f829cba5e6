"""Rules for the events that SageMaker sends about an endpoint."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Unpack

from aws_cdk import aws_events as events
from constructs import Construct

from cdk_sagemaker_optimization.job.event_rule import RuleOptions, define_rule
from cdk_sagemaker_optimization.provider.names import spellings

# https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
_SOURCE = "aws.sagemaker"
_STATUS_CHANGE = "SageMaker Endpoint State Change"
_DEPLOYMENT_CHANGE = "SageMaker Endpoint Deployment State Change"

# The page writes IN_SERVICE, and the API InService. A rule matches both.
_IN_SERVICE = ("IN_SERVICE", "InService")
_ROLLING_BACK = ("ROLLING_BACK", "RollingBack")
_ROLLBACK_FAILED = ("UPDATE_ROLLBACK_FAILED", "UpdateRollbackFailed")
_FAILED = ("FAILED", "Failed")


class EndpointEvents:
    """An endpoint whose changes are events on the default event bus.

    SageMaker sends them itself, and may send one several times; see ``docs/events.md``. It sends none about
    inference components.
    """

    def on_status_change(self, id: str, **options: Unpack[RuleOptions]) -> events.Rule:
        """Define a rule for each change of the endpoint's status.

        Args:
            id: the rule's id.
            options: the rule's target, description, name and so on. Default: a rule without a target.

        Returns:
            The rule.

        Raises:
            ValueError: the ``event_pattern`` has a member that the rule itself has a pattern for.
        """
        return self._rule(id, [_STATUS_CHANGE], (), **options)

    def on_in_service(self, id: str, **options: Unpack[RuleOptions]) -> events.Rule:
        """Define a rule for an endpoint that is in service: it was created, has changed, or went back.

        Args:
            id: the rule's id.
            options: the rule's target, description, name and so on. Default: a rule without a target.

        Returns:
            The rule.

        Raises:
            ValueError: the ``event_pattern`` has a member that the rule itself has a pattern for.
        """
        return self._rule(id, [_STATUS_CHANGE], _IN_SERVICE, **options)

    def on_update_failed(self, id: str, **options: Unpack[RuleOptions]) -> events.Rule:
        """Define a rule for an update that SageMaker rolls back, or cannot roll back.

        The endpoint goes on with the old instances. Both kinds of events may tell of it, so a target may get
        more than one for an update.

        Args:
            id: the rule's id.
            options: the rule's target, description, name and so on. Default: a rule without a target.

        Returns:
            The rule.

        Raises:
            ValueError: the ``event_pattern`` has a member that the rule itself has a pattern for.
        """
        types = [_STATUS_CHANGE, _DEPLOYMENT_CHANGE]
        return self._rule(id, types, (*_ROLLING_BACK, *_ROLLBACK_FAILED), **options)

    def on_failed(self, id: str, **options: Unpack[RuleOptions]) -> events.Rule:
        """Define a rule for an endpoint that failed, and serves nothing.

        Args:
            id: the rule's id.
            options: the rule's target, description, name and so on. Default: a rule without a target.

        Returns:
            The rule.

        Raises:
            ValueError: the ``event_pattern`` has a member that the rule itself has a pattern for.
        """
        return self._rule(id, [_STATUS_CHANGE], _FAILED, **options)

    def on_deployment_change(self, id: str, **options: Unpack[RuleOptions]) -> events.Rule:
        """Define a rule for each step of an update, such as a part of the traffic that moves.

        Args:
            id: the rule's id.
            options: the rule's target, description, name and so on. Default: a rule without a target.

        Returns:
            The rule.

        Raises:
            ValueError: the ``event_pattern`` has a member that the rule itself has a pattern for.
        """
        return self._rule(id, [_DEPLOYMENT_CHANGE], (), **options)

    @abstractmethod
    def _rule(
        self, id: str, detail_types: Sequence[str], statuses: Sequence[str], **options: Unpack[RuleOptions]
    ) -> events.Rule:
        """Define a rule for events of some types, and for some statuses or for all of them."""


def rule_of(
    endpoint: Construct,
    name: str,
    id: str,
    detail_types: Sequence[str],
    statuses: Sequence[str],
    **options: Unpack[RuleOptions],
) -> events.Rule:
    """Define a rule for events of an endpoint.

    Args:
        endpoint: the construct of the endpoint.
        name: the endpoint's name without a reference to it, because a rule that waited for the endpoint would
            miss its first events.
        id: the rule's id.
        detail_types: the types of the events.
        statuses: the statuses of the endpoint; none for all of them.
        options: the options of the user.
    """
    # AWS does not document whether SageMaker keeps the capitals of a name.
    detail = {"EndpointName": spellings(name)}
    if statuses:
        detail["EndpointStatus"] = list(statuses)
    return define_rule(
        endpoint, id, source=_SOURCE, detail_types=detail_types, detail=detail, options=options
    )
