#!/usr/bin/env bash
# Set the environment up if need be, then check style, types and layers and run the tests.
# With arguments: only pytest, with these arguments.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=scripts/environment.sh
source scripts/environment.sh

if [ "$#" -gt 0 ]; then
    exec "$python" -m pytest "$@"
fi
"$python" -m ruff check .
"$python" -m ruff format --check .
"$python" -m mypy
"$python" -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'
exec "$python" -m pytest --cov --cov-report=term:skip-covered
