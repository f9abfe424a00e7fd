"""The contents manager of ``./run_all.sh lab``: opening a notebook does not change it.

JupyterLab writes the kernel's Python version into every notebook that it opens, marks it as
changed and soon saves it. Our notebooks have no version on disk, so this manager adds the version
when a notebook is opened and removes it when it is saved.
"""

from typing import Any

from ipykernel.ipkernel import IPythonKernel
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

Content = dict[str, Any]
"""A file in Jupyter's contents API."""


class Notebooks(AsyncLargeFileManager):
    """Jupyter's file manager, except for the language metadata of notebooks."""

    async def get(self, *args: Any, **options: Any) -> Content:
        """Return a file; a notebook gets the language metadata that the kernel would write."""
        model: Content = await super().get(*args, **options)  # type: ignore[no-untyped-call]
        if (metadata := _metadata(model)) is not None:
            metadata["language_info"] = dict(IPythonKernel.language_info)
        return model

    async def save(self, model: Content, *args: Any, **options: Any) -> Content:
        """Write a file; a notebook's language metadata is reduced to its name."""
        if (metadata := _metadata(model)) is not None:
            metadata["language_info"] = {"name": IPythonKernel.language_info["name"]}
        saved: Content = await super().save(model, *args, **options)  # type: ignore[no-untyped-call]
        return saved


def _metadata(model: Content) -> Content | None:
    """Return the metadata of a Python notebook; None for other files or without content."""
    if model.get("type") != "notebook" or not isinstance(content := model.get("content"), dict):
        return None
    metadata: Content = content.setdefault("metadata", {})
    language = metadata.get("language_info", {}).get("name", "python")
    return metadata if language == "python" else None
