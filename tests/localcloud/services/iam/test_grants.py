"""The grants of a role, and those of them that were needed."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from localcloud import LocalCloud

Make = Callable[..., str]

BUCKETS = ["arn:aws:s3:::one", "arn:aws:s3:::two"]


class TestGrants:
    def used(self, cloud: LocalCloud, role_arn: str) -> set[tuple[str, str]]:
        unused = cloud.authorization.grants(role_arn) - cloud.authorization.needed
        return {(grant.action, grant.resource) for grant in cloud.authorization.grants(role_arn) - unused}

    def test_each_action_and_each_resource_is_one(self, cloud: LocalCloud, role: Make) -> None:
        condition = {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}
        arn = role(
            {"Effect": "Allow", "Action": ["a:b", "a:c"], "Resource": BUCKETS, "Condition": condition},
            {"Effect": "Deny", "Action": "a:d", "Resource": "*"},
        )
        grants = cloud.authorization.grants(arn)
        assert {(grant.role, grant.action, grant.resource) for grant in grants} == {
            ("worker", action, resource) for action in ("a:b", "a:c") for resource in BUCKETS
        }
        assert {json.loads(grant.condition)["StringEquals"]["aws:RequestedRegion"] for grant in grants} == {
            "us-east-1"
        }

    def test_one_is_needed_when_nothing_else_allows_it(self, cloud: LocalCloud, role: Make) -> None:
        arn = role({"Effect": "Allow", "Action": ["sqs:ListQueues", "sqs:CreateQueue"], "Resource": "*"})
        cloud.client("sqs", role_arn=arn).list_queues()
        assert self.used(cloud, arn) == {("sqs:ListQueues", "*")}
        cloud.authorization.reset()
        assert self.used(cloud, arn) == set()

    def test_none_is_needed_where_two_allow_it(self, cloud: LocalCloud, role: Make) -> None:
        arn = role({"Effect": "Allow", "Action": ["sqs:ListQueues", "sqs:*"], "Resource": "*"})
        cloud.client("sqs", role_arn=arn).list_queues()
        assert self.used(cloud, arn) == set()

    def test_none_is_needed_for_what_was_refused(self, cloud: LocalCloud, role: Make) -> None:
        arn = role({"Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*"})
        with pytest.raises(ClientError):
            cloud.client("sqs", role_arn=arn).create_queue(QueueName="q")
        assert self.used(cloud, arn) == set()

    def test_none_is_needed_where_the_resource_allows_it_itself(self, cloud: LocalCloud, role: Make) -> None:
        arn = role({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"})
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket="models")
        s3.put_object(Bucket="models", Key="k", Body=b"")
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": arn},
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::models/*",
        }
        s3.put_bucket_policy(
            Bucket="models", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        )
        cloud.client("s3", role_arn=arn).get_object(Bucket="models", Key="k")
        assert self.used(cloud, arn) == set()
