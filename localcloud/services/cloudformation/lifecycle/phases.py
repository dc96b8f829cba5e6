"""The phases of an operation: bring every resource to the template, and delete what is not wanted."""

from __future__ import annotations

from collections.abc import Iterable

from localcloud.services.cloudformation.errors import ResourceFailure, TemplateError
from localcloud.services.cloudformation.lifecycle.deletion import Item, delete_physical
from localcloud.services.cloudformation.lifecycle.steps import Steps
from localcloud.services.cloudformation.stacks import Output, Resource, Stack
from localcloud.services.cloudformation.template import MASK, references
from localcloud.services.cloudformation.template.intrinsics import as_text
from localcloud.services.cloudformation.work import Outcome

CLEANUP_ATTEMPTS = 3


def apply(steps: Steps, *, stop_on_failure: bool, time_limit: float | None = None) -> Outcome:
    """Create and update the resources of the steps' template, each after those it depends on."""
    stack = steps.stack
    try:
        definitions = steps.scope.active_resources()
    except TemplateError as error:
        return Outcome(failed={stack.name: str(error)})
    template = steps.settings.template
    needs = {name: template.dependencies(name) & definitions.keys() for name in definitions}

    def act(logical_id: str) -> None:
        resource, definition = stack.resources.get(logical_id), definitions[logical_id]
        if resource is not None and logical_id in steps.skipped:
            steps.skip(resource)
        elif resource is None or resource.physical is None:
            steps.create(definition)
        elif resource.status in ("CREATE_FAILED", "DELETE_FAILED"):
            # What an earlier operation could not finish has no state to go on from.
            if steps.engine.site.dialect.failed_create_is_deleted == "before":
                delete_physical(steps, item_of(resource, created_now=True))
            else:
                steps.leave(resource, resource.physical)
            steps.create(definition)
        else:
            steps.update(definition, resource)

    return steps.work.run(needs, act, stop_on_failure=stop_on_failure, time_limit=time_limit)


def delete(steps: Steps, items: Iterable[Item], *, attempts: int = 1) -> Outcome:
    """Delete physical resources, each before those it depends on."""
    by_key = {item.key: item for item in items}
    needs = {
        key: frozenset(
            other_key
            for other_key, other in by_key.items()
            if item.logical_id in other.dependencies and item.logical_id != other.logical_id
        )
        for key, item in by_key.items()
    }

    def act(key: str) -> None:
        for attempt in range(attempts):
            try:
                delete_physical(steps, by_key[key])
                return
            except ResourceFailure:
                if attempt == attempts - 1:
                    raise

    return steps.work.run(needs, act, stop_on_failure=False)


def item_of(resource: Resource, *, created_now: bool = False, policy: str | None = None) -> Item:
    """A logical resource, to be deleted."""
    return Item(
        resource.logical_id,
        resource.type,
        resource.physical,
        policy or resource.deletion_policy,
        resource.dependencies,
        resource,
        created_now,
    )


def leftover_items(stack: Stack) -> list[Item]:
    """Return the physical resources that newer ones have replaced."""
    return [
        Item(left.logical_id, left.type, left.physical, left.policy, left.dependencies)
        for left in stack.leftovers
    ]


def resolve_outputs(steps: Steps) -> tuple[Output, ...]:
    """The stack's outputs as they are now. Raises TemplateError."""
    scope = steps.scope
    outputs = []
    for key, declaration in steps.settings.template.outputs.items():
        if "Condition" in declaration and not scope.condition(str(declaration["Condition"])):
            continue
        value = scope.value(declaration.get("Value"))
        if not isinstance(value, str | int | float | bool):
            raise TemplateError(
                f"Template format error: Output {key} is malformed. The Value field of every Outputs member"
                " must evaluate to a String."
            )
        export = scope.value(declaration["Export"]["Name"]) if "Export" in declaration else None
        outputs.append(Output(key, _shown(steps, declaration, value), declaration.get("Description"), export))
    _check_exports(steps, outputs)
    return tuple(outputs)


def _shown(steps: Steps, declaration: object, value: object) -> str:
    for reference in references(declaration):
        resource = steps.stack.resources.get(reference.name)
        if reference.attribute is not None and resource and resource.physical and resource.physical.no_echo:
            return MASK
    return as_text(value)


def _check_exports(steps: Steps, outputs: list[Output]) -> None:
    stack, engine = steps.stack, steps.engine
    names = {output.export_name: output for output in outputs if output.export_name is not None}
    for owner, output in engine.exports():
        if owner is not stack and output.export_name in names:
            raise TemplateError(
                f"Export with name {output.export_name} is already exported by stack {owner.name}. Rollback"
                " requested by user."
            )
    for old in stack.outputs:
        kept, users = names.get(old.export_name or ""), engine.importers(old.export_name)
        if users and (kept is None or kept.value != old.value):
            verb = "delete" if kept is None else "update"
            raise TemplateError(
                f"Cannot {verb} export {old.export_name} as it is in use by {', '.join(users)}."
            )
