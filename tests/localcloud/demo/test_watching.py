"""While the CLI works, the demo looks at every stack, and sends requests to the endpoint."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from localcloud import LocalCloud
from localcloud.demo.watching import Watcher
from tests.localcloud.services.sagemaker.account import make_account
from tests.localcloud.services.sagemaker.served import Served

TEMPLATE: dict[str, Any] = {
    "Resources": {
        "Topic": {
            "Type": "AWS::SNS::Topic",
            "Metadata": {"aws:cdk:path": "Serving/OptimizationJobProvider/Topic/Resource"},
        }
    }
}


def watcher(cloud: LocalCloud, directory: Path) -> Watcher:
    for stack in ("Models", "Serving"):
        (directory / f"{stack}.template.json").write_text(json.dumps(TEMPLATE))
    return Watcher(cloud, ["Models", "Serving"], directory, lambda snapshot: None)


def test_the_stack_in_which_something_happened_last_is_shown(cloud: LocalCloud, tmp_path: Path) -> None:
    watching = watcher(cloud, tmp_path)
    assert (watching.look().stack, watching.look().status) == ("Models", "")
    for name in ("Models", "Serving"):
        cloud.cloudformation.deploy(TEMPLATE, name)
        snapshot = watching.look()
        assert (snapshot.stack, snapshot.status) == (name, "CREATE_COMPLETE")
        assert {event.label for event in snapshot.events} >= {name}
    cloud.cloudformation.delete("Models")
    assert (watching.look().stack, watching.look().status) == ("Models", "DELETE_COMPLETE")


def test_the_events_before_the_step_are_not_shown(cloud: LocalCloud, tmp_path: Path) -> None:
    cloud.cloudformation.deploy(TEMPLATE, "Serving")
    assert watcher(cloud, tmp_path).look().events == ()


def test_a_resource_is_called_by_its_path_in_the_stack(cloud: LocalCloud, tmp_path: Path) -> None:
    watching = watcher(cloud, tmp_path)
    cloud.cloudformation.deploy(TEMPLATE, "Serving")
    snapshot = watching.look()
    (resource,) = snapshot.resources
    assert (resource.label, resource.status, resource.touched) == (
        "Provider/Topic",
        "CREATE_COMPLETE",
        True,
    )
    assert {event.label for event in snapshot.events} == {"Serving", "Provider/Topic"}


def test_every_request_to_the_endpoint_is_remembered(cloud: LocalCloud, tmp_path: Path) -> None:
    cloud.clock.pause()
    make_account(cloud)
    served = Served(cloud)
    watching = watcher(cloud, tmp_path)
    assert watching.look().serving is None
    served.endpoint("first", "second")
    watching.look()
    served.update("second")
    watching.look()
    cloud.clock.advance(1200)
    watching.look()
    served.sagemaker.delete_endpoint(EndpointName="chat")
    watching.look()
    assert watching.responses == ["s3://models/first/", "s3://models/first/", "s3://models/second/", ""]
