"""What differs between two rule packs (规则包的差异), change by change, in words and with its path.

Lists are compared by what their entries are (an indicator's id, the x of a point), not by where they stand, and every
difference that gives another digest is told. Paths are those of `domain.packload` with ids instead of numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

from ndb_desktop.domain.packdiffwords import ABSENT, entry_words, member_words, value_words
from ndb_desktop.domain.packstages import MAX_SIZE
from ndb_desktop.domain.phrase import LocalText, Phrase
from ndb_desktop.domain.rulepack import RulePack
from ndb_desktop.domain.strictload import canonical, strict_json

ChangeKind = Literal["added", "removed", "changed", "moved"]
_LANGUAGES: Final = ("zh_CN", "en")
_RULES = Phrase("packdiff.pack")
_SETTINGS = Phrase("packdiff.settings")

Tree = Mapping[str, Any]
Label = Callable[[Any], Phrase]
Common = Callable[[str, Any, Any], None]


@dataclass(frozen=True, slots=True)
class PackChange:
    """One difference: `before` and `after` are the values as JSON has them, None where there is none."""

    kind: ChangeKind
    path: str
    before: Any
    after: Any
    phrase: Phrase


def pack_changes(old: RulePack, new: RulePack) -> tuple[PackChange, ...]:
    """Every difference from `old` to `new`; empty exactly when their digests are equal."""
    if old.digest == new.digest:
        return ()
    return tuple(_Comparing(_tree(old), _tree(new)).changes())


def _tree(pack: RulePack) -> Any:
    return strict_json(pack.raw, max_size=MAX_SIZE)


class _Comparing:
    """Walks two packs together; `owner` is always what a member belongs to, in words."""

    def __init__(self, old: Tree, new: Tree) -> None:
        self._old, self._new = old, new
        self._changes: list[PackChange] = []
        self._implied: list[str] = []

    def changes(self) -> list[PackChange]:
        """All changes: settings and lists of the pack, its indicators with their rules, texts, test vectors."""
        old, new = self._old["pack"], self._new["pack"]
        lists = ("groups", "data", "indicators", "bands", "statements")
        self._members("pack", _RULES, old, new, (*lists, "share", "settings"))
        self._members("pack.share", _RULES, old["share"], new["share"], (), "share.")
        self._members("pack.settings", _SETTINGS, old["settings"], new["settings"], ("flags",))
        flags = (old["settings"]["flags"], new["settings"]["flags"])
        self._members("pack.settings.flags", _SETTINGS, *flags, (), "flags.")
        for name in ("groups", "statements"):
            self._list(f"pack.{name}", old[name], new[name], str, self._title(name), _nothing)
        self._list("pack.data", old["data"], new["data"], _key("code"), self._datum_label, self._datum)
        self._list("pack.bands", old["bands"], new["bands"], _key("level"), _band_label, self._flat(_band_label))
        self._list("pack.indicators", old["indicators"], new["indicators"], _key("id"), self._label, self._indicator)
        self._texts()
        vectors = (self._old["vectors"], self._new["vectors"])
        self._list("vectors", *vectors, canonical, _vector_label, _nothing)
        return self._changes

    # Words for what is compared; a title is the newest there is.

    def _text(self, key: str) -> LocalText:
        words = [self._new["texts"][lang].get(key, self._old["texts"][lang].get(key, "")) for lang in _LANGUAGES]
        return LocalText(*words)

    def _label(self, indicator: Any) -> Phrase:
        name = indicator["id"]
        return Phrase("packdiff.indicator", {"id": name, "title": self._text(f"{name}.title")})

    def _datum_label(self, datum: Any) -> Phrase:
        code = datum["code"]
        return Phrase("packdiff.datum", {"id": code, "title": self._text(f"data.{code}.label")})

    def _title(self, name: str) -> Label:
        if name == "groups":
            return lambda entry: Phrase("packdiff.group", {"id": entry, "title": self._text(f"group.{entry}")})
        return lambda entry: Phrase("packdiff.statement", {"id": entry})

    # The kinds of comparison.

    def _note(self, path: str, where: Phrase, before: Any, after: Any, name: str = "") -> None:
        """A member that has another value, or is there on one side only."""
        kind: ChangeKind = "added" if before is ABSENT else "removed" if after is ABSENT else "changed"
        keys = {"added": "packdiff.set", "removed": "packdiff.unset", "changed": "packdiff.changed"}
        words = {"before": value_words(before, name), "after": value_words(after, name)}
        phrase = Phrase(keys[kind], {"where": where, **words})
        was, now = (None if side is ABSENT else side for side in (before, after))
        self._changes.append(PackChange(kind, path, was, now, phrase))

    def _members(
        self, path: str, owner: Phrase, old: Tree, new: Tree, skip: Sequence[str] = (), prefix: str = ""
    ) -> None:
        """The members of an object that are compared as a whole."""
        for name in dict.fromkeys((*old, *new)):
            before, after = old.get(name, ABSENT), new.get(name, ABSENT)
            if name not in skip and not _same(before, after):
                self._note(f"{path}.{name}", member_words(owner, f"{prefix}{name}"), before, after, name)

    def _list(
        self, path: str, old: Sequence[Any], new: Sequence[Any], key: Callable[[Any], Any], label: Label, common: Common
    ) -> None:
        """A list by what its entries are: some removed, some added, the others compared; then their order."""
        olds, news = _keyed(old, key), _keyed(new, key)
        for name, entry in olds.items():
            if name not in news:
                self._entry("removed", f"{path}[{_shown(name, old, entry)}]", label, entry)
        for name, entry in news.items():
            if name not in olds:
                self._entry("added", f"{path}[{_shown(name, new, entry)}]", label, entry)
            else:
                common(f"{path}[{_shown(name, new, entry)}]", olds[name], entry)
        kept = [name for name in olds if name in news]
        if kept != [name for name in news if name in olds]:
            order = Phrase("packdiff.moved", {"where": entry_words(path)})
            self._changes.append(PackChange("moved", path, None, None, order))

    def _entry(self, kind: Literal["added", "removed"], path: str, label: Label, entry: Any) -> None:
        phrase = Phrase("packdiff.added" if kind == "added" else "packdiff.removed", {"where": label(entry)})
        was, now = (None, entry) if kind == "added" else (entry, None)
        self._changes.append(PackChange(kind, path, was, now, phrase))
        self._implied.extend(_texts_of(path, entry))

    def _flat(self, label: Label, skip: Sequence[str] = ()) -> Common:
        return lambda path, old, new: self._members(path, label(new), old, new, skip)

    def _optional(
        self, path: str, owner: Phrase, old: Tree, new: Tree, name: str, compare: Callable[[Any, Any], None]
    ) -> None:
        """A list that may be left out; whether it is, or is there and empty, is told only where nothing else is."""
        before, after = old.get(name) or [], new.get(name) or []
        compare(before, after)
        if not before and not after and (name in old) != (name in new):
            sides = (old.get(name, ABSENT), new.get(name, ABSENT))
            self._note(f"{path}.{name}", member_words(owner, name), *sides)

    # The parts of a pack.

    def _datum(self, path: str, old: Any, new: Any) -> None:
        owner, code = self._datum_label(new), new["code"]
        self._members(path, owner, old, new, ("classes",))

        def label(entry: Any) -> Phrase:
            title = self._text(f"data.{code}.class.{entry}")
            return Phrase("packdiff.class", {"owner": owner, "id": entry, "title": title})

        def compare(before: Any, after: Any) -> None:
            self._list(f"{path}.classes", before, after, str, label, _nothing)

        self._optional(path, owner, old, new, "classes", compare)

    def _indicator(self, path: str, old: Any, new: Any) -> None:
        owner = self._label(new)
        self._members(path, owner, old, new, ("weights", "rule"))
        self._members(f"{path}.weights", owner, old["weights"], new["weights"], (), "weights.")
        before, after = old["rule"], new["rule"]
        if "score" not in before or "score" not in after:
            if not _same(before, after):
                self._note(f"{path}.rule", member_words(owner, "rule"), before, after)
            return

        def label(measure: Any) -> Phrase:
            title = self._text(f"{new['id']}.measure.{measure['id']}")
            return Phrase("packdiff.measure", {"owner": owner, "id": measure["id"], "title": title})

        lists = (before["measures"], after["measures"])
        self._list(f"{path}.rule.measures", *lists, _key("id"), label, self._flat(label))
        self._score(f"{path}.rule.score", owner, before["score"], after["score"])

        def adjusting(entry: Any) -> Phrase:
            condition = value_words(entry["when"], "when")
            kind = value_words(entry["type"], "type")
            return Phrase("packdiff.adjustment", {"owner": owner, "type": kind, "when": condition})

        def compare(olds: Any, news: Any) -> None:
            self._list(f"{path}.rule.adjustments", olds, news, _adjustment_key, adjusting, self._flat(adjusting))

        self._optional(f"{path}.rule", owner, before, after, "adjustments", compare)

    def _score(self, path: str, owner: Phrase, old: Any, new: Any) -> None:
        if old["type"] != new["type"]:
            self._note(path, member_words(owner, "rule"), old, new)
            return
        kind = new["type"]
        nested = {"piecewise": "points", "tiers": "bands", "points_list": "classes", "weighted": "parts"}
        skip = ("then", "else") if kind == "choose" else (nested.get(kind, ""),)
        self._members(path, owner, old, new, skip)
        if kind == "choose":
            for side in ("then", "else"):
                self._score(f"{path}.{side}", _branch(owner, side), old[side], new[side])
        elif kind == "weighted":
            self._parts(path, owner, old["parts"], new["parts"])
        elif kind in nested:
            self._curve(path, owner, kind, old[nested[kind]], new[nested[kind]])

    def _parts(self, path: str, owner: Phrase, old: Any, new: Any) -> None:
        if len(old) != len(new):
            self._note(f"{path}.parts", member_words(owner, "parts"), old, new)
            return
        for n, (before, after) in enumerate(zip(old, new, strict=True)):
            here, part = f"{path}.parts[{n}]", _branch(owner, str(n + 1))
            self._members(here, part, before, after, ("score",))
            self._score(f"{here}.score", part, before["score"], after["score"])

    def _curve(self, path: str, owner: Phrase, kind: str, old: Any, new: Any) -> None:
        """Points by their x, bands by where they begin, classes by their id."""

        def point(entry: Any) -> Phrase:
            return Phrase("packdiff.point", {"owner": owner, "x": entry[0], "s": entry[1]})

        def band(entry: Any) -> Phrase:
            edges = {"from": value_words(entry["from"]), "to": value_words(entry["to"])}
            return Phrase("packdiff.tier", {"owner": owner, **edges})

        def points_of(entry: Any) -> Phrase:
            return Phrase("packdiff.class_points", {"owner": owner, "id": entry["class"]})

        def same_x(here: str, before: Any, after: Any) -> None:
            where = Phrase("packdiff.at", {"owner": owner, "x": after[0]})
            for n, name in enumerate(("x", "points")):
                self._members(here, where, {name: before[n]}, {name: after[n]})

        if kind == "piecewise":
            self._list(f"{path}.points", old, new, lambda entry: _exact(entry[0]), point, same_x)
        elif kind == "tiers":
            self._list(f"{path}.bands", old, new, lambda entry: _exact(entry["from"]), band, self._flat(band))
        else:
            self._list(f"{path}.classes", old, new, _key("class"), points_of, self._flat(points_of))

    def _texts(self) -> None:
        """The texts by key; those of an entry that came or went are told with it."""
        for language in _LANGUAGES:
            old, new = self._old["texts"][language], self._new["texts"][language]
            for key in sorted(old.keys() | new.keys()):
                before, after = old.get(key, ABSENT), new.get(key, ABSENT)
                told = (before is ABSENT or after is ABSENT) and (
                    key in self._implied or key.startswith(tuple(name for name in self._implied if name.endswith(".")))
                )
                if before != after and not told:
                    where = Phrase("packdiff.text", {"key": key, "language": Phrase(f"language.{language}")})
                    self._note(f"texts.{language}[{key}]", where, before, after)


def _same(one: Any, other: Any) -> bool:
    """Equal as JSON; there, 1 and true are two."""
    return one is other or (ABSENT not in (one, other) and canonical(one) == canonical(other))


def _nothing(_path: str, _old: Any, _new: Any) -> None:
    """Entries that are nothing but what they are compared by."""


def _key(name: str) -> Callable[[Any], Any]:
    return lambda entry: entry[name]


def _keyed(entries: Sequence[Any], key: Callable[[Any], Any]) -> dict[tuple[Any, int], Any]:
    """Entries by key and by how many of that key stand before them."""
    found: dict[tuple[Any, int], Any] = {}
    for entry in entries:
        name, n = key(entry), 0
        while (name, n) in found:
            n += 1
        found[name, n] = entry
    return found


def _shown(name: tuple[Any, int], entries: Sequence[Any], entry: Any) -> str:
    """What a path says in brackets: an id, or the number where there is none."""
    if isinstance(name[0], str):
        return name[0]
    return str(next(n for n, other in enumerate(entries) if other is entry))


def _exact(number: str | None) -> Decimal:
    return Decimal("-Infinity") if number is None else Decimal(number)


def _adjustment_key(entry: Any) -> bytes:
    return canonical([entry["type"], entry["when"]])


def _band_label(entry: Any) -> Phrase:
    return Phrase("packdiff.band", {"level": entry["level"]})


def _vector_label(entry: Any) -> Phrase:
    return Phrase("packdiff.vector", {"id": entry["indicator"]})


def _branch(owner: Phrase, name: str) -> Phrase:
    return Phrase("packdiff.branch", {"owner": owner, "branch": name})


def _texts_of(path: str, entry: Any) -> list[str]:
    """The keys of the texts that belong to an entry alone; one that ends in a point is how several begin."""
    head, _, rest = path.partition("[")
    if head == "pack.indicators" and "]." not in rest:
        return [f"{entry['id']}."]
    if head == "pack.data":
        return [f"data.{rest.partition(']')[0]}.class.{entry}" if "]." in rest else f"data.{entry['code']}."]
    if head in ("pack.groups", "pack.statements"):
        return [f"{head[5:-1]}.{entry}"]
    if head == "pack.indicators" and "].rule.measures[" in path:
        return [f"{rest.partition(']')[0]}.measure.{entry['id']}"]
    return []
