# shellcheck shell=bash
# Create the project's environment in .venv, or reuse it.
# Sourced by run_all.sh and run_tests.sh from the project's root; sets $python to its interpreter.
# If set-up is necessary, the function before_set_up is called first, if it is defined.

venv=$PWD/.venv
python=$venv/bin/python
stamp=$venv/.set-up # written last: a copy of the recipe that the environment was made from
log=.venv-setup.log
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_USER=0
export PYTHONNOUSERSITE=1 # otherwise conda's interpreter sees packages in the home folder
export MPLCONFIGDIR=$PWD/.cache/matplotlib # no font cache in the home folder, no settings from it
export JUPYTER_PREFER_ENV_PATH=1 # otherwise Jupyter prefers kernels from the home folder
export ARROW_DEFAULT_MEMORY_POOL=system # Arrow's own reserves 1 GB, which counts towards memory limits

stop() {
    echo "${0##*/}: $*" >&2
    exit 1
}

# What the environment depends on, including its path, which is written into its scripts.
recipe() { echo "$PWD" && cat pyproject.toml constraints.txt environment.yml; }

is_ready() { [ -x "$python" ] && recipe | cmp -s - "$stamp"; }

# Run a command; its output goes to the log and, one line replacing another, to a terminal.
logged() {
    local line width
    width=$(($(tput cols 2>/dev/null || echo 80) - 1))
    "$@" 2>&1 | while IFS= read -r line; do
        printf '%s\n' "$line" >>"$log"
        [ ! -t 2 ] || printf '\r\033[K%.*s' "$width" "${line//[[:cntrl:]]/}" >&2
    done
    local status=${PIPESTATUS[0]}
    [ ! -t 2 ] || printf '\r\033[K' >&2
    return "$status"
}

# Stop with one sentence on why the last command in the log failed.
explain() {
    local package
    package=$(sed -n 's/.*No matching distribution found for \([^ ]*\).*/\1/p' "$log" | tail -n 1)
    if grep -q 'No space left on device' "$log"; then
        stop "the disk filled up during set-up; free some space (about 4 GB in all) and start again."
    elif [ -n "$package" ]; then
        stop "the package $package is not available: check that the network is up and that pip's index" \
            "has the package, then start again (details in $log)."
    fi
    stop "$1 failed: see the last lines of $log, fix the problem and start again."
}

install() {
    logged "$python" -m pip install -c constraints.txt -e '.[study,dev]' || explain 'pip install'
}

find_conda() {
    [ "${MUSE_CONDA:-}" != no ] || return 1
    command -v conda || command -v mamba || command -v micromamba
}

pythons=(python3 python3.11 python3.12 python3.13 python3.14 python) # tested versions come first

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# Print the first interpreter that is new enough; fail silently if there is none.
find_new_enough() {
    local name
    for name in "$python" "${pythons[@]}"; do
        ! command -v "$name" >/dev/null || ! is_new_enough "$name" || { echo "$name" && return; }
    done
    return 1
}

# Print the first interpreter that is new enough and can create environments.
find_python() {
    local name found='' old=''
    for name in "${pythons[@]}"; do
        command -v "$name" >/dev/null || continue
        if ! is_new_enough "$name"; then
            old=$("$name" --version 2>/dev/null) || true
        elif "$name" -c 'import venv, ensurepip' 2>/dev/null ||
            "$name" -c 'import venv, pip' 2>/dev/null; then
            echo "$name"
            return
        else
            found=${found:-$name}
        fi
    done
    [ -z "$found" ] ||
        stop "$found has neither venv nor pip: install them (on Debian and Ubuntu:" \
            "sudo apt install python3-venv) and start again."
    [ -z "$old" ] ||
        stop "$old is too old: install Python 3.11 or newer, or conda, and start again."
    stop "Python is missing: install Python 3.11 or newer, or conda, and start again."
}

make_with_conda() {
    local conda=$1 verb=(env create)
    [ "${conda##*/}" != micromamba ] || verb=(create)
    CONDA_ALWAYS_YES=true MAMBA_ALWAYS_YES=true \
        logged "$conda" "${verb[@]}" --prefix "$venv" --file environment.yml ||
        explain "${conda##*/} (set MUSE_CONDA=no to avoid it)"
}

make_with_venv() {
    local base
    base=$(find_python) || exit 1
    if "$base" -c 'import ensurepip' 2>/dev/null; then
        logged "$base" -m venv "$venv" || explain "$base -m venv"
    else # Debian without python3-venv: let the system's pip put pip into the environment
        logged "$base" -m venv --without-pip "$venv" || explain "$base -m venv"
        logged "$base" -m pip --python "$python" install pip || explain 'pip install'
    fi
    install
}

set_up() {
    local conda
    if [ -x "$python" ] && [ -f "$stamp" ]; then # set up before, but the recipe has changed
        echo 'Updating the environment in .venv ...' >&2
        : >"$log"
        # Without the stamp, an interrupted update starts over; if pip refuses, nothing has changed.
        mv "$stamp" "$stamp.old"
        (install) || { mv "$stamp.old" "$stamp" && exit 1; }
    else
        if [ -e "$venv" ] && [ ! -e "$log" ]; then
            stop '.venv exists but was not made by this script: rename or remove it and start again.'
        fi
        [ "$(df -Pk . | awk 'NR == 2 { print $4 }')" -ge 4000000 ] ||
            stop "the disk is almost full: the environment needs about 4 GB in $PWD; free some and start again."
        echo 'Setting up the environment in .venv (once; takes some minutes) ...' >&2
        : >"$log"
        rm -rf "$venv"
        if conda=$(find_conda); then make_with_conda "$conda"; else make_with_venv; fi
    fi
    recipe >"$stamp.new" && mv "$stamp.new" "$stamp"
}

if ! is_ready; then
    ! declare -F before_set_up >/dev/null || before_set_up "$@"
    exec 9>.venv-setup.lock
    if command -v flock >/dev/null && ! flock --nonblock 9; then
        echo 'Waiting for another set-up of this project to finish ...' >&2
        flock 9
    fi
    is_ready || set_up
    exec 9>&-
fi
