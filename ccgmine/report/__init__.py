"""One table value into a terminal, CSV, XLSX, JSON or Markdown; quotes behind every figure."""
