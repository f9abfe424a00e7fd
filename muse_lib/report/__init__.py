"""What a reader sees in a notebook: tables, caveats, sentences, widgets."""
