#!/bin/sh
# Rules that a compiler cannot check. Prints each breach; exits 1 if there was one.
#   tests/tidy.sh ROOT
cd "$1" || exit 2

breaches=$(
    # Includes run one way: proto/base <- proto/text, proto/record <- proto/sync, proto/cse <- lib <- node | broker | tools.
    grep -rnE '#include "(proto/(text|record|sync|cse)|lib|node|broker|tools)/' proto/base
    grep -rnE '#include "(proto/(record|sync|cse)|lib|node|broker|tools)/' proto/text
    grep -rnE '#include "(proto/(sync|cse)|lib|node|broker|tools)/' proto/record
    grep -rnE '#include "(proto/cse|lib|node|broker|tools)/' proto/sync
    grep -rnE '#include "(proto/sync|lib|node|broker|tools)/' proto/cse
    grep -rnE '#include "(node|broker|tools)/' lib
    grep -rnE '#include "(broker|tools)/' node
    grep -rnE '#include "(node|tools)/' broker
    grep -rnE '#include "(node|broker)/' tools
    # Inside lib: sys <- store, http <- ledger <- api, link <- shell.
    grep -rnE '#include "lib/(store|http|ledger|api|link|shell)/' lib/sys
    grep -rnE '#include "lib/(http|ledger|api|link|shell)/' lib/store
    grep -rnE '#include "lib/(store|ledger|api|link|shell)/' lib/http
    grep -rnE '#include "lib/(http|api|link|shell)/' lib/ledger
    grep -rnE '#include "lib/(link|shell)/' lib/api
    grep -rnE '#include "lib/(http|api|shell)/' lib/link
    # The protocol is pure: no clock, socket, file, lock or store.
    grep -rnE '#include <(zmq|lmdb|microhttpd|sys/socket|sys/stat|fcntl|unistd|time|pthread)\.h>' proto
    grep -rnE '\b(fopen|printf|fprintf|time|clock_gettime|getenv)\(' --include='*.[ch]' proto
    # Functions that are wrong more often than right.
    grep -rnwE '(strcpy|strcat|strncpy|strncat|sprintf|vsprintf|gets|atoi|atol|strtok|alloca|setjmp|system|popen|rand|tmpnam)\(' \
        --include='*.[ch]' proto lib node broker tools
    # Left-overs.
    grep -rnwE '[T]ODO|[F]IXME|[X]XX|[H]ACK' --include='*.[ch]' --include='*.sh' --include='*.cmake' proto lib node broker tools tests
    find proto lib node broker tools tests -name '*.[ch]' -exec awk '
        FNR == 1 { start = 0 }
        gsub(/[\200-\277]/, "") >= 0 && length > 100 { printf "%s:%d: line over 100 columns\n", FILENAME, FNR }
        FNR == 401   { printf "%s: file over 400 lines\n", FILENAME }
        /^\{$/       { start = FNR }
        /^\}$/ && start { if (FNR - start - 1 > 70) printf "%s:%d: function over 70 lines\n", FILENAME, start; start = 0 }' {} +
)
[ -z "$breaches" ] || { printf '%s\n' "$breaches"; exit 1; }
