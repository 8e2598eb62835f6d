"""Whole projects of other tools, in and out: their texts, codes, codings, coders and cases."""
