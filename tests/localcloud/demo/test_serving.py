"""The demo sends requests to the endpoint, and knows which artifact serves them."""

from __future__ import annotations

from localcloud import LocalCloud
from localcloud.demo.account import look
from localcloud.demo.serving import invoke
from tests.localcloud.services.sagemaker.account import make_account
from tests.localcloud.services.sagemaker.served import Served


def test_without_an_endpoint_there_is_nothing_to_invoke(cloud: LocalCloud) -> None:
    assert invoke(cloud) is None


def test_an_endpoint_that_is_created_serves_nothing_yet(cloud: LocalCloud) -> None:
    served = _served(cloud)
    served.model()
    served.config()
    served.sagemaker.create_endpoint(EndpointName="chat", EndpointConfigName="first")
    serving = invoke(cloud)
    assert serving is not None
    assert (serving.name, serving.status, serving.artifact) == ("chat", "Creating", "")


def test_an_update_changes_what_is_served(cloud: LocalCloud) -> None:
    served = _served(cloud)
    served.endpoint("first", "second")
    served.update("second")
    during = invoke(cloud)
    assert during is not None
    assert (during.status, during.artifact) == ("Updating", "s3://models/first/")

    cloud.clock.advance(1200)
    after = invoke(cloud)
    assert after is not None
    assert after.artifact == "s3://models/second/"
    assert [status for _, status in after.history] == ["Creating", "InService", "Updating", "InService"]


def test_the_account_has_the_endpoint_and_all_that_it_needs(cloud: LocalCloud) -> None:
    served = _served(cloud)
    before = look(cloud, [])
    served.endpoint()
    after = look(cloud, [])
    assert (before.endpoint, before.artifact) == (None, "")
    assert (after.endpoint, after.artifact) == ("InService", "s3://models/first/")
    assert after.parts - before.parts == {"model first", "endpoint config first", "endpoint chat"}


def _served(cloud: LocalCloud) -> Served:
    cloud.clock.pause()
    make_account(cloud)
    return Served(cloud)
