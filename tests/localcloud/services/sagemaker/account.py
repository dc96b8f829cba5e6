"""An account in which jobs and endpoints work."""

from __future__ import annotations

import json

from localcloud import LocalCloud

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def make_account(cloud: LocalCloud) -> None:
    """Make the role `execution`, which may do everything, and the bucket `models`."""
    iam = cloud.client("iam")
    iam.create_role(RoleName="execution", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(RoleName="execution", PolicyName="all", PolicyDocument=json.dumps(EVERYTHING))
    cloud.client("s3").create_bucket(Bucket="models")
