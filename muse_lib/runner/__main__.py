"""The entry point of the command, which takes seconds to load and may be interrupted meanwhile."""

import sys

try:
    from muse_lib.runner.command import main
except KeyboardInterrupt:
    print("./run_all.sh: interrupted before anything was started.", file=sys.stderr)
    sys.exit(130)

if __name__ == "__main__":
    sys.exit(main())
