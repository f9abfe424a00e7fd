#!/usr/bin/env bash
# Regenerate the study: set the environment up if need be, then run every notebook in order.
# ./run_all.sh --help lists the options; ./run_all.sh lab opens the notebooks in JupyterLab;
# ./run_all.sh vectors makes vectors of your own playlists.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

case "${1:-} ${2:-}" in
    'lab --help' | 'lab -h')
        echo 'usage: ./run_all.sh lab [OPTION ...]'
        echo
        echo 'Open the notebooks in JupyterLab, on this machine alone and with a token. Options are'
        echo "JupyterLab's own, such as --no-browser, --ServerApp.port=8890, or for another address"
        echo 'than that of this machine --ServerApp.ip=ADDRESS;'
        echo './run_all.sh lab --help-all lists them all.'
        exit
        ;;
esac

# What is called by set-up before it installs anything: help and refusals need no environment, any
# Python that is new enough gives them. Other statuses than its own mean that it could not say.
before_set_up() {
    local any status=0
    [ "${1:-}" != lab ] && any=$(find_new_enough) || return 0
    "$any" -m muse_lib.runner.check "$@" || status=$?
    case $status in 0 | 2) exit "$status" ;; esac
}

# shellcheck source=scripts/environment.sh
source scripts/environment.sh "$@"

if [ "${1:-}" = lab ]; then
    shift
    [ "${1:-}" != -- ] || shift
    # In containers everybody is root, whom JupyterLab refuses; its token protects root as well.
    [ "$EUID" != 0 ] || set -- --allow-root "$@"
    # The user's settings of the server do not count, as they could turn its token off or open it
    # to the network; those of the interface, such as its theme and keys, do.
    settings=${JUPYTER_CONFIG_DIR:-${HOME:-}/.jupyter}/lab/user-settings
    export JUPYTERLAB_SETTINGS_DIR=${JUPYTERLAB_SETTINGS_DIR:-$settings}
    export JUPYTER_CONFIG_DIR=$PWD/.cache/jupyter JUPYTER_CONFIG_PATH=
    # its settings turn off news and updates, which JupyterLab would fetch: no request leaves
    # On this machine alone, unless another address is asked for by name, as in a container.
    here=(--ServerApp.ip=127.0.0.1)
    case " $*" in *' --ServerApp.ip='* | *' --ip='*) here=() ;; esac
    exec "$python" -m jupyterlab ${here[@]+"${here[@]}"} --ServerApp.root_dir="$PWD" \
        --LabApp.default_url=/lab/tree/notebooks --LabApp.extension_manager=readonly \
        --ServerApp.contents_manager_class=muse_lib.runner.lab.Notebooks \
        --LabApp.app_settings_dir="$PWD/scripts/jupyterlab" "$@"
fi
exec "$python" -m muse_lib.runner "$@"
