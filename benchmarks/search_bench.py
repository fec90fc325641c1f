"""Searching all documents of an application, 600 pages: words of one and two Chinese characters, phrases, Latin words.

The floor is the same full-text question on the same table, which only says the pages: no texts, no places, no snippets.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from benchmarks.harness import Figure, Setting, versus
from ndb_desktop.storage import wordindex
from ndb_desktop.storage.docstore import _EXPECT, DocumentStore
from ndb_desktop.storage.docwriter import DocumentStoreWriter
from ndb_desktop.storage.engine import EncryptedDatabase, RawKey, new_raw_key, open_database

DOCUMENTS, PAGES = 15, 40
LIMIT = 200
"""Most places the window asks for at once."""
AT_ONCE = 0.100
"""What people take for at once; beside it stands how often slower than the bare question a search is."""
QUERIES = {
    "one character": "碳",
    "two characters": "研发",
    "rare word": "孵化",
    "phrase": "研发投入强度",
    "Latin": "carbon",
}


def run(setting: Setting) -> Iterator[Figure]:
    """One store of 15 documents of 40 pages with about 900 characters each; every search finds something."""
    path, key = setting.room("search") / "0000.db", RawKey(new_raw_key())
    _write(path, key)
    with DocumentStore(path, key) as store, open_database(path, key, mode="untrusted", expect=_EXPECT) as bare:
        for name, query in QUERIES.items():
            hits = store.search(query, limit=LIMIT)
            facts = {"pages": DOCUMENTS * PAGES, "hits": len(hits), "on_pages": _bare(bare, query)}
            if not hits:
                raise RuntimeError(f"{query} is not found")
            compared = versus(
                f"search, {name}",
                lambda query=query: _search(store, query),
                lambda query=query: _question(bare, query),
                budget=None,
                repeat=setting.pick(5, 25),
                facts=facts,
            )
            yield compared
            facts = {"budget_ms": AT_ONCE * 1000, "hits": len(hits)}
            yield Figure(f"search, {name}, limit", compared.measured, AT_ONCE, 1.0, facts=facts)


def _search(store: DocumentStore, query: str) -> None:
    store.search(query, limit=LIMIT)


def _question(bare: EncryptedDatabase, query: str) -> None:
    _bare(bare, query)


def _bare(bare: EncryptedDatabase, query: str) -> int:
    """How many pages hold the query, at most as many as a search looks at."""
    bare.question()
    rows = bare.conn.execute(
        "SELECT rowid FROM page_index WHERE page_index MATCH ? ORDER BY rowid LIMIT ?",
        (wordindex.phrase(query), LIMIT),
    ).fetchall()
    return len(rows)


_WORDS = (
    "基地 产值 企业 人才 平台 能耗 绿色 低碳 碳 排放 技术 成果 转化 合同 金额 专利 授权 中试 产线 园区 规划 用地 评价"
    " 指标 说明 证明 材料 年度 报告 研发 研发投入强度 研发人员 医药 生物 酶 发酵 原料 产品 出口 标准 检测 认证 投资"
    " 建设 进度 carbon report"
)


def _write(path: Path, key: RawKey) -> None:
    chance = random.Random(3)
    known = _WORDS.split()
    weights = [1.0 / (1 + place % 13) for place in range(len(known))]
    with DocumentStoreWriter(path, key) as writer:
        for number in range(1, DOCUMENTS + 1):
            texts = []
            for page in range(PAGES):
                words = chance.choices(known, weights, k=400)
                if page == number:
                    words[100] = "孵化"
                texts.append("".join(word + ("。\n" if place % 12 == 11 else "") for place, word in enumerate(words)))
            body = b"%PDF-1.7 " + bytes(4096)
            writer.add(f"D{number}", [body], len(body), "application/pdf", texts)
        writer.close()
