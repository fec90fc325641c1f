"""The score the program computes: how much, why, the curve it lies on, and the rule it comes from (R12)."""

from __future__ import annotations

from fractions import Fraction

from ndb_desktop.domain.plot import Plot
from ndb_desktop.domain.rulepack import ItemDef, RulePack
from ndb_desktop.domain.rules import Computed, explain_rule
from ndb_desktop.ui import i18n
from ndb_desktop.ui.expert import words
from ndb_desktop.ui.i18n import tr
from ndb_desktop.ui.plain import LinkButton, PlainLabel
from ndb_desktop.ui.widgets.curve import CurvePlot
from ndb_desktop.ui.widgets.fold import Fold
from ndb_desktop.ui.widgets.layout import Card, column, row


class ComputedCard(Card):
    """Shows a `Computed`: score and working at once, the curves under a fold, the rule in words behind a link."""

    def __init__(self) -> None:
        super().__init__(gap=0.75, margins=1.5)
        self.setObjectName("indicator.computed")
        self.title = PlainLabel("", "heading")
        self.score = PlainLabel("", "score", wrap=False)
        self.score.setObjectName("indicator.computed.score")
        self.why = PlainLabel("", "body")
        self.why.setObjectName("indicator.computed.why")
        self.warning = PlainLabel("", "warning")
        self.warning.setObjectName("indicator.computed.warning")
        self.curves: list[CurvePlot] = []
        self.fold = Fold("curve", tr("expert.curve"))
        self.more = LinkButton(tr("expert.rule.show"), "calculator")
        self.more.setObjectName("indicator.rule.show")
        self.more.clicked.connect(self._fold)
        self.rule = PlainLabel("", "muted")
        self.rule.setObjectName("indicator.rule")
        head = row(column(self.title, gap=0), self.score)
        head.setStretch(0, 1)
        self.box.addLayout(head)
        for part in (self.why, self.warning, self.fold):
            self.box.addWidget(part)
        self.box.addLayout(row(self.more, None))
        self.box.addWidget(self.rule)
        self.rule.hide()

    def show_computed(self, pack: RulePack, item: ItemDef, computed: Computed, k: Fraction) -> None:
        """The computed score of an item, or t of a plan item."""
        self.title.setText(tr("expert.computed.target") if item.mixed else tr("expert.computed"))
        self.score.setText(words.score(computed.score, pack.settings))
        self.why.setText(i18n.phrase(computed.explanation))
        self.warning.setText("\n".join(i18n.phrase(warning) for warning in computed.warnings))
        self.warning.setVisible(bool(computed.warnings))
        self._show_plots(computed.plots)
        self.rule.setText(i18n.phrase(explain_rule(item.indicator, k)))
        self.rule.hide()
        self._name_link()

    def _show_plots(self, plots: tuple[Plot, ...]) -> None:
        while len(self.curves) < len(plots):
            self.curves.append(CurvePlot())
            self.fold.box.addWidget(self.curves[-1])
        for number, curve in enumerate(self.curves):
            curve.show_plot(plots[number] if number < len(plots) else None)
        self.fold.setVisible(bool(plots))

    def _fold(self) -> None:
        self.rule.setVisible(self.rule.isHidden())
        self._name_link()

    def _name_link(self) -> None:
        self.more.setText(" " + (tr("expert.rule.show") if self.rule.isHidden() else tr("expert.rule.hide")))
