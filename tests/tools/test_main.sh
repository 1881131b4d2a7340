#!/bin/sh
# The outermost shape of the command line: what stands before a command, exit statuses, help within a screen.
set -u
cse=$1
export LC_ALL=C.UTF-8
unset CSE_DATA
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

# NAME STATUS TEXT-ON-EITHER-OUTPUT WORDS…
expect() {
    name=$1 status=$2 text=$3
    shift 3
    out=$("$cse" "$@" 2>&1)
    got=$?
    case $out in *"$text"*) found=1 ;; *) found= ;; esac
    if [ "$got" != "$status" ] || [ -z "$found" ]; then
        echo "$name: status $got, wanted $status with '$text'; said: $out"
        failures=$((failures + 1))
    fi
}

expect "no command" 2 "Usage: cse"
expect "help" 0 "Usage: cse" --help
expect "help of a command" 0 "cse list: " help list
expect "version" 0 "cse " --version
expect "a mistyped command" 2 "did you mean 'status'?" sttaus
expect "an option that no command has" 2 "which command?" --frob sites
expect "nothing after the options" 2 "which command?" --data "$work"
expect "the directory before the command" 15 "no daemon at '$work'" --data "$work" sites
expect "… in one word" 15 "no daemon at '$work'" "--data=$work" --json sites
expect "… and after it" 15 "no daemon at '$work'" sites --data "$work"
expect "no directory" 2 "--data DIR or set CSE_DATA" sites
expect "init without one" 2 "which directory?" init node
expect "init below nothing" 6 "make it first" init node "$work/none/node"
expect "init" 0 "is ready for a node" init node "$work/node"
expect "init by option" 0 "is ready for a node" init node --data "$work/other"
expect "init twice" 22 "is there already" init node "$work/node"
expect "a broker of nobody" 2 "--organisation NAME" init broker "$work/broker"
expect "verify what no daemon has opened" 9 "start the daemon once" verify --data "$work/node"

# ---- languages: the option before the configuration before the environment
expect "the option" 2 "Podaj --data DIR lub ustaw CSE_DATA" sites --language pl
expect "… before the command" 2 "Podaj --data DIR lub ustaw CSE_DATA" --language=pl sites
expect "a language that is none of ours" 2 "'xx' is none of en, ro, ru, lt, pl" sites --language xx
echo "language: lt" >>"$work/node/cse.yaml"
expect "the configuration" 15 "tarnybos ties" sites --data "$work/node"
expect "… is behind the option" 15 "службы в" sites --data "$work/node" --language ru
export LC_ALL=ro_RO.UTF-8
expect "the environment" 0 "Folosire: cse" --help
expect "… is behind the configuration" 15 "tarnybos ties" sites --data "$work/node"
expect "… and behind the option" 0 "Usage: cse" --help --language en
expect "help of a command" 0 "cse list: înregistrările unui tip" help list
expect "a mistyped command" 2 "ați vrut să scrieți 'status'?" sttaus
export LC_ALL=C.UTF-8

for command in init invite join sites release revoke record edit delete show list receipt import export picture elements \
    standard conflicts resolve status sync verify kinds rollover; do
    long=$("$cse" "$command" --help | awk 'length > 79')
    if [ -n "$long" ]; then
        echo "cse $command --help: over 79 columns: $long"
        failures=$((failures + 1))
    fi
done
[ "$failures" = 0 ]
