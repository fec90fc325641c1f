"""The command line itself: help in both languages, exit codes, one line per fault, nothing that steers a terminal."""

from __future__ import annotations

import io
import json
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pytest

from ndb_desktop.cli import main as cli
from ndb_desktop.cli import rules
from ndb_desktop.cli.context import Context, printable, table, width
from ndb_desktop.cli.usage import Parser
from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services.tasks import Cancelled
from ndb_desktop.texts import LANGUAGES


def parsers(parser: Parser) -> Iterator[Parser]:
    yield parser
    for action in parser._actions:
        if isinstance(action.choices, dict):
            for child in action.choices.values():
                yield from parsers(child)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verb_explains_itself_in_both_languages(language: str) -> None:
    found = list(parsers(cli.build_parser(language)))
    assert len(found) > 45
    for parser in found:
        shown = parser.format_help()
        assert parser.description
        assert "{" not in shown.replace("{zh_CN,en}", "").split("\n\n")[1]
        if language == "en":
            assert not [ch for ch in shown if "\u4e00" <= ch <= "\u9fff"], parser.prog
        else:
            assert "usage" not in shown
            assert "options:" not in shown


def test_both_languages_have_the_same_verbs_and_options() -> None:
    def shape(language: str) -> list[tuple[str, list[str]]]:
        return [
            (
                parser.prog,
                sorted(name for action in parser._actions for name in (action.option_strings or [action.dest])),
            )
            for parser in parsers(cli.build_parser(language))
        ]

    assert shape("zh_CN") == shape("en")


def test_no_option_takes_a_secret_from_the_command_line() -> None:
    options = {
        name
        for parser in parsers(cli.build_parser("en"))
        for action in parser._actions
        for name in action.option_strings
    }
    assert not options & {"--passphrase", "--password", "--secret"}
    assert {"--passphrase-file", "--secret-file"} <= options


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["merge"], "E-USAGE: missing: FILE|DIR. See ndb merge --help"),
        (["nonsense"], "not one of the choices"),
        (["verify", "x", "--nonsense"], "not known: --nonsense"),
        (["registry", "log", "--newest", "many"], "--newest cannot be understood"),
        (["registry", "log", "--newest"], "--newest needs a value"),
        (["registry"], "E-USAGE: missing"),
    ],
)
def test_misuse_is_told_in_one_line_with_exit_code_2(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*arguments, "--lang", "en"]) == 2
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.err.count("\n") == 1
    assert shown.out == ""


def test_misuse_speaks_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["merge", "--lang", "zh_CN"]) == 2
    assert "缺少：FILE|DIR" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"NDB_LANG": "en"}, "en"),
        ({"NDB_LANG": "", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"NDB_LANG": "", "LC_ALL": "zh_CN.UTF-8"}, "zh_CN"),
        ({"NDB_LANG": "", "LC_ALL": "C"}, "zh_CN"),
        ({"NDB_LANG": "de", "LC_ALL": "de_DE"}, "zh_CN"),
    ],
)
def test_language_comes_from_the_environment(
    environment: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert cli._language([]) == expected
    assert cli._language(["--lang", "en"]) == "en"
    assert cli._language(["--lang=zh_CN"]) == "zh_CN"


def test_help_and_version_are_fine(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    assert cli.main(["--version"]) == 0
    assert "NDB Desktop 0." in capsys.readouterr().out


def broken(error: BaseException) -> object:
    def run(_context: Context) -> int:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (NdbError("E-CLI-NO-FILE", place="x.ndbbundle"), 2, "x.ndbbundle: E-CLI-NO-FILE: "),
        (NdbError("E-STORE-KEY", place="y"), 1, "y: E-STORE-KEY: "),
        (Cancelled(), 1, "Cancelled"),
        (KeyboardInterrupt(), 1, "Cancelled"),
        (PermissionError(13, "Permission denied", "/z"), 1, "/z: E-CLI-FILE: "),
        (ZeroDivisionError("hidden words"), 1, "E-CLI-BUG: "),
    ],
)
def test_whatever_goes_wrong_is_one_line(
    error: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "_check", broken(error))
    assert cli.main(["rules", "check", "--lang", "en"]) == code
    shown = capsys.readouterr()
    assert said in shown.err
    assert "Traceback" not in shown.err
    assert "hidden words" not in shown.err


def test_a_bug_shows_its_traceback_to_who_asks(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "_check", broken(ZeroDivisionError("words")))
    monkeypatch.setenv(cli.DEBUG_VARIABLE, "1")
    assert cli.main(["rules", "check"]) == 1
    assert "ZeroDivisionError: words" in capsys.readouterr().err


def test_nothing_hostile_reaches_the_terminal(tmp_path: Path) -> None:
    out, err = io.StringIO(), io.StringIO()
    context = Context(Namespace(), "en", False, tmp_path, out=out, err=err)
    context.emit({}, ["name \x1b[31m red \u202e back\n"])
    context.say("say \x07")
    assert out.getvalue() == "name \\u001b[31m red \\u202e back\\u000a\n"
    assert err.getvalue() == "say \\u0007\n"
    assert printable("正常 text\t") == "正常 text\t"
    assert printable("\udc80") == "\\udc80"


def test_json_goes_to_stdout_whole(tmp_path: Path) -> None:
    out = io.StringIO()
    Context(Namespace(), "en", True, tmp_path, out=out).emit({"name": "示例"}, ["not shown"])
    assert json.loads(out.getvalue()) == {"name": "示例"}
    assert "示例" in out.getvalue()


def test_tables_align_chinese_and_latin() -> None:
    lines = table(["专家", "n"], [("E-01", 1), ("示例专家", 20)])
    assert [width(line[: line.rindex(" ")]) for line in lines[1:]] == [9, 9]
    assert width("示例a") == 5


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_written_over_on_a_terminal_and_silent_elsewhere(tmp_path: Path) -> None:
    err = Terminal()
    context = Context(Namespace(), "en", False, tmp_path, err=err)
    context.progress(1, 3, "one")
    context.progress(3, 3, "three")
    context.say("done")
    assert "\r1/3  one" in err.getvalue()
    assert err.getvalue().endswith("\rdone\n")
    quiet = io.StringIO()
    Context(Namespace(), "en", False, tmp_path, err=quiet).progress(1, 3, "one")
    assert quiet.getvalue() == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing"],
        ["export", "results", "x", "--format", "xml"],
        ["--lang", "fr"],
        ["export", "results", "x", "--internal=yes"],
        ["export", "results", "x", "--format"],
        ["registry", "log", "--newest", "many"],
        ["export"],
        ["export", "results", "x", "--unheard-of"],
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_command_is_told_in_one_language(
    arguments: list[str], language: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NDB_LANG", language)
    assert cli.main(arguments) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    chinese = [ch for ch in said if "\u4e00" <= ch <= "\u9fff"]
    if language == "en":
        assert not chinese
    else:
        assert chinese
        for word in ("choose", "argument", "invalid", "expected", "required", "unrecognized", "ignored"):
            assert word not in said
