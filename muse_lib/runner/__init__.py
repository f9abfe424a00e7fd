"""Run the study: execute the notebooks in order, and publish each only if it succeeds."""
