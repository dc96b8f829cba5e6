"""Sources of the values in a stack's template."""

from __future__ import annotations

from typing import Any

from localcloud.services.cloudformation.engine import Engine
from localcloud.services.cloudformation.errors import TemplateError
from localcloud.services.cloudformation.stacks import Physical, Settings, Stack
from localcloud.services.cloudformation.template.dynamic_references import replace_dynamic_references
from localcloud.services.cloudformation.template.intrinsics import Sources


def sources(engine: Engine, stack: Stack, settings: Settings) -> Sources:
    """Return the sources of the values in a stack's template."""

    def ref(name: str) -> Any:
        physical = _physical(engine, stack, name)
        return physical.physical_id if physical.ref is None else physical.ref

    def attribute(logical_id: str, name: str) -> Any:
        physical = _physical(engine, stack, logical_id)
        try:
            return engine.providers.of(stack.resources[logical_id].type).attribute(physical, name)
        except TemplateError as error:
            raise TemplateError(
                str(error).replace("resource does not support", f"resource {logical_id} does not support")
            ) from error

    def imported(name: str) -> str:
        for _, output in engine.exports():
            if output.export_name == name:
                with engine.changed:
                    stack.imports.add(name)
                return output.value
        raise TemplateError(f"No export named {name} found.")

    def stack_output(stack_name: str, output_name: str, region: str | None, role_arn: str | None) -> str:
        if role_arn is not None and role_arn.split(":")[4:5] != [stack.account]:
            raise TemplateError(
                f"Fn::GetStackOutput of {stack_name} with {role_arn}: the local cloud has one account only,"
                f" {stack.account}"
            )
        place = region or stack.region
        with engine.changed:
            named = (each for each in engine.stacks.values() if stack_name in (each.name, each.stack_id))
            found = next((each for each in named if each.exists and each.region == place), None)
            outputs = {} if found is None else {output.key: output.value for output in found.outputs}
        if found is None:
            raise TemplateError(f"Stack with id {stack_name} does not exist in {place}")
        if output_name not in outputs:
            raise TemplateError(f"Stack {stack_name} in {place} has no output {output_name}")
        return outputs[output_name]

    return Sources(
        account=stack.account,
        region=stack.region,
        stack_id=stack.stack_id,
        stack_name=stack.name,
        notification_arns=settings.notification_arns,
        ref=ref,
        attribute=attribute,
        imported=imported,
        stack_output=stack_output,
        secret=lambda text: replace_dynamic_references(text, engine.client),
    )


def _physical(engine: Engine, stack: Stack, logical_id: str) -> Physical:
    with engine.changed:
        resource = stack.resources.get(logical_id)
        if resource is None or resource.physical is None:
            raise TemplateError(f"Resource {logical_id} does not exist")
        return resource.physical
