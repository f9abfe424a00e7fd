"""The output shown in notebooks: tables, caveats, sentences, widgets."""
