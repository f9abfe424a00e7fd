"""The Jupyter kernel in which a notebook is executed."""

from pathlib import Path
from typing import Any

from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from traitlets import Dict, Unicode
from traitlets.config import Config


class StudyKernel(AsyncKernelManager):
    """A kernel of the interpreter that runs the study, regardless of the user's installed kernels.

    It communicates through sockets in the file system and opens no port, so studies and tests that
    run on one machine at the same time cannot collide.
    """

    log_file = Unicode(help="the log of the process's own output, such as a crash report").tag(
        config=True
    )
    variables = Dict(help="environment variables of the process").tag(config=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(transport="ipc", **traits)

    @property
    def kernel_spec(self) -> KernelSpec:
        """How the kernel is started."""
        return KernelSpec(**get_kernel_dict())

    # mypy does not know that the asynchronous manager's own method is asynchronous
    async def start_kernel(self, **options: Any) -> None:  # type: ignore[override]
        """Start the process with its own environment, and redirect its output to the log."""
        with Path(self.log_file).open("ab") as log:
            await super().start_kernel(env=self.variables, stdout=log, stderr=log, **options)


def kernel_config(sockets: Path, log_file: Path, variables: dict[str, str]) -> Config:
    """Return the configuration of a `StudyKernel`.

    Parameters
    ----------
    sockets : Path
        Prefix of the paths of its sockets; short, since systems allow only about 100 characters.
    log_file : Path
        Receives the output of the process.
    variables : dict of str
        Its environment variables.
    """
    return Config(
        {
            "StudyKernel": {
                "connection_file": f"{sockets}.json",
                "ip": str(sockets),  # Jupyter's name for it, whatever the transport
                "log_file": str(log_file),
                "variables": variables,
            }
        }
    )
