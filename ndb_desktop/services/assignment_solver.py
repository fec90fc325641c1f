"""The only module that touches the solver (HiGHS, through highspy): a `Model` in, 0/1 values and row prices out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services.assignment_program import Model
from ndb_desktop.services.tasks import CancelToken

Share = Callable[[float], None]
"""Told now and then how far the solver is, 0.0 to 1.0. An estimate: no solver knows when it will be done."""

_POLL_SECONDS = 0.1
_WHOLE = 1e-6
_LARGE, _LARGE_GAP = 100_000, 1e-6
"""From so many columns on, an integer search may stop within this share of the cost; the gap is reported.

Such a linear program is solved by interior points and a crossover to a corner, in a third of simplex's time."""
_WEIGHTED_GAP = 1e-3
"""Groups and floors are no network: their integer search may stop within this share, else it would not end."""
_NODES = 500
_COLUMNS_PER_SECOND = 60_000


@dataclass(frozen=True, slots=True)
class Solved:
    """`values` per column, `prices` per row of the linear program; `gap` is 0.0 unless integers were searched.

    `whole` says whether the values are integers, `hurried` whether the clock ended the search: then another computer
    may find something else.
    """

    values: Sequence[float]
    prices: Sequence[float]
    whole: bool
    gap: float = 0.0
    hurried: bool = False


def solve_model(
    model: Model,
    *,
    time_limit: float,
    cancel: CancelToken | None = None,
    share: Share | None = None,
) -> Solved:
    """Solves the linear program; if a value is not whole, the integer program. `time_limit` in seconds.

    Raises:
        NdbError: `E-ASSIGN-SOLVER` when the solver is missing or finds nothing in the time allowed.
        Cancelled: when `cancel` was set.
    """
    run = Program(model, time_limit, cancel, share)
    relaxed = run.relaxed()
    if relaxed is None:
        raise run.failure()
    if relaxed.whole:
        return relaxed
    start = None
    if model.factors is not None:
        # A lawful assignment at once, so that a search the clock ends has something to give.
        near = (n for n, value in enumerate(relaxed.values[: len(model.pairs)]) if value > 1 - _WHOLE)
        start = round_model(model, relaxed, near, time_limit=time_limit, cancel=cancel)
        run.solver.setOptionValue("mip_max_nodes", _NODES)
    whole = run.integers(relaxed.prices, start)
    if whole is None:
        raise run.failure()
    return whole


def relax_model(model: Model, *, time_limit: float, cancel: CancelToken | None = None) -> Solved | None:
    """The linear program alone, values perhaps in parts; None where there is no solution.

    Raises:
        NdbError: `E-ASSIGN-SOLVER` when the solver is missing.
        Cancelled: when `cancel` was set.
    """
    return Program(model, time_limit, cancel).relaxed()


def round_model(
    model: Model, relaxed: Solved, fixed: Iterable[int], *, time_limit: float, cancel: CancelToken | None = None
) -> Solved | None:
    """Whole values near those of a linear program: the `fixed` columns stay 1, for the rest integers are searched.

    Ended by a number of steps and not by the clock, so that every computer finds the same. None where nothing is found.
    The prices remain those of `relaxed`; raises as `relax_model`.
    """
    low = list(model.low)
    for column in fixed:
        low[column] = 1
    run = Program(replace(model, low=low), time_limit, cancel)
    run.solver.setOptionValue("mip_max_nodes", _NODES)
    found = run.relaxed()
    if found is not None and not found.whole:
        found = run.integers(found.prices)
    return None if found is None else replace(found, prices=relaxed.prices)


class Program:
    """A model handed to the solver, ready to run."""

    def __init__(
        self, model: Model, time_limit: float, cancel: CancelToken | None = None, share: Share | None = None
    ) -> None:
        try:
            import highspy
            import numpy as np
        except ImportError as error:
            raise NdbError("E-ASSIGN-SOLVER", detail=str(error)) from error
        self.highspy, self.np, self.model, self.cancel, self.share = highspy, np, model, cancel, share
        self.solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        large = len(model.cost) >= _LARGE
        gap = _WEIGHTED_GAP if model.factors is not None else _LARGE_GAP if large else 0.0
        options: dict[str, Any] = {
            "output_flag": False, "threads": 1, "parallel": "off", "solver": "ipm" if large else "simplex",
            "run_crossover": "on", "random_seed": 0,
            "time_limit": float(time_limit), "mip_abs_gap": 0.5,
            "mip_rel_gap": gap,
        }  # fmt: skip
        for name, value in options.items():
            self.solver.setOptionValue(name, value)
        self.solver.passModel(*_program(highspy, np, model))

    def failure(self) -> NdbError:
        return NdbError("E-ASSIGN-SOLVER", detail=self.solver.modelStatusToString(self.solver.getModelStatus()))

    def relaxed(self) -> Solved | None:
        """The linear program."""
        self._run()
        if self.solver.getModelStatus() != self.highspy.HighsModelStatus.kOptimal:
            return None
        solution = self.solver.getSolution()
        prices, values = list(solution.row_dual), self.np.array(solution.col_value)
        whole = self.np.rint(values)
        if bool((abs(values - whole) < _WHOLE).all()):
            return Solved(whole.astype(int).tolist(), prices, whole=True)
        return Solved(values.tolist(), prices, whole=False)

    def integers(self, prices: Sequence[float], start: Solved | None = None) -> Solved | None:
        """The integer program, after the linear one, from `start` if there is one."""
        count = len(self.model.cost)
        columns = self.np.arange(count, dtype=self.np.int32)
        kinds = self.np.full(count, int(self.highspy.HighsVarType.kInteger), dtype=self.np.uint8)
        self.solver.changeColsIntegrality(count, columns, kinds)
        if start is not None:
            known = self.highspy.HighsSolution()
            known.col_value = [float(value) for value in start.values]
            self.solver.setSolution(known)
        self._run()
        info = self.solver.getInfo()
        if info.primal_solution_status != self.highspy.SolutionStatus.kSolutionStatusFeasible:
            return None
        hurried = self.solver.getModelStatus() == self.highspy.HighsModelStatus.kTimeLimit
        values = [round(value) for value in self.solver.getSolution().col_value]
        return Solved(values, prices, whole=True, gap=float(info.mip_gap), hurried=hurried)

    def _run(self) -> None:
        cancel, solver = self.cancel, self.solver
        if cancel is None and self.share is None:
            solver.run()
            return
        if cancel:
            cancel.check()
        # The solver works outside the interpreter's lock, so that a window stays alive and a cancel is heard.
        solver.HandleUserInterrupt = True
        thread = threading.Thread(target=solver.run, name="highs", daemon=True)
        thread.start()
        waited, usual = 0.0, len(self.model.cost) / _COLUMNS_PER_SECOND
        try:
            if self.share:
                self.share(0.0)
            while thread.is_alive():
                thread.join(_POLL_SECONDS)
                waited += _POLL_SECONDS
                if self.share:
                    self.share(waited / (waited + usual))
                if cancel and cancel.cancelled:
                    solver.cancelSolve()
        except BaseException:
            # Whoever shows the progress may stop the work too; the thread must not go on alone.
            while thread.is_alive():
                solver.cancelSolve()
                thread.join(_POLL_SECONDS)
            raise
        if cancel:
            cancel.check()


def _program(highspy: Any, np: Any, model: Model) -> tuple[Any, ...]:
    """The arguments of `passModel`: arrays go over in one piece, fields of its own classes number by number."""
    columns, count = len(model.cost), len(model.members)
    infinity = highspy.kHighsInf
    values = np.ones(count) if model.factors is None else np.array(model.factors, dtype=float)
    return (
        columns, len(model.row_keys), count, int(highspy.MatrixFormat.kRowwise), int(highspy.ObjSense.kMinimize), 0.0,
        np.array(model.cost, dtype=float), np.array(model.low, dtype=float), np.array(model.high, dtype=float),
        np.array([-infinity if low is None else low for low in model.row_low], dtype=float),
        np.array([infinity if high is None else high for high in model.row_high], dtype=float),
        np.array(model.starts, dtype=np.int32), np.array(model.members, dtype=np.int32), values,
        np.full(columns, int(highspy.HighsVarType.kContinuous), dtype=np.int32),
    )  # fmt: skip
