"""Checks that turn the request of a caller into the settings of a stack."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from botocore.exceptions import ClientError

from localcloud.kernel.api import ApiError
from localcloud.services.cloudformation.engine import Engine
from localcloud.services.cloudformation.errors import validation_error
from localcloud.services.cloudformation.names import stack_arn
from localcloud.services.cloudformation.stacks import Settings, Stack
from localcloud.services.cloudformation.template import (
    Template,
    parameter_values,
    read_template,
    required_capabilities,
    validate,
)
from localcloud.services.cloudformation.template.validation import check_rules
from localcloud.services.cloudformation.values import sources

_BUCKET_HOST = re.compile(r"(?P<bucket>.+)\.s3[.-](?:dualstack\.)?(?:[a-z0-9-]+\.)?amazonaws\.com(?:\.cn)?$")

MAXIMUM_BYTES = 1_000_000


def settings_for(engine: Engine, name: str, stack: Stack | None, asked: Mapping[str, Any]) -> Settings:
    """Return the settings that a stack is to get. Raises ApiError, as CloudFormation refuses it.

    Args:
        stack: The stack as it is; None if it is to be created.
        asked: The parameters of the API call. What is not given stays as it is.
    """
    old = Settings() if stack is None else stack.settings
    if asked.get("UsePreviousTemplate"):
        template = old.template
    else:
        template = read_template(template_body(engine, asked.get("TemplateBody"), asked.get("TemplateURL")))
    validate(template, engine.providers.attributes_of)
    capabilities = tuple(asked.get("Capabilities") or ())
    _check_capabilities(template, capabilities)
    given, tags, notified = asked.get("Parameters") or (), asked.get("Tags"), asked.get("NotificationARNs")
    parameters = parameter_values(template.parameters, given, old.parameters, engine.read_ssm)
    settings = Settings(
        template=template,
        parameters=parameters,
        tags=old.tags if tags is None else {tag["Key"]: tag["Value"] for tag in tags},
        capabilities=capabilities,
        notification_arns=old.notification_arns if notified is None else tuple(notified),
        role_arn=asked.get("RoleARN") or old.role_arn,
    )
    region, account = engine.site.region, engine.site.account
    shown = stack or Stack(stack_arn(region, account, name), name, region, account, engine.clock.now(), "")
    check_rules(template, parameters, sources(engine, shown, settings))
    if stack is not None:
        _check_types(stack, template)
    return settings


def template_body(engine: Engine, body: str | None, url: str | None) -> str:
    """The template's text. Raises ApiError if there is none."""
    if body is not None:
        return body
    if url is None:
        raise validation_error("Either Template URL or Template Body must be specified.")
    bucket, key = _location(url, engine.site.endpoint_url)
    try:
        found = engine.client("s3").get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        raise validation_error(f"S3 error: {error.response['Error'].get('Message', error)}") from error
    content: bytes = found["Body"].read()
    if len(content) > MAXIMUM_BYTES:
        raise validation_error(f"Template may not exceed {MAXIMUM_BYTES} bytes in size.")
    return content.decode()


def _location(url: str, endpoint_url: str) -> tuple[str, str]:
    """The bucket and the key in an S3 URL of either style."""
    parts = urlsplit(url)
    host, path = parts.hostname or "", unquote(parts.path).lstrip("/")
    match = _BUCKET_HOST.match(host)
    if match:
        return match["bucket"], path
    own_host = urlsplit(endpoint_url).hostname or ""
    for suffix in (f".{own_host}", ".localhost", ".s3.localhost"):
        if host.endswith(suffix):
            return host.removesuffix(suffix), path
    bucket, _, key = path.partition("/")
    if not bucket or not key:
        raise validation_error(f"TemplateURL must be a supported URL: {url}")
    return bucket, key


def _check_capabilities(template: Template, capabilities: Sequence[str]) -> None:
    needed = required_capabilities(template)
    if needed is None or "CAPABILITY_NAMED_IAM" in capabilities or needed in capabilities:
        return
    raise ApiError("InsufficientCapabilitiesException", f"Requires capabilities : [{needed}]")


def _check_types(stack: Stack, template: Template) -> None:
    changed = [
        name
        for name, definition in template.resources.items()
        if name in stack.resources
        and stack.resources[name].physical is not None
        and stack.resources[name].type != definition.type
    ]
    if changed:
        raise validation_error(
            "Update of resource type is not permitted. The new template modifies resource type of the"
            " following"
            f" resources: [{', '.join(changed)}]"
        )
