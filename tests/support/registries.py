"""Documents' files for registries of `make_office`, which only records that there are some."""

from __future__ import annotations

import hashlib
import random

from ndb_desktop.services.office import ATTACHMENTS, Office
from ndb_desktop.storage.registry_rows import ApplicationRow, AttachmentRow


def give_documents(office: Office, size: int = 300_000) -> None:
    """Gives every application a store of so many bytes, with its true digest."""
    folder = office.folder / ATTACHMENTS
    for number, row in enumerate(list(office.registry.applications())):
        data = random.Random(number).randbytes(size)
        name = f"{row.id}.{number:08x}.db"
        (folder / name).write_bytes(data)
        (folder / name).chmod(0o600)
        kept = ApplicationRow(row.id, row.category, row.field, row.json, row.sha256, row.imported_at)
        digest = hashlib.sha256(data).hexdigest()
        office.registry.put_application(kept, AttachmentRow(row.id, name, "0" * 64, digest, size))
        office.keep_computed(office.application(row.id), row.sha256)
