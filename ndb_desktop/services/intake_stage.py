"""Which form a registry takes in: 申报材料 in selection, in a later stage 阶段材料 beside what was frozen.

A row of a stage is the frozen application with the documents of the stage and the values declared now. Nothing that was
promised is read from the form.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from ndb_desktop.domain.errors import Fault, FaultsError, NdbError
from ndb_desktop.domain.model import Application
from ndb_desktop.domain.stagework import StageWork
from ndb_desktop.formats.applications import application_from_json, application_to_json
from ndb_desktop.formats.importmap import Vocabulary
from ndb_desktop.formats.stageform import stage_form_from_json
from ndb_desktop.formats.stagetable import STAGE_FORM, KnownBase, StageVocabulary
from ndb_desktop.formats.tablehandover import APPLICATIONS, Form
from ndb_desktop.services.intake_checks import batch_faults, batch_warnings
from ndb_desktop.services.stage_work import case_of, stage_application
from ndb_desktop.services.succession_link import frozen_application, frozen_bytes, link_of

if TYPE_CHECKING:
    from ndb_desktop.services.office import Office


_PARTS = {"E-STAGE-ACTUAL-YEAR": ".year", "E-STAGE-ACTUAL-UNIT": ".unit"}
"""Which part of a declared value a fault is about."""


class SelectionReading:
    """申报材料: what a line says is the application."""

    form: Form = APPLICATIONS

    def __init__(self, office: Office) -> None:
        self._office = office

    def vocabulary(self) -> Vocabulary:
        """What the columns of tables can hold."""
        return Vocabulary(self._office.batch, self._office.packs)

    def read(self, line: bytes, place: str) -> Application:
        """One line. Raises NdbError, FaultsError as `application_from_json`."""
        return application_from_json(line, place)

    def faults(self, application: Application, place: str) -> Iterator[Fault]:
        """What keeps it from being taken."""
        yield from batch_faults(self._office, application, place)

    def warnings(self, application: Application, place: str) -> Iterator[Fault]:
        """What a person should look at."""
        yield from batch_warnings(self._office, application, place)

    def absent(self, named: frozenset[str], place: str) -> Iterator[Fault]:  # noqa: ARG002
        """Nobody has to apply."""
        yield from ()


class StageReading(SelectionReading):
    """阶段材料: what a line says stands beside the promises of the base."""

    form = STAGE_FORM

    def vocabulary(self) -> Vocabulary:
        bases = [
            KnownBase(one.id, one.category, one.credit_code, one.applicant)
            for one in (frozen_application(self._office, name) for name in self._bases)
        ]
        return StageVocabulary(self._office.batch, self._office.stage_packs, bases)

    @cached_property
    def _bases(self) -> tuple[str, ...]:
        link = link_of(self._office)
        return () if link is None else tuple(ref.application for ref in link.bases)

    @cached_property
    def _codes(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in self._bases:
            found.setdefault(frozen_application(self._office, name).credit_code, []).append(name)
        return found

    def read(self, line: bytes, place: str) -> Application:
        """The frozen application with what the line says.

        Raises:
            NdbError: E-STAGE-PROMISED, E-SUCCESSION-STRANGER (none of the bases, or the credit code of another),
                E-STAGE-PACK-NONE, `E-RECORD-…`.
            FaultsError: what is wrong with documents, references and numbers.
        """
        form = stage_form_from_json(line, place)
        named = [form.application] if form.application else self._codes.get(form.credit_code, [])
        if len(named) != 1 or named[0] not in self._bases:
            raise NdbError("E-SUCCESSION-STRANGER", place=place, application=form.application or form.credit_code)
        frozen = frozen_application(self._office, named[0])
        if form.credit_code not in ("", frozen.credit_code):
            raise NdbError("E-SUCCESSION-STRANGER", place=place, application=frozen.id)
        if frozen.category not in self._office.stage_packs:
            raise NdbError("E-STAGE-PACK-NONE", place=place, category=frozen.category)
        made = stage_application(frozen, form.documents, form.actuals)
        # One strict reader for names, texts and references, wherever they come from.
        return application_from_json(application_to_json(made), place)

    def faults(self, application: Application, place: str) -> Iterator[Fault]:
        try:
            self._work(application).values  # noqa: B018
        except FaultsError as error:
            for fault in error.faults:
                yield replace(fault, place=f"{place}: {fault.place}{_PARTS.get(fault.code, '')}")

    def warnings(self, application: Application, place: str) -> Iterator[Fault]:
        """Missing actual values: each counts 0, and it is better to ask now."""
        missing = self._work(application).missing
        if missing:
            said = {"application": application.id, "count": str(len(missing)), "ids": ", ".join(missing)}
            yield Fault("E-STAGE-ACTUAL-MISSING", place, said)

    def absent(self, named: frozenset[str], place: str) -> Iterator[Fault]:
        """Bases that neither this hand-over names nor an earlier one did."""
        known = self._office.registry.application_digests()
        for name in self._bases:
            if name not in known and name.casefold() not in named:
                yield Fault("E-STAGE-ABSENT", place, {"application": name})

    def _work(self, application: Application) -> StageWork:
        office = self._office
        pack, selection = office.stage_packs[application.category], office.packs[application.category]
        return StageWork(pack, case_of(pack, selection, frozen_bytes(office, application.id)), application.actuals)


def reading_of(office: Office) -> SelectionReading:
    """How this registry reads a hand-over."""
    return SelectionReading(office) if office.stage == "selection" else StageReading(office)
