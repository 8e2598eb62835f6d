"""LibreOffice, for the tests that open what ccgmine writes as a user would."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
needs_office = pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")


def converted(path: Path, form: str) -> Path:
    """A file in another format, by LibreOffice without a window; fails on any complaint."""
    assert OFFICE is not None
    profile, out = path.parent / "profile", path.parent / "converted"
    done = subprocess.run(
        [OFFICE, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore",
         "--convert-to", form, "--outdir", str(out), str(path)],
        capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    # That no Java is there says nothing of the file.
    said = [line for line in done.stderr.splitlines() if "javaldx" not in line]
    found = out / path.with_suffix("." + form.split(":")[0]).name
    if done.returncode or said or not found.exists():
        pytest.fail(f"LibreOffice: {done.returncode}, {said}, {done.stdout}")
    return found
