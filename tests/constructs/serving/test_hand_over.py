"""A job's values reach a model of its own stack as they are, and of another one without an export."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

import cdk_sagemaker_optimization as optimization
from cdk_sagemaker_optimization._lambda.optimization_job import contract
from cdk_sagemaker_optimization.checks.validation import check
from tests.constructs.fit.support import nested_template, synthesized
from tests.constructs.serving.support import (
    DRAFT_MODEL,
    JOBS,
    MODEL,
    imported,
    infos_of,
    last_leg,
    make_model,
)
from tests.constructs.support import make_job, new_app, properties_of, resources_of, template_of

PARAMETER = "AWS::SSM::Parameter"
HERE = cdk.Environment(account="111122223333", region="us-east-1")
VALUE = "AWS::SSM::Parameter::Value<String>"


def served_elsewhere(
    app: Construct, technique: str = "quantization", *, job: dict[str, Any] | None = None, **props: Any
) -> tuple[cdk.Stack, cdk.Stack]:
    """A job in one stack, and its model in another."""
    made, serving = cdk.Stack(app, "Made"), cdk.Stack(app, "Serving")
    known = make_job(made, **{**JOBS[technique], **(job or {})})
    optimization.OptimizedModel(serving, "Model", job=known, **props)
    return made, serving


def parameters(template: dict[str, Any]) -> dict[str, str]:
    """The names in SSM of the values that a template reads, by their logical ids."""
    return {
        logical_id: parameter["Default"]
        for logical_id, parameter in template["Parameters"].items()
        if parameter["Type"] == VALUE and not logical_id.startswith("Bootstrap")
    }


def test_values_cross_stacks_as_parameters_whose_values_may_change(app: cdk.App) -> None:
    served_elsewhere(app)
    templates = synthesized(app)
    made, serving = templates["Made"], templates["Serving"]
    names = parameters(serving)
    container = properties_of(serving, MODEL)["PrimaryContainer"]
    location = container["ModelDataSource"]["S3DataSource"]["S3Uri"]["Ref"]
    image = container["Image"]["Ref"]
    assert names[location] == "/cdk-sagemaker-optimization/Made/MadeJob149AA629/OutputLocation"
    assert names[image].endswith("/RecommendedInferenceImage")
    written = {
        each["Properties"]["Name"]: each["Properties"]["Value"]
        for each in resources_of(made, PARAMETER).values()
    }
    assert set(written) == set(names.values())
    (leg,) = (name for name, each in made["Resources"].items() if each["Properties"].get("Last"))
    assert written[names[location]] == {"Fn::GetAtt": [leg, "OutputLocation"]}


@pytest.mark.parametrize("technique", ["quantization", "eagle"])
def test_nothing_is_exported_that_the_next_artifact_would_have_to_change(
    app: cdk.App, technique: str
) -> None:
    data = cdk.Stack(app, "Data")
    key = kms.Key(data, "Key")
    bucket = s3.Bucket(data, "Bucket", encryption_key=key)
    served_elsewhere(
        app,
        technique,
        job={
            "output": optimization.OptimizationOutput.to_bucket(bucket, "out/"),
            "optimization_environment": {"BUCKET": bucket.bucket_name},
        },
    )
    templates = synthesized(app)
    assert templates["Made"].get("Outputs", {}) == {}
    assert "Fn::ImportValue" not in str(templates["Serving"])


@pytest.mark.parametrize("value", ["instance type", "alias of a key"])
def test_a_parameter_of_the_job_may_change_while_its_artifact_is_served(app: cdk.App, value: str) -> None:
    made, serving = cdk.Stack(app, "Made"), cdk.Stack(app, "Serving")
    given = cdk.CfnParameter(made, "Given").value_as_string
    alias = kms.Alias.from_alias_name(made, "Key", f"alias/{given}")
    uri = "s3://artifacts/llama/"
    props: dict[str, Any] = (
        {"deployment_instance_type": optimization.DeploymentInstanceType.of(given)}
        if value == "instance type"
        else {"output": optimization.OptimizationOutput.to_s3_uri(uri, encryption_key=alias)}
    )
    model = optimization.OptimizedModel(serving, "Model", job=make_job(made, **props))
    instance_type = optimization.DeploymentInstanceType.ML_G5_2XLARGE
    optimization.OptimizedEndpoint(
        serving, "Endpoint", model=model, instance_type=None if value == "instance type" else instance_type
    )
    templates = synthesized(app)
    assert templates["Made"].get("Outputs", {}) == {}
    assert "Fn::ImportValue" not in str(templates["Serving"])
    name = "InstanceType" if value == "instance type" else "OutputKeyAlias"
    assert f"/{name}" in str(parameters(templates["Serving"]))


@pytest.mark.parametrize("encrypted", [True, False], ids=["with a key", "without a key"])
def test_a_job_may_get_another_base_model_while_its_draft_is_served(app: cdk.App, encrypted: bool) -> None:
    made = cdk.Stack(app, "Made")
    key = kms.Key(made, "Key") if encrypted else None
    bucket = s3.Bucket(made, "Source", encryption_key=key)
    source = optimization.ModelSource.from_bucket(bucket, "qwen/", accept_eula=True)
    job = make_job(made, **{**JOBS["eagle"], "model_source": source})
    optimization.OptimizedModel(cdk.Stack(app, "Serving"), "Model", job=job)
    templates = synthesized(app)
    assert templates["Made"].get("Outputs", {}) == {}
    serving = templates["Serving"]
    handed = {name.rpartition("/")[2]: {"Ref": id} for id, name in parameters(serving).items()}
    base = properties_of(serving, DRAFT_MODEL)["PrimaryContainer"]["ModelDataSource"]["S3DataSource"]
    assert base["S3Uri"] == handed["SourceLocation"]
    assert base["ModelAccessConfig"] == {"AcceptEula": True}
    statements = [
        statement
        for policy in resources_of(serving, "AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    objects = {"Fn::Join": ["", [handed["SourceBucketArn"], "/qwen/*"]]}
    assert objects in [each["Resource"] for each in statements if each["Action"] == "s3:GetObject"]
    keys = [each["Resource"] for each in statements if each["Action"] == "kms:Decrypt"]
    assert keys == ([handed["SourceKeyArn"]] if encrypted else [])


def test_a_base_model_of_another_stack_must_be_a_folder_too(app: cdk.App) -> None:
    bucket = s3.Bucket(cdk.Stack(app, "Made"), "Source")
    source = optimization.ModelSource.from_bucket(bucket, "qwen")
    job = make_job(cdk.Stack.of(bucket), **{**JOBS["eagle"], "model_source": source})
    with pytest.raises(ValueError, match="the location of the base model must end in a slash"):
        optimization.OptimizedModel(cdk.Stack(app, "Serving"), "Model", job=job)


def test_a_variable_of_the_job_is_never_taken_for_another_value(app: cdk.App) -> None:
    made, serving = cdk.Stack(app, "Made"), cdk.Stack(app, "Serving")
    names = ("OutputLocation", "OptimizationJobName", "MY_VARIABLE", "MYVARIABLE")
    environment = {
        name: cdk.CfnParameter(made, f"Given{number}").value_as_string for number, name in enumerate(names)
    }
    job = make_job(made, optimization_environment=environment)
    optimization.OptimizedModel(serving, "Model", job=job)
    templates = synthesized(app)
    container = properties_of(templates["Serving"], MODEL)["PrimaryContainer"]
    read = parameters(templates["Serving"])
    written = {
        each["Properties"]["Name"]: each["Properties"]["Value"]
        for each in resources_of(templates["Made"], PARAMETER).values()
    }
    handed = {name: written[read[value["Ref"]]] for name, value in container["Environment"].items()}
    assert handed == {name: {"Ref": f"Given{number}"} for number, name in enumerate(names)}
    location = container["ModelDataSource"]["S3DataSource"]["S3Uri"]["Ref"]
    assert written[read[location]]["Fn::GetAtt"][1] == "OutputLocation"


def test_the_job_is_deployed_first(app: cdk.App) -> None:
    made, serving = served_elsewhere(app)
    assert made in serving.dependencies


def rules(template: dict[str, Any]) -> dict[str, Any]:
    """The rules of a template that are the library's."""
    return {id: rule for id, rule in template.get("Rules", {}).items() if id != "CheckBootstrapVersion"}


def test_a_job_without_an_image_completes_and_the_stack_that_needs_one_is_not_deployed(app: cdk.App) -> None:
    served_elsewhere(app)
    templates = synthesized(app)
    assert "RequireImage" not in last_leg(templates["Made"])
    (parameter,) = (
        each["Properties"]["Value"]
        for each in resources_of(templates["Made"], PARAMETER).values()
        if each["Properties"]["Name"].endswith("/RecommendedInferenceImage")
    )
    # The value of a parameter cannot be empty.
    assert parameter["Fn::GetAtt"][1] == "RecommendedInferenceImageOrNone"
    image = properties_of(templates["Serving"], MODEL)["PrimaryContainer"]["Image"]
    ((id, rule),) = rules(templates["Serving"]).items()
    assert id == "MadeJob149AA629RecommendedInferenceImageKnown"
    (assertion,) = rule["Assertions"]
    assert assertion["Assert"] == {
        "Fn::Not": [{"Fn::Equals": [image, "none.give-image-to-the-OptimizedModel"]}]
    }
    assert assertion["AssertDescription"] == (
        "the job Made/Job has completed and recommends no image to serve its artifact: give image=... to the "
        "OptimizedModel, with a container that loads the artifact. The stack of the job stays as it is, so "
        "the next deployment pays for no other run"
    )


def test_the_word_for_no_image_is_one_that_an_image_could_have() -> None:
    # So SageMaker's errors show it as well.
    check("ContainerImage", contract.NO_IMAGE, "image")


@pytest.mark.parametrize("place", ["with an image", "in one stack"])
def test_a_stack_that_needs_no_image_of_another_stack_has_no_rule(app: cdk.App, place: str) -> None:
    if place == "in one stack":
        stack = cdk.Stack(app, "Serving")
        make_model(stack)
    else:
        served_elsewhere(app, image="763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.33.0-lmi15")
    assert rules(synthesized(app)["Serving"]) == {}


def test_only_what_is_used_is_handed_over(app: cdk.App) -> None:
    served_elsewhere(app, image="763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.33.0-lmi15")
    names = {name.rpartition("/")[2] for name in parameters(synthesized(app)["Serving"]).values()}
    assert names == {"OutputLocation", "OptimizationJobName"}


def test_a_job_that_no_other_stack_serves_has_no_parameters(stack: cdk.Stack) -> None:
    make_model(stack)
    assert resources_of(template_of(stack), PARAMETER) == {}


def test_several_models_of_a_job_share_the_parameters(app: cdk.App) -> None:
    made, serving = served_elsewhere(app)
    job = made.node.find_child("Job")
    assert isinstance(job, optimization.OptimizationJob)
    optimization.OptimizedModel(serving, "Second", job=job)
    optimization.OptimizedModel(cdk.Stack(app, "Third"), "Model", job=job)
    templates = synthesized(app)
    assert len(resources_of(templates["Made"], PARAMETER)) == 3
    assert parameters(templates["Serving"]) == parameters(templates["Third"])
    assert len(rules(templates["Serving"])) == 1


def test_two_jobs_of_a_stack_do_not_get_into_each_others_way(app: cdk.App) -> None:
    made, serving = served_elsewhere(app)
    other = make_job(made, "Other", output=optimization.OptimizationOutput.to_s3_uri("s3://artifacts/other/"))
    optimization.OptimizedModel(serving, "Second", job=other)
    templates = synthesized(app)
    names = [each["Properties"]["Name"] for each in resources_of(templates["Made"], PARAMETER).values()]
    assert len(names) == len(set(names)) == 6


def test_a_job_that_moves_to_a_stack_of_another_name_is_read_from_there() -> None:
    # A stack keeps the name in SSM that one of its parameters has, whatever the default in its new template.
    read: list[dict[str, str]] = []
    for name in ("jobs-one", "jobs-two"):
        app = new_app()
        made, serving = cdk.Stack(app, "Made", stack_name=name), cdk.Stack(app, "Serving")
        optimization.OptimizedModel(serving, "Model", job=make_job(made))
        read.append(parameters(synthesized(app)["Serving"]))
    one, two = read
    assert all(name.startswith("/cdk-sagemaker-optimization/jobs-two/") for name in two.values())
    assert not set(one) & set(two)


def test_a_draft_crosses_stacks_too(app: cdk.App) -> None:
    served_elsewhere(app, "eagle")
    template = synthesized(app)["Serving"]
    (channel,) = properties_of(template, DRAFT_MODEL)["PrimaryContainer"]["AdditionalModelDataSources"]
    (location,) = (id for id, name in parameters(template).items() if name.endswith("/OutputLocation"))
    assert channel["S3DataSource"]["S3Uri"] == {"Fn::Join": ["", [{"Ref": location}, "draft/"]]}


def test_the_role_reads_the_bucket_whose_name_was_handed_over(app: cdk.App) -> None:
    made = cdk.Stack(app, "Made")
    bucket = optimization.OptimizationBucket(made, "Bucket", encryption_key=kms.Key(made, "Key"))
    job = make_job(made, output=optimization.OptimizationOutput.to_bucket(bucket, "out/"))
    optimization.OptimizedModel(cdk.Stack(app, "Serving"), "Model", job=job)
    template = synthesized(app)["Serving"]
    handed = {name.rpartition("/")[2]: {"Ref": id} for id, name in parameters(template).items()}
    statements = [
        statement
        for policy in resources_of(template, "AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    (read,) = (each["Resource"] for each in statements if each["Action"] == "s3:GetObject")
    assert read == {"Fn::Join": ["", [handed["OutputBucketArn"], "/out/made-45a530--job-*/*"]]}
    (key,) = (each["Resource"] for each in statements if each["Action"] == "kms:Decrypt")
    assert key == handed["OutputKeyArn"]


def test_a_location_that_is_known_only_at_deployment_is_handed_over_as_well(app: cdk.App) -> None:
    made = cdk.Stack(app, "Made")
    uri = cdk.CfnParameter(made, "Uri").value_as_string
    job = make_job(made, output=optimization.OptimizationOutput.to_s3_uri(uri))
    role = optimization.ServingRole(cdk.Stack(app, "Serving"), "Role", strict=True)
    optimization.OptimizedModel(cdk.Stack.of(role), "Model", job=job, role=role)
    templates = synthesized(app)
    handed = {
        name.rpartition("/")[2]: {"Ref": logical_id}
        for logical_id, name in parameters(templates["Serving"]).items()
    }
    statements = [
        statement
        for policy in resources_of(templates["Serving"], "AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    (read,) = (each["Resource"] for each in statements if each["Action"] == "s3:GetObject")
    assert read == {"Fn::Join": ["", [handed["OutputObjectsArn"], "*"]]}
    (listing,) = (each for each in statements if each["Action"] == "s3:ListBucket")
    assert listing["Resource"] == handed["OutputBucketArn"]
    assert listing["Condition"] == {
        "StringLike": {"s3:prefix": {"Fn::Join": ["", [handed["OutputPrefix"], "*"]]}}
    }
    assert "Fn::ImportValue" not in str(templates["Serving"])


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_parameter_is_there_under_the_condition_of_its_job(app: cdk.App, when: str) -> None:
    made = cdk.Stack(app, "Made")
    wanted = cdk.CfnParameter(made, "Wanted").value_as_string
    condition = cdk.CfnCondition(made, "Condition", expression=cdk.Fn.condition_equals(wanted, "yes"))
    job = make_job(made)

    def serve() -> None:
        optimization.OptimizedModel(cdk.Stack(app, "Serving"), "Model", job=job)

    if when == "after":
        serve()
    for construct in job.node.find_all():
        if isinstance(construct, cdk.CfnResource):
            construct.cfn_options.condition = condition
    if when == "before":
        serve()
    written = resources_of(template_of(made), PARAMETER).values()
    assert [each["Condition"] for each in written] == ["Condition"] * 3


# ---- what belongs to one stack


def test_the_stack_of_the_job_is_told_what_another_stack_would_avoid(stack: cdk.Stack) -> None:
    make_model(stack)
    (info,) = infos_of(stack)
    assert "the model and its job belong to one stack" in info
    assert "pays for another job" in info


def test_a_stack_of_its_own_is_told_nothing(app: cdk.App) -> None:
    made, serving = served_elsewhere(app)
    assert infos_of(serving) == []
    assert infos_of(made) == []


def test_an_imported_job_has_its_values_as_they_are(app: cdk.App, stack: cdk.Stack) -> None:
    known = imported(cdk.Stack(app, "Elsewhere"))
    optimization.OptimizedModel(
        stack, "Model", job=known, technique=optimization.Technique.QUANTIZATION, image="image"
    )
    assert infos_of(stack) == []
    template = template_of(stack)
    assert parameters(template) == {}
    files = properties_of(template, MODEL)["PrimaryContainer"]["ModelDataSource"]["S3DataSource"]
    assert files["S3Uri"] == "s3://elsewhere/one/"


def test_a_nested_stack_is_a_part_of_the_stack_around_it(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Stack")
    job = make_job(cdk.NestedStack(stack, "Jobs"))
    optimization.OptimizedModel(cdk.NestedStack(stack, "Serving"), "Model", job=job)
    template = synthesized(app)["Stack"]
    assert parameters(template) == {}
    for name in ("Jobs", "Serving"):
        assert resources_of(nested_template(app, name), PARAMETER) == {}


def test_nested_stacks_of_two_stacks_hand_over_too(app: cdk.App) -> None:
    job = make_job(cdk.NestedStack(cdk.Stack(app, "Made"), "Jobs"))
    serving = cdk.Stack(app, "Serving")
    optimization.OptimizedModel(cdk.NestedStack(serving, "Models"), "Model", job=job)
    app.synth()
    template = template_of(serving)
    assert len(rules(template)) == 1
    names = parameters(template)
    assert {name.rpartition("/")[2] for name in names.values()} == {
        "OutputLocation",
        "RecommendedInferenceImage",
        "OptimizationJobName",
    }
    assert all(name.startswith("/cdk-sagemaker-optimization/Made/") for name in names.values())
    # CloudFormation reads the values in the outer stack, which hands them to the nested one.
    (nested,) = resources_of(template, "AWS::CloudFormation::Stack").values()
    handed = [
        value["Ref"] for value in nested["Properties"]["Parameters"].values() if value.get("Ref") in names
    ]
    assert sorted(handed) == sorted(names)


# ---- what cannot work


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (cdk.Environment(account="444455556666", region="us-east-1"), "account"),
        (cdk.Environment(account="111122223333", region="eu-west-1"), "Region"),
    ],
)
def test_a_model_of_another_environment_is_an_error(app: cdk.App, other: cdk.Environment, what: str) -> None:
    job = make_job(cdk.Stack(app, "Made", env=HERE))
    serving = cdk.Stack(app, "Serving", env=other)
    with pytest.raises(ValueError, match=rf"Serving/Model must be in the {what} of its job Made/Job"):
        optimization.OptimizedModel(serving, "Model", job=job)


def test_a_model_of_another_stage_is_an_error(app: cdk.App) -> None:
    job = make_job(cdk.Stack(cdk.Stage(app, "Test"), "Made"))
    serving = cdk.Stack(cdk.Stage(app, "Production"), "Serving")
    message = (
        r"Production/Serving/Model must be in the stage of its job Test/Made/Job, Test, got Production: "
    )
    with pytest.raises(ValueError, match=message):
        optimization.OptimizedModel(serving, "Model", job=job)


def test_a_stage_serves_its_own_job(app: cdk.App) -> None:
    for name in ("Test", "Production"):
        stage = cdk.Stage(app, name)
        served_elsewhere(stage)
    names: list[str] = []
    for each in app.synth().nested_assemblies:
        template = each.nested_assembly.get_stack_by_name(f"{each.display_name}-Serving").template
        names += parameters(template).values()
    assert len(names) == len(set(names)) == 6


def test_a_stack_whose_environment_is_not_known_may_be_the_right_one(app: cdk.App) -> None:
    job = make_job(cdk.Stack(app, "Made", env=HERE))
    optimization.OptimizedModel(cdk.Stack(app, "Serving"), "Model", job=job)
    app.synth()
