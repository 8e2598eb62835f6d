"""The documentation says what the program does."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from ccgmine import __version__
from ccgmine.cli.app import app
from ccgmine.cli.reports import app as reports_app

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_command_reference_is_what_the_program_prints(generate: ModuleType) -> None:
    assert generate.CLI_PAGE.read_text(encoding="utf-8") == generate.cli_page()


@pytest.mark.skipif(sys.platform == "win32", reason="the tour needs a Unix terminal")
def test_readme_tour_is_what_the_program_prints(generate: ModuleType) -> None:
    assert generate.README.read_text(encoding="utf-8") == generate.readme_with_tour()


def test_every_command_is_documented_and_has_help(generate: ModuleType) -> None:
    registered = {command.name for command in app.registered_commands}
    groups = {group.name for group in app.registered_groups}
    assert registered | groups == set(generate.COMMANDS)
    reports = {command.name for command in reports_app.registered_commands}
    assert reports == set(generate.REPORTS)
    assert all(command.callback.__doc__ for command in app.registered_commands if command.callback)


def test_links_between_pages_lead_somewhere() -> None:
    for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("benchmarks/*.md")):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} points to {target}"


def test_changelog_has_this_version() -> None:
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_readme_shows_the_two_commands_in_both_worlds() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in (
        "python -m pip install . && ccgmine demo",
        "python -m pip install -e '.[test]' && python -m pytest",
        "py -m venv",
        'py -m pip install -e ".[test]"',
    ):
        assert command in readme
