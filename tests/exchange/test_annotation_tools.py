"""Label Studio, Prodigy, doccano and spaCy: what goes out, and what comes back from people."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from ccgmine.coding.run import hand_coding
from ccgmine.errors import InputError, InputErrors, UsageError
from ccgmine.exchange.run_annotations import (
    AnnotationReport,
    TaskOptions,
    answers_in_parts,
    export_tasks,
)
from ccgmine.exchange.run_codings import CodingOptions, TakenIn, import_coding_file
from ccgmine.exchange.run_docbin import export_docbin
from ccgmine.study import Study
from tests.building import code, made_study, predict
from tests.exchange.coded import BOOK, PEOPLE, SCRIPTS, SMILE, coded_study, read_for, said

Golden = Callable[[str, str], None]
FIRST = f"The meetings never end, {SMILE} honestly. "
MONEY_12 = "The money never comes. "
Tasks = list[dict[str, Any]]


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with coded_study(tmp_path / "study") as made:
        yield made


def label_studio(study: Study, **options: Any) -> Tasks:
    return list(json.loads(export_tasks(study, "label-studio", TaskOptions(**options))))


def lines(study: Study, tool: str, **options: Any) -> Tasks:
    text = export_tasks(study, tool, TaskOptions(**options))
    return [json.loads(line) for line in text.splitlines()]


def write_json(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value), "utf-8")
    return path


def write_lines(path: Path, records: Tasks) -> Path:
    path.write_text("".join(json.dumps(r) + "\n" for r in records), "utf-8")
    return path


def take(study: Study, path: Path, coder: str = "", **more: Any) -> TakenIn:
    return import_coding_file(study, path, CodingOptions(coder=coder, **more))


# --- out -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tool", "name"),
    [
        ("label-studio", "export-label-studio.json"),
        ("label-studio-config", "export-label-studio.xml"),
        ("prodigy", "export-prodigy.jsonl"),
        ("doccano", "export-doccano.jsonl"),
    ],
)
def test_the_files_that_the_tools_import(
    study: Study, golden: Golden, tool: str, name: str
) -> None:
    golden(name, export_tasks(study, tool, TaskOptions(limit=1, audit=1, seed=5)))


def test_every_segment_goes_out_once_with_whose_it_is(study: Study) -> None:
    tasks = label_studio(study)
    names = [task["data"]["segment"] for task in tasks]
    assert names == [s.name for _, s in study.corpus.segments()]
    data = {task["data"]["segment"]: task["data"] for task in tasks}["12:1"]
    assert (data["text"], data["site"], data["age"]) == (MONEY_12, "Site 2", "51")
    assert not any("annotations" in task for task in tasks)


def test_without_the_machine_nothing_is_suggested(study: Study) -> None:
    assert not any("predictions" in task for task in label_studio(study, machine=False))
    assert not any(record["accept"] for record in lines(study, "prodigy", machine=False))
    assert not any("suggested" in record for record in lines(study, "doccano", machine=False))


def test_doccano_never_gets_machine_labels_as_labels(study: Study) -> None:
    records = lines(study, "doccano")
    assert all(record["label"] == [] for record in records)
    assert any("suggested" in record for record in records)


def test_only_the_unread_go_out_on_request(study: Study) -> None:
    names = {task["data"]["transcript"] for task in label_studio(study, unread=True)}
    assert names == {"1-2", "12"}


def test_tasks_chosen_by_use_and_by_chance_carry_their_probability(study: Study) -> None:
    tasks = label_studio(study, limit=2, audit=2, seed=1)
    chances = [task["data"]["selection_probability"] for task in tasks]
    assert chances == [1.0, 1.0, pytest.approx(2 / 3), pytest.approx(2 / 3)]
    drawn: Counter[str] = Counter()
    for seed in range(60):
        drawn.update(t["data"]["segment"] for t in label_studio(study, audit=1, seed=seed))
    assert len(drawn) == 5


def test_hand_coded_passages_are_spans_in_the_tasks_own_counting(study: Study) -> None:
    code(study, "1-2", "honestly", "time", "bob")
    records = {r["meta"]["segment"]: r for r in lines(study, "prodigy")}
    (span,) = records["1-2:1"]["spans"]
    assert records["1-2:1"]["text"][span["start"] : span["end"]] == "honestly"
    assert (span["label"], span["source"]) == ("time", "bob")


def test_the_labelling_interface_has_every_coded_theme(study: Study) -> None:
    root = ET.fromstring(export_tasks(study, "label-studio-config", TaskOptions()))
    assert [c.get("value") for c in root.iter("Choice")] == ["Time", "Money", "People"]
    choices, text = root.find("Choices"), root.find("Text")
    assert choices is not None
    assert text is not None
    assert (choices.get("name"), choices.get("toName"), text.get("name")) == (
        "theme", "text", "text",
    )  # fmt: skip


def test_what_cannot_go_out_is_said(study: Study) -> None:
    with pytest.raises(UsageError, match="the tool 'gate' is not known"):
        export_tasks(study, "gate", TaskOptions())
    with pytest.raises(UsageError, match="not in the codebook"):
        export_tasks(study, "prodigy", TaskOptions(themes=("tim",)))


# --- Label Studio, back in -------------------------------------------------------------------


def annotated(task: dict[str, Any], choices: list[str], who: object = 3, **more: Any) -> Any:
    result = [{"from_name": "theme", "to_name": "text", "type": "choices", "id": "x",
               "value": {"choices": choices}}]  # fmt: skip
    annotation = {"id": 10, "completed_by": who, "was_cancelled": False, "result": result, **more}
    return {"id": 1, **task, "annotations": [annotation]}


def test_ticked_is_a_theme_and_not_ticked_is_none_of_it(study: Study, tmp_path: Path) -> None:
    tasks = {t["data"]["segment"]: t for t in label_studio(study)}
    done = [annotated(tasks["1-2:1"], ["Time", "People"]), annotated(tasks["12:1"], [])]
    taken = take(study, write_json(tmp_path / "ls.json", done))
    assert taken.kind == "Label Studio"
    assert said(study, "annotator 3") == {("1-2", FIRST, "time"), ("1-2", FIRST, "people")}
    assert read_for(study, "annotator 3") == {
        (t, w, x, None)
        for t, w in [("1-2", FIRST), ("12", MONEY_12)]
        for x in ("time", "money", "people")
    }


def test_predictions_skipped_and_bare_tasks_say_nothing(study: Study, tmp_path: Path) -> None:
    one, two, three, *_ = label_studio(study)
    done = [annotated(one, ["Time"], was_cancelled=True), two, {**three, "annotations": []}]
    taken = take(study, write_json(tmp_path / "ls.json", done))
    assert "1 annotations were skipped by their annotators" in taken.notes
    assert "2 tasks have no annotation" in taken.notes
    assert study.codings.coders() == ["ann"]


def test_older_exports_say_completions_and_newer_ones_name_people(
    study: Study, tmp_path: Path
) -> None:
    one, two, *_ = label_studio(study)
    old = annotated(one, ["Time"], who=None)
    old["completions"] = old.pop("annotations")
    new = annotated(two, ["Money"], who={"id": 7, "first_name": "Zoe", "last_name": "B"})
    with pytest.raises(InputError, match="does not say who annotated"):
        take(study, write_json(tmp_path / "ls.json", [old, new]))
    take(study, tmp_path / "ls.json", coder="eve")
    assert {t for *_, t in said(study, "eve")} == {"time"}
    assert {t for *_, t in said(study, "Zoe B")} == {"money"}


@pytest.mark.parametrize(
    ("counting", "quote"),
    [
        pytest.param(lambda t: len(t.encode("utf-16-le")) // 2, True, id="UTF-16 units, quoted"),
        pytest.param(lambda t: len(t.encode("utf-16-le")) // 2, False, id="UTF-16 units, bare"),
        pytest.param(len, True, id="code points, given away by the quote"),
    ],
)
def test_marked_passages_are_found_behind_an_emoji(
    study: Study, tmp_path: Path, counting: Callable[[str], int], quote: bool
) -> None:
    task = {t["data"]["segment"]: t for t in label_studio(study)}["1-2:1"]
    before, words, _ = task["data"]["text"].partition("honestly")
    value = {"start": counting(before), "end": counting(before + words), "labels": ["time"]}
    if quote:
        value["text"] = words
    done = annotated(task, [])
    done["annotations"][0]["result"] = [
        {"type": "labels", "from_name": "l", "to_name": "text", "value": value}
    ]
    take(study, write_json(tmp_path / "ls.json", [done]), coder="eve")
    assert said(study, "eve") == {("1-2", "honestly", "time")}


def test_json_min_and_taxonomies_are_read(study: Study, tmp_path: Path) -> None:
    tasks = [t["data"] for t in label_studio(study)]
    small = [
        {**tasks[0], "id": 1, "annotator": 4, "theme": "Time"},
        {**tasks[1], "id": 2, "annotator": 4, "theme": {"choices": ["Money", "People"]}},
        {**tasks[2], "id": 3, "annotator": 4},
    ]
    take(study, write_json(tmp_path / "min.json", small))
    assert Counter(t for *_, t in said(study, "annotator 4")) == {"time": 1, "money": 1,
                                                                  "people": 1}  # fmt: skip
    full = annotated({"data": tasks[3]}, [])
    full["annotations"][0]["result"] = [
        {"type": "taxonomy", "value": {"taxonomy": [["Burden", "Money"], ["People"]]}}
    ]
    take(study, write_json(tmp_path / "tax.json", [full]), coder="eve")
    assert {t for *_, t in said(study, "eve")} == {"money", "people"}


def test_marked_passages_and_choices_of_any_name_are_read_from_json_min(
    study: Study, tmp_path: Path
) -> None:
    at = len(FIRST.partition("honestly")[0].encode("utf-16-le")) // 2
    marked = {"start": at, "end": at + 8, "text": "honestly", "labels": ["Time"]}
    small = [
        {"comment": FIRST, "id": 1, "spot": [marked], "annotator": 4, "annotation_id": 1},
        {"comment": MONEY_12, "id": 2, "topic": "Money", "annotator": 4, "annotation_id": 2},
        {"comment": MONEY_12, "id": 3, "annotator": 4, "annotation_id": 3},
    ]
    taken = take(study, write_json(tmp_path / "min.json", small))
    assert said(study, "annotator 4") == {("1-2", "honestly", "time"), ("12", MONEY_12, "money")}
    assert "1 tasks have no annotation" in taken.notes


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_label_studios_tables_are_read(study: Study, tmp_path: Path, suffix: str) -> None:
    tasks = {t["data"]["segment"]: t["data"] for t in label_studio(study)}
    marked = [{"start": 0, "end": 3, "text": "The", "labels": ["Time"]}]
    answers = {"1-2:1": "Time", "12:1": json.dumps({"choices": ["Money", "People"]}),
               "talk:1": ""}  # fmt: skip
    rows = [
        {**tasks[name], "id": i, "theme": answer, "spot": "", "annotator": 4, "annotation_id": i}
        for i, (name, answer) in enumerate(answers.items(), 1)
    ]
    rows[0]["spot"] = json.dumps(marked)
    path = tmp_path / f"ls{suffix}"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), dialect="excel-tab" if suffix == ".tsv" else
                                "excel")  # fmt: skip
        writer.writeheader()
        writer.writerows(rows)
    assert take(study, path).kind == "Label Studio"
    assert said(study, "annotator 4") == {
        ("1-2", FIRST, "time"), ("1-2", "The", "time"), ("12", MONEY_12, "money"),
        ("12", MONEY_12, "people"),
    }  # fmt: skip


# --- Prodigy, back in ------------------------------------------------------------------------


def test_prodigy_accept_reject_and_ignore(study: Study, tmp_path: Path) -> None:
    records = {r["meta"]["segment"]: r for r in lines(study, "prodigy")}
    done = [
        {**records["1-2:1"], "accept": ["time", "people"], "answer": "accept"},
        {**records["12:1"], "accept": ["money"], "answer": "reject"},
        {**records["12:2"], "accept": ["money"], "answer": "ignore"},
        {"text": MONEY_12, "label": "people", "answer": "reject", "meta": {"segment": "12:1"}},
        {"text": MONEY_12, "label": "Money", "answer": "accept", "meta": {"segment": "12:1"}},
    ]
    path = write_lines(tmp_path / "p.jsonl", [{**r, "_annotator_id": "set-zoe"} for r in done])
    taken = take(study, path)
    assert taken.kind == "Prodigy"
    assert said(study, "set-zoe") == {
        ("1-2", FIRST, "time"), ("1-2", FIRST, "people"), ("12", MONEY_12, "money"),
    }  # fmt: skip
    # An option left open in an accepted task is a no; a task rejected as a whole is not.
    assert read_for(study, "set-zoe") == {
        *(("1-2", FIRST, t, None) for t in ("time", "money", "people")),
        ("12", MONEY_12, "money", None),
        ("12", MONEY_12, "people", None),
    }
    assert any("1 tasks were rejected as a whole" in n for n in taken.notes)
    assert any("1 tasks were ignored" in n for n in taken.notes)


def test_prodigy_spans_are_passages(study: Study, tmp_path: Path) -> None:
    text = FIRST
    at = text.index("honestly")
    record = {"text": text, "answer": "accept", "meta": {"segment": "1-2:1"},
              "spans": [{"start": at, "end": at + 8, "label": "time"}]}  # fmt: skip
    take(study, write_lines(tmp_path / "p.jsonl", [record]), coder="eve")
    assert said(study, "eve") == {("1-2", "honestly", "time")}
    assert read_for(study, "eve") == set()


@pytest.mark.parametrize("mark", [{"meta": {}}, {"options": []}, {"_task_hash": 5}])
def test_prodigys_tasks_without_answers_are_told_from_tables(
    study: Study, tmp_path: Path, mark: dict[str, Any]
) -> None:
    path = write_lines(tmp_path / "p.jsonl", [{"text": MONEY_12, **mark}] * 2)
    with pytest.raises(InputError, match="none of its 2 tasks has an answer") as caught:
        take(study, path, coder="eve")
    assert "db-out" in caught.value.remedy


def test_the_later_of_two_answers_counts_and_that_is_told(study: Study, tmp_path: Path) -> None:
    record = {"text": MONEY_12, "label": "money", "meta": {"segment": "12:1"}}
    done = [{**record, "answer": "accept"}, {**record, "answer": "reject"}]
    taken = take(study, write_lines(tmp_path / "p.jsonl", done), coder="eve")
    assert said(study, "eve") == set()
    assert isinstance(taken.report, AnnotationReport)
    assert taken.report.replaced == 1


# --- doccano, back in ------------------------------------------------------------------------


def test_doccano_labels_spans_and_what_has_none(study: Study, tmp_path: Path) -> None:
    records = {r["segment"]: r for r in lines(study, "doccano")}
    at = FIRST.index("honestly")
    done = [
        {"id": 1, **records["1-2:1"], "label": [[at, at + 8, "Time"]]},
        {"id": 2, **records["12:1"], "label": ["Money", "People"]},
        {"id": 3, **records["12:2"], "label": []},
    ]
    taken = take(study, write_lines(tmp_path / "admin.jsonl", done), coder="eve")
    assert taken.kind == "doccano"
    assert said(study, "eve") == {
        ("1-2", "honestly", "time"), ("12", MONEY_12, "money"), ("12", MONEY_12, "people"),
    }  # fmt: skip
    assert "1 texts have no label, read or not" in taken.notes
    # What was not ticked is only a no if the user says that all was read.
    assert read_for(study, "eve") == {("12", MONEY_12, t, None) for t in ("money", "people")}
    take(study, tmp_path / "admin.jsonl", coder="eve", read_in_full=True)
    assert {t for _, w, t, _ in read_for(study, "eve") if w == MONEY_12} == {
        "time", "money", "people",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["label", "labels", "cats"])
@pytest.mark.parametrize(
    "about",
    [
        pytest.param({"segment": "12:1"}, id="named at the top"),
        pytest.param({"meta": {"segment": "12:1"}}, id="named in meta"),
        pytest.param({"meta": '{"segment": "12:1"}'}, id="named in meta as text"),
        pytest.param({}, id="known by its words alone"),
    ],
)
def test_doccano_in_every_spelling(
    study: Study, tmp_path: Path, name: str, about: dict[str, Any]
) -> None:
    record = {"id": 9, "text": MONEY_12.strip(), name: ["money"], **about}
    take(study, write_lines(tmp_path / "d.jsonl", [record]), coder="eve")
    assert said(study, "eve") == {("12", MONEY_12, "money")}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("d.csv", f'text,label\n"{MONEY_12}",Money#People\n"{FIRST}",\n'),
        ("d.csv", f'id,data,labels\n1,"{MONEY_12}",People#Money\n2,"{FIRST}",\n'),
        ("d.txt", f"__label__money __label__people {MONEY_12}\n{FIRST}\n"),
        ("d.json", json.dumps([{"text": MONEY_12, "label": ["Money", "People"]},
                               {"text": FIRST, "label": []}])),
    ],
)  # fmt: skip
def test_doccano_as_table_list_and_fasttext(
    study: Study, tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    taken = take(study, tmp_path / name, coder="eve")
    assert taken.kind == "doccano"
    assert said(study, "eve") == {("12", MONEY_12, "money"), ("12", MONEY_12, "people")}
    assert "1 texts have no label, read or not" in taken.notes


# --- all of them -----------------------------------------------------------------------------


def ls_round(study: Study, path: Path) -> Path:
    done = [
        annotated(t, [c for p in t.get("predictions", []) for r in p["result"]
                      for c in r["value"]["choices"]], who=None)
        for t in label_studio(study)
    ]  # fmt: skip
    return write_json(path.with_suffix(".json"), done)


def prodigy_round(study: Study, path: Path) -> Path:
    done = [{**r, "answer": "accept"} for r in lines(study, "prodigy")]
    return write_lines(path.with_suffix(".jsonl"), done)


@pytest.mark.parametrize("there_and_back", [ls_round, prodigy_round])
def test_agreeing_with_every_suggestion_makes_them_hand_codings(
    study: Study, tmp_path: Path, there_and_back: Callable[[Study, Path], Path]
) -> None:
    path = there_and_back(study, tmp_path / "back")
    taken = take(study, path, coder="eve")
    segments = dict(study.corpus.segments())
    expected = {
        (segments[p.segment_no].transcript_id, segments[p.segment_no].text, theme)
        for p in study.predictions.of("machine")
        for i, theme in enumerate(("time", "money", "people"))
        if p.assigned[i]
    }
    assert said(study, "eve") == expected
    assert taken.report.added == len(expected) == 6
    again = take(study, path, coder="eve")
    assert (again.report.added, again.report.removed) == (0, 0)


def test_bad_annotations_are_listed_with_their_place_and_nothing_is_taken(
    study: Study, tmp_path: Path
) -> None:
    one, two, *_ = label_studio(study)
    lost = {"data": {"text": "Nobody ever said this.", "segment": "12:1"}}
    done = [annotated(one, ["Tme"]), annotated(two, ["Time"]), annotated(lost, ["Time"]), {"a": 1}]
    path = write_json(tmp_path / "ls.json", done)
    with pytest.raises(InputErrors) as caught:
        take(study, path)
    told = sorted(p.line for p in caught.value.problems)
    assert len(told) == 3
    assert "task 1" in told[0]
    assert "Did you mean 'time'" in told[0]
    assert "do not stand in transcript '12'" in told[1]
    assert "neither 'data' nor 'text'" in told[2]
    assert study.codings.coders() == ["ann"]
    take(study, path, skip_bad=True)
    assert {t for *_, t in said(study, "annotator 3")} == {"time"}


def test_segments_cut_anew_are_found_by_their_words(study: Study, tmp_path: Path) -> None:
    path = prodigy_round(study, tmp_path / "back")
    scripts = {**SCRIPTS, "12": ["I: And you, then?", "".join(SCRIPTS["12"][1].split("|"))]}
    with made_study(tmp_path / "new", scripts, codebook=BOOK, people=PEOPLE) as other:
        taken = take(other, path, coder="eve")
        assert isinstance(taken.report, AnnotationReport)
        assert taken.report.moved == 2
        assert {w.strip() for t, w, _ in said(other, "eve") if t == "12"} == {
            MONEY_12.strip(), "I like the people here, caf\xe9 and all.",
        }  # fmt: skip


# --- spaCy -----------------------------------------------------------------------------------


def test_docs_hold_what_is_known_and_leave_out_what_is_not(study: Study) -> None:
    import spacy
    from spacy.tokens import DocBin

    docs = {
        d.user_data["segment"]: d
        for d in DocBin().from_bytes(export_docbin(study)).get_docs(spacy.blank("en").vocab)
    }
    assert len(docs) == 8
    assert docs["talk:1"].cats == {"time": 0.0, "money": 1.0, "people": 0.0}
    assert docs["talk:3"].cats == {"time": 0.0, "money": 0.0, "people": 0.0}
    assert docs["12:1"].cats == {}
    assert docs["1-2:1"].text == FIRST
    assert [(s.text, s.label_) for s in docs["talk:2"].spans["sc"]] == [("meetings", "time")]
    assert docs["12:1"].user_data["participant_id"] == "P2"
    assert docs["12:1"].user_data["attributes"]["age"] == "51"
    read = DocBin().from_bytes(export_docbin(study, read_only=True))
    assert len(list(read.get_docs(spacy.blank("en").vocab))) == 3


_SCRIPT = """
import hashlib, sys
from pathlib import Path
from ccgmine.exchange.run_annotations import TOOLS, TaskOptions, export_tasks
from ccgmine.exchange.run_docbin import export_docbin
from ccgmine.study import open_study
with open_study(Path(sys.argv[1])) as study:
    found = [export_tasks(study, t, TaskOptions(limit=2, audit=2)).encode() for t in TOOLS]
    print([hashlib.sha256(x).hexdigest() for x in (*found, export_docbin(study))])
"""


def test_the_same_study_gives_the_same_bytes_in_every_process(study: Study, tmp_path: Path) -> None:
    predict(study, {"12:1": {"money": 0.8}}, learned=["time", "money", "people"])
    told = {
        subprocess.run(
            [sys.executable, "-c", _SCRIPT, str(tmp_path / "study")],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
            timeout=120,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1
    assert next(iter(told))


# --- out and back ------------------------------------------------------------------------------


def labels(study: Study, coder: str) -> dict[int, tuple[frozenset[str], frozenset[str]]]:
    """What a coder said of each segment: the themes it carries, and those it was read for."""
    coded = frozenset(theme.theme_id for theme in study.codebook.coded)
    return {
        number: (label.themes, coded if label.covered_for is None else label.covered_for)
        for number, label in hand_coding(study, (coder,)).labels.items()
    }


@pytest.mark.parametrize(
    ("tool", "name", "coverage"),
    [
        ("label-studio", "out.json", True),
        ("prodigy", "out.jsonl", True),
        ("doccano", "out.jsonl", False),
    ],
)
def test_what_a_coder_said_comes_back(
    study: Study, tmp_path: Path, tool: str, name: str, coverage: bool
) -> None:
    code(study, "1-2", f"{SMILE} honestly", "time")
    code(study, "1-2", "honestly", "money")
    code(study, "1-2", "money is short. Nothing more.", "people")  # over two segments
    code(study, "12", "The money never comes.", "money", "bob")
    before, meant = said(study, "ann"), labels(study, "ann")
    path = tmp_path / name
    path.write_text(export_tasks(study, tool, TaskOptions(answers_of="ann")), "utf-8")
    with made_study(tmp_path / "bare", SCRIPTS, codebook=BOOK, people=PEOPLE) as bare:
        take(bare, path)
        assert bare.codings.coders() == ["ann"]
        whole = {found for found in before if found[2] != "people"}
        parts = {("1-2", "money is short.", "people"), ("1-2", "Nothing more.", "people")}
        assert {(i, w.strip(), t) for i, w, t in said(bare, "ann")} == whole | parts
        after = labels(bare, "ann")
        assert {n: x for n, (x, _) in after.items()} == {
            n: x for n, (x, _) in meant.items() if x or coverage
        }
        if coverage:
            assert after == meant


def test_a_part_that_would_make_its_segment_carry_the_theme_stays(study: Study) -> None:
    code(study, "1-2", "honestly. =We", "people")  # most of it in the first segment
    options = TaskOptions(answers_of="ann")
    tasks = {task["data"]["segment"]: task for task in label_studio(study, answers_of="ann")}
    (mark,) = tasks["1-2:1"]["annotations"][0]["result"]
    assert mark["value"]["text"].strip() == "honestly."
    assert "annotations" not in tasks["1-2:2"]
    assert answers_in_parts(study, options) == (1, 0)


def test_who_unticks_a_theme_in_prodigy_takes_the_span_back(study: Study, tmp_path: Path) -> None:
    code(study, "1-2", "honestly", "time", "ann")
    code(study, "1-2", "meetings", "time", "bob")
    records = {r["meta"]["segment"]: r for r in lines(study, "prodigy", answers_of="ann")}
    path = tmp_path / "out.jsonl"
    take(study, write_lines(path, [records["1-2:1"] | {"_annotator_id": "cat"}]))
    assert said(study, "cat") == {("1-2", FIRST, "time")}  # others' spans are only shown
    take(study, write_lines(path, [records["1-2:1"] | {"accept": ["people"]}]))
    assert {t for i, _, t in said(study, "ann") if i == "1-2"} == {"time", "people"}
    assert ("1-2", FIRST, "people") in said(study, "ann")


def test_passages_in_json_min_are_read(study: Study, tmp_path: Path) -> None:
    """As Label Studio's own converter writes marked passages: a list in a field of their name."""
    (task,) = [t for t in label_studio(study, answers_of="ann") if t["data"]["segment"] == "talk:2"]
    marked = [result["value"] for result in task["annotations"][0]["result"]]
    least = {**task["data"], "id": 7, "passage": marked, "annotator": "cat", "annotation_id": 9}
    take(study, write_json(tmp_path / "min.json", [least]))
    assert said(study, "cat") == {("talk", "meetings", "time")}


def test_passages_can_be_marked_where_answers_go_along(study: Study) -> None:
    config = export_tasks(study, "label-studio-config", TaskOptions(answers_of="ann"))
    root = ET.fromstring(config)
    assert [label.get("value") for label in root.iter("Label")] == [
        choice.get("value") for choice in root.iter("Choice")
    ]
