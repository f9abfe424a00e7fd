"""Run the study: every notebook in order, published only when it has succeeded."""
