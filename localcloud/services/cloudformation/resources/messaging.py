"""Queues, topics and event rules."""

from __future__ import annotations

from typing import Any

from localcloud.services.cloudformation.names import generated_name
from localcloud.services.cloudformation.provider import ResourceRequest
from localcloud.services.cloudformation.resources.calls import ApiProvider, named, pick, without
from localcloud.services.cloudformation.stacks import Physical
from localcloud.services.cloudformation.template.intrinsics import as_text


class QueueProvider(ApiProvider):
    """`AWS::SQS::Queue`."""

    service, creates, updates, deletes = "sqs", "create_queue", "set_queue_attributes", "delete_queue"
    ref, identity = "{QueueUrl}", "QueueUrl"
    name_property = "QueueName"
    attributes = named(Arn="arn:aws:sqs:{region}:{account}:{name}", QueueName="{name}", QueueUrl="{ref}")
    fixed = frozenset({"QueueName", "FifoQueue"})
    keeps_aws_tags = True
    tag_key = ""

    def name(self, request: ResourceRequest) -> str:
        fifo = as_text(request.properties.get("FifoQueue", False)) == "true"
        generated = generated_name(request.stack_name, request.logical_id, limit=75 if fifo else 80)
        return str(request.properties.get("QueueName") or generated + (".fifo" if fifo else ""))

    def parameters(self, request: ResourceRequest, takes: tuple[str, ...] | None) -> dict[str, Any]:
        given = without(super().parameters(request, takes), "QueueName")
        attributes = {
            name: value
            for name, value in given.items()
            if name != "FifoQueue" or (as_text(value) == "true" and not request.old_properties)
        }
        removed = [name for name in ("RedrivePolicy", "KmsMasterKeyId") if name in request.old_properties]
        return {"Attributes": dict.fromkeys(removed, "") | attributes}

    def configure(self, request: ResourceRequest, physical_id: str) -> None:
        if request.old_properties:
            self.call(request, "tag_queue", QueueUrl=physical_id, Tags=self.tags(request))


class QueuePolicyProvider(ApiProvider):
    """`AWS::SQS::QueuePolicy`."""

    service = "sqs"
    taggable = False

    def create(self, request: ResourceRequest) -> Physical:
        self._put(request, request.properties["PolicyDocument"], request.properties["Queues"])
        return Physical(generated_name(request.stack_name, request.logical_id), request.properties)

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        queues = request.properties["Queues"]
        gone = [queue for queue in request.old_properties.get("Queues", ()) if queue not in queues]
        self._put(request, "", gone)
        self._put(request, request.properties["PolicyDocument"], queues)
        return Physical(physical.physical_id, request.properties)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:  # noqa: ARG002
        self._put(request, "", request.properties["Queues"])

    def _put(self, request: ResourceRequest, policy: Any, queues: Any) -> None:
        for queue in queues:
            self.call_if_there(request, "set_queue_attributes", QueueUrl=queue, Attributes={"Policy": policy})


class TopicProvider(ApiProvider):
    """`AWS::SNS::Topic`."""

    service, creates, deletes, ref, identity = "sns", "create_topic", "delete_topic", "{TopicArn}", "TopicArn"
    name_property = "TopicName"
    name_limit = 256
    renamed = named(TopicName="Name")
    attributes = named(TopicArn="{ref}", TopicName="{name}")
    fixed = frozenset({"TopicName", "FifoTopic"})

    def parameters(self, request: ResourceRequest, takes: tuple[str, ...] | None) -> dict[str, Any]:  # noqa: ARG002
        given = pick(request.properties, "DisplayName", "KmsMasterKeyId", "FifoTopic")
        return {"Attributes": {name: value for name, value in given.items() if as_text(value) != "false"}}

    def configure(self, request: ResourceRequest, physical_id: str) -> None:
        if not request.old_properties:
            for subscription in request.properties.get("Subscription") or ():
                wanted = pick(subscription, "Protocol", "Endpoint")
                self.call(request, "subscribe", TopicArn=physical_id, **wanted)
            return
        for name, value in self.parameters(request, None)["Attributes"].items():
            wanted = {"TopicArn": physical_id, "AttributeName": name, "AttributeValue": value}
            self.call(request, "set_topic_attributes", **wanted)


class SubscriptionProvider(ApiProvider):
    """`AWS::SNS::Subscription`."""

    service, creates, deletes = "sns", "subscribe", "unsubscribe"
    ref, identity = "{SubscriptionArn}", "SubscriptionArn"
    takes = ("TopicArn", "Protocol", "Endpoint")
    attributes = named(Arn="{ref}")
    changeable = frozenset[str]()
    taggable = False

    def parameters(self, request: ResourceRequest, takes: tuple[str, ...] | None) -> dict[str, Any]:
        return {**super().parameters(request, takes), "ReturnSubscriptionArn": True}


class TopicPolicyProvider(ApiProvider):
    """`AWS::SNS::TopicPolicy`. Deleting it leaves the policy: a topic always has one."""

    service = "sns"
    attributes = named(Id="{ref}")
    taggable = False

    def create(self, request: ResourceRequest) -> Physical:
        return self._put(request, generated_name(request.stack_name, request.logical_id))

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        return self._put(request, physical.physical_id)

    def _put(self, request: ResourceRequest, name: str) -> Physical:
        wanted = {"AttributeName": "Policy", "AttributeValue": request.properties["PolicyDocument"]}
        for topic in request.properties["Topics"]:
            self.call(request, "set_topic_attributes", TopicArn=topic, **wanted)
        return Physical(name, request.properties, {"Id": name})


class RuleProvider(ApiProvider):
    """`AWS::Events::Rule`."""

    service, creates, updates, deletes = "events", "put_rule", "put_rule", "delete_rule"
    identity = name_property = "Name"
    attributes = named(Arn="{RuleArn}")
    fixed = frozenset({"Name", "EventBusName"})
    keeps_aws_tags = True

    def parameters(self, request: ResourceRequest, takes: tuple[str, ...] | None) -> dict[str, Any]:
        return {**without(super().parameters(request, takes), "Targets"), "Tags": self.tags(request)}

    def configure(self, request: ResourceRequest, physical_id: str) -> None:
        which = {"Rule": physical_id, **pick(request.properties, "EventBusName")}
        targets = request.properties.get("Targets") or ()
        kept = [target["Id"] for target in targets]
        gone = [each["Id"] for each in request.old_properties.get("Targets") or () if each["Id"] not in kept]
        if gone:
            self.call(request, "remove_targets", **which, Ids=gone)
        if targets:
            self.call(request, "put_targets", **which, Targets=targets)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        bus = pick(request.properties, "EventBusName")
        targets = [target["Id"] for target in request.properties.get("Targets") or ()]
        if targets:
            self.call_if_there(request, "remove_targets", Rule=physical.physical_id, Ids=targets, **bus)
        self.call_if_there(request, "delete_rule", Name=physical.physical_id, **bus)
