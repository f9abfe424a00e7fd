#!/usr/bin/env bash
# Set the environment up if need be, then check style, types and layers and run the tests.
#   ./run_tests.sh              everything that must hold before a change lands
#   ./run_tests.sh --fast       in a minute or so: no whole notebooks, no browser, no long trainings
#   ./run_tests.sh --coverage   everything, and which branches no test takes (a third slower)
# With other arguments: only pytest, with these arguments.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=scripts/environment.sh
source scripts/environment.sh

options=()
case "${1:-}" in
    '') ;;
    --fast) options=(--fast) ;;
    --coverage) options=(--cov --cov-report=term:skip-covered) ;;
    *) exec "$python" -m pytest "$@" ;;
esac
"$python" -m ruff check .
"$python" -m ruff format --check .
"$python" -m mypy
"$python" -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'
exec "$python" -m pytest "${options[@]}"
