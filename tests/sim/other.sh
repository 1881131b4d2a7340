#!/usr/bin/env bash
# Simulated histories in which some places run another revision of this program.
#   tests/sim/other.sh BUILD_DIR [REVISION [SEEDS [FIRST]]]
# REVISION is as for tests/revision.sh, which builds it; SEEDS is 2000 when it is not given.
# Exit status 0: all held; 77: there is no other revision here.
set -euo pipefail

if [ $# -lt 1 ]; then
    sed -n '2,5s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
engines=$("$(dirname "$0")/../revision.sh" engines "$1" "${2:-}")
exec "$1/tests/bin/sim" --other "$engines" --first "${4:-1}" --seeds "${3:-2000}"
