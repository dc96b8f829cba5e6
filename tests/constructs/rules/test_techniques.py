"""Which techniques go together, and what they cannot do without."""

from __future__ import annotations

from typing import Any

import pytest

import cdk_sagemaker_optimization as optimization
from tests.constructs.rules.support import (
    COMPILATION,
    DEGREE,
    EAGLE,
    NEURON_COMPILATION,
    SHARDING,
    Attempts,
    Config,
    quantization,
    token,
)


@pytest.mark.parametrize(
    ("configs", "instance"),
    [
        ([COMPILATION], "ml.g5.2xlarge"),
        ([COMPILATION, quantization("awq")], "ml.p5.48xlarge"),
        ([COMPILATION, quantization("fp8")], "ml.p4d.24xlarge"),
        ([COMPILATION, quantization("smoothquant")], "ml.p4de.24xlarge"),
        ([quantization()], "ml.g5.2xlarge"),
        ([quantization("awq")], "ml.g6.2xlarge"),
        ([quantization("fp8")], "ml.g6.2xlarge"),
        ([quantization("awq"), EAGLE], "ml.g5.2xlarge"),
        ([SHARDING], "ml.p4d.24xlarge"),
        ([EAGLE], "ml.g6.24xlarge"),
        ([NEURON_COMPILATION], "ml.inf2.8xlarge"),
        ([NEURON_COMPILATION], "ml.trn1.32xlarge"),
        ([NEURON_COMPILATION], "ml.trn1n.32xlarge"),
    ],
)
def test_what_works_passes_without_a_word(
    attempts: Attempts, configs: list[optimization.OptimizationConfig], instance: str
) -> None:
    assert attempts.warnings(*configs, instance=instance) == {}


def test_a_job_without_a_config_is_refused(attempts: Attempts) -> None:
    assert attempts.refusal() == "optimization_configs must have between 1 and 10 items, got 0 items: []"


@pytest.mark.parametrize(
    ("others", "named"),
    [
        ([quantization("awq")], "quantization"),
        ([COMPILATION], "compilation"),
        ([EAGLE], "speculative decoding"),
        ([COMPILATION, quantization("awq")], "quantization and compilation"),
        ([EAGLE, COMPILATION, quantization("awq")], "quantization, compilation and speculative decoding"),
    ],
)
@pytest.mark.parametrize("instance", ["ml.g5.12xlarge", "ml.p5e.48xlarge"])
def test_sharding_beside_anything_else_is_refused_for_every_family(
    attempts: Attempts, others: list[optimization.OptimizationConfig], named: str, instance: str
) -> None:
    message = attempts.refusal(SHARDING, *others, instance=instance).split("; ")[0]
    assert message == (
        f"optimization_configs must hold sharding alone, got sharding and {named}: give {named} to a job of "
        "its own, and shard its artifact"
    )


@pytest.mark.parametrize(
    ("degree", "got"), [(None, "none"), ("", "none"), ("0", "0"), ("-1", "-1"), ("max", "max")]
)
def test_sharding_without_a_degree_is_refused(attempts: Attempts, degree: str | None, got: str) -> None:
    environment = {} if degree is None else {DEGREE: degree}
    assert attempts.refusal(Config.sharding(environment=environment)) == (
        f"sharding needs a tensor parallel degree, a whole number of at least 1, got {got}: give "
        f"OptimizationConfig.sharding(tensor_parallel_degree=…), or {DEGREE} in the environment"
    )


@pytest.mark.parametrize(
    ("config", "job_environment"),
    [
        (Config.sharding(tensor_parallel_degree=1), None),
        (Config.sharding(environment={DEGREE: "8"}), None),
        (Config.sharding(), {DEGREE: "8"}),
        (Config.sharding(tensor_parallel_degree=8), {DEGREE: "none"}),
    ],
)
def test_the_degree_may_be_in_either_environment_and_the_configs_own_counts(
    attempts: Attempts, config: optimization.OptimizationConfig, job_environment: dict[str, str] | None
) -> None:
    assert attempts.warnings(config, optimization_environment=job_environment) == {}


def test_a_degree_that_is_a_token_is_left_for_deployment(attempts: Attempts) -> None:
    degree = token(attempts.stack, "Degree")
    assert attempts.warnings(Config.sharding(environment={DEGREE: degree})) == {}
    assert attempts.warnings(Config.sharding(), optimization_environment={degree: "8"}) == {}


def test_sharding_what_is_to_be_quantized_is_warned_of(attempts: Attempts) -> None:
    environment = {"OPTION_QUANTIZE": "fp8"}
    assert attempts.warnings(SHARDING, optimization_environment=environment) == {
        "shardingOfQuantized": "sharding must come without OPTION_QUANTIZE in its environment, which its "
        "container refuses, got 'fp8': leave it out"
    }


@pytest.mark.parametrize("instance", ["ml.g5.2xlarge", "ml.p4d.24xlarge"])
def test_compilation_for_a_gpu_with_speculative_decoding_is_refused(
    attempts: Attempts, instance: str
) -> None:
    assert attempts.refusal(COMPILATION, EAGLE, instance=instance) == (
        f"optimization_configs for {instance} must not hold both compilation and speculative decoding, got "
        "compilation and speculative decoding: leave one of the two out"
    )


@pytest.mark.parametrize(
    ("configs", "got", "others"),
    [
        ([quantization("awq")], "quantization", "quantization"),
        ([SHARDING], "sharding", "sharding"),
        ([EAGLE], "speculative decoding", "speculative decoding"),
        ([quantization(), NEURON_COMPILATION], "quantization and compilation", "quantization"),
        (
            [NEURON_COMPILATION, EAGLE],
            "compilation and speculative decoding",
            "speculative decoding",
        ),
    ],
)
def test_for_neuron_anything_but_compilation_is_refused(
    attempts: Attempts, configs: list[optimization.OptimizationConfig], got: str, others: str
) -> None:
    assert attempts.refusal(*configs, instance="ml.inf2.8xlarge") == (
        f"optimization_configs for ml.inf2.8xlarge must hold compilation alone, got {got}: leave {others} "
        "out, or choose an instance type with GPUs"
    )


@pytest.mark.parametrize("instance", ["ml.inf2.8xlarge", "ml.trn1.2xlarge", "ml.trn1n.32xlarge"])
@pytest.mark.parametrize("environment", [None, {DEGREE: ""}])
def test_compilation_for_neuron_without_a_degree_is_warned_of(
    attempts: Attempts, instance: str, environment: dict[str, str] | None
) -> None:
    config = Config.compilation(environment=environment)
    assert attempts.warnings(config, instance=instance) == {
        "neuronCompilationWithoutDegree": f"compilation for {instance} needs {DEGREE}, the number of Neuron "
        "cores that share the model, as far as is known, got none: give "
        f"OptimizationConfig.compilation(environment={{'{DEGREE}': …}})"
    }


def test_the_degree_for_neuron_may_be_in_the_jobs_environment_or_a_token(attempts: Attempts) -> None:
    props: dict[str, Any] = {"instance": "ml.inf2.8xlarge"}
    assert attempts.warnings(COMPILATION, optimization_environment={DEGREE: "2"}, **props) == {}
    degree = token(attempts.stack, "NeuronDegree")
    assert attempts.warnings(Config.compilation(environment={DEGREE: degree}), **props) == {}


def test_every_problem_of_a_job_is_told_at_once(attempts: Attempts) -> None:
    message = attempts.refusal(Config.sharding(), EAGLE, COMPILATION)
    assert [problem.split(" ")[0] for problem in message.split("; ")] == [
        "optimization_configs",
        "sharding",
        "optimization_configs",
    ]


def test_techniques_are_not_judged_for_an_instance_type_that_is_a_token(attempts: Attempts) -> None:
    instance = token(attempts.stack, "InstanceType")
    assert attempts.warnings(COMPILATION, EAGLE, instance=instance) == {}
    assert attempts.warnings(quantization("smoothquant"), instance=instance) == {}
