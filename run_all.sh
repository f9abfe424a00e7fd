#!/usr/bin/env bash
# Regenerate the study: set up the environment if necessary, then run every notebook in order.
# ./run_all.sh --help lists the options; ./run_all.sh lab opens the notebooks in JupyterLab;
# ./run_all.sh vectors trains vectors on your own playlists.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

case "${1:-} ${2:-}" in
    'lab --help' | 'lab -h')
        echo 'usage: ./run_all.sh lab [OPTION ...]'
        echo
        echo 'Open the notebooks in JupyterLab, reachable only from this machine and with a token.'
        echo "Options are JupyterLab's own, such as --no-browser, --ServerApp.port=8890, or"
        echo '--ServerApp.ip=ADDRESS to listen on another address;'
        echo './run_all.sh lab --help-all lists them all.'
        exit
        ;;
esac

# Called by the set-up before it installs anything: help and error messages need no environment,
# only a recent Python. Any status other than 0 and 2 means that the check itself gave no verdict.
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
    # Users of containers are often root, which JupyterLab refuses; its token protects root as well.
    [ "$EUID" != 0 ] || set -- --allow-root "$@"
    # Ignore the user's server settings, which could disable the token or open the server to the
    # network, but keep those of the interface, such as theme and shortcuts.
    settings=${JUPYTER_CONFIG_DIR:-${HOME:-}/.jupyter}/lab/user-settings
    export JUPYTERLAB_SETTINGS_DIR=${JUPYTERLAB_SETTINGS_DIR:-$settings}
    export JUPYTER_CONFIG_DIR=$PWD/.cache/jupyter JUPYTER_CONFIG_PATH=
    # The project's settings (scripts/jupyterlab) turn off news and update checks: no request leaves.
    # Listen on this machine only, unless another address is given explicitly, as in a container.
    here=(--ServerApp.ip=127.0.0.1)
    case " $*" in *' --ServerApp.ip='* | *' --ip='*) here=() ;; esac
    exec "$python" -m jupyterlab ${here[@]+"${here[@]}"} --ServerApp.root_dir="$PWD" \
        --LabApp.default_url=/lab/tree/notebooks --LabApp.extension_manager=readonly \
        --ServerApp.contents_manager_class=muse_lib.runner.lab.Notebooks \
        --LabApp.app_settings_dir="$PWD/scripts/jupyterlab" "$@"
fi
exec "$python" -m muse_lib.runner "$@"
