"""Notebooks as ``./run_all.sh lab`` serves them: a notebook that is only opened is not changed.

JupyterLab writes the kernel's version of Python into every notebook that it opens, marks it as
changed and soon saves it. Notebooks are kept without a version, so one is put in before JupyterLab
can miss it, and taken out when a notebook is saved.
"""

from typing import Any

from ipykernel.ipkernel import IPythonKernel
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

Content = dict[str, Any]
"""A file as Jupyter's contents API knows it."""


class Notebooks(AsyncLargeFileManager):
    """Files as Jupyter serves them, but for what notebooks say of their language."""

    async def get(self, *args: Any, **options: Any) -> Content:
        """Return a file; a notebook with the language that the kernel will find in it."""
        model: Content = await super().get(*args, **options)  # type: ignore[no-untyped-call]
        if (metadata := _metadata(model)) is not None:
            metadata["language_info"] = dict(IPythonKernel.language_info)
        return model

    async def save(self, model: Content, *args: Any, **options: Any) -> Content:
        """Write a file; of a notebook's language no more than its name."""
        if (metadata := _metadata(model)) is not None:
            metadata["language_info"] = {"name": IPythonKernel.language_info["name"]}
        saved: Content = await super().save(model, *args, **options)  # type: ignore[no-untyped-call]
        return saved


def _metadata(model: Content) -> Content | None:
    """Return what a notebook for Python says of itself; None if it is none, or without content."""
    if model.get("type") != "notebook" or not isinstance(content := model.get("content"), dict):
        return None
    metadata: Content = content.setdefault("metadata", {})
    language = metadata.get("language_info", {}).get("name", "python")
    return metadata if language == "python" else None
