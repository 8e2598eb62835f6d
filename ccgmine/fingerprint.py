"""The hash that tells whether a transcript is stored as it was read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from ccgmine.domain import Segment, Transcript


def fingerprint(transcript: Transcript, segments: Iterable[Segment]) -> str:
    """Hash of everything that is stored of a transcript."""
    digest = hashlib.sha256()
    digest.update(f"{transcript.kind}\0{transcript.wave}\0".encode())
    digest.update(transcript.text.encode("utf-8", "surrogatepass"))
    for t in transcript.turns:
        digest.update(
            f"\0{t.span.start},{t.span.end},{t.role},{t.speaker},{t.participant_id},{t.start_ms}".encode()
        )
    for s in segments:
        ends = ",".join(str(x.end) for x in s.sentences)
        digest.update(f"\0{s.span.start},{s.span.end},{s.participant_id},{ends}".encode())
    return digest.hexdigest()
