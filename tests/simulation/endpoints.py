"""Endpoints and inference components, as SageMaker's API shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from localcloud.kernel.dialect import Dialect
from tests.simulation.faults import Faults, client_error


@dataclass(frozen=True)
class Shown:
    """What an endpoint or a component is from a time on.

    Args:
        status: its status.
        serves: the name of the endpoint's config, or of the component's model.
        after: seconds from now.
        reason: its FailureReason.
        specification: more members of the component's specification.
    """

    status: str
    serves: str
    after: float = 0
    reason: str = ""
    specification: dict[str, Any] = field(default_factory=dict)


@dataclass
class SimulatedEndpoints:
    """A client's methods. What they show is what a test says."""

    account: str
    region: str
    now: Callable[[], float]
    faults: Faults
    dialect: Dialect
    #: What is shown of each endpoint and component, by its name, with the time from which on it is.
    shown: dict[str, list[tuple[float, Shown | None]]] = field(default_factory=dict)

    def show(self, name: str, *states: Shown) -> None:
        """An endpoint or a component is this from now on, in the order of time."""
        self.shown[name] = [(self.now() + state.after, state) for state in states]

    def remove(self, name: str) -> None:
        self.shown[name] = []

    def describe_endpoint(self, *, EndpointName: str) -> dict[str, Any]:  # noqa: N803
        with self.faults.call("DescribeEndpoint"):
            state = self._state("DescribeEndpoint", EndpointName, "endpoint")
        return {
            "EndpointConfigName": state.serves,
            **self._common("Endpoint", "endpoint", EndpointName, state),
        }

    def describe_inference_component(self, *, InferenceComponentName: str) -> dict[str, Any]:  # noqa: N803
        with self.faults.call("DescribeInferenceComponent"):
            state = self._state("DescribeInferenceComponent", InferenceComponentName, "inference component")
        return {
            "Specification": {"ModelName": state.serves, **state.specification},
            **self._common("InferenceComponent", "inference-component", InferenceComponentName, state),
        }

    def _common(self, kind: str, resource: str, name: str, state: Shown) -> dict[str, Any]:
        time = datetime.fromtimestamp(self.now(), UTC)
        reason = {"FailureReason": state.reason} if state.reason else {}
        return {
            f"{kind}Name": name,
            f"{kind}Arn": f"arn:aws:sagemaker:{self.region}:{self.account}:{resource}/{name.lower()}",
            f"{kind}Status": state.status,
            "CreationTime": time,
            "LastModifiedTime": time,
            **reason,
        }

    def _state(self, operation: str, name: str, noun: str) -> Shown:
        states = next((shown for key, shown in self.shown.items() if key.lower() == name.lower()), [])
        state = next((state for since, state in reversed(states) if since <= self.now()), None)
        if state is None:
            wording = self.dialect.missing_job
            text = wording.text(name=name).replace("optimization job", noun)
            raise client_error(operation, wording.code, text)
        return state
