"""算式写法: the arithmetic and the conditions of a rule as one line of text, and back, for spreadsheets.

`share(sum(rd_spending), sum(revenue))`, `measure(growth) >= 5`, `all(flag(listed), in_field(ai, software))`. What a
line means is decided by `domain.packtree`; here only its shape is read. Signs may be full-width, digits may not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.domain.strictload import canonical

MAX_NESTING = 32
_SIGNS: Final = str.maketrans(
    dict(zip("（），、：；＝＜＞［］｛｝", "(),,:;=<>[]{}", strict=True)) | {"≥": ">=", "≤": "<="}
)
_TOKEN = re.compile(
    r"\s*(?:(?P<name>[A-Za-z][A-Za-z0-9_-]*(?:\.[0-9]{1,3})?)|(?P<number>-?[0-9]+(?:\.[0-9]+)?)"
    r"|(?P<sign><=|>=|==|[<>(),:;=\[\]{}]))",
    re.ASCII,
)
_COMPARISONS = ("<", "<=", ">", ">=", "==")
_NAMES: Mapping[str, tuple[str, ...]] = {
    "const": ("value", "unit"),
    "measure": ("id",),
    "flag": ("code",),
    "growth": ("code", "kind", "zero_policy", "negative_policy"),
    "special_region": (),
}
"""Operations whose members are plain words in this order."""
_SERIES = ("sum", "avg", "min", "max")
_MANY = (*_SERIES, "add", "sub", "mul", "div", "ratio", "share", "all", "any")
_NO_FIGURES = "{}"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(\.[0-9]{1,3})?", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)


class Tokens:
    """The words and signs of one line. Every refusal is `E-PACKSHEET-FORMULA` with its position from 1."""

    def __init__(self, text: str) -> None:
        self._text = text.translate(_SIGNS)
        self._found: list[tuple[str, str, int]] = []
        at, end = 0, len(self._text.rstrip())
        while at < end:
            token = _TOKEN.match(self._text, at)
            if token is None or token.lastgroup is None:
                at += len(self._text[at:]) - len(self._text[at:].lstrip())
                raise self._fault(at, self._text[at : at + 12])
            self._found.append((token.lastgroup, token[token.lastgroup], token.start(token.lastgroup)))
            at = token.end()
        self._next = 0

    def _fault(self, position: int, found: str) -> NdbError:
        return NdbError("E-PACKSHEET-FORMULA", position=position + 1, found=found)

    def wrong(self) -> NdbError:
        """What stands next does not belong there."""
        if self._next < len(self._found):
            return self._fault(self._found[self._next][2], self._found[self._next][1])
        return self._fault(len(self._text.rstrip()), "…")

    def peek(self, ahead: int = 0) -> tuple[str, str]:
        """Kind and text of a token to come; empty behind the end."""
        at = self._next + ahead
        return self._found[at][:2] if at < len(self._found) else ("", "")

    def take(self, kind: str) -> str:
        """The next token, which must be a `name` or a `number`."""
        found, word = self.peek()
        if found != kind:
            raise self.wrong()
        self._next += 1
        return word

    def whole(self) -> int:
        """The next token as a whole number."""
        kind, word = self.peek()
        if kind != "number" or "." in word or len(word) > 16:
            raise self.wrong()
        self._next += 1
        return int(word)

    def has(self, *signs: str) -> str:
        """Takes one of these signs when it comes next; else empty."""
        kind, word = self.peek()
        if kind != "sign" or word not in signs:
            return ""
        self._next += 1
        return word

    def need(self, sign: str) -> None:
        """Takes this sign."""
        if not self.has(sign):
            raise self.wrong()

    def end(self) -> None:
        """Nothing may follow."""
        if self._next < len(self._found):
            raise self.wrong()


def parse_formula(text: str) -> Any:
    """The arithmetic node a line stands for. Raises NdbError E-PACKSHEET-FORMULA."""
    return _whole_line(text, condition=False)


def parse_condition(text: str) -> Any:
    """The condition a line stands for. Raises NdbError E-PACKSHEET-FORMULA."""
    return _whole_line(text, condition=True)


def _whole_line(text: str, *, condition: bool) -> Any:
    tokens = Tokens(text)
    node = _condition(tokens, 0) if condition else _value(tokens, 0)
    tokens.end()
    return node


def _condition(tokens: Tokens, depth: int) -> Any:
    left = _value(tokens, depth)
    sign = tokens.has(*_COMPARISONS, "=")
    if not sign:
        return left
    return {"op": "cmp", "left": left, "cmp": "==" if sign == "=" else sign, "right": _value(tokens, depth)}


def _value(tokens: Tokens, depth: int) -> Any:
    if tokens.peek()[0] == "number":
        return tokens.take("number")
    if depth >= MAX_NESTING or tokens.peek(1) != ("sign", "("):
        raise tokens.wrong()
    op = tokens.take("name")
    tokens.need("(")
    node = {"op": op, **_members(op, tokens, depth + 1)}
    tokens.need(")")
    return node


def _members(op: str, tokens: Tokens, depth: int) -> dict[str, Any]:
    if op in _NAMES:
        return _words(_NAMES[op], tokens)
    if op == "field":
        members: dict[str, Any] = {"code": tokens.take("name")}
        return {**members, "year": tokens.whole()} if tokens.has(",") else members
    if op == "powi":
        arg = _value(tokens, depth)
        tokens.need(",")
        return {"arg": arg, "n": tokens.whole()}
    if op == "not":
        return {"arg": _condition(tokens, depth)}
    if op == "if":
        return _branches(tokens, depth)
    if op == "in_field":
        return {"fields": _list_of_names(tokens)}
    if op == "count":
        code = tokens.take("name")
        return {"code": code, "classes": _list_of_names(tokens) if tokens.has(",") else []}
    if op == "points_list":
        return _points_list(tokens)
    if op in _SERIES and tokens.peek()[0] == "name" and tokens.peek(1) == ("sign", ")"):
        return {"code": tokens.take("name")}
    # Operations that do not exist are refused by the pack's own reader, which knows them all.
    args = []
    if tokens.peek() != ("sign", ")"):
        args.append(_condition(tokens, depth))
        while tokens.has(","):
            args.append(_condition(tokens, depth))
    return {"args": args}


def _words(names: tuple[str, ...], tokens: Tokens) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for n, name in enumerate(names):
        if n:
            tokens.need(",")
        members[name] = tokens.take("number" if name == "value" else "name")
    return members


def _branches(tokens: Tokens, depth: int) -> dict[str, Any]:
    when = _condition(tokens, depth)
    tokens.need(",")
    then = _value(tokens, depth)
    tokens.need(",")
    return {"when": when, "then": then, "else": _value(tokens, depth)}


def _list_of_names(tokens: Tokens) -> list[str]:
    names = [tokens.take("name")]
    while tokens.has(","):
        names.append(tokens.take("name"))
    return names


def _points_list(tokens: Tokens) -> dict[str, Any]:
    """`points_list(platforms, name, cap 60, national: 10, provincial: 4 years 3 limit 2)`."""
    members: dict[str, Any] = {**_words(("code", "key"), tokens), "classes": []}
    while tokens.has(","):
        word = tokens.take("name")
        if word == "cap" and tokens.peek()[0] == "number":
            members["cap"] = tokens.take("number")
            continue
        tokens.need(":")
        entry: dict[str, Any] = {"class": word, "points": tokens.take("number")}
        while tokens.peek()[1] in ("years", "limit"):
            name = tokens.take("name")
            entry[name] = tokens.whole()
        members["classes"].append(entry)
    return members


def formula_text(node: Any) -> str | None:
    """The line of an arithmetic node or a condition; None for what has no line that reads as the same node."""
    try:
        text = _text(node)
        return text if canonical(parse_condition(text)) == canonical(node) else None
    except (NdbError, KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return None


def _text(node: Any) -> str:
    if isinstance(node, str):
        return _plain(node, _NUMBER)
    op = node["op"]
    if op == "cmp":
        return f"{_text(node['left'])} {node['cmp']} {_text(node['right'])}"
    return f"{op}({', '.join(_parts(op, node))})"


def _parts(op: str, node: Mapping[str, Any]) -> list[str]:
    if op in _NAMES:
        return [_plain(node[name], _NUMBER if name == "value" else _NAME) for name in _NAMES[op]]
    if op == "field":
        return [node["code"], *([str(node["year"])] if "year" in node else [])]
    if op == "powi":
        return [_text(node["arg"]), str(node["n"])]
    if op == "not":
        return [_text(node["arg"])]
    if op == "if":
        return [_text(node["when"]), _text(node["then"]), _text(node["else"])]
    if op == "in_field":
        return list(node["fields"])
    if op == "count":
        return [node["code"], *node["classes"]]
    if op == "points_list":
        caps = [f"cap {node['cap']}"] if "cap" in node else []
        return [node["code"], node["key"], *caps, *(_class_text(entry) for entry in node["classes"])]
    return [node["code"]] if "code" in node else [_text(arg) for arg in node["args"]]


def _class_text(entry: Mapping[str, Any]) -> str:
    more = "".join(f" {name} {entry[name]}" for name in ("years", "limit") if name in entry)
    return f"{entry['class']}: {entry['points']}{more}"


def _plain(word: str, pattern: re.Pattern[str]) -> str:
    if not pattern.fullmatch(word):
        raise ValueError(word)
    return word


def parse_figures(text: str) -> Any:
    """Data or targets of a test vector: `revenue = [100, null, 121]; staff = 12; listed = true; titles = {led: 2}`.

    `{}` says that there are none. Raises NdbError E-PACKSHEET-FORMULA.
    """
    if text == _NO_FIGURES:
        return {}
    tokens = Tokens(text)
    figures: dict[str, Any] = {}
    while True:
        if tokens.peek()[1] in figures:
            raise tokens.wrong()
        name = tokens.take("name")
        if not tokens.has("=", ":"):
            raise tokens.wrong()
        figures[name] = _figure(tokens)
        if not tokens.has(";"):
            tokens.end()
            return figures


def _figure(tokens: Tokens) -> Any:
    if tokens.has("["):
        values = [_amount(tokens)]
        while tokens.has(","):
            values.append(_amount(tokens))
        tokens.need("]")
        return values
    if not tokens.has("{"):
        return {"true": True, "false": False}[tokens.take("name")] if _truth(tokens) else tokens.take("number")
    counts: dict[str, int] = {}
    while not tokens.has("}"):
        if counts:
            tokens.need(",")
        if tokens.peek()[1] in counts:
            raise tokens.wrong()
        name = tokens.take("name")
        tokens.need(":")
        counts[name] = tokens.whole()
    return counts


def _truth(tokens: Tokens) -> bool:
    return tokens.peek() in (("name", "true"), ("name", "false"))


def _amount(tokens: Tokens) -> str | None:
    if tokens.peek() == ("name", "null"):
        tokens.take("name")
        return None
    return tokens.take("number")


def figures_text(figures: Any) -> str | None:
    """The line of the data or targets of a test vector; None for what has no line that reads as the same."""
    try:
        text = "; ".join(f"{name} = {_figure_text(value)}" for name, value in figures.items()) or _NO_FIGURES
        return text if canonical(parse_figures(text)) == canonical(figures) else None
    except (NdbError, KeyError, TypeError, ValueError, AttributeError):
        return None


def _figure_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join('null' if part is None else str(part) for part in value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {count}" for name, count in value.items()) + "}"
    return _plain(value, _NUMBER)
