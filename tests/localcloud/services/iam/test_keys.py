"""Keys that are named by their aliases: policies are about the keys themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from localcloud import LocalCloud
from tests.localcloud.services.iam.test_authorization import ACCOUNT, allow

ALIAS = f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/models"
ANY_KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/*"


@dataclass(frozen=True)
class Worker:
    """A role that uses a key with an alias."""

    cloud: LocalCloud
    role: Callable[..., str]
    key: str

    def may(self, action: str, key: str, *statements: dict[str, Any]) -> bool:
        arn = self.role(*statements)
        return self.cloud.authorization.authorize(arn, action, key).allowed


@pytest.fixture
def worker(cloud: LocalCloud, role: Callable[..., str]) -> Worker:
    kms = cloud.client("kms")
    key = str(kms.create_key()["KeyMetadata"]["Arn"])
    kms.create_alias(AliasName="alias/models", TargetKeyId=key)
    return Worker(cloud, role, key)


def test_an_alias_in_a_policy_does_not_match_the_key(worker: Worker) -> None:
    statement = allow("kms:*", ALIAS)
    assert not worker.may("kms:GenerateDataKey", worker.key, statement)


def test_an_alias_in_a_policy_does_not_match_a_key_that_is_named_by_it(worker: Worker) -> None:
    statement = allow("kms:*", ALIAS)
    assert not worker.may("kms:GenerateDataKey", ALIAS, statement)


def test_a_key_in_a_policy_matches_when_it_is_named_by_its_alias(worker: Worker) -> None:
    assert worker.may("kms:GenerateDataKey", ALIAS, allow("kms:*", worker.key))


@pytest.mark.parametrize(("alias", "allowed"), [("alias/models", True), ("alias/others", False)])
@pytest.mark.parametrize("named_by", ["key", "alias"])
def test_the_aliases_of_a_key_are_a_condition(
    worker: Worker, alias: str, allowed: bool, named_by: str
) -> None:
    condition = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": alias}}
    statement = allow("kms:*", ANY_KEY, Condition=condition)
    key = worker.key if named_by == "key" else ALIAS
    assert worker.may("kms:Decrypt", key, statement) is allowed


@pytest.mark.parametrize(
    ("action", "named_by", "allowed"),
    [
        ("kms:GenerateDataKey", "alias", True),
        ("kms:GenerateDataKey", "key", False),
        # The ciphertext names the key.
        ("kms:Decrypt", "alias", False),
    ],
)
def test_the_alias_of_a_request_is_a_condition(
    worker: Worker, action: str, named_by: str, allowed: bool
) -> None:
    condition = {"StringEquals": {"kms:RequestAlias": "alias/models"}}
    statement = allow("kms:*", ANY_KEY, Condition=condition)
    key = worker.key if named_by == "key" else ALIAS
    assert worker.may(action, key, statement) is allowed


def test_a_key_of_an_alias_that_is_elsewhere_has_that_alias(
    cloud: LocalCloud, role: Callable[..., str]
) -> None:
    condition = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/theirs"}}
    theirs = ALIAS.replace("models", "theirs")
    arn = role(allow("kms:Encrypt", ANY_KEY, Condition=condition), allow("kms:Decrypt", theirs))
    assert cloud.authorization.authorize(arn, "kms:Encrypt", theirs).allowed
    assert not cloud.authorization.authorize(arn, "kms:Decrypt", theirs).allowed


def test_a_call_names_a_key_by_its_alias(cloud: LocalCloud, worker: Worker) -> None:
    client = cloud.client("kms", role_arn=worker.role(allow("kms:GenerateDataKey", worker.key)))
    assert client.generate_data_key(KeyId="alias/models", KeySpec="AES_256")["KeyId"] == worker.key


def test_an_object_may_be_encrypted_with_a_key_named_by_its_alias(cloud: LocalCloud, worker: Worker) -> None:
    cloud.client("s3").create_bucket(Bucket="models")
    s3 = cloud.client("s3", role_arn=worker.role(allow("s3:*"), allow("kms:GenerateDataKey", worker.key)))
    s3.put_object(Bucket="models", Key="a", ServerSideEncryption="aws:kms", SSEKMSKeyId="alias/models")
