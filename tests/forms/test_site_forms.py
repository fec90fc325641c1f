"""The shipped checklist of inspections: a proposal, complete in both languages; schema and README follow the code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ndb_desktop.domain import sitepack
from ndb_desktop.domain.packload import STATUSES
from ndb_desktop.domain.siterecord import MEETINGS
from tests.support.sitepacks import site_pack, site_pack_whole

ROOT = Path(__file__).resolve().parents[2]


def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "forms/site-pack.schema.json").read_text(encoding="utf-8"))
    return found


def test_it_is_a_proposal_for_both_categories_with_a_veto_item_for_each_ground_seen_on_site() -> None:
    pack = site_pack()
    assert pack.is_proposal
    assert pack.categories == ("park", "enterprise")
    assert 18 <= len(pack.items) <= 24
    assert {item.ground for item in pack.items if item.starred} == {"V1", "V2", "V3", "V4", "V5", "V6", "V8"}
    assert [meeting.id for meeting in pack.meetings if meeting.optional] == ["communication"]
    assert any(item.photo == "needed" for item in pack.items)
    assert "建议稿" in pack.title.zh_CN
    assert "proposal" in pack.title.en


def test_english_texts_are_english_and_chinese_ones_chinese() -> None:
    texts = site_pack_whole()["texts"]
    assert texts["zh_CN"].keys() == texts["en"].keys()
    for key, english in texts["en"].items():
        assert not any("一" <= character <= "鿿" for character in english), key
        assert any("一" <= character <= "鿿" for character in texts["zh_CN"][key]), key


def test_schema_for_authors_names_what_the_code_knows() -> None:
    found = schema()
    properties = found["properties"]
    definition = site_pack_whole()["pack"]
    assert set(properties) == set(found["required"]) == set(definition)
    assert properties["format"]["const"] == sitepack.FORMAT
    assert properties["stage"]["const"] == sitepack.STAGE
    assert tuple(properties["status"]["enum"]) == STATUSES
    lists = {
        "categories": sitepack.CATEGORIES,
        "methods": sitepack.METHODS,
        "grounds": sitepack.VETO_GROUNDS,
    }
    for name, words in lists.items():
        assert tuple(properties[name]["items"]["enum"]) == words
    notes = properties["notes"]["properties"]
    assert tuple(notes["conclusions"]["items"]["enum"]) == sitepack.CONCLUSIONS
    assert tuple(notes["grades"]["items"]["enum"]) == sitepack.GRADES
    item = properties["items"]["items"]
    assert set(item["required"]) == set(definition["items"][0])
    assert tuple(item["properties"]["veto"]["enum"]) == ("", *sitepack.VETO_GROUNDS)
    assert tuple(item["properties"]["photo"]["enum"]) == sitepack.PHOTO_WISHES
    meetings = properties["meetings"]
    assert tuple(meetings["items"]["properties"]["id"]["enum"]) == MEETINGS
    assert meetings["minItems"] == meetings["maxItems"] == len(MEETINGS)
    photos = properties["photos"]["properties"]
    assert photos["most"]["maximum"] == sitepack.MOST_PHOTOS
    assert photos["most_bytes"]["maximum"] == sitepack.MOST_PHOTO_BYTES
    assert properties["least_members"]["minimum"] == sitepack.LEAST_MEMBERS


def test_readme_names_every_word_and_code_of_a_checklist() -> None:
    readme = (ROOT / "forms/README.md").read_text(encoding="utf-8")
    codes = json.loads((ROOT / "resources/texts/errors_sitepack.json").read_text(encoding="utf-8"))
    words = [
        *codes, *schema()["properties"], *schema()["properties"]["items"]["items"]["properties"], *MEETINGS,
        *sitepack.METHODS, *sitepack.CONCLUSIONS, *sitepack.GRADES, *sitepack.PHOTO_WISHES, *sitepack.NEEDED_STATEMENTS,
    ]  # fmt: skip
    for word in words:
        assert f"`{word}`" in readme, word
