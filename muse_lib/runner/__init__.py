"""Run the study: every notebook in order, published only when it has succeeded."""

import sys

# nbformat loads jsonschema, which would build grammars of web addresses for more than a second; no
# notebook is held to them. An entry without a module is Python's way to say that there is none.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
