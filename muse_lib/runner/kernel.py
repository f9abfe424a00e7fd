"""The Jupyter kernel in which a notebook is executed."""

from pathlib import Path
from typing import Any

from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from traitlets import Dict, Unicode
from traitlets.config import Config


class StudyKernel(AsyncKernelManager):
    """A kernel of the interpreter that runs the study, whatever kernels the user has installed.

    It talks through sockets in the file system: no port is opened, so studies and tests that run
    at one time on one machine cannot collide.
    """

    log_file = Unicode(help="what the process itself prints, such as a crash report").tag(
        config=True
    )
    variables = Dict(help="its environment variables").tag(config=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(transport="ipc", **traits)

    @property
    def kernel_spec(self) -> KernelSpec:
        """How the kernel is started."""
        return KernelSpec(**get_kernel_dict())

    # the checker does not see that the asynchronous manager's own method is asynchronous
    async def start_kernel(self, **options: Any) -> None:  # type: ignore[override]
        """Start the process with its own variables, its output going to the log."""
        with Path(self.log_file).open("ab") as log:
            await super().start_kernel(env=self.variables, stdout=log, stderr=log, **options)


def kernel_config(sockets: Path, log_file: Path, variables: dict[str, str]) -> Config:
    """Return what tells a `StudyKernel` its sockets, log and environment variables.

    Parameters
    ----------
    sockets : Path
        What the paths of its sockets begin with; short, as systems allow some hundred signs.
    log_file : Path
        Takes what the process prints.
    variables : dict of str
        Its environment.
    """
    return Config(
        {
            "StudyKernel": {
                "connection_file": f"{sockets}.json",
                "ip": str(sockets),  # what Jupyter calls it for every transport
                "log_file": str(log_file),
                "variables": variables,
            }
        }
    )
