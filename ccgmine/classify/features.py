"""Hashed n-gram features of short texts, a batch at a time and without a Python loop per text.

A batch of texts becomes one array of UTF-8 bytes. Words are found by a byte table, hashed eight
bytes at a time, and looked up among the batch's distinct words, because everything that depends on
one word alone (the word, its character n-grams) needs to be computed only once per distinct word:
ten thousand comments hold 150,000 words but some 8,000 distinct ones. The same idea makes
prediction fast (``predict.py``).

Three families: ``word`` (single words), ``pair`` (two neighbouring words) and ``gram`` (character
n-grams of 2 to 5 bytes within a word padded by one space on either side). Feature hashing after
Weinberger et al. (2009); hashes are fixed 64-bit integer arithmetic on little-endian loads, hence
the same on every platform.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

U64 = NDArray[np.uint64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]

WORD_BITS = 20
PAIR_BITS = 20
GRAM_BITS = 20
N_WORD, N_PAIR, N_GRAM = 1 << WORD_BITS, 1 << PAIR_BITS, 1 << GRAM_BITS
N_BUCKETS = N_WORD + N_PAIR + N_GRAM
PAIR_START, GRAM_START = N_WORD, N_WORD + N_PAIR
GRAM_MIN, GRAM_MAX = 2, 5
MAX_WORD_BYTES = 64
"""Character n-grams of longer words are taken from their first 64 bytes only."""

_MIX_1 = np.uint64(0x9E3779B97F4A7C15)
_MIX_2 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_3 = np.uint64(0x94D049BB133111EB)
_SHIFT = np.uint64(29)

# Typographic characters that would otherwise stick to words as if they were letters.
_PUNCTUATION = dict.fromkeys(
    [
        *(0x85, 0xA0, 0xA1, 0xA3, 0xA7, 0xA9, 0xAB, 0xAD, 0xAE, 0xB0, 0xB1, 0xB4, 0xB6, 0xB7, 0xBB),
        *(0xBF, 0xD7, 0xF7, 0x20AC, 0x2122, 0xFEFF, 0xFFFD),
        *range(0x2000, 0x206F),
        *range(0x3000, 0x3020),
        *range(0xFF01, 0xFF10),
    ],
    " ",
)
_PUNCTUATION.update(dict.fromkeys([0x2018, 0x2019, 0x201A, 0x201B, 0x02BC, 0xFF07], "'"))

_TYPOGRAPHIC = frozenset(map(chr, _PUNCTUATION))


def _byte_kinds() -> NDArray[np.bool_]:
    """True for bytes that belong to words: ASCII letters, digits, and all of non-ASCII UTF-8."""
    kinds = np.zeros(256, dtype=np.bool_)
    kinds[ord("a") : ord("z") + 1] = True
    kinds[ord("0") : ord("9") + 1] = True
    kinds[0x80:] = True
    return kinds


_IS_WORD = _byte_kinds()
_LOW_BYTES = np.array([(1 << (8 * k)) - 1 for k in range(8)] + [2**64 - 1], dtype=np.uint64)


def normalise(lines: Sequence[str]) -> list[str]:
    """Case-folded texts with compatibility forms and typographic punctuation made plain.

    Works on all lines joined, because that is many times faster; no step looks across a line feed,
    so the result for a line does not depend on its neighbours.
    """
    joined = "\n".join(lines)
    for char in sorted(set(joined) & _TYPOGRAPHIC):
        joined = joined.replace(char, _PUNCTUATION[ord(char)])
    return unicodedata.normalize("NFKC", joined).casefold().replace("\r", " ").split("\n")


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words of a batch of texts.

    Attributes:
        data: Shape (n_bytes + 8,), the batch's normalised UTF-8, zero padded.
        starts: Shape (n_tokens,), where each word begins in ``data``.
        lengths: Shape (n_tokens,), bytes of each word.
        hashes: Shape (n_tokens,), 64-bit hash of each word.
        indptr: Shape (n_texts + 1,), the words of text i are ``indptr[i]:indptr[i + 1]``.
    """

    data: NDArray[np.uint8]
    starts: I64
    lengths: I64
    hashes: U64
    indptr: I64

    @property
    def n_texts(self) -> int:
        """How many texts the batch holds."""
        return len(self.indptr) - 1


def _joined_bytes(texts: Sequence[str]) -> bytes:
    """All texts as normalised UTF-8, each ended by a line feed."""
    lines = list(texts)
    joined = "\n".join(lines)
    if joined.count("\n") != len(lines) - 1:
        lines = [line.replace("\n", " ") if "\n" in line else line for line in lines]
        joined = "\n".join(lines)
    if not joined.isascii():
        foreign = [i for i, line in enumerate(lines) if not line.isascii()]
        for i, line in zip(foreign, normalise([lines[i] for i in foreign]), strict=True):
            lines[i] = line
        joined = "\n".join(lines)
    # surrogates that stand alone become "?", so any Python string has features
    return joined.encode("utf-8", "replace").lower() + b"\n"


def tokenise(texts: Sequence[str]) -> Tokens:
    """Words of a batch of texts; any string is allowed, an empty text has no words.

    Raises:
        ValueError: If there are no texts.
    """
    if len(texts) == 0:
        raise ValueError("a batch needs at least one text")
    raw = _joined_bytes(texts)
    n_bytes = len(raw)
    data = np.frombuffer(raw + bytes(8), dtype=np.uint8)
    body = data[:n_bytes]
    row_ends = np.flatnonzero(body == 10)
    in_word = _IS_WORD[body]
    edges = np.flatnonzero(in_word[1:] != in_word[:-1]) + 1
    if in_word[0]:
        edges = np.concatenate([np.zeros(1, dtype=edges.dtype), edges])
    starts, ends = edges[0::2], edges[1::2]
    lengths = ends - starts
    indptr = np.zeros(len(row_ends) + 1, dtype=np.int64)
    indptr[1:] = np.searchsorted(starts, row_ends)
    return Tokens(data, starts, lengths, _hash_words(data, starts, lengths), indptr)


def _loads(data: NDArray[np.uint8], at: I64) -> U64:
    """Eight bytes from each position, little-endian, wherever they are aligned."""
    view = np.ndarray(shape=(len(data) - 7,), dtype="<u8", buffer=data, strides=(1,))
    return view[at].astype(np.uint64, copy=False)


def _mix(values: U64) -> U64:
    """The finaliser of splitmix64 (Steele, Lea & Flood 2014), shortened by one step."""
    values = (values ^ (values >> _SHIFT)) * _MIX_2
    return values ^ (values >> np.uint64(32))


def _hash_words(data: NDArray[np.uint8], starts: I64, lengths: I64) -> U64:
    """Hash of each word's bytes; words above eight bytes take further rounds."""
    hashes = _mix((_loads(data, starts) & _LOW_BYTES[np.minimum(lengths, 8)]) * _MIX_1)
    hashes = hashes + lengths.astype(np.uint64) * _MIX_3
    offset = 8
    long = np.flatnonzero(lengths > offset)
    while len(long):
        left = np.minimum(lengths[long] - offset, 8)
        chunk = _loads(data, starts[long] + offset) & _LOW_BYTES[left]
        hashes[long] = _mix((hashes[long] ^ chunk) * _MIX_1)
        offset += 8
        long = long[lengths[long] > offset]
    return hashes


def distinct(hashes: U64) -> tuple[I64, I64]:
    """First position of each distinct hash, in order of appearance, and each element's group.

    A direct table answers nearly everything in one pass; the few elements that share a slot with
    another hash are settled in further passes. Faster than sorting by a factor of five.

    Returns:
        Positions, shape (n_distinct,), and group numbers, shape (n,).
    """
    n = len(hashes)
    first = np.full(n, -1, dtype=np.int64)
    todo = np.arange(n, dtype=np.int64)
    salt = int(_MIX_1)
    while len(todo):
        values = hashes[todo]
        slots = ((values * np.uint64(salt)) >> np.uint64(46)).astype(np.int64)
        table = np.empty(1 << 18, dtype=np.int64)
        table[slots[::-1]] = todo[::-1]
        candidate = table[slots]
        same = hashes[candidate] == values
        first[todo[same]] = candidate[same]
        todo = todo[~same]
        salt = (salt * int(_MIX_3)) % 2**64 | 1
    is_first = first == np.arange(n)
    group_of = np.cumsum(is_first) - 1
    return np.flatnonzero(is_first), group_of[first]


def word_buckets(hashes: U64) -> I64:
    """Bucket of each word in the family ``word``, 0 to ``N_WORD`` - 1."""
    return ((hashes * _MIX_1) >> np.uint64(64 - WORD_BITS)).astype(np.int64)


def pair_buckets(left: U64, right: U64) -> I64:
    """Bucket of each pair of words in the family ``pair``, 0 to ``N_PAIR`` - 1."""
    return (((left * _MIX_3) ^ right) * _MIX_2 >> np.uint64(64 - PAIR_BITS)).astype(np.int64)


def word_pairs(tokens: Tokens) -> tuple[I64, I64]:
    """Pairs of neighbouring words of the same text: buckets and row pointers.

    Returns:
        Buckets, shape (n_pairs,), and pointers, shape (n_texts + 1,).
    """
    n_tokens = len(tokens.hashes)
    buckets = pair_buckets(tokens.hashes[:-1], tokens.hashes[1:])
    inside = np.ones(max(n_tokens - 1, 0), dtype=np.bool_)
    row_starts = tokens.indptr[1:-1]
    inside[row_starts[(row_starts > 0) & (row_starts < n_tokens)] - 1] = False
    counts = np.maximum(np.diff(tokens.indptr) - 1, 0)
    indptr = np.zeros(tokens.n_texts + 1, dtype=np.int64)
    np.cumsum(counts, out=indptr[1:])
    return buckets[inside], indptr


def word_grams(data: NDArray[np.uint8], starts: I64, lengths: I64) -> tuple[I64, I64]:
    """Character n-grams of words, each padded by a space on either side.

    Returns:
        Buckets in the family ``gram``, shape (n_grams,), and pointers, shape (n_words + 1,).
    """
    n_words = len(starts)
    sizes = np.minimum(lengths, MAX_WORD_BYTES) + 2
    ends = np.cumsum(sizes)
    begins = ends - sizes
    padded = np.full(int(ends[-1]) + GRAM_MAX if n_words else GRAM_MAX, 32, dtype=np.uint64)
    word_of = np.repeat(np.arange(n_words), sizes)
    within = np.arange(len(word_of)) - begins[word_of]
    inner = (within > 0) & (within < sizes[word_of] - 1)
    where = np.flatnonzero(inner)
    padded[where] = data[starts[word_of[where]] + within[where] - 1]
    left = sizes[word_of] - within
    code = padded[: len(word_of)].copy()
    buckets = np.empty((len(word_of), GRAM_MAX - GRAM_MIN + 1), dtype=np.int64)
    for n in range(2, GRAM_MAX + 1):
        code |= padded[n - 1 : n - 1 + len(word_of)] << np.uint64(8 * (n - 1))
        if n >= GRAM_MIN:
            mixed = (code + np.uint64(n * int(_MIX_3) % 2**64)) * _MIX_1
            mixed = (mixed ^ (mixed >> np.uint64(32))) * _MIX_2
            buckets[:, n - GRAM_MIN] = (mixed >> np.uint64(64 - GRAM_BITS)).astype(np.int64)
    sizes_ok = left[:, None] >= np.arange(GRAM_MIN, GRAM_MAX + 1)
    counts = np.add.reduceat(sizes_ok.sum(axis=1), begins) if n_words else np.zeros(0, np.int64)
    indptr = np.zeros(n_words + 1, dtype=np.int64)
    np.cumsum(counts, out=indptr[1:])
    return buckets[sizes_ok], indptr


def count_features(texts: Sequence[str]) -> csr_matrix:
    """How often each bucket occurs in each text.

    Args:
        texts: A batch; use ``batches`` for collections of any size.

    Returns:
        Shape (n_texts, N_BUCKETS), float32, families side by side, indices sorted, no duplicates.
    """
    from scipy.sparse import vstack

    if len(texts) == 0:
        return _ones(np.zeros(0, np.int64), np.zeros(1, np.int64), N_BUCKETS)
    blocks = [_count_batch(batch) for batch in batches(texts)]
    stacked = vstack(blocks, format="csr") if len(blocks) > 1 else blocks[0]
    return stacked


def _count_batch(texts: Sequence[str]) -> csr_matrix:
    from scipy.sparse import hstack

    tokens = tokenise(texts)
    n = tokens.n_texts
    first, group_of = distinct(tokens.hashes)
    by_word = _ones(group_of, tokens.indptr, max(len(first), 1))
    words = _ones(word_buckets(tokens.hashes), tokens.indptr, N_WORD)
    pairs = _ones(*word_pairs(tokens), N_PAIR)
    buckets, indptr = word_grams(tokens.data, tokens.starts[first], tokens.lengths[first])
    if len(first):
        grams = (by_word @ _ones(buckets, indptr, N_GRAM)).tocsr()
    else:
        grams = _ones(np.zeros(0, np.int64), np.zeros(n + 1, np.int64), N_GRAM)
    matrix: csr_matrix = hstack([words, pairs, grams], format="csr", dtype=np.float32)
    matrix.sum_duplicates()
    return matrix


def _ones(indices: I64, indptr: I64, n_columns: int) -> csr_matrix:
    """Matrix of ones (float32) from indices and row pointers."""
    from scipy.sparse import csr_matrix

    values = np.ones(len(indices), dtype=np.float32)
    return csr_matrix((values, indices, indptr), shape=(len(indptr) - 1, n_columns))


def batches(
    texts: Sequence[str], *, max_texts: int = 10_000, max_chars: int = 2_000_000
) -> Iterator[Sequence[str]]:
    """Slices of at most ``max_texts`` texts and (but for a single huge text) ``max_chars``."""
    begin, chars = 0, 0
    for i, text in enumerate(texts):
        if i > begin and (i - begin >= max_texts or chars + len(text) > max_chars):
            yield texts[begin:i]
            begin, chars = i, 0
        chars += len(text)
    if begin < len(texts):
        yield texts[begin:]
