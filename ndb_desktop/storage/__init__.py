"""Encrypted SQLite: document stores, bundle core, worksheet, registry; the only package that knows SQL.

`sqlite-utils` catches the exceptions of a module called `pysqlite3` if there is one. SQLCipher's exceptions are
classes of their own, so without this alias every fallback of sqlite-utils (`alter=True`, `drop(ignore=True)`, …) would
let them through. It stands here because a package is imported before its modules, so the alias always comes first.
"""

from __future__ import annotations

import sys

import sqlcipher3
import sqlcipher3.dbapi2

sys.modules["pysqlite3"] = sqlcipher3
sys.modules["pysqlite3.dbapi2"] = sqlcipher3.dbapi2
