"""Models, as SageMaker's API shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from localcloud.kernel.dialect import Dialect, Wording
from tests.simulation.faults import Faults, at_most_50, client_error

_FOR_EVER = float("inf")

#: Every way in which CreateModel may say that the name is taken.
TAKEN_WORDINGS = (
    Wording("ValidationException", 'Cannot create already existing model "{name}".'),
    Wording("ValidationException", "Cannot create already existing model"),
    Wording("ResourceInUse", "Model {name} already exists"),
    Wording("ConflictException", ""),
)


@dataclass
class SimulatedModel:
    request: dict[str, Any]
    created: float
    tags: dict[str, str]
    #: The stack and the logical id of the resource that it was made for, as far as that is known.
    resource: tuple[str, str] = ("", "")
    deleted: float = _FOR_EVER

    @property
    def name(self) -> str:
        return str(self.request["ModelName"])


@dataclass
class SimulatedModels:
    """A client's methods, over models in memory.

    Args:
        authorize: meets each call with its operation and the model's name, before anything else.
        lag: how far behind a read is, given the longest time.
    """

    account: str
    region: str
    now: Callable[[], float]
    faults: Faults
    dialect: Dialect
    lag: Callable[[float], float]
    authorize: Callable[[str, str], None]
    caller: Callable[[], tuple[str, str, str]]
    #: Those that are there, by name.
    present: dict[str, SimulatedModel] = field(default_factory=dict)
    #: Every one that was ever made, in order.
    made: list[SimulatedModel] = field(default_factory=list)
    #: Every request that arrived at CreateModel.
    requests: list[dict[str, Any]] = field(default_factory=list)
    taken: Wording = TAKEN_WORDINGS[0]
    #: The most models of the account; None without a limit.
    limit: int | None = None

    def create_model(self, **request: Any) -> dict[str, Any]:
        name = request["ModelName"]
        self.authorize("CreateModel", name)
        with self.faults.call("CreateModel"):
            self.requests.append(request)
            if name in self.present or self._being_deleted(name):
                raise client_error("CreateModel", self.taken.code, self.taken.text(name=name))
            if self.limit is not None and len(self.present) >= self.limit:
                message = f"The account-level service limit 'Total models' is {self.limit} Models"
                raise client_error("CreateModel", "ResourceLimitExceeded", message)
            tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags", [])}
            model = SimulatedModel(request, self.now(), tags, self.caller()[:2])
            self.present[name] = model
            self.made.append(model)
        return {"ModelArn": self.arn(name)}

    def describe_model(self, *, ModelName: str) -> dict[str, Any]:  # noqa: N803
        self.authorize("DescribeModel", ModelName)
        with self.faults.call("DescribeModel"):
            model = self._read(ModelName)
        return {
            **{name: value for name, value in model.request.items() if name != "Tags"},
            "ModelArn": self.arn(ModelName),
            "CreationTime": datetime.fromtimestamp(model.created, UTC),
        }

    def delete_model(self, *, ModelName: str) -> dict[str, Any]:  # noqa: N803
        self.authorize("DeleteModel", ModelName)
        with self.faults.call("DeleteModel"):
            if ModelName in self.present:
                self.present.pop(ModelName).deleted = self.now()
            elif not self._being_deleted(ModelName):
                raise self._missing("DeleteModel", ModelName)
        return {}

    def change_tags(
        self, arn: str, operation: str, change: Callable[[dict[str, str]], dict[str, str]]
    ) -> None:
        name = arn.rpartition("/")[2]
        self.authorize(operation, name)
        with self.faults.call(operation):
            if name not in self.present:
                raise self._missing(operation, name)
            self.present[name].tags = at_most_50(change(self.present[name].tags), operation)

    def arn(self, name: str) -> str:
        return f"arn:aws:sagemaker:{self.region}:{self.account}:model/{name}"

    def _read(self, name: str) -> SimulatedModel:
        """What a read finds that shows how things were at a time, which may be some seconds ago."""
        time = self.now() - self.lag(self.dialect.job_read_lag)
        for model in reversed(self.made):
            gone = model.deleted + self.dialect.delete_lag
            if model.name == name and model.created <= time < gone:
                return model
        raise self._missing("DescribeModel", name)

    def _being_deleted(self, name: str) -> bool:
        return any(
            model.name == name and model.deleted <= self.now() < model.deleted + self.dialect.delete_lag
            for model in self.made
        )

    def _missing(self, operation: str, name: str) -> Exception:
        wording = self.dialect.missing_job
        text = wording.text(name=name).replace("optimization job", "model")
        return client_error(operation, wording.code, text)
