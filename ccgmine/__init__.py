"""ccgmine: from interview transcripts and hand codings to defensible theme prevalence."""

__version__ = "0.1.0"
