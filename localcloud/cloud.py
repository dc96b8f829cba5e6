"""The composition root: everything that makes up one local cloud."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from localcloud.bootstrap import bootstrap
from localcloud.kernel.calls import Calls
from localcloud.kernel.clients import Clients
from localcloud.kernel.clock import Clock
from localcloud.kernel.dialect import Dialect
from localcloud.kernel.moto_app import ACCOUNT, reset_moto
from localcloud.kernel.principals import ADMINISTRATOR_KEY, Principals
from localcloud.kernel.server import Server
from localcloud.kernel.site import Site
from localcloud.services.applicationautoscaling import Scaling
from localcloud.services.awslambda import Functions, InvokeService
from localcloud.services.cloudformation import CloudFormation
from localcloud.services.cloudtrail import Trail
from localcloud.services.cloudwatch import Alarms
from localcloud.services.events import EventBridge
from localcloud.services.iam import Authorization
from localcloud.services.logs import Logs
from localcloud.services.sagemaker import Endpoints, ModelRegistry, OptimizationJobs, Ports
from localcloud.services.stepfunctions import StateMachines, StateMachineService


class LocalCloud:
    """An AWS account on this machine.

    Usable as a context manager. moto's backends are global to the process, so there can be one at a time.

    This is the only place that knows all services. Each gets what it uses by name, and never the cloud.

    Args:
        port: The port to listen on; any free one by default.
        region: The region that the cloud is in.
        speed: See `Clock`.
        dialect: The behaviour of optimization jobs and CloudFormation where public evidence leaves it open;
            by default as AWS documents it. Reads lag by all of the time that it names. Three of its fields
            have no effect: `create_time`, because a call takes no time on the clock (lose the response of a
            create instead), and `permissions_leave` and `permissions_come_after`, because IAM's changes take
            effect at once (`optimization_jobs.role_not_assumable` plays a role that is new).
    """

    def __init__(
        self,
        *,
        port: int = 0,
        region: str = "us-east-1",
        speed: float | None = None,
        dialect: Dialect | None = None,
    ) -> None:
        self._first_dialect = dialect or Dialect()
        self.clock = Clock(speed=speed)
        self.calls = Calls()
        self.principals = Principals(region)
        self.server = Server(
            self.clock,
            region,
            calls=self.calls,
            principals=self.principals,
            authorize=lambda request: self.authorization.check(request),
            port=port,
        )
        self._site = site = Site(ACCOUNT, region, self.server.url, self.clock, self._first_dialect)
        self._clients = Clients(site.endpoint_url, region, self.principals)
        self.authorization = may = Authorization(site, lambda name: self.cloudformation.stack_id(name))
        self.logs = Logs(
            site,
            may,
            lambda datum: self.alarms.put(
                datum.namespace, datum.name, datum.dimensions, datum.value, at=datum.time
            ),
        )
        self.functions = Functions(site, self.server, may, self.principals, self.logs.write)
        self.state_machines = StateMachines(
            site, self.server, may, self.principals, self._clients, self.logs.deliver
        )
        self.events = EventBridge(site, self.server, may, self.functions.invoke_async)
        self.cloudformation = CloudFormation(site, self.server, self.client, self.functions.invoke_async)
        self.optimization_jobs = OptimizationJobs(site, self.server, may, lambda arn: self._tags_of(arn))
        self.model_registry = ModelRegistry(site, self.server, may, self.optimization_jobs.looks_at_buckets)
        # Before the endpoints, so that an alarm is evaluated before they look at it.
        self.alarms = Alarms(
            site,
            self.server,
            may,
            settle=lambda now: self.endpoints.settle(now),
            act=lambda *action: self.scaling.act(*action),
        )
        self.scaling = Scaling(
            site,
            self.server,
            count_of=lambda resource_id: self.endpoints.scaled_count(resource_id),
            scale=lambda *change: self.endpoints.scale(*change),
        )
        ports = Ports(
            role_fails=self.optimization_jobs.role_fails,
            looks_at_buckets=self.optimization_jobs.looks_at_buckets,
            alarms=self.alarms.in_alarm,
            count=lambda *datum: self.alarms.put("AWS/SageMaker", *datum),
            is_scaled=self.scaling.is_scaled,
            deregister=self.scaling.deregister,
            tell=lambda news: self.events.tell(
                "aws.sagemaker",
                news.detail_type,
                news.detail(site.dialect.endpoint_event_statuses),
                resource=news.arn,
                time=datetime.fromtimestamp(news.time, UTC),
            ),
        )
        self.endpoints = Endpoints(site, self.server, may, ports)
        for service in (InvokeService(self.functions), StateMachineService(self.state_machines), Trail()):
            self.server.register(service)

    @property
    def account(self) -> str:
        """The id of the account."""
        return self._site.account

    @property
    def region(self) -> str:
        """The region that the cloud is in."""
        return self._site.region

    @property
    def dialect(self) -> Dialect:
        """The behaviour where that of AWS is not known. It may change; `reset` brings back the first."""
        return self._site.dialect

    @dialect.setter
    def dialect(self, dialect: Dialect) -> None:
        self._site.dialect = dialect

    @property
    def endpoint_url(self) -> str:
        """`http://127.0.0.1:<port>`, for every service."""
        return self.server.url

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make any AWS client talk to this cloud."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": ADMINISTRATOR_KEY,
            "AWS_SECRET_ACCESS_KEY": ADMINISTRATOR_KEY,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
        }

    def client(
        self,
        service: str,
        *,
        role_arn: str | None = None,
        session_name: str = "session",
        region: str | None = None,
    ) -> Any:
        """A boto3 client of this cloud, which neither retries nor validates.

        Args:
            role_arn: Act as a session of this role (without asking its trust policy); by default as the
                administrator.
        """
        return self._clients.client(service, region=region, role_arn=role_arn, session_name=session_name)

    def bootstrap(self, template: Path | None = None) -> None:
        """Make the account ready for the CDK, as `cdk bootstrap` does.

        Args:
            template: The CDK CLI's bootstrap template; by default the one of the CDK CLI in node_modules or
                on the PATH.
        """
        bootstrap(self.cloudformation, template)

    def start(self) -> Self:
        """Begin to listen, with an empty account."""
        reset_moto()
        self.server.start()
        return self

    def stop(self) -> None:
        """End everything: no process, no thread and no file is left."""
        self.functions.stop()
        self.cloudformation.reset()
        try:
            self.clock.stop()
        finally:
            # What the threads started before they ended.
            self.functions.stop()
            self.server.stop()
            self._clients.close()
            reset_moto()

    def reset(self) -> None:
        """Back to an empty account. Takes a fraction of a second."""
        self.dialect = self._first_dialect
        for part in (
            self.functions,
            self.state_machines,
            self.cloudformation,
            self.optimization_jobs,
            self.endpoints,
            self.model_registry,
            self.alarms,
            self.scaling,
            self.clock,
            # What the threads started before they ended.
            self.functions,
            self.events,
            self.authorization,
            self._clients,
            self.principals,
            self.calls,
        ):
            part.reset()
        reset_moto()

    def _tags_of(self, arn: str) -> dict[str, str] | None:
        """The tags of what is in SageMaker beside jobs, which may be changed; None if it is not there."""
        tags = self.endpoints.tags_of(arn)
        return self.model_registry.tags_of(arn) if tags is None else tags

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
