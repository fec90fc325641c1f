#!/usr/bin/env python3
"""One script for every chore: run, test, lint, bench, package, shots, clean. Standard library only.

    python3 build/dev.py run              open the program on a prepared sample round
    python3 build/dev.py run --headless OUT   the same sample round without a window
    python3 build/dev.py test [PYTEST ARGS]   every check and every test
    python3 build/dev.py lint | bench | package | shots | lock | clean

On Windows call it with `py` instead of `python3`.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
OUT = ROOT / ".out"
LOCK = ROOT / "requirements.lock"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

# What PySide6's wheels take from the system (file to look for, Debian package, newer Debian/Ubuntu name).
QT_LIBRARIES = [
    ("libglib-2.0.so.0", "libglib2.0-0", "libglib2.0-0t64"),
    ("libEGL.so.1", "libegl1", ""),
    ("libGL.so.1", "libgl1", ""),
    ("libdbus-1.so.3", "libdbus-1-3", ""),
    ("libfontconfig.so.1", "libfontconfig1", ""),
    ("libxkbcommon.so.0", "libxkbcommon0", ""),
    ("libX11.so.6", "libx11-6", ""),
]
WINDOW_LIBRARIES = [
    ("libxcb-cursor.so.0", "libxcb-cursor0", ""),
    ("libxcb-icccm.so.4", "libxcb-icccm4", ""),
    ("libxcb-keysyms.so.1", "libxcb-keysyms1", ""),
    ("libxcb-shape.so.0", "libxcb-shape0", ""),
    ("libxcb-xkb.so.1", "libxcb-xkb1", ""),
    ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0", ""),
    ("libxcb-render-util.so.0", "libxcb-render-util0", ""),
    ("libxcb-image.so.0", "libxcb-image0", ""),
    ("libxcb-randr.so.0", "libxcb-randr0", ""),
    ("libxcb-xfixes.so.0", "libxcb-xfixes0", ""),
    ("libxcb-sync.so.1", "libxcb-sync1", ""),
    ("libX11-xcb.so.1", "libx11-xcb1", ""),
]
# Programs we did not write, with which the tests open and verify our files.
TEST_PROGRAMS = [
    ("age", "age"),
    ("jq", "jq"),
    ("unzip", "unzip"),
    ("openssl", "openssl"),
    ("pdftotext", "poppler-utils"),
    ("ssh-keygen", "openssh-client"),
    ("soffice", "libreoffice-writer-nogui"),
    ("soffice", "libreoffice-calc-nogui"),
]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    run = verbs.add_parser("run", help="prepare the sample round and open the window")
    run.add_argument("--headless", metavar="OUT", help="make the sample round in OUT, without a window")
    verbs.add_parser("test", help="all checks, then pytest", add_help=False)
    for name, text in (
        ("lint", "the checks without pytest"),
        ("bench", "benchmarks"),
        ("package", "the frozen program"),
        ("shots", "the screenshots of README and guides"),
        ("lock", "renew requirements.lock (needs uv)"),
        ("clean", "remove .out"),
    ):
        verbs.add_parser(name, help=text)
    options, rest = parser.parse_known_args()
    if rest and options.verb not in ("test", "bench"):
        parser.error(f"unknown arguments: {' '.join(rest)}")
    return {
        "run": lambda: run_program(options.headless),
        "test": lambda: test(rest),
        "lint": lint,
        "bench": lambda: bench(rest),
        "package": package,
        "shots": shots,
        "lock": lock,
        "clean": clean,
    }[options.verb]()


def run_program(headless: str | None) -> int:
    prepare(window=not headless)
    if not headless and not has_display():
        headless = str(OUT / "sample")
        print(f"No display found: making the sample round in {headless} instead.", flush=True)
    if headless:
        return call([PYTHON, "-m", "ndb_desktop", "demo", headless, "--force"])
    return call([PYTHON, "-m", "ndb_desktop", "--sample", str(OUT / "sample")])


def test(pytest_arguments: list[str]) -> int:
    prepare(window=False, programs=True)
    if not pytest_arguments and (status := lint()):
        return status
    environment = {"QT_QPA_PLATFORM": "offscreen", "PYTHONDEVMODE": "0"}
    return call([PYTHON, "-m", "pytest", "-n", "2", *pytest_arguments], environment)


def lint() -> int:
    prepare(window=False)
    scripts = PYTHON.parent
    checks = [
        [scripts / "lint-imports"],
        [PYTHON, "-m", "ruff", "check"],
        [PYTHON, "-m", "ruff", "format", "--check"],
        [PYTHON, "-m", "mypy"],
        [PYTHON, "build/check_texts.py"],
        [PYTHON, "-m", "ndb_desktop", "rules", "check"],
    ]
    for check in checks:
        print("$", " ".join(str(part) for part in check[-3:]), flush=True)
        if status := call(check):
            return status
    return 0


def bench(arguments: list[str]) -> int:
    prepare(window=False)
    return call([PYTHON, "benchmarks/run.py", *arguments], {"QT_QPA_PLATFORM": "offscreen"})


def package() -> int:
    prepare(window=False)
    return call(
        [
            PYTHON,
            "-m",
            "PyInstaller",
            "--noconfirm",
            "--clean",
            "--workpath",
            OUT / "pyi",
            "--distpath",
            OUT / "dist",
            "build/ndb_desktop.spec",
        ]
    )


def shots() -> int:
    prepare(window=False)
    return call([PYTHON, "build/make_shots.py"], {"QT_QPA_PLATFORM": "offscreen"})


def lock() -> int:
    return call(
        [
            "uv",
            "pip",
            "compile",
            "pyproject.toml",
            "--extra",
            "dev",
            "--universal",
            "--python-version",
            "3.11",
            "--generate-hashes",
            "--no-header",
            "--no-annotate",
            "-o",
            "requirements.lock",
            "-q",
        ]
    )


def clean() -> int:
    shutil.rmtree(OUT, ignore_errors=True)
    return 0


def prepare(*, window: bool, programs: bool = False) -> None:
    """Checks the system, then makes `.venv` from the lock file if it is missing or older than the lock."""
    if sys.version_info < (3, 11):
        sys.exit("Python 3.11 or newer is needed.")
    if sys.platform.startswith("linux") and (missing := missing_packages(window=window, programs=programs)):
        install(missing)
    stamp = VENV / "lock.sha256"
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if not PYTHON.exists():
        print("Making .venv ...", flush=True)
        try:
            venv.create(VENV, with_pip=True, clear=True)
        except subprocess.CalledProcessError:
            # What is half made would be taken for whole the next time.
            shutil.rmtree(VENV, ignore_errors=True)
            sys.exit("Python's venv module does not work here; install it (python3-venv on Debian and Ubuntu).")
    if not stamp.exists() or stamp.read_text() != wanted:
        print("Installing the locked requirements ...", flush=True)
        if call(
            [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", LOCK]
        ):
            sys.exit("The requirements could not be installed; see the message above.")
        stamp.write_text(wanted)


def missing_packages(*, window: bool, programs: bool) -> list[tuple[str, str]]:
    """Everything this system lacks, as (Debian package, its newer name), so that one command mends it all."""
    libraries = QT_LIBRARIES + (WINDOW_LIBRARIES if window else [])
    present = loadable([name for name, _, _ in libraries])
    missing = [(package, newer) for name, package, newer in libraries if name not in present]
    if importlib.util.find_spec("ensurepip") is None:
        missing.append(("python3-venv", ""))
    if programs:
        missing += [(package, "") for program, package in TEST_PROGRAMS if not shutil.which(program)]
    return list(dict.fromkeys(missing))


def loadable(names: list[str]) -> set[str]:
    """The libraries among `names` that this machine's loader finds."""
    code = "import ctypes, sys\nfor n in sys.argv[1:]:\n    try: ctypes.CDLL(n); print(n)\n    except OSError: pass\n"
    found = subprocess.run([sys.executable, "-c", code, *names], capture_output=True, text=True)
    return set(found.stdout.split())


def install(packages: list[tuple[str, str]]) -> None:
    """As root on Debian or Ubuntu installs the packages; otherwise says the one command to type and stops."""
    apt = shutil.which("apt-get")
    if apt and hasattr(os, "geteuid") and os.geteuid() == 0:
        environment = {"DEBIAN_FRONTEND": "noninteractive"}
        call([apt, "update", "-qq"], environment)
        names = [package if known_to_apt(package) or not newer else newer for package, newer in packages]
        print("Installing", *names, flush=True)
        if call([apt, "install", "-y", "-qq", "--no-install-recommends", *names], environment):
            sys.exit("Some system packages could not be installed; see the message above.")
        return
    names = " ".join(package if not apt or known_to_apt(package) or not newer else newer for package, newer in packages)
    sys.exit(f"Missing on this system. Type:  sudo apt-get install {names}")


def known_to_apt(package: str) -> bool:
    shown = subprocess.run(["apt-cache", "policy", package], capture_output=True, text=True).stdout
    return "Candidate:" in shown and "Candidate: (none)" not in shown


def has_display() -> bool:
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def call(command: list[str | Path], environment: dict[str, str] | None = None) -> int:
    try:
        return subprocess.run(
            [str(part) for part in command], cwd=ROOT, env={**os.environ, **(environment or {})}
        ).returncode
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
