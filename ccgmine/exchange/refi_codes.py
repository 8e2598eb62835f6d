"""Codes, users, variables and their values in REFI-QDA, in every vendor's way."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from ccgmine.codebook import numbered
from ccgmine.exchange.markup import Node
from ccgmine.exchange.project import Attributes, CodeIn, UserIn

_NOTHING = frozenset({"unassigned", "not applicable"})


@lru_cache(maxsize=100_000)
def guid(text: str) -> str:
    """A GUID as it is compared: without braces, in small letters."""
    return text.strip().strip("{}").casefold()


def target(node: Node) -> str:
    """What a reference means: ``targetGUID``, or as some write it ``guid`` or plain text."""
    return guid(node.get("targetGUID") or node.get("guid") or node.text)


def plain_name(text: str, instead: str) -> str:
    """A name on one line."""
    return " ".join(text.split()) or instead


def read_users(root: Node) -> tuple[list[UserIn], list[str]]:
    """The users, no two of one name, and notes about those renamed."""
    users: list[UserIn] = []
    notes: list[str] = []
    taken: set[str] = set()
    for node in root.below("Users"):
        user_id = guid(node.get("guid"))
        if not user_id or any(u.user_id == user_id for u in users):
            continue
        name = (node.get("name") or node.get("id")).strip() or f"user {len(users) + 1}"
        unique = numbered(name, taken)
        if unique != name:
            notes.append(f"two users are called '{name}'; the second is '{unique}' here")
        taken.add(unique.casefold())
        users.append(UserIn(user_id, unique))
    return users, notes


def read_codes(book: Node | None, origin: str) -> list[CodeIn]:
    """The codes of a codebook, parents before children.

    Codes of one name under one parent get a number; ATLAS.ti's ``Coke::diet Coke`` is a child.
    """
    codes: list[CodeIn] = []
    taken: dict[str, set[str]] = {}
    seen: set[str] = set()
    if book is None:
        return codes
    waiting: list[tuple[Node, str, tuple[str, ...]]] = [
        (node, "", ()) for node in reversed(list(book.below("Codes")))
    ]
    while waiting:
        node, parent_id, above = waiting.pop()
        if node.tag != "Code":
            continue
        name = plain_name(node.get("name"), "code without a name")
        code_id = guid(node.get("guid")) or f"code {len(codes) + 1}"
        if code_id in seen:
            continue
        seen.add(code_id)
        siblings = taken.setdefault(parent_id, set())
        own = numbered(name, siblings)
        siblings.add(own.casefold())
        path = (*above, own)
        definition = node.text_of("Description").strip()
        codable = node.get("isCodable").strip().casefold() not in {"false", "0"}
        codes.append(CodeIn(code_id, path, parent_id, definition, codable))
        waiting += [(child, code_id, path) for child in reversed(list(node.all("Code")))]
    return _split_paths(codes) if origin.casefold().startswith("atlas") else codes


def _split_paths(codes: Sequence[CodeIn]) -> list[CodeIn]:
    """``Coke::diet Coke`` as a child of ``Coke``, which is made if there is none."""
    by_path = {code.path: code.code_id for code in codes}
    found: list[CodeIn] = []
    for code in codes:
        parts = tuple(p for p in re.split(r"\s*::\s*", code.name) if p)
        if len(parts) < 2 or code.parent_id:
            found.append(code)
            continue
        parent = ""
        for n in range(1, len(parts)):
            group = parts[:n]
            if group not in by_path:
                by_path[group] = f"group {'::'.join(group)}"
                found.append(CodeIn(by_path[group], group, parent, "", codable=False))
            parent = by_path[group]
        path = parts if parts not in by_path else (*parts[:-1], f"{parts[-1]} (2)")
        by_path[path] = code.code_id
        found.append(replace(code, path=path, parent_id=parent))
    return found


def read_variables(root: Node) -> dict[str, str]:
    """Names of the variables by GUID."""
    return {
        guid(node.get("guid")): node.get("name").strip() or "variable"
        for node in root.below("Variables")
    }


def read_values(node: Node, variables: Mapping[str, str], *, verbatim: bool = False) -> Attributes:
    """The variable values of a case or source; what NVivo calls unassigned is empty."""
    values: dict[str, str] = {}
    for item in node.all("VariableValue"):
        reference = item.first("VariableRef")
        name = variables.get(target(reference)) if reference is not None else None
        if name is None:
            continue
        held = (child.text for child in item.children if child.tag.endswith("Value"))
        value = next(held, "")
        if not verbatim:
            value = " ".join(value.split())
            value = "" if value.casefold() in _NOTHING else value
        values[name] = value
    return tuple(values.items())


def without_case_codes(
    codes: Sequence[CodeIn], cases: Mapping[str, str], used: Collection[str]
) -> tuple[list[CodeIn], set[str]]:
    """The codes that are themes, and the ids of those that are cases.

    NVivo writes a code for every case, with its GUID. Folders that hold nothing but such codes
    go with them.

    Args:
        codes: All codes.
        cases: Names of the cases by GUID.
        used: Ids of the codes that something is coded with.
    """
    of_cases = {code.code_id for code in codes if code.code_id in cases}
    gone = set(of_cases)
    children: dict[str, list[str]] = {}
    for code in codes:
        children.setdefault(code.parent_id, []).append(code.code_id)
    for code in reversed(codes):  # children stand behind their parents
        below = children.get(code.code_id, [])
        if below and code.code_id not in used and gone.issuperset(below):
            gone.add(code.code_id)
    kept = [code for code in codes if code.code_id not in gone]
    ids = {code.code_id for code in kept}
    return [c if c.parent_id in ids else replace(c, parent_id="") for c in kept], of_cases
