"""JSON that can be read in one way only."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats import strictjson
from tests.support.travel import refusal


class Small(msgspec.Struct, forbid_unknown_fields=True):
    format: str
    version: int
    critical: tuple[str, ...] = ()
    name: strictjson.Id = "x"
    at: strictjson.Stamp = "2026-11-22T03:00:00Z"


def code(data: bytes, most: int = 1000) -> str:
    return refusal(lambda: strictjson.check(data, max_size=most))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"a":[1,-2,"x",null,true]}', ""),
        (b'"\\u4e2d"', ""),
        (b" [ ] \n", ""),
        (b"9007199254740991", ""),
        (b"9007199254740992", "E-JSON-NUMBER"),
        (b"-9007199254740992", "E-JSON-NUMBER"),
        (b"1" * 500, "E-JSON-NUMBER"),
        (b"1.0", "E-JSON-NUMBER"),
        (b"1e2", "E-JSON-NUMBER"),
        (b"-0.0", "E-JSON-NUMBER"),
        (b"NaN", "E-JSON-NUMBER"),
        (b"[Infinity]", "E-JSON-NUMBER"),
        (b"-Infinity", "E-JSON-NUMBER"),
        (b'{"a":1,"a":1}', "E-JSON-NAMES"),
        (b'{"a":1,"\\u0061":1}', "E-JSON-NAMES"),
        (b'{"x":{"a":1,"a":1}}', "E-JSON-NAMES"),
        (b"\xef\xbb\xbf{}", "E-JSON-ENCODING"),
        (b'"\xff"', "E-JSON-ENCODING"),
        (b'"\xed\xa0\x80"', "E-JSON-ENCODING"),
        ('"中"'.encode("utf-16"), "E-JSON-ENCODING"),
        ('"中"'.encode("gbk"), "E-JSON-ENCODING"),
        (b"", "E-JSON"),
        (b"{}{}", "E-JSON"),
        (b"[1,]", "E-JSON"),
        (b"{'a':1}", "E-JSON"),
        (b'"\x01"', "E-JSON"),
        (b"x" * 1001, "E-SIZE"),
        (b"[" * 16 + b"]" * 16, ""),
        (b"[" * 17 + b"]" * 17, "E-JSON-DEPTH"),
        (b'{"a":' * 17 + b"1" + b"}" * 17, "E-JSON-DEPTH"),
        (b'"' + b"[" * 500 + b'"', ""),
        (b'"\\"' + b"[" * 500 + b'"', ""),
        (b'["' + b"\\\\" * 20 + b'",' + b"[" * 20, "E-JSON-DEPTH"),
    ],
)
def test_what_is_refused(data: bytes, expected: str) -> None:
    assert code(data) == expected


@pytest.mark.parametrize("unit", [b"[", b"[]", b'"', b'\\"', b'"\\', b'{"a":', b'"a', b"\\"])
def test_hostile_megabytes_take_no_time(unit: bytes) -> None:
    data = unit * (2_000_000 // len(unit))
    start = time.monotonic()
    assert refusal(lambda: strictjson.check(data, max_size=4_000_000)).startswith("E-JSON")
    assert time.monotonic() - start < 5


def test_newer_other_and_critical_come_before_unknown_fields() -> None:
    def read(value: object) -> str:
        data = json.dumps(value).encode()
        return refusal(lambda: strictjson.open_payload(data, Small, form="f", version=1, max_size=1000))

    assert read({"format": "f", "version": 1}) == ""
    assert read({"format": "f", "version": 2, "new": 1}) == "E-VERSION"
    assert read({"format": "g", "version": 1}) == "E-FORMAT"
    assert read({"format": "f", "version": 1, "critical": ["x"], "x": 1}) == "E-CRITICAL"
    assert read({"format": "f", "version": 1, "x": 1}) == "E-JSON-FIELD"
    assert read({"format": "f", "version": "1"}) == "E-JSON-FIELD"
    assert read({"format": "f", "version": True}) == "E-JSON-FIELD"
    assert read([]) == "E-JSON-FIELD"


@pytest.mark.parametrize("name", ["", "a b", "a\nb", "x" * 101, "\u2028", "a\x7f"])
def test_ids_have_no_blanks(name: str) -> None:
    data = json.dumps({"format": "f", "version": 1, "name": name}).encode()
    assert refusal(lambda: strictjson.convert(data, Small)) == "E-JSON-FIELD"


@pytest.mark.parametrize(
    "at",
    [
        "2026-11-22T03:00:00",
        "2026-11-22 03:00:00Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T03:00:00Z\n",
        "２026-11-22T03:00:00Z",
    ],
)
def test_moments_have_one_form(at: str) -> None:
    data = json.dumps({"format": "f", "version": 1, "at": at}).encode()
    assert refusal(lambda: strictjson.convert(data, Small)) == "E-JSON-FIELD"


def test_a_place_is_added_once() -> None:
    with pytest.raises(NdbError) as caught, strictjson.placed("outer"), strictjson.placed("inner"):
        raise NdbError("E-JSON", reason="x")
    assert caught.value.fault.place == "inner"
    assert caught.value.params == {"reason": "x"}


def naive_depth(data: bytes) -> int:
    """The depth by walking through the bytes one by one."""
    depth = most = 0
    inside = escaped = False
    for sign in data.decode("latin-1"):
        if inside:
            if escaped:
                escaped = False
            elif sign == "\\":
                escaped = True
            elif sign == '"':
                inside = False
        elif sign == '"':
            inside = True
        elif sign in "[{":
            depth += 1
            most = max(most, depth)
        elif sign in "]}":
            depth -= 1
    return most


@settings(max_examples=400, deadline=None)
@given(st.text(alphabet='[]{}"\\an,: ', max_size=40))
def test_depth_is_what_walking_finds(text: str) -> None:
    data = text.encode()
    try:
        json.loads(text)
    except ValueError:
        # What is no JSON is refused anyway; it must only never be taken for shallow and then exhaust the parser.
        assert code(data).startswith("E-JSON")
        return
    deepest = naive_depth(data)
    assert not strictjson.depth_over(data, deepest)
    assert deepest == 0 or strictjson.depth_over(data, deepest - 1)


nested = st.recursive(
    st.text(alphabet='[]{}"\\a', max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet='[]{}"\\a', max_size=4), inner, max_size=3)
    ),
    max_leaves=15,
)


@settings(max_examples=200, deadline=None)
@given(nested)
def test_depth_of_real_json_with_brackets_in_strings(value: object) -> None:
    data = json.dumps(value).encode()
    deepest = naive_depth(data)
    assert not strictjson.depth_over(data, deepest)
    assert deepest == 0 or strictjson.depth_over(data, deepest - 1)


def test_what_we_write_ourselves_goes_the_short_way() -> None:
    small = Small("f", 1)
    data = strictjson.encode(small)
    assert strictjson.as_we_write(data, Small) == small
    for other in (data + b" ", data.replace(b":1", b": 1"), data[:-1] + b',"version":1}', b"[" * 99_999, b"", b"\xff"):
        assert strictjson.as_we_write(other, Small) is None


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=100, deadline=None)
@given(values)
def test_ordinary_json_passes(value: object) -> None:
    data = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    assert code(data, 10**6) in ("", "E-JSON-DEPTH", "E-JSON-ENCODING")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=100))
def test_any_bytes_pass_or_are_refused(data: bytes) -> None:
    found = code(data)
    if not found:
        json.loads(data)
    assert not found or found.startswith("E-JSON")


FIRST_READ_BY_TWO = """
import threading
import msgspec
from ndb_desktop.formats import strictjson

learning, second = threading.Event(), threading.Event()

def slow():
    learning.set()
    second.wait(0.3)
    return int

class Inner(msgspec.Struct):
    number: "slow()"

class Outer(msgspec.Struct):
    inner: Inner

def read():
    found.append(strictjson.as_we_write(b'{"inner":{"number":1}}', Outer))

def late():
    learning.wait()
    read()
    second.set()

found = []
threads = [threading.Thread(target=read), threading.Thread(target=late)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print([one.inner.number for one in found])
"""


def test_two_threads_may_be_the_first_to_read_a_type() -> None:
    """In a process of its own: what `msgspec` shows of a type it has not wholly learned ends the process."""
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-c", FIRST_READ_BY_TWO], cwd=root, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout.strip()) == (0, "[1, 1]"), ran.stderr
