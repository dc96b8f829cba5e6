"""A report of `make live` tells nothing of the account, and keeps everything else word for word."""

from __future__ import annotations

import pytest

from tools.live.masking import Masking

MASKING = Masking({"0a1b2c3d": "run", "team-bucket": "<bucket>"})


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (
            "User: arn:aws:sts::123456789012:assumed-role/Admin/ann@example.com is not authorized to x",
            "User: arn:aws:sts::111122223333:assumed-role/<role>/<session> is not authorized to x",
        ),
        ("arn:aws-cn:iam::123456789012:role/service-role/Jobs", "arn:aws-cn:iam::111122223333:role/<name>"),
        (
            "arn:aws:cloudformation:us-east-1:123456789012:stack/Secret/5b0b1a50-cb0e-11f0-8c3e-0affd2a1b7e5",
            "arn:aws:cloudformation:us-east-1:111122223333:stack/<stack>/<id>",
        ),
        ("(RequestId: 5b0b1a50-cb0e-11f0-8c3e-0affd2a1b7e5)", "(RequestId: <uuid>)"),
        ("s3://ours/model/ of arn:aws:s3:::ours/x", "s3://<bucket>/model/ of arn:aws:s3:::<bucket>/x"),
        ("no objects in team-bucket", "no objects in <bucket>"),
        ("PUT x?X-Amz-Signature=ab%2Fcd&X-Amz-Date=20260101", "PUT x?X-Amz-Signature=…&X-Amz-Date=20260101"),
        ("the key ASIAABCDEFGHIJKLMNOP, or AROAABCDEFGHIJKLMNOP:ann", "the key <id>, or <id>"),
        ("Encoded authorization failure message: x-Yz_9", "Encoded authorization failure message: <message>"),
        ("job live-0a1b2c3d-Job", "job live-run-Job"),
        ("the limit is 0 Instances", "the limit is 0 Instances"),
        ("Requested resource not found.", "Requested resource not found."),
    ],
)
def test_what_identifies_is_masked_and_nothing_else(text: str, masked: str) -> None:
    assert MASKING.text(text) == masked


def test_texts_are_masked_however_deep_they_are() -> None:
    document = {"123456789012": [{"words": "in 123456789012"}, 7, None, True]}
    assert MASKING.everything(document) == {"111122223333": [{"words": "in 111122223333"}, 7, None, True]}
