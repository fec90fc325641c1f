"""Errors and findings with stable codes; their sentences live in `resources/texts/errors_*.json`.

A code is `E-` plus capitals and hyphens (`E-SIGNATURE`). One cause has one code, and every code has one plain
sentence in both languages; `tests/test_texts.py` finds a code without one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where (`place`, e.g. `applications.jsonl:12`), which (`code`), with what (`params`)."""

    code: str
    place: str = ""
    params: Mapping[str, str] = field(default_factory=dict)


class NdbError(Exception):
    """Something a user must be told; never a programming mistake.

    `code` names the cause, `place` says where, `params` fill the sentence. Values of `params` are strings and
    may come from hostile input: whoever shows them treats them as plain text.
    """

    def __init__(self, code: str, /, *, place: str = "", **params: object) -> None:
        self.fault = Fault(code, place, {k: str(v) for k, v in params.items()})
        super().__init__(f"{place}: {code}" if place else code)

    @property
    def code(self) -> str:
        """The stable code, such as `E-SIGNATURE`."""
        return self.fault.code

    @property
    def params(self) -> Mapping[str, str]:
        """What fills the sentence."""
        return self.fault.params

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All faults behind this error: itself, unless it is a `FaultsError`."""
        return (self.fault,)


class FaultsError(NdbError):
    """Several faults found in one input; nothing of it was taken."""

    def __init__(self, faults: Sequence[Fault], *, place: str = "") -> None:
        if not faults:
            raise ValueError("a FaultsError needs at least one fault")
        super().__init__("E-FAULTS", place=place, count=len(faults))
        self._faults = tuple(faults)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Every fault, in the order found."""
        return self._faults
