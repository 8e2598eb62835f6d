"""From speaker labels to roles and participants, and from utterances to the reading text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ccgmine.domain import Role, SourceKind, Span, Transcript, Turn, unique
from ccgmine.errors import InputError
from ccgmine.ingest.header import may_name_the_participant
from ccgmine.ingest.labels import fold, is_interviewer, is_respondent
from ccgmine.ingest.people import PeopleIndex, Person
from ccgmine.ingest.raw import RawTranscript


@dataclass(frozen=True, slots=True)
class Cast:
    """Who the labels of one transcript are: folded label -> (role, shown name, participant).

    ``rules`` says of each label how that was found.
    """

    parts: dict[str, tuple[Role, str, str | None]]
    notes: tuple[str, ...] = ()
    rules: dict[str, str] = field(default_factory=dict)


def known_labels(
    people: PeopleIndex, interviewer_labels: Sequence[str] = ()
) -> Callable[[str], bool]:
    """Says of a label whether it names a participant, or an interviewer by ``--interviewer``."""
    asking = {fold(name) for name in interviewer_labels}
    return lambda label: people.by_label(label) is not None or fold(label) in asking


def cast_roles(
    raw: RawTranscript, path: Path, people: PeopleIndex, interviewer_labels: Sequence[str] = ()
) -> Cast:
    """Decide who speaks.

    Args:
        raw: The transcript with its labels.
        path: Its file, whose name may hold the participant's id.
        people: The participants of the study.
        interviewer_labels: Further labels that are the interviewer's.

    Raises:
        InputError: If the participant cannot be found, saying what was tried, or if two
            sources of evidence name different people.
    """
    labels = unique(fold(u.speaker) for u in raw.utterances)
    named = {label: people.named_by_label(label) for label in labels if label}
    asking = _interviewers(labels, named, interviewer_labels)
    matched = {x: found for x, found in named.items() if found and x not in asking}
    open_labels = [x for x in labels if x not in asking and x not in matched]
    owner = _owner(raw, path, people, [person for person, _ in matched.values()])
    notes: list[str] = []
    if not matched:
        if owner is None:
            raise _nobody(path, len(labels), len(raw.header), people)
        person, evidence = owner
        mine, who_asks, why = _owners_label(open_labels, list(asking), raw, path)
        matched = dict.fromkeys(mine, (person, f"{why}; {evidence} names the participant"))
        if who_asks is not None:
            asking[who_asks.label] = who_asks.rule
            notes.append(who_asks.note)
        open_labels = [x for x in open_labels if x not in mine and x not in asking]
        if labels == [""]:
            notes.append("no speakers are marked, so all of it is taken as the participant's words")
    rules = {**asking, **{label: rule for label, (_, rule) in matched.items()}}
    for label, rule in raw.rules.items():
        if label in rules:  # by what it was found, and by what the participant was
            rules[label] = "; ".join((rule, *rules[label].split("; ")[1:]))
    parts: dict[str, tuple[Role, str, str | None]] = {}
    for label in asking:
        parts[label] = (Role.INTERVIEWER, "interviewer", None)
    for label, (person, _) in matched.items():
        parts[label] = (Role.PARTICIPANT, person.participant_id, person.participant_id)
    for number, label in enumerate(open_labels, 1):
        rules[label] = "not in the participants table" if label else "no speaker is marked here"
        parts[label] = (Role.OTHER, f"speaker {number}", None)
    spoken = [x for x in open_labels if x]
    if spoken:
        notes.append(
            f"{len(spoken)} speaker(s) not in the participants table, kept but not counted"
        )
    return Cast(parts, tuple(notes), rules)


def _interviewers(
    labels: Sequence[str],
    named: Mapping[str, tuple[Person, str] | None],
    interviewer_labels: Sequence[str],
) -> dict[str, str]:
    """The interviewers' labels, and by which rule."""
    further = {fold(name) for name in interviewer_labels}
    found = {
        x: "named as the interviewer's (--interviewer or study.toml)"
        if x in further
        else "a usual label of interviewers"
        for x in labels
        if x and named[x] is None and is_interviewer(x, interviewer_labels)
    }
    if not found and {"r", "p"} <= set(labels):
        # Beside I, R is the respondent; beside P, the researcher.
        found = {"r": "R beside P is the researcher"}
    return found


def _owner(
    raw: RawTranscript, path: Path, people: PeopleIndex, speaking: Sequence[Person]
) -> tuple[Person, str] | None:
    """The participant that the file belongs to, apart from its speaker labels, and by what."""
    telling = [line for line in raw.header if may_name_the_participant(line)]
    in_header = [p for line in telling for p in people.named_in(line)]
    evidence = [
        ("the column 'file'", people.by_file_column(path)),
        ("the file name", people.named_in(path.stem)),
        ("its header", list({p.participant_id: p for p in in_header}.values())),
    ]
    single = [(what, found[0]) for what, found in evidence if len(found) == 1]
    if len(speaking) > 1:
        return None
    if speaking:
        single.append(("the speaker label", speaking[0]))
    for what, person in single[1:]:
        if person.participant_id != single[0][1].participant_id:
            raise InputError(
                f"{single[0][0]} says '{single[0][1].participant_id}', "
                f"but {what} says '{person.participant_id}'",
                where=path,
                remedy="Correct the one that is wrong.",
            )
    return (single[0][1], single[0][0]) if single else None


@dataclass(frozen=True, slots=True)
class _Asking:
    """The label of whoever was found to ask, why, and what the user is told."""

    label: str
    rule: str
    note: str


def _owners_label(
    open_labels: Sequence[str], interviewers: Sequence[str], raw: RawTranscript, path: Path
) -> tuple[list[str], _Asking | None, str]:
    """Labels of the file's owner among those that are nobody's yet, the interviewer, and why."""
    speaking = [x for x in open_labels if x]
    if len(speaking) < 2:
        if not speaking:
            # Where nothing but the interviewer is labelled, what bears no label is the answer.
            why = "the words without a label" if interviewers else "no speakers are marked"
            return list(open_labels), None, why
        usual = is_respondent(speaking[0])
        why = "a usual label of interviewees" if usual else "the only other speaker"
        return speaking, None, why
    usual_labels = [x for x in speaking if is_respondent(x)]
    if len(usual_labels) == 1:
        return usual_labels, None, "a usual label of interviewees"
    if not interviewers and len(speaking) == 2:
        asking = _who_asks(speaking, raw)
        if asking is not None:
            mine = [x for x in speaking if x != asking.label]
            return mine, asking, "the other speaker asks the questions"
    raise InputError(
        f"has {len(speaking)} speakers and none of them is known to be the participant",
        where=path,
        remedy="Name the interviewer with --interviewer LABEL, or add a column 'speaker' with each "
        "participant's label to the participants table; --dry-run shows the labels.",
    )


def _who_asks(speaking: Sequence[str], raw: RawTranscript) -> _Asking | None:
    """The one of two speakers who plainly asks: more questions, fewer words."""
    turns = dict.fromkeys(speaking, 0)
    questions = dict.fromkeys(speaking, 0)
    words = dict.fromkeys(speaking, 0)
    for utterance in raw.utterances:
        label = fold(utterance.speaker)
        if label in turns:
            turns[label] += 1
            questions[label] += "?" in utterance.text
            words[label] += len(utterance.text.split())
    share = {label: questions[label] / turns[label] for label in speaking}
    first, second = sorted(speaking, key=lambda x: -share[x])
    plain = share[first] >= 2 * share[second] and share[first] >= 0.3
    if not plain or words[first] >= words[second]:
        return None
    asks = f"asks in {questions[first]} of {turns[first]} turns and says less"
    place = "first" if first == speaking[0] else "second"
    # By place and not by name: notes end up in logs.
    note = (
        f"took the speaker who comes {place}, and {asks}, as the interviewer "
        "(--dry-run shows the label)"
    )
    return _Asking(first, asks, note)


def _nobody(path: Path, n_labels: int, n_header: int, people: PeopleIndex) -> InputError:
    known = f"{len(people.people)} participants"
    tried = (
        f"tried the column 'file', the file name '{path.stem}', {n_header} header line(s) and "
        f"{n_labels} speaker label(s) against {known}"
    )
    if not people.people:
        return InputError(
            "no participants are known, so nobody can be found in it",
            where=path,
            remedy="Hand in their table with --participants FILE (columns participant_id, site, "
            "respondent_type).",
        )
    return InputError(
        f"no participant could be found ({tried})",
        where=path,
        remedy="See that the participant is in the participants table, with an ID as in the file "
        "name, or write the file's name into a column 'file' of that table.",
    )


def build_transcript(
    raw: RawTranscript, cast: Cast, transcript_id: str, wave: str = ""
) -> Transcript:
    """Lay the utterances out as the reading text, one turn after another."""
    pieces: list[str] = []
    turns: list[Turn] = []
    position = 0
    for utterance in raw.utterances:
        role, name, participant_id = cast.parts[fold(utterance.speaker)]
        last = turns[-1] if turns else None
        same = last is not None and (last.role, last.speaker) == (role, name)
        if pieces:
            pieces.append(" " if same else "\n")
            position += 1
        pieces.append(utterance.text)
        end = position + len(utterance.text)
        if same and last is not None:
            turns[-1] = Turn(Span(last.span.start, end), role, name, participant_id, last.start_ms)
        else:
            turns.append(Turn(Span(position, end), role, name, participant_id, utterance.start_ms))
        position = end
    speakers = {t.participant_id for t in turns if t.participant_id}
    kind = SourceKind.FOCUS_GROUP if len(speakers) > 1 else SourceKind.INTERVIEW
    return Transcript(transcript_id, kind, "".join(pieces), tuple(turns), wave)
