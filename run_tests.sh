#!/usr/bin/env bash
# Set up the environment if necessary, then check style, types and layers and run the tests.
# --fast skips the slow tests, --coverage reports lines and branches that no test runs;
# with other arguments: run only pytest, with these arguments.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=scripts/environment.sh
source scripts/environment.sh

case "${1:-}" in
    '') options=() ;;
    --fast) options=(-m 'not slow') ;;
    --coverage) options=(--cov --cov-report=term:skip-covered) ;;
    *) exec "$python" -m pytest "$@" ;;
esac
"$python" -m ruff check .
"$python" -m ruff format --check .
"$python" -m mypy
"$python" -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'
exec "$python" -m pytest --durations=10 ${options[@]+"${options[@]}"} "${@:2}"
