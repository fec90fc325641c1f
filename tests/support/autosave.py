"""Writes to a worksheet until it is killed, again and again; run as `python -m tests.support.autosave PATH KILLS SEED`.

A forked child opens the worksheet, says what it found, then stores edit after edit and acknowledges each one over a
pipe. The parent kills it with SIGKILL at a random moment and expects of the next child: every acknowledged edit is
there, at most the one that was under way came on top, and the records are exactly what the log says.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
import time
from pathlib import Path

from ndb_desktop.storage.worksheet import Binding, Edit, Worksheet

SECRET = "abcd-efgh-jkmn-pqrs-tvwx"
BINDING = Binding("b" * 32, "d" * 64, "E01")
AT = "2026-11-22T03:00:00Z"


def edit(number: int) -> Edit:
    """The edit with this number, always the same; texts large enough to touch several pages."""
    chance = random.Random(number)
    value = json.dumps({"n": number, "reason": "理由" * chance.randint(0, 3000)}, ensure_ascii=False)
    return Edit(f"A{chance.randint(1, 3)}", "entry", f"P1.{chance.randint(1, 30)}.plan", value)


def records_of(sheet: Worksheet) -> dict[tuple[str, str], str]:
    """All records of the three applications."""
    return {(app, key): value for app in ("A1", "A2", "A3") for (_, key), value in sheet.records(app).items()}


def check(sheet: Worksheet) -> int:
    """How many edits the worksheet holds; raises when it is not exactly the first so many."""
    expected: dict[tuple[str, str], str] = {}
    log = sheet.log()
    for number, row in enumerate(log, 1):
        wanted = edit(number)
        assert (row.seq, row.application, row.key, row.new) == (number, wanted.application, wanted.key, wanted.value)
        expected[wanted.application, wanted.key] = str(wanted.value)
    assert records_of(sheet) == expected
    return len(log)


def child(path: Path, pipe: int) -> None:
    """Opens, reports, writes for ever."""
    sheet = Worksheet.open(path, SECRET, BINDING, at=AT)
    number = check(sheet)
    os.write(pipe, f"found {number}\n".encode())
    while True:
        number += 1
        sheet.put(edit(number), at=AT)
        os.write(pipe, f"{number}\n".encode())


def one_life(path: Path, chance: random.Random, acknowledged: int) -> tuple[int, bool]:
    """One child from birth to SIGKILL: the highest acknowledged edit, and whether one came on top of the last life."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(reading)
            child(path, writing)
        except BaseException as error:  # noqa: BLE001  (a finding, told to the parent)
            os.write(writing, f"error {error!r}\n".encode())
        finally:
            os._exit(1)
    os.close(writing)
    early = chance.random() < 0.15
    end = time.monotonic() + (chance.uniform(0, 0.3) if early else 30)
    data, extra, seen = b"", False, acknowledged
    with os.fdopen(reading, "rb", buffering=0) as stream:
        while (left := end - time.monotonic()) > 0:
            if not select.select([stream], [], [], left)[0]:
                break
            piece = stream.read(65536)
            assert piece, f"the child ended by itself: {data!r}"
            first = not data
            data += piece
            if first and not early:
                end = time.monotonic() + chance.uniform(0, 0.06)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        data += stream.read()
    for line in data[: data.rfind(b"\n") + 1].decode().splitlines():
        assert not line.startswith("error"), line
        if line.startswith("found "):
            found = int(line.split()[1])
            assert acknowledged <= found <= acknowledged + 1, (acknowledged, found)
            extra = found > acknowledged
            seen = found
        else:
            seen = int(line)
    return seen, extra


def main(path: Path, kills: int, seed: int) -> None:
    """Prints `{"kills", "acknowledged", "on_top"}`."""
    Worksheet.create(path, SECRET, BINDING, at=AT).close()
    chance = random.Random(seed)
    acknowledged, on_top = 0, 0
    for _ in range(kills):
        acknowledged, extra = one_life(path, chance, acknowledged)
        on_top += extra
    with Worksheet.open(path, SECRET, BINDING, at=AT) as sheet:
        found = check(sheet)
    assert acknowledged <= found <= acknowledged + 1
    print(json.dumps({"kills": kills, "acknowledged": acknowledged, "on_top": on_top}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
