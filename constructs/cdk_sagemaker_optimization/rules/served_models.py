"""Rules for models that serve an artifact."""

from __future__ import annotations

from cdk_sagemaker_optimization.checks.tokens import ends_in_token, readable
from cdk_sagemaker_optimization.checks.validation import is_placeholder
from cdk_sagemaker_optimization.facts import stack_of
from cdk_sagemaker_optimization.props.technique import Technique

from .buckets import end_of_objects
from .known import NotKnown
from .rule import Rule, Severity
from .serving_view import ServedModelView
from .sources import (
    API_PREFIX,
    BUCKET,
    CHANGES,
    CONTAINER_CONFIGURATION,
    CONTAINER_SHARDING,
    CONTAINER_TASKS,
    CONTAINER_VERSIONS,
    CONTAINER_VLLM,
    EAGLE_NOTEBOOK,
    SDK_DEPLOYMENT,
)

_OPTION = "OPTION_"
_QUANTIZE = "OPTION_QUANTIZE"
_FIRST_THAT_LOADS_SHARDS, _LAST_THAT_LOADS_SHARDS = (0, 31), (0, 34)
_FIRST_FOR_EAGLE = (0, 36)


def _detached(model: ServedModelView) -> str | None:
    if not model.detached:
        return None
    return (
        f"{model.job} must have completed before its artifact is served, but nothing waits for it with "
        "Completion.detached(): use Completion.wait(), or import the job once it has completed, with "
        "OptimizationJob.from_optimization_job_attributes(…)"
    )


def _isolated_shards(model: ServedModelView) -> str | None:
    if not model.uses(Technique.SHARDING) or not model.network_isolation:
        return None
    return (
        "network_isolation must be False for a sharded artifact, which SageMaker loads over the network, got "
        "True: leave it out"
    )


def _sharded_speculation(model: ServedModelView) -> str | None:
    if not model.uses(Technique.SHARDING) or not (model.has_speculation or model.base_is_given):
        return None
    return (
        "a sharded artifact must be served without a draft, because its loader takes none, got "
        f"{_given_for_a_draft(model)}: leave it out"
    )


def _speculation_without_draft(model: ServedModelView) -> str | None:
    if model.has_draft or model.uses(Technique.SHARDING):
        return None
    if not model.has_speculation and not model.base_is_given:
        return None
    labels = " and ".join(technique.label for technique in model.techniques)
    return (
        f"{_given_for_a_draft(model)} needs a job with speculative decoding, whose artifact is a draft, got "
        f"one of {labels}, whose artifact is a model itself: leave it out"
    )


def _given_for_a_draft(model: ServedModelView) -> str:
    return "base_model" if model.base_is_given else "speculation"


def _no_base(model: ServedModelView) -> str | None:
    if not model.has_draft:
        return None
    give = "give base_model=ModelSource.from_bucket(…) or .from_s3_uri(…)"
    if model.base_uri is None:
        of = "an imported job" if model.imported else "a SageMaker model, whose files cannot be named"
        return f"a draft is served beside its base model, which is not known of {of}, got none: {give}"
    others = [each.label for each in model.techniques if each is not Technique.SPECULATIVE_DECODING]
    if others and not model.base_is_given:
        return (
            f"a draft of a job that also does {' and '.join(others)} is served beside a base model that is "
            f"not known, because AWS does not document which of its models the draft is for, got none: {give}"
        )
    return None


def _no_slash(model: ServedModelView) -> str | None:
    for what, uri, instead in (
        ("the location of the artifact", model.artifact_uri, "end the output's prefix in one"),
        ("the location of the base model", model.base_uri, "give base_model with a prefix that ends in one"),
    ):
        if uri is None or ends_in_token(uri) or is_placeholder(uri) or uri.endswith("/"):
            continue
        return (
            f"{what} must end in a slash, because SageMaker serves the files below a folder, got "
            f"{readable(uri)!r}: {instead}"
        )
    return None


def _image_without_loader(model: ServedModelView) -> str | None:
    image = model.image
    if not model.uses(Technique.SHARDING) or image is None:
        return None
    in_time = _FIRST_THAT_LOADS_SHARDS <= image.version <= _LAST_THAT_LOADS_SHARDS
    if in_time and image.engine in (None, "lmi"):
        return None
    return (
        "the image for a sharded artifact must be djl-inference 0.31 to 0.34 (LMI 13 to 16), as far as is "
        f"known, got {image.text!r}: give such an image, or leave image out"
    )


def _old_image_for_draft(model: ServedModelView) -> str | None:
    image = model.image
    if not model.has_draft or image is None or image.version >= _FIRST_FOR_EAGLE:
        return None
    return (
        "the image for a draft of EAGLE must be djl-inference 0.36 (LMI 18) or newer, as far as is known, "
        f"got {image.text!r}: give such an image, or leave image out"
    )


def _quantize_again(model: ServedModelView) -> str | None:
    if model.has_draft or not model.uses(Technique.QUANTIZATION):
        return None
    value = model.given_environment.get(_QUANTIZE)
    if value is None:
        return None
    return (
        f"environment must be without {_QUANTIZE}, because the artifact is quantized already and its "
        f"serving.properties says how, got {readable(value)!r}: leave it out"
    )


def _ignored_option(model: ServedModelView) -> str | None:
    if model.has_draft:
        # The base model beside a draft has no serving.properties of the job.
        return None
    ignored = [name for name in model.given_environment if _is_ignored(model, name)]
    if not ignored:
        return None
    return (
        f"the container ignores {', '.join(ignored)} in environment, because the artifact's "
        "serving.properties has the job's own value, got another one: leave it out, or change it in the job, "
        "which then makes another artifact"
    )


def _is_ignored(model: ServedModelView, name: str) -> bool:
    if not name.startswith(_OPTION) or name == _QUANTIZE:
        return False
    try:
        given, known = model.given_value(name), model.job_values(name)
    except NotKnown:
        return False
    return given is not None and bool(known) and given not in known


def _exact(model: ServedModelView) -> str | None:
    if not model.exact:
        return None
    return (
        f"the output of {model.job} is exact, so its next job overwrites the artifact while it is served, "
        "and an instance that starts then may load a mixture: leave exact out, or acknowledge this warning"
    )


def _bucket_deleted(model: ServedModelView) -> str | None:
    bucket = model.output_bucket
    if bucket is None or stack_of(bucket) is stack_of(model.scope):
        # The model goes first, and there is a warning about the job's output.
        return None
    end = end_of_objects(bucket, model.scope)
    if end is None:
        return None
    return (
        f"the bucket {bucket.node.path} of the artifact is deleted with its own stack, and {end}, while the "
        "model may go on to be served: give it RemovalPolicy.RETAIN, or acknowledge this warning"
    )


RULES: tuple[Rule[ServedModelView], ...] = (
    Rule(
        id="detachedJobServed",
        severity=Severity.ERROR,
        finds="a model of a job with `Completion.detached()`",
        why="The artifact is not there when the deployment goes on, so the endpoint cannot start.",
        sources=(CHANGES,),
        problem=_detached,
    ),
    Rule(
        id="shardedNetworkIsolation",
        severity=Severity.ERROR,
        finds="a sharded artifact with `network_isolation`",
        why="SageMaker's own SDK turns it off, because the loader fetches the shards over the network.",
        sources=(SDK_DEPLOYMENT,),
        problem=_isolated_shards,
    ),
    Rule(
        id="shardedWithSpeculation",
        severity=Severity.ERROR,
        finds="a sharded artifact with `speculation` or `base_model`",
        why="The loader of shards takes no draft.",
        sources=(CONTAINER_SHARDING, CONTAINER_TASKS),
        problem=_sharded_speculation,
    ),
    Rule(
        id="speculationWithoutDraft",
        severity=Severity.ERROR,
        finds="`speculation` or `base_model` for a job without speculative decoding",
        why="Its artifact is a model itself, with no draft beside it.",
        sources=(EAGLE_NOTEBOOK,),
        problem=_speculation_without_draft,
    ),
    Rule(
        id="eagleWithoutBase",
        severity=Severity.ERROR,
        finds=(
            "a draft without a known base model: the job is imported, its source is a SageMaker model, or it "
            "has another technique beside speculative decoding"
        ),
        why="The container loads the draft beside the model that it was trained for.",
        sources=(EAGLE_NOTEBOOK,),
        problem=_no_base,
    ),
    Rule(
        id="servedPrefixWithoutSlash",
        severity=Severity.ERROR,
        finds="an artifact, or a base model, whose location does not end in a slash",
        why="The API demands a prefix that ends in a slash.",
        sources=(API_PREFIX,),
        problem=_no_slash,
    ),
    Rule(
        id="servingImageWithoutFastLoading",
        severity=Severity.WARNING,
        finds="a sharded artifact with a `djl-inference` image other than 0.31 to 0.34 (LMI 13 to 16)",
        why="The other branches of the container have no loader for shards.",
        sources=(CONTAINER_SHARDING, CONTAINER_VERSIONS),
        problem=_image_without_loader,
    ),
    Rule(
        id="eagleImageOld",
        severity=Severity.WARNING,
        finds="a draft with a `djl-inference` image before 0.36 (LMI 18)",
        why="AWS's notebook serves drafts of EAGLE with that version.",
        sources=(EAGLE_NOTEBOOK,),
        problem=_old_image_for_draft,
    ),
    Rule(
        id="quantizeOptionServed",
        severity=Severity.WARNING,
        finds=f"a quantized artifact with `{_QUANTIZE}` in the model's `environment`",
        why=(
            "The artifact's `serving.properties` names the method, for fp8 another one than the job's. If "
            "the variable were taken, the container would quantize again, or use a slower kernel."
        ),
        sources=(CONTAINER_VLLM, CONTAINER_CONFIGURATION),
        problem=_quantize_again,
    ),
    Rule(
        id="servedOptionIgnored",
        severity=Severity.WARNING,
        finds="an `OPTION_…` in the model's `environment` with another value than in the job's",
        why="The artifact's `serving.properties` has the job's options, and wins over variables.",
        sources=(CONTAINER_CONFIGURATION,),
        problem=_ignored_option,
    ),
    Rule(
        id="exactArtifactServed",
        severity=Severity.WARNING,
        finds="a model of a job whose output is `exact`",
        why="The next job overwrites the artifact below the endpoint that serves it.",
        sources=(CHANGES,),
        problem=_exact,
    ),
    Rule(
        id="outputBucketDeletedWhileServed",
        severity=Severity.WARNING,
        late=True,
        finds="an artifact in a bucket that is deleted with another stack than the model's",
        why="An endpoint needs the artifact whenever it starts another instance.",
        sources=(BUCKET,),
        problem=_bucket_deleted,
    ),
)
