"""The use of a draft beside its base model."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from cdk_sagemaker_optimization.checks.kinds import check_kind
from cdk_sagemaker_optimization.checks.tokens import readable
from cdk_sagemaker_optimization.checks.validation import is_unresolved, plain

#: The channel that holds the draft.
CHANNEL = "eagle"
#: The folder in which the container finds the channel.
DRAFT_FOLDER = f"/opt/ml/additional-model-data-sources/{CHANNEL}"

# The names of vLLM's methods: https://docs.vllm.ai/en/latest/features/spec_decode.html
_METHOD = re.compile(r"[a-z0-9_-]+")


@dataclass(frozen=True)
class Speculation:
    """The way in which a served model uses its draft, which predicts tokens that the model then checks."""

    #: vLLM's name of the method.
    method: str
    #: The number of tokens that the draft predicts at once.
    tokens: int
    #: The number of accelerators that share the draft.
    draft_tensor_parallel_degree: int

    @staticmethod
    def eagle(
        *, method: str = "eagle3", tokens: int = 5, draft_tensor_parallel_degree: int = 1
    ) -> Speculation:
        """Return the use of a draft that a job trained with EAGLE.

        SageMaker trains EAGLE 3 for Llama, Qwen2, Qwen3, Qwen3 MoE and GPT-OSS, and EAGLE 2 for Qwen3 Next.

        Args:
            method: vLLM's name of the method: ``eagle3`` for EAGLE 3, ``eagle`` for the earlier ones.
            tokens: the number of tokens that the draft predicts at once, at least 1. More tokens pay off if
                the draft is often right.
            draft_tensor_parallel_degree: the number of accelerators that share the draft, at least 1.

        Raises:
            ValueError: a number is no whole number of at least 1, or the method is no name of vLLM's form.
        """
        check_kind(str, method, "method", "vLLM's name of a method, such as 'eagle3' or 'eagle'")
        if not _METHOD.fullmatch(method):
            raise ValueError(
                "method must be vLLM's name of a method, such as 'eagle3' or 'eagle', got "
                f"{readable(method)!r}"
            )
        return Speculation(
            plain(method),
            _number("tokens", tokens),
            _number("draft_tensor_parallel_degree", draft_tensor_parallel_degree),
        )

    @property
    def config(self) -> str:
        """The option of the container for large models, as JSON."""
        return json.dumps(
            {
                "method": self.method,
                "model": DRAFT_FOLDER,
                "draft_tensor_parallel_size": self.draft_tensor_parallel_degree,
                "num_speculative_tokens": self.tokens,
            },
            separators=(",", ":"),
        )


def _number(prop: str, value: Any) -> int:
    number: Any = plain(value)
    # A number that is known only at deployment has no place in JSON.
    if not isinstance(number, int) or isinstance(number, bool) or is_unresolved(number) or number < 1:
        got = "a token" if is_unresolved(number) else repr(value)
        raise ValueError(f"{prop} must be a whole number of at least 1, known at synthesis, got {got}")
    return number
