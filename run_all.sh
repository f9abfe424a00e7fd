#!/usr/bin/env bash
# Regenerate the study: set the environment up if need be, then run every notebook in order.
# ./run_all.sh --help lists the options; ./run_all.sh lab opens the notebooks in JupyterLab.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=scripts/environment.sh
source scripts/environment.sh

if [ "${1:-}" = lab ]; then
    shift
    # The user's settings of the server do not count, as they could turn its token off or open it
    # to the network; those of the interface, such as its theme and keys, do.
    settings=${JUPYTER_CONFIG_DIR:-${HOME:-}/.jupyter}/lab/user-settings
    export JUPYTERLAB_SETTINGS_DIR=${JUPYTERLAB_SETTINGS_DIR:-$settings}
    export JUPYTER_CONFIG_DIR=$PWD/.cache/jupyter JUPYTER_CONFIG_PATH=
    # its settings turn off news and updates, which JupyterLab would fetch: no request leaves
    exec "$python" -m jupyterlab --ServerApp.ip=127.0.0.1 --ServerApp.root_dir="$PWD" \
        --LabApp.default_url=/lab/tree/notebooks --LabApp.extension_manager=readonly \
        --LabApp.app_settings_dir="$PWD/scripts/jupyterlab" "$@"
fi
exec "$python" -m muse_lib.runner "$@"
