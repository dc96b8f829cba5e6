"""How the function's code gets into the account, whichever way the CDK was set up there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from tests.constructs.fit.support import synthesized
from tests.constructs.support import flat, make_job, properties_of


def _template(synthesizer: cdk.IStackSynthesizer | None, **context: Any) -> dict[str, Any]:
    app = cdk.App(context=context)
    make_job(cdk.Stack(app, "Stack", synthesizer=synthesizer))
    return synthesized(app)["Stack"]


def _code(template: dict[str, Any]) -> dict[str, Any]:
    code: dict[str, Any] = properties_of(template, "AWS::Lambda::Function")["Code"]
    return code


@pytest.mark.parametrize(
    "synthesizer",
    [cdk.DefaultStackSynthesizer, cdk.CliCredentialsStackSynthesizer],
    ids=lambda kind: str(kind.__name__),
)
def test_the_code_is_in_the_bucket_of_the_bootstrapping(synthesizer: type[cdk.StackSynthesizer]) -> None:
    code = _code(_template(synthesizer()))
    assert "cdk-hnb659fds-assets-" in str(code["S3Bucket"])
    assert code["S3Key"].endswith(".zip")


def test_a_bucket_of_ones_own_takes_the_code() -> None:
    synthesizer = cdk.CliCredentialsStackSynthesizer(
        file_assets_bucket_name="our-assets", bucket_prefix="llm/"
    )
    code = _code(_template(synthesizer))
    assert code["S3Bucket"] == "our-assets"
    assert code["S3Key"].startswith("llm/")


def test_the_legacy_synthesizer_makes_parameters_of_the_codes_place() -> None:
    template = _template(cdk.LegacyStackSynthesizer())
    assert flat(_code(template)["S3Bucket"]).startswith("${AssetParameters")
    assert len(template["Parameters"]) == 3


def test_without_a_place_for_the_code_the_error_says_so() -> None:
    with pytest.raises(
        RuntimeError, match="Cannot add assets to a Stack that uses the BootstraplessSynthesizer"
    ):
        _template(cdk.BootstraplessSynthesizer())


def test_nothing_is_bundled_so_bundling_may_be_switched_off() -> None:
    for stacks in ([], ["**"]):
        app = cdk.App(context={"aws:cdk:bundling-stacks": stacks})
        make_job(cdk.Stack(app, "Stack"))
        (code,) = Path(app.synth().directory).glob("asset.*")
        assert (code / "optimization_job" / "handler.py").is_file()


def test_two_syntheses_are_the_same() -> None:
    # Otherwise `cdk diff` and `cdk watch` would see a change where there is none.
    assert _template(None) == _template(None)
