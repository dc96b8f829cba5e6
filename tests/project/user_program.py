"""A program as a user writes it, with every public name. Type checkers read it; nothing runs it."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

import cdk_sagemaker_optimization as optimization


def technique(name: str) -> optimization.OptimizationConfig:
    if name == "eagle":
        return optimization.OptimizationConfig.speculative_decoding(
            technique=optimization.SpeculativeDecodingTechnique.EAGLE,
            training_data=optimization.TrainingData.from_s3_uri(
                "s3://data/manifest.json", data_type=optimization.TrainingDataType.MANIFEST_FILE
            ),
        )
    return optimization.OptimizationConfig.quantization(
        technique=optimization.QuantizationTechnique.of(name), environment={"OPTION_QUANTIZE": name}
    )


def listen(job: optimization.IOptimizationJob) -> list[str]:
    return [job.optimization_job_name, job.optimization_job_arn, job.output_location]


def serve(
    scope: Construct, job: optimization.IOptimizationJob, *, image: str | None = None
) -> list[optimization.OptimizedModel]:
    own: optimization.OptimizedModel = optimization.OptimizedModel(
        scope,
        "Own",
        job=job,
        role=optimization.ServingRole(scope, "ServingRole", strict=True),
        environment={"SERVING_LOG_LEVEL": "debug", "OPTION_QUANTIZE": None},
        tags={"team": "ml"},
    )
    imported = optimization.OptimizedModel(
        scope,
        "Imported",
        job=job,
        technique=optimization.Technique.SPECULATIVE_DECODING,
        base_model=optimization.ModelSource.from_s3_uri("s3://models/llama/"),
        speculation=optimization.Speculation.eagle(method="eagle3", tokens=3),
        image=image,
        vpc=ec2.Vpc(scope, "ServingVpc"),
        network_isolation=True,
    )
    own.grant_principal.add_to_principal_policy(iam.PolicyStatement())
    return [own, imported]


def arn_of(endpoint: sagemaker.IEndpoint) -> str:
    return endpoint.endpoint_arn


def expose(
    scope: Construct, model: optimization.OptimizedModel, *, bucket: s3.Bucket, key: kms.Key, topic: sns.Topic
) -> list[str]:
    chat = optimization.OptimizedEndpoint(
        scope,
        "Chat",
        model=model,
        instance_type=optimization.DeploymentInstanceType.ML_G5_12XLARGE,
        hosting=optimization.Hosting.instances(2),
        startup_timeout=cdk.Duration.minutes(20),
        ami_version=optimization.InferenceAmiVersion.GPU_4_1,
        update=optimization.EndpointUpdate.canary(30, cdk.Duration.minutes(10)),
        rollback_alarms=[cloudwatch.Alarm.from_alarm_name(scope, "Alarm", "alarm")],
        data_capture=optimization.DataCapture.to_bucket(bucket, "captured/", encryption_key=key),
        encryption_key=key,
        tags={"team": "ml"},
    )
    other: optimization.EndpointVariant = chat.add_variant("other", model=model, weight=0.1)
    scaling: optimization.EndpointScaling = chat.auto_scale(min_capacity=1, max_capacity=4)
    scaling.scale_on_concurrency("Load", target=8, scale_in_cooldown=cdk.Duration.minutes(10))
    other.auto_scale(min_capacity=1, max_capacity=2).scale_on_invocations("Requests", per_minute=60)
    errors = chat.metric_invocation_5xx_errors(period=cdk.Duration.minutes(1), statistic="Sum")
    chat.add_rollback_alarm(errors.create_alarm(scope, "Errors", threshold=1, evaluation_periods=1))
    batch = optimization.OptimizedEndpoint(
        scope,
        "Batch",
        model=model,
        asynchronous=optimization.AsyncInference.to_bucket(bucket, "responses/", success_topic=topic),
    )
    batch.auto_scale(min_capacity=0, max_capacity=2).scale_on_backlog("Backlog", target=5)
    shared = optimization.OptimizedEndpoint(
        scope,
        "Shared",
        model=model,
        hosting=optimization.Hosting.components(min_memory=cdk.Size.gibibytes(24), accelerators=1),
    )
    shared.grant_invoke(iam.Role.from_role_name(scope, "Caller", "caller"))
    latency: cloudwatch.Metric = other.metric_model_latency(statistic="p99")
    return [*map(arn_of, (chat, batch, shared)), shared.inference_component_name, latency.metric_name]


def watch(
    scope: Construct,
    jobs: list[optimization.OptimizationJob | optimization.RunOptimizationJob],
    model: optimization.OptimizedModel,
    topic: sns.Topic,
) -> list[str]:
    endpoint = optimization.OptimizedEndpoint(scope, "Watched", model=model)
    rolled_back: events.Rule = endpoint.on_update_failed("RolledBack", description="The endpoint goes back")
    monitoring = optimization.OptimizationMonitoring(
        scope,
        "Monitoring",
        jobs=jobs,
        endpoints=[endpoint],
        notify=topic,
        failures=2,
        queue_time=cdk.Duration.minutes(30),
        max_runtime_share=90,
        server_errors=None,
        latency_p99=cdk.Duration.millis(500),
        gpu_memory=None,
    )
    monitoring.dashboard.add_widgets(cloudwatch.TextWidget(markdown="# Models"))
    return [rolled_back.rule_arn, *(alarm.alarm_arn for alarm in monitoring.alarms)]


class Models(Construct):
    """Every prop that takes a construct gets one."""

    def __init__(
        self, scope: Construct, id: str, *, roles: list[iam.Role], vpc: ec2.IVpc | None = None
    ) -> None:
        super().__init__(scope, id)
        key = kms.Key(self, "Key")
        models = optimization.OptimizationBucket(
            self,
            "Models",
            encryption_key=key,
            versioned=False,
            bucket_name="models",
            object_lock_enabled=True,
            metrics=[s3.BucketMetrics(id="all")],
            notifications_handler_role=roles[0],
            server_access_logs_bucket=s3.Bucket(self, "Logs"),
        )
        provider = optimization.OptimizationJobProvider(
            self,
            "Provider",
            log_encryption_key=key,
            environment_encryption=key,
            dead_letter_queue=sqs.Queue(self, "DeadLetters"),
            vpc=ec2.Vpc(self, "Vpc"),
        )
        self.job = optimization.OptimizationJob(
            self,
            "Job",
            role=optimization.OptimizationRole(self, "Role", path="/models/"),
            model_source=optimization.ModelSource.from_bucket(models, "llama/", accept_eula=True),
            deployment_instance_type=optimization.DeploymentInstanceType.ML_G5_2XLARGE,
            optimization_configs=[technique("awq")],
            output=optimization.OptimizationOutput.to_bucket(models, "llama-awq/", encryption_key=key),
            vpc=vpc,
            max_runtime=cdk.Duration.hours(2),
            cost_guard=optimization.CostGuard(hourly_price=1.5, max_cost=10),
            completion=optimization.Completion.wait(cdk.Duration.hours(3)),
            provider=provider,
            tags={"team": "ml"},
        )
        optimize = optimization.RunOptimizationJob(
            self,
            "Optimize",
            role=roles[0],
            model_source=optimization.ModelSource.from_bucket(models, "llama/"),
            deployment_instance_type=optimization.DeploymentInstanceType.ML_G5_2XLARGE,
            optimization_configs=[technique("awq")],
            output=optimization.OptimizationOutput.to_bucket(models, "llama-awq/"),
            vpc=vpc,
            timeout=cdk.Duration.hours(3),
            result_path="$.model",
        )
        optimize.add_catch(sfn.Fail(self, "Failed"), errors=["OptimizationJobFailed"])
        body = sfn.DefinitionBody.from_chainable(optimize.next(sfn.Succeed(self, "Done")))
        sfn.StateMachine(self, "Pipeline", definition_body=body)
        alarmed: list[cloudwatch.Metric] = [self.job.metric_failures(), optimize.metric_run_time()]
        for number, metric in enumerate(alarmed):
            metric.create_alarm(self, f"Alarm{number}", threshold=1, evaluation_periods=1)
        grants: optimization.OptimizationJobGrants = self.job.grants
        for role in roles:
            grants.read_output(role)
        cdk.Tags.of(self.job).add("stage", "test")
        imported = optimization.OptimizationJob.from_optimization_job_attributes(
            self,
            "Imported",
            optimization_job_arn=self.job.optimization_job_arn,
            output_encryption_key=key,
        )
        self.names = listen(self.job) + listen(imported)
        served = serve(self, self.job)
        registered = optimization.RegisteredModel(
            self,
            "Registered",
            model=served[0],
            group=sagemaker.CfnModelPackageGroup(self, "Group", model_package_group_name="llama"),
            approval_status="Approved",
            metrics="s3://models/quality.json",
            description="AWQ",
            tags={"team": "ml"},
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        self.names = [registered.model_package_arn, registered.model_package_group_name, *self.names]
        self.names += [each.model_name for each in served]
        topic = sns.Topic(self, "Topic")
        self.names += expose(self, served[0], bucket=models, key=key, topic=topic)
        self.names += watch(self, [self.job, optimize], served[0], topic)
