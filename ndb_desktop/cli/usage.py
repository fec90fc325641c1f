"""The argument parser in the user's language: translated help, usage faults as one line, exit code 2."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from ndb_desktop.cli.context import Context
from ndb_desktop.texts import text

Run = Callable[[Context], int]

# What argparse says in English only; the first group fills `{what}`. An unknown message is shown as it is.
_REQUIRED = re.compile(r"^the following arguments are required: (.+)$")
_ONE_OF = re.compile(r"^one of the arguments (.+) is required$")
_UNKNOWN = re.compile(r"^unrecognized arguments: (.+)$")
_CHOICE = re.compile(r"^argument (?:.+?): invalid choice: (.+) \(choose from (.+)\)$", re.DOTALL)
_NO_VALUE = re.compile(r"^argument (.+?): ignored explicit argument .+$", re.DOTALL)
_VALUE = re.compile(r"^argument (.+?): expected (?:one|at least one|\d+) arguments?$")
_BOTH = re.compile(r"^argument (.+?): not allowed with argument .+$")
_INVALID = re.compile(r"^argument (.+?): invalid .+ value: .+$", re.DOTALL)


class UsageError(Exception):
    """The command was typed wrongly; the message is already in the user's language."""


class _Formatter(argparse.HelpFormatter):
    """Help with the word for "usage" in the user's language (set by `_formatter`)."""

    usage_word = ""

    def add_usage(
        self, usage: str | None, actions: Iterable[argparse.Action], groups: Iterable[Any], prefix: str | None = None
    ) -> None:
        super().add_usage(usage, actions, groups, self.usage_word if prefix is None else prefix)


def _formatter(language: str) -> type[argparse.HelpFormatter]:
    return type("_LocalFormatter", (_Formatter,), {"usage_word": text("cli.usage", language)})


class Parser(argparse.ArgumentParser):
    """An `ArgumentParser` that speaks `language` and raises `UsageError` instead of leaving the program."""

    def __init__(
        self, *, language: str, prog: str | None = None, description: str | None = None, epilog: str | None = None
    ) -> None:
        super().__init__(
            prog=prog,
            description=description,
            epilog=epilog,
            add_help=False,
            formatter_class=_formatter(language),
            allow_abbrev=False,
        )
        self.language = language
        self.inputs = self.add_argument_group(text("cli.group.inputs", language))
        self.choices = self.add_argument_group(text("cli.group.options", language))
        common = self.add_argument_group(text("cli.group.common", language))
        common.add_argument("-h", "--help", action="help", help=text("cli.opt.help", language))
        common.add_argument(
            "--json", action="store_true", default=argparse.SUPPRESS, help=text("cli.opt.json", language)
        )
        common.add_argument(
            "--lang", choices=("zh_CN", "en"), default=argparse.SUPPRESS, help=text("cli.opt.lang", language)
        )
        common.add_argument(
            "--profile", metavar="DIR", default=argparse.SUPPRESS, help=text("cli.opt.profile", language)
        )

    def error(self, message: str) -> NoReturn:
        """Raises `UsageError` with the fault and the way to the help."""
        raise UsageError(text("cli.usage.hint", self.language, detail=self._local(message), program=self.prog))

    def _local(self, message: str) -> str:
        language = self.language
        if found := _REQUIRED.match(message) or _ONE_OF.match(message):
            return text("cli.usage.required", language, what=found[1])
        if found := _UNKNOWN.match(message):
            return text("cli.usage.unknown", language, what=found[1])
        if found := _CHOICE.match(message):
            choices = text("cli.separator", language).join(part.strip("'") for part in found[2].split(", "))
            return text("cli.usage.choice", language, what=found[1], choices=choices)
        if found := _NO_VALUE.match(message):
            return text("cli.usage.no_value", language, what=found[1])
        if found := _VALUE.match(message):
            return text("cli.usage.value", language, what=found[1])
        if found := _BOTH.match(message):
            return text("cli.usage.both", language, what=found[1])
        if found := _INVALID.match(message):
            return text("cli.usage.invalid", language, what=found[1])
        return message


class Verb:
    """One verb of the command line; `argument` takes the text key of its help."""

    def __init__(self, parser: Parser) -> None:
        self.parser = parser

    def argument(self, *names: str, help_key: str, **options: Any) -> None:
        """Adds an input (no dashes) or an option, explained by the text `help_key`."""
        group = self.parser.choices if names[0].startswith("-") else self.parser.inputs
        group.add_argument(*names, help=text(help_key, self.parser.language), **options)


class Verbs:
    """Where a noun module registers its verbs."""

    def __init__(self, parser: Parser, *, dest: str) -> None:
        self._language = parser.language
        self._parsers = parser.add_subparsers(
            dest=dest, required=True, metavar="VERB", title=text("cli.group.verbs", parser.language)
        )

    def _add(self, name: str, help_key: str) -> Parser:
        sentence = text(help_key, self._language)
        made = self._parsers.add_parser(name, help=sentence, description=sentence, language=self._language)
        assert isinstance(made, Parser)  # noqa: S101  (argparse makes children of the parser's own class)
        return made

    def verb(self, name: str, help_key: str, run: Run) -> Verb:
        """A verb that does something: `run(context)` returns the exit code."""
        parser = self._add(name, help_key)
        parser.set_defaults(run=run)
        return Verb(parser)

    def noun(self, name: str, help_key: str) -> Verbs:
        """A noun with verbs of its own (`ndb rules check`)."""
        return Verbs(self._add(name, help_key), dest=f"{name}_verb")
