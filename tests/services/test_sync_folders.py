"""Folders that a program synchronises with a server are recognised by name, by mark and by environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from ndb_desktop.services.sync_folders import known_services, sync_service


@pytest.mark.parametrize(
    ("folder", "wanted"),
    [
        ("OneDrive/文档", "onedrive"),
        ("OneDrive - 某某大学/x", "onedrive"),
        ("Library/Mobile Documents/com~apple~CloudDocs/评审", "icloud"),
        ("Library/CloudStorage/GoogleDrive-someone/My Drive", "google"),
        ("Library/CloudStorage/Other", "cloudstorage"),
        ("Dropbox/a/b", "dropbox"),
        ("dropbox (personal)", "dropbox"),
        ("我的坚果云/评审", "nutstore"),
        ("Nutstore Files/1", "nutstore"),
        ("BaiduSyncdisk/x", "baidu"),
        ("BaiduNetdiskWorkspace", "baidu"),
        ("WPSDrive/123/WPS云盘/评审", "wps"),
        ("微云同步助手(1234)/x", "weiyun"),
        ("Nextcloud", "nextcloud"),
        ("阿里云盘/x", "aliyun"),
        ("Documents/评审", None),
        ("my OneDrive notes", None),
        ("boxes", None),
    ],
)
def test_names_on_the_way(tmp_path: Path, folder: str, wanted: str | None) -> None:
    path = tmp_path / folder
    path.mkdir(parents=True)
    found = sync_service(path, {})
    assert (found.id if found else None) == wanted
    assert sync_service(path / "not there yet" / "x", {}) == found


@pytest.mark.parametrize(
    ("mark", "wanted"),
    [(".dropbox", "dropbox"), (".stfolder", "syncthing"), (".sync_ab12.db", "nextcloud"), (".sync/ID", "resilio")],
)
def test_marks_a_program_leaves(tmp_path: Path, mark: str, wanted: str) -> None:
    below = tmp_path / "renamed" / "deep"
    below.mkdir(parents=True)
    assert sync_service(below, {}) is None
    (tmp_path / "renamed" / mark).parent.mkdir(exist_ok=True)
    (tmp_path / "renamed" / mark).write_text("")
    found = sync_service(below, {})
    assert found is not None
    assert found.id == wanted


def test_a_folder_named_by_the_environment(tmp_path: Path) -> None:
    top = (tmp_path / "moved").resolve()
    (top / "x").mkdir(parents=True)
    found = sync_service(top / "x", {"OneDriveCommercial": str(top)})
    assert found is not None
    assert found.id == "onedrive"
    assert sync_service(tmp_path, {"OneDriveCommercial": str(top)}) is None


def test_a_file_of_that_name_is_no_sign(tmp_path: Path) -> None:
    path = tmp_path / "Dropbox"
    path.write_text("")
    assert sync_service(path, {}) is None


def test_every_program_has_a_name_in_both_languages() -> None:
    assert len({service.id for service in known_services()}) == len(known_services()) >= 15
    for service in known_services():
        assert service.names["zh_CN"]
        assert service.names["en"]
        assert service.folders or service.markers
