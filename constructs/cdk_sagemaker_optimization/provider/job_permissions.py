"""The permissions of the function for the jobs, the models and the verifications of one stack."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from constructs import Construct, IDependable, IValidation

from cdk_sagemaker_optimization.access.policy_size import INLINE_LIMIT, policy_size, statements_size
from cdk_sagemaker_optimization.audit import explain_wildcards
from cdk_sagemaker_optimization.checks.validation import is_unresolved
from cdk_sagemaker_optimization.facts import node_of, once, stack_of

from .names import spellings, stack_part
from .roles import attach_policy
from .roles_to_pass import RolesToPass

JOB_ACTIONS = (
    "sagemaker:AddTags",
    "sagemaker:CreateOptimizationJob",
    "sagemaker:DeleteOptimizationJob",
    "sagemaker:DeleteTags",
    "sagemaker:DescribeOptimizationJob",
    "sagemaker:StopOptimizationJob",
)

# A job of a pipeline is no resource: nothing deletes its record or changes its tags.
PIPELINE_ACTIONS = (
    "sagemaker:AddTags",
    "sagemaker:CreateOptimizationJob",
    "sagemaker:DescribeOptimizationJob",
    "sagemaker:StopOptimizationJob",
)

# A generated name shows the stack of the job. A job with a chosen name has tags for that.
_NAMED_JOB_ACTIONS = (*JOB_ACTIONS, "sagemaker:ListTags")

MODEL_ACTIONS = (
    "sagemaker:AddTags",
    "sagemaker:CreateModel",
    "sagemaker:DeleteModel",
    "sagemaker:DeleteTags",
    "sagemaker:DescribeModel",
)

# The group is a resource of some of these actions and its versions are one of others, as the service
# authorization reference and AWS's examples of policies have it. Each call finds its own.
REGISTRY_ACTIONS = (
    "sagemaker:CreateModelPackage",
    "sagemaker:DeleteModelPackage",
    "sagemaker:DescribeModelPackage",
    "sagemaker:ListModelPackages",
    "sagemaker:UpdateModelPackage",
)
GROUP_ACTIONS = ("sagemaker:CreateModelPackage", "sagemaker:ListModelPackages")

# IAM accepts 10,240 characters of inline policies for a role, and 6,144 for a managed policy.
_ROLES_INLINE = 6_000
_ROLES_IN_A_MANAGED_POLICY = 5_600
_ROLES_IN_THE_FIRST_MANAGED_POLICY = 4_000
_MANAGED_POLICIES = 10
# With managed policies: one for Lambda, and one for the function.
_OF_THE_FUNCTION = 2

#: The most characters of the statements of every function and of a stack's jobs, without their roles.
FIXED = 1_700
_EXPLICIT_NAME = 480
# The ARN of a job in another spelling, with its quotes and comma.
_ANOTHER_SPELLING = 150

# A policy without its statements.
_EMPTY_POLICY = 40

# The ARN of a role that gets its name at deployment, at most 64 characters, with its quotes and comma.
_UNKNOWN_ROLE = 100


@jsii.implements(IValidation)
class JobPermissions(Construct):
    """The policies that the jobs and models of one stack add to the function's role.

    One statement is for all names that the library generates for this stack, so the removal of a job removes
    no permission before CloudFormation deletes the job. Models have a policy of their own, which is removed
    only after the last of them. Roles that do not fit into an inline policy go into managed policies, and
    with ``managed`` all permissions do.

    Args:
        scope: the construct that this one belongs to.
        id: its id there.
        function_role: the role of the function.
        beside: the statements that the role has because of the provider's props.
        managed: whether the policies are managed ones.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        function_role: iam.IRole,
        beside: Sequence[iam.PolicyStatement] = (),
        managed: bool = False,
    ) -> None:
        super().__init__(scope, id)
        once(self, "stack", lambda: stack_of(scope))
        self._beside = beside
        self._function_role = function_role
        self._managed = managed
        self._roles: set[str] = set()
        # The statement for the jobs with generated names, and its actions.
        self._use_jobs: iam.PolicyStatement | None = None
        self._job_actions: set[str] = set()
        # The statements of models, versions and verifications, each in a policy of its own.
        self._apart: list[iam.PolicyStatement] = []
        self._policies_apart = 0
        # The policies for what is read when a version is registered. They get their statements later.
        self._read: list[iam.Policy] = []
        self._explicit_names = 0
        self._other_spellings = 0
        self._names_of_the_deployment = 0
        self._size = 0
        self._budget = _ROLES_IN_THE_FIRST_MANAGED_POLICY if managed else _ROLES_INLINE
        self._pass_role: RolesToPass | None = None
        self._first = attach_policy(self, "Policy", function_role, managed=managed)
        self._policies: list[IDependable] = [self._first]
        node_of(self).add_validation(self)

    def serve(self, job: Construct, role: iam.IRole, name: str | None) -> list[IDependable]:
        """Let the function manage a job, from before its resource is created until after it has been deleted.

        Args:
            job: the construct of the job.
            role: the role that the function passes to SageMaker.
            name: a name that the user gave the job.

        Returns:
            The policies, which the job's resource must wait for.
        """
        once(self, "permissions for jobs", lambda: self._allow_jobs(JOB_ACTIONS))
        once(self, "permissions for the stack", self._allow_stack)
        self._allow_to_pass(role)
        needed: list[IDependable] = list(self._policies)
        if name is not None:
            needed.append(self._allow_name(job, name))
        return needed

    def serve_pipeline(self, role: iam.IRole) -> None:
        """Let the function run jobs of the stack's pipelines.

        Args:
            role: the role that the function passes to SageMaker.
        """
        once(self, "permissions for pipelines", lambda: self._allow_jobs(PIPELINE_ACTIONS))
        self._allow_to_pass(role)

    def serve_model(self, role: iam.IRole) -> list[IDependable]:
        """Let the function manage the stack's models, from before the first until after the last of them.

        Args:
            role: the role that the function passes to SageMaker.

        Returns:
            The policies, which the model's resource must wait for.
        """
        once(self, "permissions for the stack", self._allow_stack)
        self._allow_to_pass(role)
        return [*self._policies, once(self, "permissions for models", self._allow_models)]

    def verify(
        self, verification: Construct, endpoint_arn: str, component_arns: Sequence[str]
    ) -> list[IDependable]:
        """Let the function look at an endpoint and its inference components.

        The policy belongs to the verification: it needs the endpoint, which needs the model, which needs the
        policies of this construct.

        Args:
            verification: the construct of the verification.
            endpoint_arn: the ARN of the endpoint.
            component_arns: the ARNs of the inference components.

        Returns:
            The policies, which the verification's resource must wait for.
        """
        once(self, "permissions for the stack", self._allow_stack)
        arns = {"DescribeEndpoint": [endpoint_arn], "DescribeInferenceComponent": component_arns}
        statements = [
            iam.PolicyStatement(
                actions=[f"sagemaker:{operation}"],
                resources=[spelling for name in names for spelling in spellings(name)],
            )
            for operation, names in arns.items()
            if names
        ]
        self._apart += statements
        self._policies_apart += 1
        id = f"VerificationPermissions{self._address(verification)}"
        policy = attach_policy(verification, id, self._function_role, statements, managed=self._managed)
        return [self._first, policy]

    def register(self, version: Construct, group: str) -> list[IDependable]:
        """Let the function manage a version of a model package group.

        The policy belongs to the version, and its id contains the group: when the group changes, the old
        policy stays until the old version has been deleted.

        Args:
            version: the construct of the version.
            group: the name of the group, or its ARN.

        Returns:
            The policies, which the version's resource must wait for.
        """
        once(self, "permissions for the stack", self._allow_stack)
        groups, packages = _registry_arns(stack_of(version), group)
        statements = [
            iam.PolicyStatement(actions=list(GROUP_ACTIONS), resources=groups),
            iam.PolicyStatement(actions=list(REGISTRY_ACTIONS), resources=packages),
        ]
        self._apart += statements
        self._policies_apart += 1
        known = "" if is_unresolved(group) else hashlib.sha256(group.encode()).hexdigest()[:8]
        id = f"RegistryPermissions{self._address(version)}{known}"
        policy = attach_policy(version, id, self._function_role, statements, managed=self._managed)
        explain_wildcards(
            policy,
            "The number of a version is known only when it is registered; the pattern matches the versions "
            "of one group.",
            actions=REGISTRY_ACTIONS,
            resources=packages,
        )
        return [self._first, policy]

    def count(self, policy: iam.Policy | iam.ManagedPolicy) -> None:
        """Count a policy that the function's role has for what CreateModelPackage reads."""
        if isinstance(policy, iam.Policy):
            self._read.append(policy)
        else:
            self._policies_apart += 1

    def _allow_jobs(self, actions: Sequence[str]) -> bool:
        """Allow actions on the jobs with generated names."""
        stack = stack_of(self)
        missing = [action for action in actions if action not in self._job_actions]
        self._job_actions.update(missing)
        if self._use_jobs is None:
            self._use_jobs = _use_jobs(stack, f"{stack_part(stack)}--*", missing)
            self._first.add_statements(self._use_jobs)
        elif missing:
            self._use_jobs.add_actions(*missing)
        explain_wildcards(
            self,
            "A job's name ends in a fingerprint that is known only at deployment; the pattern matches the "
            "jobs of this stack alone.",
            actions=actions,
            resources=self._use_jobs.resources,
        )
        return True

    def _allow_stack(self) -> None:
        # The function creates nothing while its stack is rolling back, and ends only what is no resource.
        self._first.add_statements(
            iam.PolicyStatement(
                actions=["cloudformation:DescribeStackResource", "cloudformation:DescribeStacks"],
                resources=[stack_of(self).stack_id],
            )
        )

    def _allow_models(self) -> iam.Policy | iam.ManagedPolicy:
        stack = stack_of(self)
        arn = stack.format_arn(service="sagemaker", resource="model", resource_name=f"{stack_part(stack)}--*")
        use_models = iam.PolicyStatement(actions=list(MODEL_ACTIONS), resources=spellings(arn))
        explain_wildcards(
            self,
            "A model's name ends in a fingerprint that is known only at deployment; the pattern matches the "
            "models of this stack alone.",
            actions=MODEL_ACTIONS,
            resources=use_models.resources,
        )
        self._apart.append(use_models)
        self._policies_apart += 1
        return attach_policy(self, "Models", self._function_role, [use_models], managed=self._managed)

    def _allow_to_pass(self, role: iam.IRole) -> None:
        arn = once(role, "ARN", lambda: role.role_arn)
        if arn in self._roles:
            return
        if self._pass_role is None:
            self._pass_role = RolesToPass(self, self._function_role)
            self._first.add_statements(self._pass_role.statement)
        size = _UNKNOWN_ROLE if is_unresolved(arn) else len(arn) + 3
        if self._size + size > self._budget:
            self._pass_role = RolesToPass(self, self._function_role)
            self._policies.append(self._managed_policy(len(self._policies), self._pass_role.statement))
            self._size, self._budget = 0, _ROLES_IN_A_MANAGED_POLICY
        self._roles.add(arn)
        self._size += size
        self._pass_role.add(role)

    def _allow_name(self, job: Construct, name: str) -> iam.Policy | iam.ManagedPolicy:
        """Define a policy for a name, which is removed only after the job of that name.

        Its id contains the name. When the name changes, the old policy stays until the old job has been
        deleted. A name that is known only at deployment is in the description instead: CloudFormation
        replaces a managed policy, and no other, when its description changes.
        """
        statements = [_use_jobs(stack_of(job), name, _NAMED_JOB_ACTIONS)]
        if is_unresolved(name):
            self._names_of_the_deployment += 1
            return iam.ManagedPolicy(
                job,
                f"ManagedNamePermissions{self._address(job)}",
                roles=[self._function_role],
                statements=statements,
                description=f"For the optimization job {name}",
            )
        self._explicit_names += 1
        self._other_spellings += len(spellings(name)) - 1
        return attach_policy(
            job,
            f"NamePermissions{hashlib.sha256(name.encode()).hexdigest()[:8]}",
            self._function_role,
            statements,
            managed=self._managed,
        )

    def _address(self, job: Construct) -> str:
        """Return a suffix for jobs with the same path in different stacks that share a function."""
        own = stack_of(job) is stack_of(self._function_role)
        return "" if own else job.node.addr[:8]

    @property
    def size(self) -> int:
        """The estimated characters of the inline policies, without those of FIXED."""
        if self._managed:
            return 0
        roles = sum(_UNKNOWN_ROLE if is_unresolved(arn) else len(arn) + 3 for arn in self._roles)
        names = self._explicit_names * _EXPLICIT_NAME + self._other_spellings * _ANOTHER_SPELLING
        apart = statements_size(self, self._apart) + self._policies_apart * _EMPTY_POLICY
        read = sum(policy_size(policy, policy.document) for policy in self._read)
        return min(roles, _ROLES_INLINE) + names + apart + read

    def validate(self) -> list[str]:
        """Find at synthesis that the role has no room for the policies."""
        size = FIXED + statements_size(self, self._beside) + self.size
        if self._managed or size <= INLINE_LIMIT:
            return self._too_many_policies()
        named = f"{self._explicit_names} jobs with an optimization_job_name"
        return [
            (
                f"the function's role has no room for {named if self._explicit_names else 'its jobs'}: IAM "
                f"takes {INLINE_LIMIT} characters of policies, and they make about {size}, with what the "
                "provider's props need; leave some of the names to the library, or give the jobs a stack of "
                "their own"
            )
        ]

    def _too_many_policies(self) -> list[str]:
        named = self._names_of_the_deployment
        managed = len(self._policies) - 1
        if self._managed:
            named += self._explicit_names
            managed += 1 + _OF_THE_FUNCTION + self._policies_apart
        managed += named
        names = f" and {named} jobs with an optimization_job_name" if named else ""
        if managed <= _MANAGED_POLICIES:
            return []
        return [
            (
                f"the function's role has no room for {len(self._roles)} roles of jobs{names}: IAM attaches "
                f"{_MANAGED_POLICIES} managed policies to a role, and they need {managed}; let jobs share "
                "roles, or give some jobs a stack of their own"
            )
        ]

    def _managed_policy(self, number: int, statement: iam.PolicyStatement) -> iam.ManagedPolicy:
        return iam.ManagedPolicy(
            self, f"MoreRoles{number}", roles=[self._function_role], statements=[statement]
        )


def _use_jobs(stack: cdk.Stack, name: str, actions: Sequence[str] = JOB_ACTIONS) -> iam.PolicyStatement:
    arn = stack.format_arn(service="sagemaker", resource="optimization-job", resource_name=name)
    return iam.PolicyStatement(actions=list(actions), resources=spellings(arn))


def _registry_arns(stack: cdk.Stack, group: str) -> tuple[list[str], list[str]]:
    """Return the ARNs of a group and of its versions, with the group's name as given and in lower case."""
    name = group.rpartition("/")[2] if group.startswith("arn:") else group
    arn = (
        group
        if group.startswith("arn:")
        else stack.format_arn(service="sagemaker", resource="model-package-group", resource_name=name)
    )
    groups = spellings(arn)
    return groups, [f"{each.replace(':model-package-group/', ':model-package/')}/*" for each in groups]
