"""Strings that hold tokens, taken apart."""

from __future__ import annotations

import re
from collections.abc import Callable

import aws_cdk as cdk

# Marks of the private use area, which no bucket, registry or key has in its name.
_FIRST_MARK = 0xE000

_TOKEN = re.compile(r"\$\{Token\[[^\]]*\]\}")

_BUCKET = "AWS::S3::Bucket"


class Masked:
    """A string in which each token is one letter, for its name has dots and colons of its own."""

    def __init__(self, text: str) -> None:
        self._tokens: list[str] = []
        self.text = _TOKEN.sub(self._mask, text)

    def _mask(self, match: re.Match[str]) -> str:
        self._tokens.append(match.group())
        return chr(_FIRST_MARK + len(self._tokens) - 1)

    def restore(self, part: str) -> str:
        """A part of the masked text, with its tokens."""
        return "".join(
            self._tokens[ord(letter) - _FIRST_MARK] if self._is_mark(letter) else letter for letter in part
        )

    def _is_mark(self, letter: str) -> bool:
        return 0 <= ord(letter) - _FIRST_MARK < len(self._tokens)


def begins_in_token(string: str) -> bool:
    """Whether the first characters of a string are known only at deployment."""
    return _TOKEN.match(string) is not None


def ends_in_token(string: str) -> bool:
    """Whether the last characters of a string are known only at deployment."""
    return re.search(rf"{_TOKEN.pattern}\Z", string) is not None


def split_after_tokens(string: str) -> tuple[str, str]:
    """A string in two: up to the end of its last token, and what is known after that."""
    end = max((match.end() for match in _TOKEN.finditer(string)), default=0)
    return string[:end], string[end:]


def change_known(string: str, change: Callable[[str], str]) -> str:
    """A string with a change of what is known of it; its tokens stay as they are."""
    parts = re.split(f"({_TOKEN.pattern})", string)
    return "".join(part if number % 2 else change(part) for number, part in enumerate(parts))


def may_hold_slash(string: str) -> bool:
    """Whether one of the tokens in a string may have a value with a slash, as far as that is known."""
    return any(_may_hold_slash(match.group()) for match in _TOKEN.finditer(string))


def _may_hold_slash(token: str) -> bool:
    # A pseudo parameter, such as the Region, or the name of a bucket of the app.
    if token.startswith("${Token[AWS."):
        return False
    resource, attribute = resource_behind(token) or (None, "")
    return resource is None or resource.cfn_resource_type != _BUCKET or attribute != "Ref"


def resource_behind(string: str) -> tuple[cdk.CfnResource, str] | None:
    """The resource of the app that a string refers to, and which attribute it is; none for any other string.

    Args:
        string: the string. One with anything beside the reference counts as any other.
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
    """A number as a string, even if it is known only at deployment."""
    return cdk.Token.as_string(number) if cdk.Token.is_unresolved(number) else str(number)


def readable(string: str) -> str:
    """A string with tokens as a person can read it: ``arn:<AWS::Partition>:s3:::<Bucket.Arn>``.

    The numbers that tell tokens apart are left out, so that a message stays the same from one synthesis to
    the next.
    """
    return _TOKEN.sub(_token_name, string)


def _token_name(match: re.Match[str]) -> str:
    name = re.sub(r"\.?[0-9]+\Z", "", match.group()[len("${Token[") : -len("]}")])
    return f"<{name.replace('AWS.', 'AWS::') if name.startswith('AWS.') else name}>"
