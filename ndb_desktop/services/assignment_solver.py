"""The only module that touches the solver (HiGHS, through highspy): a `Model` in, 0/1 values and row prices out."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ndb_desktop.domain.errors import NdbError
from ndb_desktop.services.assignment_model import Model
from ndb_desktop.services.tasks import CancelToken

if TYPE_CHECKING:
    from collections.abc import Sequence

_POLL_SECONDS = 0.1
_WHOLE = 1e-6
_LARGE, _LARGE_GAP = 100_000, 1e-6
"""From so many columns on, an integer search may stop within this share of the cost; the gap is reported.

Such a linear program is solved by interior points and a crossover to a corner, in a third of simplex's time."""


@dataclass(frozen=True, slots=True)
class Solved:
    """`values` per column, `prices` per row of the linear program; `gap` is 0.0 unless integers were searched."""

    values: Sequence[int]
    prices: Sequence[float]
    integer: bool
    gap: float


def solve_model(model: Model, *, time_limit: float, cancel: CancelToken | None = None) -> Solved:
    """Solves the linear program; if a value is not whole, the integer program.

    Raises:
        NdbError: `E-ASSIGN-SOLVER` when the solver is missing or finds nothing in the time allowed.
        Cancelled: when `cancel` was set.
    """
    try:
        import highspy
        import numpy as np
    except ImportError as error:
        raise NdbError("E-ASSIGN-SOLVER", detail=str(error)) from error
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    large = len(model.cost) >= _LARGE
    options: dict[str, Any] = {
        "output_flag": False, "threads": 1, "parallel": "off", "solver": "ipm" if large else "simplex",
        "run_crossover": "on", "random_seed": 0,
        "time_limit": float(time_limit), "mip_abs_gap": 0.5,
        "mip_rel_gap": _LARGE_GAP if large else 0.0,
    }  # fmt: skip
    for name, value in options.items():
        solver.setOptionValue(name, value)
    solver.passModel(_program(highspy, np, model))
    _run(solver, cancel)
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise NdbError("E-ASSIGN-SOLVER", detail=solver.modelStatusToString(solver.getModelStatus()))
    solution = solver.getSolution()
    prices = list(solution.row_dual)
    values = list(solution.col_value)
    if all(abs(value - round(value)) < _WHOLE for value in values):
        return Solved([round(value) for value in values], prices, integer=False, gap=0.0)
    count = len(model.cost)
    columns = np.arange(count, dtype=np.int32)
    kinds = np.full(count, int(highspy.HighsVarType.kInteger), dtype=np.uint8)
    solver.changeColsIntegrality(count, columns, kinds)
    _run(solver, cancel)
    info = solver.getInfo()
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        raise NdbError("E-ASSIGN-SOLVER", detail=solver.modelStatusToString(solver.getModelStatus()))
    values = list(solver.getSolution().col_value)
    return Solved([round(value) for value in values], prices, integer=True, gap=float(info.mip_gap))


def _program(highspy: Any, np: Any, model: Model) -> Any:
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(model.cost), len(model.row_keys)
    infinity = highspy.kHighsInf
    lp.col_cost_ = np.array(model.cost, dtype=float)
    lp.col_lower_ = np.array(model.low, dtype=float)
    lp.col_upper_ = np.array(model.high, dtype=float)
    lp.row_lower_ = np.array([-infinity if low is None else low for low in model.row_low], dtype=float)
    lp.row_upper_ = np.array([infinity if high is None else high for high in model.row_high], dtype=float)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    starts = np.zeros(len(model.entries) + 1, dtype=np.int32)
    starts[1:] = np.cumsum([len(rows) for rows in model.entries])
    lp.a_matrix_.start_ = starts
    lp.a_matrix_.index_ = np.array([row for rows in model.entries for row in rows], dtype=np.int32)
    lp.a_matrix_.value_ = np.ones(int(starts[-1]))
    return lp


def _run(solver: Any, cancel: CancelToken | None) -> None:
    if cancel is None:
        solver.run()
        return
    cancel.check()
    solver.HandleUserInterrupt = True
    thread = threading.Thread(target=solver.run, name="highs", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(_POLL_SECONDS)
        if cancel.cancelled:
            solver.cancelSolve()
    cancel.check()
