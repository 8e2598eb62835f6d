"""A REFI-QDA project of 300 transcripts and 20,000 codings: read, taken in and written, timed.

    python benchmarks/exchange.py [--transcripts 300] [--codings 20000]

The project is written as NVivo writes it: UTF-16 positions, CRLF, a byte order mark, no words in
the names of selections, so that the way of counting has to be found from the edges of words. The
talk is made of a small stock of words with an emoji now and then. Prints seconds and the peak of
memory of a process that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
import uuid
import zipfile
from pathlib import Path

WORDS = """
we the a of and to in it that was they had with for on practice patients money meetings board
papers time group doctors care plan work people week because really
""".split()  # noqa: SIM905


def guid(*names: object) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, "/".join(map(str, names))))


def talk(chance: random.Random, n_turns: int) -> str:
    """An interview with labels; every tenth answer has an emoji."""
    lines = []
    for turn in range(n_turns):
        words = " ".join(chance.choices(WORDS, k=chance.randint(40, 120)))
        words = words.replace(" because ", " 😀 because ") if turn % 10 == 0 else words
        lines += ["Interviewer: And how was that?", f"P: {words.capitalize()}."]
    return "\r\n".join(lines)


def write_project(path: Path, n_transcripts: int, n_codings: int) -> None:
    chance = random.Random(1)
    codes = [
        f'<Code guid="{guid("code", i)}" name="Theme {i}" isCodable="true"/>' for i in range(40)
    ]
    sources, cases, members = [], [], {}
    each = n_codings // n_transcripts
    for number in range(n_transcripts):
        text = talk(chance, 20)
        name, source = f"GP ID {number}", guid("source", number)
        units = [0]
        for character in text:
            units.append(units[-1] + (2 if ord(character) > 0xFFFF else 1))
        selections = []
        breaks = [i for i, c in enumerate(text) if c == " "]
        for i in range(each):
            first = chance.randrange(len(breaks) - 30)
            start, end = breaks[first] + 1, breaks[first + chance.randint(3, 25)]
            selections.append(
                f'<PlainTextSelection guid="{guid("s", number, i)}" startPosition="{units[start]}" '
                f'endPosition="{units[end]}"><Coding guid="{guid("c", number, i)}" '
                f'creatingUser="{guid("user", i % 2)}"><CodeRef targetGUID="'
                f'{guid("code", chance.randrange(40))}"/></Coding></PlainTextSelection>'
            )
        sources.append(
            f'<TextSource guid="{source}" name="{name}.docx" '
            f'plainTextPath="internal://{source}.txt">{"".join(selections)}</TextSource>'
        )
        cases.append(
            f'<Case guid="{guid("case", number)}" name="{name}"><SourceRef targetGUID="{source}"/>'
            "</Case>"
        )
        members[f"Sources/{source}.txt"] = b"\xef\xbb\xbf" + text.encode()
    users = "".join(f'<User guid="{guid("user", i)}" name="Coder {i}"/>' for i in range(2))
    xml = (
        '<Project xmlns="urn:QDA-XML:project:1.0" name="B" origin="NVivo 12.6">'
        f"<Users>{users}</Users><CodeBook><Codes>{''.join(codes)}</Codes></CodeBook>"
        f"<Cases>{''.join(cases)}</Cases><Sources>{''.join(sources)}</Sources></Project>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("project.qde", xml)
        for member, content in members.items():
            archive.writestr(member, content)


def measure(folder: Path) -> None:
    """The work itself, in a process of its own."""
    from ccgmine.domain import Codebook
    from ccgmine.exchange.run_export import export_file
    from ccgmine.exchange.run_import import ImportOptions, import_project, read_project
    from ccgmine.study import create_study, open_study

    path = folder / "big.qdpx"
    create_study(folder / "study", Codebook())
    options = ImportOptions()
    seconds = {}
    with open_study(folder / "study", write=True) as study:
        start = time.perf_counter()
        project = read_project(path, options.read)
        seconds["read"] = time.perf_counter() - start
        report = import_project(study, project, path, options, lambda *_: None)
        seconds["import, reading included"] = time.perf_counter() - start
        seconds["processor until then"] = time.process_time()
        start = time.perf_counter()
        import_project(study, project, path, options, lambda *_: None)
        seconds["import again"] = time.perf_counter() - start
        start = time.perf_counter()
        export_file(study, folder / "out.qdpx")
        seconds["export"] = time.perf_counter() - start
    print(
        json.dumps(
            {
                "seconds": {name: round(s, 2) for name, s in seconds.items()},
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                "codings": [report.in_file.codings, report.in_study.codings],
                "lost": report.lost,
                "utf16": sum("utf16,crlf2,nomark" in p for p in report.positions),
            },
            indent=1,
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--transcripts", type=int, default=300)
    parser.add_argument("--codings", type=int, default=20_000)
    parser.add_argument("--in-folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.in_folder is not None:
        measure(given.in_folder)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_project(folder / "big.qdpx", given.transcripts, given.codings)
        subprocess.run([sys.executable, __file__, "--in-folder", temporary], check=True)


if __name__ == "__main__":
    main()
