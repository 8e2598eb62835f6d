"""The rules of design.md that a look at the source can keep: who imports whom, and what not to do.

Each check is a function from sources to complaints, so that a test with a planted fault shows
that it can complain.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "ccgmine"
ROOMS = frozenset({"ingest", "coding", "classify", "prevalence", "report", "exchange"})
HEAVY = frozenset(
    {
        "numpy",
        "scipy",
        "sklearn",
        "spacy",
        "docx",
        "openpyxl",
        "lxml",
        "pypdf",
        "srsly",
        "thinc",
        "rich",
    }
    | {"onnxruntime", "safetensors", "threadpoolctl", "tokenizers", "matplotlib"}
)
SOURCES = {
    ".".join(("ccgmine", *p.relative_to(PACKAGE).with_suffix("").parts)): p.read_text("utf-8")
    for p in sorted(PACKAGE.rglob("*.py"))
    if "shipped" not in p.relative_to(PACKAGE).parts[:-1]
}
Sources = dict[str, str]
# Modules at the top that everybody may use, and that know no more than the nouns.
HELPERS = frozenset(
    module.split(".")[1]
    for module in SOURCES
    if module.count(".") == 1
    and module.split(".")[1]
    not in {"__init__", "__main__", "errors", "domain", "study", "checking"}
)


@cache
def parse(source: str) -> ast.Module:
    return ast.parse(source)


def imports(tree: ast.AST, *, all_levels: bool) -> Iterator[str]:
    """Modules imported; without ``all_levels`` only those that importing the module loads."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            module = node.module or ""
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            if all_levels:
                yield from imports(node, all_levels=True)
        elif not _only_for_types(node):
            yield from imports(node, all_levels=all_levels)


def _only_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def own_imports(source: str, sources: Sources) -> set[str]:
    return {name for name in imports(parse(source), all_levels=True) if name in sources}


def room(module: str) -> str:
    """First name below ``ccgmine``: a package or a top-level module."""
    return [*module.split("."), ""][1]


def is_run(module: str) -> bool:
    """The way in of a package: ``run`` or one of several ``run_*``."""
    return room(module) in ROOMS and module.rpartition(".")[2].split("_")[0] == "run"


def may_import(module: str) -> frozenset[str]:
    """What a module may import, by first name below the package; '' is the package itself."""
    lowest = frozenset({"", "errors"})
    own = room(module)
    if own in {"", "errors"}:
        return lowest
    if own == "domain":
        return lowest
    if own == "store":
        return lowest | {"domain", "store"}
    if own in HELPERS:
        return lowest | {"domain"} | HELPERS
    if own == "study":
        return lowest | {"domain", "store"} | HELPERS
    if own in ROOMS and not is_run(module):
        return lowest | {"domain", own} | HELPERS
    if own in ROOMS or own == "checking":
        return lowest | {"domain", "store", "study"} | HELPERS | ROOMS
    return lowest | {"domain", "store", "study", "checking", "cli"} | HELPERS | ROOMS


def wrong_imports(sources: Sources) -> list[str]:
    return [
        f"{module} imports {name}"
        for module, source in sources.items()
        for name in sorted(own_imports(source, sources))
        if name != "ccgmine"
        and (
            room(name) not in may_import(module)
            # What is pure does not reach for its own package's way in.
            or (is_run(name) and room(module) in ROOMS and not is_run(module))
        )
    ]


def test_the_rooms_are_those_of_the_design() -> None:
    packages = {module.split(".")[1] for module in SOURCES if module.count(".") > 1}
    assert packages == ROOMS | {"cli", "store"}
    assert {"files", "tables", "matching"} <= HELPERS


def test_imports_point_one_way() -> None:
    assert wrong_imports(SOURCES) == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        pytest.param("ccgmine.domain", "from ccgmine.files import sha256", id="domain, a helper"),
        pytest.param("ccgmine.store.runs", "import ccgmine.study", id="the store, the study"),
        pytest.param("ccgmine.study", "from ccgmine.coding import run", id="the study, a room"),
        pytest.param(
            "ccgmine.report.people",
            "from ccgmine.prevalence.evidence import lines",
            id="a pure module, another room",
        ),
        pytest.param(
            "ccgmine.prevalence.evidence", "from ccgmine.study import Study", id="pure, the study"
        ),
        pytest.param(
            "ccgmine.coding.labels",
            "def late():\n    from ccgmine.coding.run import hand_coding",
            id="pure, its own way in, late",
        ),
        pytest.param("ccgmine.tables", "import ccgmine.cli.output", id="a helper, the command"),
    ],
)
def test_an_import_the_wrong_way_is_seen(module: str, line: str) -> None:
    assert wrong_imports({**SOURCES, module: line}) != []


def test_nothing_below_the_command_imports_it() -> None:
    outside = {m: s for m, s in SOURCES.items() if room(m) not in {"cli", "__main__"}}
    assert [
        module
        for module, source in outside.items()
        if {"typer", "click", "rich"}
        & {name.split(".")[0] for name in imports(parse(source), all_levels=True)}
    ] == []


def calls(source: str) -> Iterator[str]:
    for node in ast.walk(parse(source)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


SPEAKING = frozenset({"print", "input", "exit", "quit", "sys.exit", "os._exit", "breakpoint"})


def speaks(source: str) -> bool:
    streams = {"sys.stdout", "sys.stderr", "sys.stdin"}
    named = {ast.unparse(n) for n in ast.walk(parse(source)) if isinstance(n, ast.Attribute)}
    return bool(SPEAKING & set(calls(source)) or streams & named)


def test_only_the_command_prints_exits_or_prompts() -> None:
    speaking = {m for m, source in SOURCES.items() if speaks(source)}
    assert {m for m in speaking if room(m) not in {"cli", "__main__"}} == set()
    assert "ccgmine.cli.output" in speaking


def has_sql(source: str) -> bool:
    tree = parse(source)
    statements = ("SELECT ", "INSERT ", "UPDATE ", "DELETE ", "PRAGMA ", "CREATE TABLE")
    texts = (n.value for n in ast.walk(tree) if isinstance(n, ast.Constant))
    return (
        "sqlite3" in set(imports(tree, all_levels=True))
        or any(name.endswith((".execute", ".executemany")) for name in calls(source))
        or any(isinstance(t, str) and t.startswith(statements) for t in texts)
    )


def test_only_the_store_has_sql() -> None:
    assert {room(m) for m, source in SOURCES.items() if has_sql(source)} == {"store"}
    assert has_sql("def f(db): return db.connection.execute('PRAGMA integrity_check')")


# joblib runs work in several processes here; its files are pickles.
FORBIDDEN_MODULES = frozenset(
    {"pickle", "dill", "marshal", "shelve", "cloudpickle", "joblib.load", "joblib.dump"}
)
FORBIDDEN_CALLS = frozenset(
    {"eval", "exec", "compile", "os.system", "__import__", "joblib.load", "joblib.dump"}
)


def dangers(source: str) -> set[str]:
    names = set(imports(parse(source), all_levels=True))
    found = (names | {name.split(".")[0] for name in names}) & FORBIDDEN_MODULES
    found |= set(calls(source)) & FORBIDDEN_CALLS
    for node in ast.walk(parse(source)):
        if isinstance(node, ast.keyword) and node.arg in {"allow_pickle", "shell"}:
            found |= {node.arg} if ast.unparse(node.value) != "False" else set()
    return found


def test_nothing_is_unpickled_evaluated_or_run_in_a_shell() -> None:
    assert {m: dangers(source) for m, source in SOURCES.items() if dangers(source)} == {}


@pytest.mark.parametrize(
    "line",
    ["import pickle", "from joblib import load", "eval('1')", "np.load(p, allow_pickle=True)"],
)
def test_a_danger_is_seen(line: str) -> None:
    assert dangers(f"def f():\n    {line}")


def opens_network(source: str) -> set[str]:
    network = {"socket", "urllib.request", "http.client", "http", "requests", "httpx", "ftplib"}
    return network & set(imports(parse(source), all_levels=True))


def test_nothing_reaches_for_the_network() -> None:
    assert {m for m, source in SOURCES.items() if opens_network(source)} == set()
    assert opens_network("def f():\n    import urllib.request")


def heavy_at_the_top(module: str, source: str) -> set[str]:
    loaded = {name.split(".")[0] for name in imports(parse(source), all_levels=False)} & HEAVY
    if module == "ccgmine.classify.component":
        # The component is what spaCy itself loads.
        loaded -= {"spacy"}
    if room(module) in {"classify", "prevalence"} and not is_run(module):
        # Arrays are the business of these; they are loaded by whoever trains or predicts.
        loaded -= {"numpy"}
    return loaded


def test_heavy_packages_are_imported_where_they_are_needed() -> None:
    found = {m: heavy_at_the_top(m, source) for m, source in SOURCES.items()}
    assert {m: names for m, names in found.items() if names} == {}
    assert heavy_at_the_top("ccgmine.ingest.readers", "import docx") == {"docx"}


def loaded_with(module: str, sources: Sources) -> set[str]:
    """Everything that importing a module imports, by the source alone."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        if name in sources:
            waiting += imports(parse(sources[name]), all_levels=False)
    return found


def test_help_loads_nothing_heavy() -> None:
    loaded = loaded_with("ccgmine.cli.app", SOURCES)
    assert "ccgmine.cli.report" in loaded
    assert {name for name in loaded if name.split(".")[0] in HEAVY} == set()


def test_modules_stay_small() -> None:
    lines = {module: source.count("\n") for module, source in SOURCES.items()}
    assert {m: n for m, n in lines.items() if n > 450} == {}


def undocumented(module: str, source: str) -> list[str]:
    """Public functions, classes and methods without a docstring, and modules."""
    tree = parse(source)
    missing = [] if ast.get_docstring(tree) else [module]

    def look(parent: ast.AST, where: str) -> None:
        for node in ast.iter_child_nodes(parent):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                if node.name.startswith("_"):
                    continue
                if not ast.get_docstring(node):
                    missing.append(f"{where}.{node.name}")
                if isinstance(node, ast.ClassDef):
                    look(node, f"{where}.{node.name}")

    look(tree, module)
    return missing


def test_everything_public_has_a_docstring() -> None:
    assert [name for m, source in SOURCES.items() for name in undocumented(m, source)] == []
    assert undocumented("m", '"""M."""\nclass A:\n    """A."""\n    def b(self): pass') == ["m.A.b"]


def test_no_function_is_longer_than_sixty_lines() -> None:
    long = {}
    for module, source in SOURCES.items():
        for node in ast.walk(parse(source)):
            if isinstance(node, ast.FunctionDef) and room(module) != "cli":
                body = node.body[1:] if ast.get_docstring(node) else node.body
                if body and (node.end_lineno or 0) - body[0].lineno + 1 > 60:
                    long[f"{module}.{node.name}"] = (node.end_lineno or 0) - body[0].lineno + 1
    assert long == {}
