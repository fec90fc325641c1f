"""概况: where and when, and who was there for the applicant."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QVBoxLayout

from ndb_desktop.domain.siterecord import Head, Host
from ndb_desktop.services.inspect_clock import device_now
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.inspection.moment_field import MomentField
from ndb_desktop.ui.inspection.page import SitePage
from ndb_desktop.ui.inspection.store import Keys, SiteStore
from ndb_desktop.ui.inspection.words import joined
from ndb_desktop.ui.plain import Button, PlainLabel
from ndb_desktop.ui.widgets.fields import LineEdit
from ndb_desktop.ui.widgets.layout import Card, clear, row


class HeadPage(SitePage):
    """Every field is stored when typing rests."""

    def __init__(self, store: SiteStore) -> None:
        super().__init__("head", tr("site.head"), tr("site.head.text"), store)
        self.place = LineEdit(tr("site.head.place"), store.record.head.place, tr("site.head.place.hint"))
        self.place.setObjectName("site.place")
        self.place.edited.connect(lambda text: self._edit(place=text.strip()))
        self.started = MomentField("site.started", tr("site.head.started"), device_now)
        self.started.edited.connect(lambda at: self._edit(started_at=at))
        self.ended = MomentField("site.ended", tr("site.head.ended"), device_now)
        self.ended.edited.connect(lambda at: self._edit(ended_at=at))
        where = Card(PlainLabel(tr("site.head.place")), self.place, gap=1, margins=2)
        when = row(self.started, self.ended, gap=2)
        where.box.addLayout(when)
        where.box.addWidget(PlainLabel(tr("site.head.clock"), "muted"))
        self._hosts = QVBoxLayout()
        self._hosts.setSpacing(8)
        add = Button(tr("site.host.add"), "normal", "plus")
        add.setObjectName("site.host.add")
        add.clicked.connect(self._add)
        hosts = Card(PlainLabel(tr("site.hosts"), "heading"), gap=1, margins=2)
        hosts.box.addLayout(self._hosts)
        hosts.box.addLayout(row(add, None))
        self._declared = PlainLabel("", "muted", selectable=True)
        self._declared.setObjectName("site.declared")
        made = Card(PlainLabel(tr("site.declared"), "heading"), self._declared, gap=1, margins=2)
        for part in (where, hosts, made):
            self.body.addWidget(part)
        self.body.addStretch(1)
        self._rows: list[tuple[LineEdit, LineEdit]] = []
        self.refresh(())

    def _edit(self, **values: object) -> None:
        self.store.edit(lambda record: record.head, **values)

    def refresh(self, keys: Keys) -> None:
        if keys and ("head", "") not in keys:
            return
        head = self.record.head
        self.place.set_stored(head.place)
        self.started.show_moment(head.started_at)
        self.ended.show_moment(head.ended_at)
        shown = [Host(name.text().strip(), role.text().strip()) for name, role in self._rows]
        if shown != list(head.hosts) or not self._rows:
            self._show_hosts(head)
        names = {one.id: one.name for one in self.record.visit.members}
        made = joined([names.get(member, member) for member, _ in head.declared])
        self._declared.setText(made or tr("site.declared.none"))

    def _show_hosts(self, head: Head) -> None:
        clear(self._hosts)
        self._rows = []
        for number, host in enumerate(head.hosts):
            name = LineEdit(tr("site.host.name", number=number + 1), host.name, tr("site.host.name.hint"))
            name.setObjectName(f"site.host.{number}.name")
            role = LineEdit(tr("site.host.role", number=number + 1), host.role, tr("site.host.role.hint"))
            role.setObjectName(f"site.host.{number}.role")
            name.edited.connect(lambda text, n=number: self._change(n, name=text.strip()))
            role.edited.connect(lambda text, n=number: self._change(n, role=text.strip()))
            drop = Button(tr("site.host.remove"), "normal", "trash-2")
            drop.setObjectName(f"site.host.{number}.remove")
            drop.setAccessibleName(tr("site.host.remove.of", name=host.name or str(number + 1)))
            drop.clicked.connect(lambda _checked=False, n=number: self._remove(n))
            line = row(name, role, drop)
            line.setStretch(0, 1)
            line.setStretch(1, 1)
            self._hosts.addLayout(line)
            self._rows.append((name, role))
        if not head.hosts:
            self._hosts.addWidget(PlainLabel(tr("site.hosts.none"), "muted"))

    def _add(self) -> None:
        self._edit(hosts=(*self.record.head.hosts, Host("", "")))

    def _change(self, number: int, **values: str) -> None:
        hosts = list(self.record.head.hosts)
        if number < len(hosts):
            hosts[number] = replace(hosts[number], **values)
            self._edit(hosts=tuple(hosts))

    def _remove(self, number: int) -> None:
        hosts = list(self.record.head.hosts)
        del hosts[number : number + 1]
        self._edit(hosts=tuple(hosts))
