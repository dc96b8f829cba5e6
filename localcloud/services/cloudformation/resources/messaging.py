"""Queues, topics and event rules."""

from __future__ import annotations

import json
from typing import Any

from localcloud.services.cloudformation.names import generated_name
from localcloud.services.cloudformation.provider import ResourceRequest
from localcloud.services.cloudformation.resources.calls import (
    ApiProvider,
    own_tags,
    pick,
    plain_tags,
    policy_text,
    tag_list,
    without,
)
from localcloud.services.cloudformation.stacks import Physical
from localcloud.services.cloudformation.template.intrinsics import as_text


class QueueProvider(ApiProvider):
    """`AWS::SQS::Queue`."""

    service = "sqs"
    attributes = frozenset({"Arn", "QueueName", "QueueUrl"})
    name_property = "QueueName"
    fixed = frozenset({"QueueName", "FifoQueue"})

    def create(self, request: ResourceRequest) -> Physical:
        properties = request.properties
        fifo = as_text(properties.get("FifoQueue", False)) == "true"
        room = 75 if fifo else 80
        generated = generated_name(request.stack_name, request.logical_id, limit=room) + (
            ".fifo" if fifo else ""
        )
        name = str(properties.get("QueueName") or generated)
        attributes = _queue_attributes(request)
        url = self.call(
            request, "create_queue", QueueName=name, Attributes=attributes, tags=own_tags(request)
        )["QueueUrl"]
        arn = f"arn:aws:sqs:{request.region}:{request.account}:{name}"
        return Physical(url, properties, {"Arn": arn, "QueueName": name, "QueueUrl": url})

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        attributes = {
            **{name: "" for name in ("RedrivePolicy", "KmsMasterKeyId") if name in request.old_properties}
        }
        attributes.update(_queue_attributes(request))
        attributes.pop("FifoQueue", None)
        if attributes:
            self.call(request, "set_queue_attributes", QueueUrl=physical.physical_id, Attributes=attributes)
        self.call(request, "tag_queue", QueueUrl=physical.physical_id, Tags=own_tags(request))
        return Physical(physical.physical_id, request.properties, physical.attributes)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        self.call_if_there(request, "delete_queue", QueueUrl=physical.physical_id)


def _queue_attributes(request: ResourceRequest) -> dict[str, str]:
    plain = without(request.properties, "QueueName", "Tags")
    return {
        name: json.dumps(value) if isinstance(value, dict) else as_text(value)
        for name, value in plain.items()
        if not (name == "FifoQueue" and as_text(value) == "false")
    }


class QueuePolicyProvider(ApiProvider):
    """`AWS::SQS::QueuePolicy`."""

    service = "sqs"
    taggable = False

    def create(self, request: ResourceRequest) -> Physical:
        self._put(request, policy_text(request.properties["PolicyDocument"]), request.properties["Queues"])
        return Physical(generated_name(request.stack_name, request.logical_id), request.properties)

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        queues = request.properties["Queues"]
        self._put(
            request, "", [queue for queue in request.old_properties.get("Queues", ()) if queue not in queues]
        )
        self._put(request, policy_text(request.properties["PolicyDocument"]), queues)
        return Physical(physical.physical_id, request.properties)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:  # noqa: ARG002
        self._put(request, "", request.properties["Queues"])

    def _put(self, request: ResourceRequest, policy: str, queues: Any) -> None:
        for queue in queues:
            self.call_if_there(request, "set_queue_attributes", QueueUrl=queue, Attributes={"Policy": policy})


class TopicProvider(ApiProvider):
    """`AWS::SNS::Topic`."""

    service = "sns"
    attributes = frozenset({"TopicArn", "TopicName"})
    name_property = "TopicName"
    name_limit = 256
    fixed = frozenset({"TopicName", "FifoTopic"})

    def create(self, request: ResourceRequest) -> Physical:
        name = self.name(request)
        tags = tag_list(plain_tags(request))
        attributes = _topic_attributes(request)
        arn = self.call(request, "create_topic", Name=name, Attributes=attributes, Tags=tags)["TopicArn"]
        for subscription in request.properties.get("Subscription") or ():
            self.call(request, "subscribe", TopicArn=arn, **pick(subscription, "Protocol", "Endpoint"))
        return Physical(arn, request.properties, {"TopicArn": arn, "TopicName": name})

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        for name, value in _topic_attributes(request).items():
            wanted = {"AttributeName": name, "AttributeValue": value}
            self.call(request, "set_topic_attributes", TopicArn=physical.physical_id, **wanted)
        return Physical(physical.physical_id, request.properties, physical.attributes)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        self.call_if_there(request, "delete_topic", TopicArn=physical.physical_id)


def _topic_attributes(request: ResourceRequest) -> dict[str, str]:
    return {
        name: as_text(value)
        for name, value in pick(request.properties, "DisplayName", "KmsMasterKeyId", "FifoTopic").items()
        if as_text(value) != "false"
    }


class SubscriptionProvider(ApiProvider):
    """`AWS::SNS::Subscription`."""

    changeable = frozenset[str]()
    service = "sns"
    attributes = frozenset({"Arn"})
    taggable = False

    def create(self, request: ResourceRequest) -> Physical:
        wanted = pick(request.properties, "TopicArn", "Protocol", "Endpoint")
        arn = self.call(request, "subscribe", **wanted, ReturnSubscriptionArn=True)["SubscriptionArn"]
        return Physical(arn, request.properties, {"Arn": arn})

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        self.call_if_there(request, "unsubscribe", SubscriptionArn=physical.physical_id)


class TopicPolicyProvider(ApiProvider):
    """`AWS::SNS::TopicPolicy`."""

    service = "sns"
    attributes = frozenset({"Id"})
    taggable = False

    def create(self, request: ResourceRequest) -> Physical:
        name = generated_name(request.stack_name, request.logical_id)
        return self._put(request, name)

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        return self._put(request, physical.physical_id)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        """Leave the policy: a topic always has one."""

    def _put(self, request: ResourceRequest, name: str) -> Physical:
        wanted = {
            "AttributeName": "Policy",
            "AttributeValue": policy_text(request.properties["PolicyDocument"]),
        }
        for topic in request.properties["Topics"]:
            self.call(request, "set_topic_attributes", TopicArn=topic, **wanted)
        return Physical(name, request.properties, {"Id": name})


class RuleProvider(ApiProvider):
    """`AWS::Events::Rule`."""

    service = "events"
    attributes = frozenset({"Arn"})
    name_property = "Name"
    fixed = frozenset({"Name", "EventBusName"})

    def create(self, request: ResourceRequest) -> Physical:
        return self._put(request, self.name(request))

    def update(self, request: ResourceRequest, physical: Physical) -> Physical:
        name = physical.physical_id
        kept = {target["Id"] for target in request.properties.get("Targets") or ()}
        gone = [
            target["Id"] for target in request.old_properties.get("Targets") or () if target["Id"] not in kept
        ]
        if gone:
            self.call(
                request, "remove_targets", Rule=name, Ids=gone, **pick(request.properties, "EventBusName")
            )
        return self._put(request, name)

    def delete(self, request: ResourceRequest, physical: Physical) -> None:
        bus = pick(request.properties, "EventBusName")
        targets = [target["Id"] for target in request.properties.get("Targets") or ()]
        if targets:
            self.call_if_there(request, "remove_targets", Rule=physical.physical_id, Ids=targets, **bus)
        self.call_if_there(request, "delete_rule", Name=physical.physical_id, **bus)

    def _put(self, request: ResourceRequest, name: str) -> Physical:
        properties = request.properties
        tags = tag_list(own_tags(request))
        wanted = without(properties, "Name", "Targets", "Tags", "EventPattern")
        if "EventPattern" in properties:
            wanted["EventPattern"] = policy_text(properties["EventPattern"])
        arn = self.call(request, "put_rule", Name=name, Tags=tags, **wanted)["RuleArn"]
        if properties.get("Targets"):
            bus = pick(properties, "EventBusName")
            self.call(request, "put_targets", Rule=name, Targets=properties["Targets"], **bus)
        return Physical(name, properties, {"Arn": arn})
