"""Codebook, hand codings in and out, coverage, and the rule from coding to segment label."""
