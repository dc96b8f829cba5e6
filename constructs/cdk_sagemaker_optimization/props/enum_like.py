"""Values of a growing list: static members for the known ones, ``of()`` for the others."""

from __future__ import annotations

from typing import Self, TypeVar

from cdk_sagemaker_optimization.checks.kinds import check_kind
from cdk_sagemaker_optimization.checks.validation import is_placeholder, is_unresolved, plain


class EnumLike:
    """A named value, which equals every other one of the same class and value."""

    def __init__(self, value: str) -> None:
        self._value = value

    @classmethod
    def of(cls, value: str) -> Self:
        """Return a value that has no static member, or that is known only at deployment.

        Args:
            value: the value's name in the API.

        Raises:
            ValueError: the value cannot be a value of this class.
        """
        check_kind(str, value, f"the value of a {cls.__name__}", "a string")
        name = plain(value)
        if not is_unresolved(name) and not is_placeholder(name):
            cls._check(name)
        return cls(name)

    @classmethod
    def known_values(cls) -> list[str]:
        """Return the values of the static members, in the order of their definition."""
        return [item.value for item in vars(cls).values() if isinstance(item, Member)]

    @classmethod
    def _check(cls, value: str) -> None:
        if not value:
            raise ValueError(f"a {cls.__name__} must not be empty")

    @property
    def value(self) -> str:
        """The value's name in the API."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and other.value == self.value

    def __hash__(self) -> int:
        return hash((type(self), self.value))

    def __str__(self) -> str:
        return self.value

    def __repr__(self) -> str:
        return f"{type(self).__name__}.of({self.value!r})"


_Owner = TypeVar("_Owner", bound=EnumLike)


class Member:
    """A static member of an :class:`EnumLike`."""

    def __init__(self, value: str) -> None:
        self.value = value

    def __get__(self, instance: object, owner: type[_Owner]) -> _Owner:
        return owner(self.value)
