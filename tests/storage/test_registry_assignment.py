"""Proofs of draws and the changes after them, also in a registry an older program made."""

from __future__ import annotations

from pathlib import Path

from ndb_desktop.storage.engine import new_raw_key
from ndb_desktop.storage.registry import Registry
from ndb_desktop.storage.registry_assignment import ProofRow

AT = "2026-11-22T03:00:00Z"
ROW = ProofRow("assign", "5eed", "1f", "proved", "d1", "5a", b"record")


def test_changes_belong_to_the_draw_before_them(tmp_path: Path) -> None:
    registry = Registry.create(tmp_path / "r.db", new_raw_key())
    assert registry.proof() is None
    with registry.transaction():
        registry.add_change("先", [("A", "E2"), ("A", "E1")], [], AT, "k")
    assert [(row.proof, row.removed) for row in registry.changes()] == [(0, (("A", "E1"), ("A", "E2")))]
    with registry.transaction():
        registry.add_proof(ROW, AT, "k")
    assert registry.changes() == ()
    with registry.transaction():
        registry.add_change("后", [("A", "E1")], [("A", "E3")], AT, "k")
    (change,) = registry.changes()
    assert (change.proof, change.reason, change.added) == (1, "后", (("A", "E3"),))
    proof = registry.proof()
    assert proof is not None
    assert (proof.id, proof.at, proof.actor, proof.record, proof.sha256) == (1, AT, "k", b"record", "5a")
    assert [row.record for row in registry.proofs()] == [b""]
    registry.close()


def test_a_registry_from_before_proofs(tmp_path: Path) -> None:
    path, key = tmp_path / "r.db", new_raw_key()
    old = Registry.create(path, key)
    old._db.conn.execute("DROP TABLE assignment_proof")
    old._db.conn.execute("DROP TABLE assignment_change")
    old._db.conn.execute("DELETE FROM _sqlite_migrations WHERE name = '0006_assignment_proof'")
    old._db.conn.commit()
    old.close()
    registry = Registry.open(path, key)
    with registry.transaction():
        registry.add_proof(ROW, AT, "k")
    assert registry.proof() is not None
    registry.close()
