"""A bundle whose medium is taken out while it is open, and put back: the same bundle goes on, another is refused."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.formats.bundle import CORE_MEMBER, BundleReader
from tests.support.review import make_bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("bundle")).path


@pytest.fixture
def reader(bundle: Path, tmp_path: Path) -> Iterator[BundleReader]:
    """A reader whose medium is out: its open file answers with errors, and its place is empty."""
    path = tmp_path / "E" / "review.ndbbundle"
    path.parent.mkdir()
    shutil.copy(bundle, path)
    with BundleReader(path) as opened:
        handle = os.open(tempfile.gettempdir(), os.O_RDONLY)
        os.dup2(handle, opened._stream.fileno())
        os.close(handle)
        path.unlink()
        yield opened


def code(caught: pytest.ExceptionInfo[NdbError]) -> str:
    return caught.value.code


def test_reading_says_that_the_medium_is_out_and_goes_on_when_it_is_back(reader: BundleReader, bundle: Path) -> None:
    with pytest.raises(NdbError) as caught:
        reader.check_member(CORE_MEMBER)
    assert code(caught) == "E-BUNDLE-GONE"
    with pytest.raises(NdbError) as caught:
        reader.reopen()
    assert code(caught) == "E-BUNDLE-GONE"
    shutil.copy(bundle, reader.path)
    reader.reopen()
    reader.check_member(CORE_MEMBER)


def test_it_may_come_back_elsewhere(reader: BundleReader, bundle: Path) -> None:
    reader.reopen(bundle)
    assert reader.path == bundle
    for member in reader.members:
        reader.check_member(member.name)


def test_another_bundle_is_refused_and_the_reader_stays_as_it_was(reader: BundleReader, tmp_path: Path) -> None:
    other = make_bundle(tmp_path / "other", bundle_id="00112233445566778899aabbccddee02").path
    with pytest.raises(NdbError) as caught:
        reader.reopen(other)
    assert code(caught) == "E-BUNDLE-OTHER"
    with pytest.raises(NdbError) as caught:
        reader.check_member(CORE_MEMBER)
    assert code(caught) == "E-BUNDLE-GONE"


def test_a_damaged_file_is_named_as_what_it_is(reader: BundleReader, bundle: Path) -> None:
    reader.path.write_bytes(bundle.read_bytes()[:-10])
    with pytest.raises(NdbError) as caught:
        reader.reopen()
    assert code(caught) in ("E-BUNDLE-CUT", "E-BUNDLE-TRAILING")
