"""The parts of strings that hold tokens."""

from __future__ import annotations

import re
from collections.abc import Callable

import aws_cdk as cdk

from cdk_sagemaker_optimization.facts import type_of

from .validation import is_unresolved

# Marks of the private use area, which no bucket, registry or key has in its name.
_FIRST_MARK = 0xE000

_TOKEN = re.compile(r"\$\{Token\[[^\]]*\]\}")

_BUCKET = "AWS::S3::Bucket"


class Masked:
    """A string in which a letter stands for each token, because the name of a token has dots and colons."""

    def __init__(self, text: str) -> None:
        self._tokens: list[str] = []
        self.text = _TOKEN.sub(self._mask, text)

    def _mask(self, match: re.Match[str]) -> str:
        self._tokens.append(match.group())
        return chr(_FIRST_MARK + len(self._tokens) - 1)

    def restore(self, part: str) -> str:
        """Return a part of the masked text, with its tokens."""
        return "".join(
            self._tokens[ord(letter) - _FIRST_MARK] if self._is_mark(letter) else letter for letter in part
        )

    def _is_mark(self, letter: str) -> bool:
        return 0 <= ord(letter) - _FIRST_MARK < len(self._tokens)


def tokens_in(string: str) -> list[str]:
    """The tokens in a string, as they stand there."""
    return _TOKEN.findall(string)


def begins_in_token(string: str) -> bool:
    """Tell whether the first characters of a string are known only at deployment."""
    return _TOKEN.match(string) is not None


def ends_in_token(string: str) -> bool:
    """Tell whether the last characters of a string are known only at deployment."""
    return re.search(rf"{_TOKEN.pattern}\Z", string) is not None


def split_after_tokens(string: str) -> tuple[str, str]:
    """Split a string at the end of its last token."""
    end = max((match.end() for match in _TOKEN.finditer(string)), default=0)
    return string[:end], string[end:]


def change_known(string: str, change: Callable[[str], str]) -> str:
    """Change the parts of a string that are known; its tokens stay as they are."""
    parts = re.split(f"({_TOKEN.pattern})", string)
    return "".join(part if number % 2 else change(part) for number, part in enumerate(parts))


def may_hold_slash(string: str) -> bool:
    """Tell whether a token in a string may have a value with a slash."""
    return any(_may_hold_slash(match.group()) for match in _TOKEN.finditer(string))


def _may_hold_slash(token: str) -> bool:
    # A pseudo parameter, such as the Region, or the name of a bucket of the app.
    if token.startswith("${Token[AWS."):
        return False
    resource, attribute = resource_behind(token) or (None, "")
    return resource is None or type_of(resource) != _BUCKET or attribute != "Ref"


def resource_behind(string: str) -> tuple[cdk.CfnResource, str] | None:
    """Return the resource of the app that a string refers to, and the attribute.

    Args:
        string: the string.

    Returns:
        None for a string that is anything more or else than one reference.
    """
    if _TOKEN.fullmatch(string) is None:
        return None
    token = cdk.Tokenization.reverse_string(string).first_token
    if token is None or not cdk.Reference.is_reference(token):
        return None
    target = getattr(token, "target", None)
    if not isinstance(target, cdk.CfnResource):
        return None
    return target, str(getattr(token, "display_name", ""))


def text(number: float) -> str:
    """Return a number as a string, even if it is known only at deployment."""
    return cdk.Token.as_string(number) if is_unresolved(number) else str(number)


def readable(string: str) -> str:
    """Return a string with tokens in a readable form: ``arn:<AWS::Partition>:s3:::<Bucket.Arn>``.

    The numbers in the names of tokens are left out, so that a message stays the same from one synthesis to
    the next.
    """
    return _TOKEN.sub(_token_name, string)


def _token_name(match: re.Match[str]) -> str:
    name = re.sub(r"\.?[0-9]+\Z", "", match.group()[len("${Token[") : -len("]}")])
    return f"<{name.replace('AWS.', 'AWS::') if name.startswith('AWS.') else name}>"
