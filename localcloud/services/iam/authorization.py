"""Decisions about permissions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from localcloud.kernel.api import ApiRequest
from localcloud.kernel.permissions import Context, Decision
from localcloud.kernel.site import Site
from localcloud.services.iam.grants import Grant, Needed, grants_of
from localcloud.services.iam.keys import as_iam_sees
from localcloud.services.iam.policy import Effect, Requested, evaluate, normalized
from localcloud.services.iam.refusals import refusal, sentence
from localcloud.services.iam.requirements import Need, needs_of
from localcloud.services.iam.resource_policies import bucket_policy, key_policy, service_policies
from localcloud.services.iam.roles import Role, role


class Authorization:
    """Decides by the policies that moto's IAM, S3 and KMS keep.

    Args:
        stack_id_of: Finds the id of a stack by its name; None if there is no such stack.
    """

    def __init__(self, site: Site, stack_id_of: Callable[[str], str | None]) -> None:
        self._site = site
        self._stack_id_of = stack_id_of
        self._needed = Needed()

    def grants(self, role_arn: str) -> frozenset[Grant]:
        """Return the grants of a role's policies, one for each action and resource; none without a role."""
        found = role(role_arn, self._site.region)
        return frozenset() if found is None else grants_of(found)

    @property
    def needed(self) -> frozenset[Grant]:
        """The grants without which something would have been refused, since the last reset."""
        return self._needed.all()

    def reset(self) -> None:
        """Forget which grants were needed."""
        self._needed.clear()

    def authorize(
        self, principal_arn: str, action: str, resource_arn: str, context: Context | None = None
    ) -> Decision:
        """Decide whether a principal may do `action` on a resource.

        Args:
            principal_arn: A role's ARN, or a session's. The account's root may do everything.
        """
        if principal_arn.endswith(":root"):
            return self._decide_for_administrator(principal_arn, Need(action, resource_arn, context or {}))
        return self._decide(principal_arn, Need(action, resource_arn, context or {}))

    def may_assume(
        self, role_arn: str, service: str, source_account: str | None = None, source_arn: str | None = None
    ) -> Decision:
        """Decide whether the trust policy of a role names a service (`sagemaker.amazonaws.com`)."""
        context: dict[str, str] = {"aws:PrincipalServiceName": service}
        if source_account is not None:
            context["aws:SourceAccount"] = source_account
        if source_arn is not None:
            context["aws:SourceArn"] = self._as_iam_sees(source_arn)
        return self._trust(role_arn, service, frozenset({service}), context)

    def service_may(self, service: str, action: str, resource_arn: str, source_arn: str) -> Decision:
        """Decide whether the policy of a resource lets a service (`events.amazonaws.com`) use it.

        Args:
            source_arn: The resource of this account for which the service acts, for example a rule.
        """
        context = {
            "aws:PrincipalIsAWSService": "true",
            "aws:PrincipalServiceName": service,
            "aws:SourceAccount": self._site.account,
            "aws:SourceArn": source_arn,
        }
        requested = self._requested(service, Need(action, resource_arn, context), {service})
        if evaluate(service_policies(resource_arn, self._site.region), requested) is Effect.ALLOW:
            return Decision(True)
        because = f"because no resource-based policy allows the {action} action"
        return Decision(False, sentence(service, action, resource_arn, because))

    def check(self, request: ApiRequest) -> None:
        """Raise the service's refusal if the caller may not do what a request wants."""
        for needed in needs_of(self._with_stack_id(request)):
            need = replace(needed, resource=self._as_iam_sees(needed.resource))
            if need.action == "sts:AssumeRole":
                decision = self._assume(request)
            elif request.principal.is_administrator:
                decision = self._decide_for_administrator(request.principal.arn, need)
            elif request.principal.anonymous:
                decision = self._decide_for_anonymous(need)
            else:
                decision = self._decide(request.principal.arn, need)
            if not decision.allowed:
                raise refusal(request.service, decision.reason)

    def _as_iam_sees(self, arn: str) -> str:
        """An ARN as policies have to name it: IAM may see SageMaker's names in lower case."""
        is_sagemakers = arn.split(":")[2:3] == ["sagemaker"]
        return arn.lower() if is_sagemakers and self._site.dialect.lower_case_arns else arn

    def _with_stack_id(self, request: ApiRequest) -> ApiRequest:
        """The same request with a stack's id in place of its name: policies name stacks by their ids."""
        name = request.parameters.get("StackName")
        if request.service != "cloudformation" or not isinstance(name, str):
            return request
        stack_id = self._stack_id_of(name)
        if stack_id is None:
            return request
        return replace(request, parameters={**request.parameters, "StackName": stack_id})

    def _decide(self, principal_arn: str, needed: Need) -> Decision:
        need = as_iam_sees(needed, self._site.region)
        found = role(principal_arn, self._site.region)
        if found is None:
            reason = f"because the role of {principal_arn} does not exist"
            return Decision(False, sentence(principal_arn, need.action, need.resource, reason))
        account_root = f"arn:aws:iam::{self._site.account}:root"
        names = {found.arn, principal_arn, self._site.account, account_root}
        requested = self._requested(principal_arn, need, names, found)
        because = self._objection(found, requested)
        if because is None:
            return Decision(True)
        return Decision(False, sentence(principal_arn, need.action, need.resource, because))

    def _objection(self, found: Role, requested: Requested) -> str | None:
        """Return the reason why a role may not do something; None if it may."""
        identity = evaluate(found.policies, requested)
        boundary = evaluate([found.boundary], requested) if found.boundary else Effect.ALLOW
        # A resource's policy that names the account only lets the account's own policies decide.
        of_itself = (name for name in requested.principals if name.startswith("arn:"))
        direct = replace(requested, principals=frozenset(n for n in of_itself if not n.endswith(":root")))
        document = self._resource_policy(requested)
        resource = evaluate([document], requested) if document else Effect.NEUTRAL
        resource_directly = evaluate([document], direct) if document else Effect.NEUTRAL
        for kind, effect in (
            ("an identity-based policy", identity),
            ("a permissions boundary", boundary),
            ("a resource-based policy", resource),
        ):
            if effect is Effect.DENY:
                return f"with an explicit deny in {kind}"
        if resource_directly is Effect.ALLOW:
            return None
        if requested.action.startswith("kms:") and document and resource is not Effect.ALLOW:
            return f"because no resource-based policy allows the {requested.action} action"
        if identity is not Effect.ALLOW:
            return f"because no identity-based policy allows the {requested.action} action"
        if boundary is not Effect.ALLOW:
            return f"because no permissions boundary allows the {requested.action} action"
        self._needed.note(found, requested)
        return None

    def _decide_for_administrator(self, principal_arn: str, need: Need) -> Decision:
        """The administrator may do everything but what a resource's policy denies to everybody."""
        document = self._bucket_policy(need)
        if document is None or need.action.endswith("BucketPolicy"):
            return Decision(True)
        requested = self._requested(principal_arn, need, {principal_arn, self._site.account})
        if evaluate([document], requested) is Effect.DENY:
            because = "with an explicit deny in a resource-based policy"
            return Decision(False, sentence(principal_arn, need.action, need.resource, because))
        return Decision(True)

    def _decide_for_anonymous(self, need: Need) -> Decision:
        document = self._bucket_policy(need)
        requested = self._requested("*", need, set())
        if document is not None and evaluate([document], requested) is Effect.ALLOW:
            return Decision(True)
        return Decision(False, "Access Denied")

    def _assume(self, request: ApiRequest) -> Decision:
        """Decide whether a caller may assume a role.

        The role's trust policy must say so and, if that only names the account, the caller's policies too.
        """
        role_arn = request.parameters["RoleArn"]
        principal = request.principal
        account_root = f"arn:aws:iam::{self._site.account}:root"
        names = {principal.arn, principal.role_arn or account_root}
        context: dict[str, str] = {}
        if request.parameters.get("ExternalId"):
            context["sts:ExternalId"] = request.parameters["ExternalId"]
        directly = self._trust(role_arn, principal.arn, frozenset(names), context)
        if directly.allowed:
            return directly
        through_account = self._trust(
            role_arn, principal.arn, frozenset({*names, account_root, self._site.account}), context
        )
        if through_account.allowed and not principal.is_administrator:
            return self._decide(principal.arn, Need("sts:AssumeRole", role_arn))
        return through_account

    def _trust(
        self, role_arn: str, who: str, principals: frozenset[str], context: Mapping[str, str]
    ) -> Decision:
        found = role(role_arn, self._site.region)
        if found is not None and found.arn == role_arn:
            requested = self._requested(who, Need("sts:AssumeRole", role_arn, context), principals)
            if evaluate([found.trust], requested) is Effect.ALLOW:
                return Decision(True)
        because = "because no resource-based policy allows the sts:AssumeRole action"
        return Decision(False, sentence(who, "sts:AssumeRole", role_arn, because))

    def _resource_policy(self, requested: Requested) -> str | None:
        if requested.action.startswith("kms:"):
            return key_policy(requested.resource, self._site.region)
        if requested.action.startswith("s3:"):
            return bucket_policy(requested.resource, self._site.region)
        return None

    def _bucket_policy(self, need: Need) -> str | None:
        return bucket_policy(need.resource, self._site.region) if need.action.startswith("s3:") else None

    def _requested(
        self, principal_arn: str, need: Need, names: Collection[str], found: Role | None = None
    ) -> Requested:
        """Return a request for what a call needs, under the names that policies may use for its caller."""
        context = normalized(self._context(principal_arn, found) | dict(need.context))
        return Requested(need.action, need.resource, context, frozenset(names))

    def _context(self, principal_arn: str, found: Role | None) -> dict[str, str]:
        """Return the condition keys that every request has."""
        context = {
            "aws:CurrentTime": self._site.clock.now().isoformat(),
            "aws:EpochTime": str(int(self._site.clock.time())),
            "aws:PrincipalArn": found.arn if found else principal_arn,
            "aws:PrincipalType": "AssumedRole" if found else "Account",
            "aws:RequestedRegion": self._site.region,
            "aws:ResourceAccount": self._site.account,
            # The port stands for AWS's own endpoints, which are reached through TLS.
            "aws:SecureTransport": "true",
            "aws:SourceIp": "127.0.0.1",
            "aws:ViaAWSService": "false",
        }
        if principal_arn.startswith("arn:"):
            context["aws:PrincipalAccount"] = self._site.account
        if found is not None:
            context["aws:userid"] = f"{found.id}:{principal_arn.rpartition('/')[2]}"
            context |= {f"aws:PrincipalTag/{key}": value for key, value in found.tags.items()}
        return context
