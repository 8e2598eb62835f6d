"""What every test shares: no network, a fixed terminal, and a study made once."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from tests.running import Result, ccgmine

# Hundreds of tests start the program anew: it is compiled once, as where a user installs it.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A busy machine must not fail a property.
settings.register_profile("ccgmine", deadline=None)
settings.load_profile("ccgmine")

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "sample_corpus"


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """ccgmine never opens a socket; a test that does, fails."""

    def refuse(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(autouse=True)
def _fixed_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings of whoever runs the tests get in."""
    monkeypatch.delenv("CCGMINE_STUDY", raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(tmp_path)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="Write tests/golden anew from what ccgmine puts out; read the difference like code.",
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compares a text with the approved one of that name in tests/golden."""

    def compare(name: str, text: str) -> None:
        path = ROOT / "tests" / "golden" / name
        if request.config.getoption("--update-golden"):
            path.write_bytes(text.encode("utf-8"))
        assert text == path.read_bytes().decode("utf-8")

    return compare


@pytest.fixture
def run() -> Callable[..., Result]:
    """The command line through its real entry point, in a process of its own."""
    return ccgmine


@pytest.fixture(scope="session")
def _sample_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "study"
    study = ["--study", str(folder)]
    people = str(CORPUS / "participants.csv")
    steps = [
        ["init", str(folder), "--codebook", str(CORPUS / "codebook.csv"), "--coder", "coder1"],
        ["ingest", str(CORPUS / "transcripts"), "--participants", people, *study],
        ["import", str(CORPUS / "codings.csv"), str(CORPUS / "coverage.csv"), *study],
        ["train", *study],
        ["classify", *study],
    ]
    for step in steps:
        result = ccgmine(*step)
        assert result.code == 0, result.err
    return folder


@pytest.fixture
def sample_study(_sample_study: Path, tmp_path: Path) -> Path:
    """A copy of the sample study after ingest, import, train and classify; yours to change."""
    return Path(shutil.copytree(_sample_study, tmp_path / "sample-study"))


@pytest.fixture
def read_only_sample_study(_sample_study: Path) -> Path:
    """The sample study itself, for tests that change nothing: no copy is made."""
    return _sample_study
