"""Own identities (身份) and other people's cards (名片): made here, kept in `<profile>/keys`, never sent anywhere."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ndb_desktop.crypto.identity import (
    MAX_KEY_FILE,
    OFFICIAL_ROUNDS,
    TRIAL_ROUNDS,
    Identity,
    PublicKey,
    clean_comment,
    load_identity,
    new_identity,
    public_of,
)
from ndb_desktop.domain.errors import Fault, NdbError
from ndb_desktop.formats import card
from ndb_desktop.formats.card import OpenedCard
from ndb_desktop.formats.filenames import TRIAL_PREFIX, fit_part
from ndb_desktop.formats.sniff import MAX_CARD_FILE, FileKind, read_limited, require_kind
from ndb_desktop.formats.strictjson import placed
from ndb_desktop.storage.atomic import atomic_write, known_os_errors

KEY_EXTENSION = ".ndbkey"
OFFICIAL_MINIMUM = 10
"""Characters of an official passphrase; a trial (示例) key only needs one."""
MAXIMUM_BYTES = 72
"""What the bcrypt KDF of the OpenSSH format takes; more would be cut off unnoticed by other tools."""
_FEWEST_DIFFERENT = 5


@dataclass(frozen=True, slots=True)
class StoredIdentity:
    """A key file on this machine; `fault` says why a file there cannot be used."""

    path: Path
    name: str
    fingerprint: str
    trial: bool = False
    fault: Fault | None = None


def keys_folder(profile: Path) -> Path:
    """`<profile>/keys`, made on first use, readable by its owner alone."""
    folder = profile / "keys"
    with known_os_errors(folder.name):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def check_passphrase(passphrase: str, again: str | None = None, *, trial: bool = False) -> str:
    """The passphrase in the one spelling that is used, once it is good enough; `again` is the second typing.

    Full-width letters from an input method become ordinary ones, so that `ssh-keygen` and `age` take the same words.

    Raises:
        NdbError: `E-PASSPHRASE-DIFFERENT`, `-EMPTY`, `-CONTROL`, `-LONG`, `-SHORT`, `-SIMPLE`.
    """
    if again is not None and passphrase != again:
        raise NdbError("E-PASSPHRASE-DIFFERENT")
    plain = unicodedata.normalize("NFKC", passphrase)
    if not plain.strip():
        raise NdbError("E-PASSPHRASE-EMPTY")
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in plain):
        raise NdbError("E-PASSPHRASE-CONTROL")
    if len(plain.encode()) > MAXIMUM_BYTES:
        raise NdbError("E-PASSPHRASE-LONG", most=MAXIMUM_BYTES)
    if not trial and len(plain) < OFFICIAL_MINIMUM:
        raise NdbError("E-PASSPHRASE-SHORT", least=OFFICIAL_MINIMUM)
    if not trial and len(set(plain)) < _FEWEST_DIFFERENT:
        raise NdbError("E-PASSPHRASE-SIMPLE", least=_FEWEST_DIFFERENT)
    return plain


def create_identity(folder: Path, *, name: str, passphrase: str, trial: bool = False) -> StoredIdentity:
    """Makes a key pair in `folder`: the private half under `passphrase`, the public half (`.pub`) beside it.

    Raises:
        NdbError: `E-IDENTITY-NAME`, the `E-PASSPHRASE-…` and `E-STORE-…` codes.
    """
    comment = clean_comment(name)
    if not comment:
        raise NdbError("E-IDENTITY-NAME")
    plain = check_passphrase(passphrase, trial=trial)
    identity, private = new_identity(comment, plain, TRIAL_ROUNDS if trial else OFFICIAL_ROUNDS)
    short = hashlib.sha256(identity.public.blob).hexdigest()[:8]
    path = Path(folder) / f"{TRIAL_PREFIX + '_' if trial else ''}{fit_part(comment)}_{short}{KEY_EXTENSION}"
    with known_os_errors(path.name):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # The public half first: whoever sees a private file can rely on its name standing beside it.
    with atomic_write(public_path(path), mode=0o644) as stream:
        stream.write(identity.public.openssh.encode() + b"\n")
    with atomic_write(path) as stream:
        stream.write(private)
    return StoredIdentity(path, comment, identity.keyid, trial)


def public_path(path: Path) -> Path:
    """Where the public half of a key file lies."""
    return path.with_suffix(".pub")


def list_identities(folder: Path) -> tuple[StoredIdentity, ...]:
    """All key files in `folder` by name; a damaged one is listed with its fault, not left out."""
    folder = Path(folder)
    if not folder.is_dir():
        return ()
    found = [_stored(path) for path in folder.glob(f"*{KEY_EXTENSION}") if path.is_file()]
    return tuple(sorted(found, key=lambda stored: (stored.trial, stored.name, stored.path.name)))


def _stored(path: Path) -> StoredIdentity:
    trial = path.name.startswith(f"{TRIAL_PREFIX}_")
    try:
        with placed(path.name):
            public = public_of(read_limited(path, MAX_KEY_FILE))
    except NdbError as error:
        return StoredIdentity(path, path.stem, "", trial, error.fault)
    return StoredIdentity(path, _comment(path, public) or path.stem, public.keyid, trial)


def _comment(path: Path, public: PublicKey) -> str:
    """The name beside a key; a `.pub` of another key says nothing."""
    try:
        stored = PublicKey(read_limited(public_path(path), MAX_KEY_FILE).decode("utf-8"))
    except (NdbError, UnicodeDecodeError):
        return ""
    return stored.comment if stored == public else ""


def unlock(path: Path, passphrase: str) -> Identity:
    """The identity of a key file.

    Raises:
        NdbError: `E-KEY-PASSPHRASE`, `E-KEY-FORMAT`, `E-KEY-OPEN`, `E-KEY-ROUNDS`, `E-FILE-IS-…`, `E-STORE-…`.
    """
    path = Path(path)
    require_kind(path, FileKind.KEY)
    data = read_limited(path, MAX_KEY_FILE)
    with placed(path.name):
        comment = _comment(path, public_of(data)) or path.stem
        plain = unicodedata.normalize("NFKC", passphrase)
        try:
            return load_identity(data, plain, comment)
        except NdbError as error:
            # A passphrase set by another tool may hold the full-width letters as they were typed.
            if error.code != "E-KEY-PASSPHRASE" or plain == passphrase:
                raise
        return load_identity(data, passphrase, comment)


def change_passphrase(path: Path, old: str, new: str, again: str | None = None, *, trial: bool = False) -> None:
    """Puts a key file under another passphrase; the key, its card and its enrolment stay as they are.

    Raises what `unlock` and `check_passphrase` raise.
    """
    identity = unlock(path, old)
    private = identity.protect(
        check_passphrase(new, again, trial=trial), rounds=TRIAL_ROUNDS if trial else OFFICIAL_ROUNDS
    )
    with atomic_write(Path(path)) as stream:
        stream.write(private)


def write_card(
    identity: Identity, *, name: str, employer: str, target: Path, trial: bool, created_at: datetime | str
) -> Path:
    """Writes the card of `identity` to `target` (a file, or a folder in which it gets a name). Returns its path.

    Raises:
        NdbError: `E-JSON-FIELD` for a name that cannot stand on a card, the `E-STORE-…` codes.
    """
    stamp = created_at if isinstance(created_at, str) else created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    data = card.build_card(identity, name=name, employer=employer, trial=trial, created_at=stamp)
    target = Path(target)
    if target.is_dir():
        target /= card_file_name(name, trial=trial)
    with atomic_write(target, mode=0o644) as stream:
        stream.write(data)
    return target


def card_file_name(name: str, *, trial: bool) -> str:
    """What the card of somebody of that name is called in a folder."""
    return f"{TRIAL_PREFIX + '_' if trial else ''}{fit_part(name)}{card.EXTENSION}"


def grouped(fingerprint: str) -> str:
    """A fingerprint in groups of four, to read aloud or compare; `plain_fingerprint` takes it back."""
    head, colon, digest = fingerprint.partition(":")
    return f"{head}{colon} " + " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))


def plain_fingerprint(typed: str) -> str:
    """A fingerprint as somebody typed what was read aloud: with gaps or without, with `SHA256:` or without."""
    bare = "".join(typed.split())
    return bare if bare.startswith("SHA256:") else f"SHA256:{bare}"


def read_card(path: Path) -> OpenedCard:
    """Reads and checks somebody's card.

    Raises:
        NdbError: `E-FILE-IS-…`, and what `formats.card.open_card` raises.
    """
    path = Path(path)
    require_kind(path, FileKind.CARD)
    return card.open_card(read_limited(path, MAX_CARD_FILE), place=path.name)
