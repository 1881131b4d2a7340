#!/usr/bin/env bash
# Public files as organisations really have them, imported at three sites with the broker away, then merged into one picture; damaged
# files that change nothing; an import that is killed half way; one that is taken back; an organisation's own wording.
#   data.sh BIN
source "$(dirname "$0")/lib.sh" "$1" data
DATA=$SHARED/data
MAPS=$ROOT/tools/maps

make_broker
for site in housing revenues libraries; do make_node "$site"; done
import() { local site=$1 kind=$2 file=$3 map=$4; at "$site" import "$kind" "$DATA/$file" --map "$MAPS/$map.yaml" --json --rejects "$WORK/rejected.csv" 2>"$WORK/import.err"; }
at_picture() { at "$1" picture --json | field "$2"; }

# ---- damaged files: line, column, and nothing changed
cat >"$WORK/good.csv" <<'CSV'
Date received,Product,Sub-product,Issue,Company,State,Consumer consent provided?,Submitted via,Date sent to company,Company response to consumer,Timely response?,Consumer disputed?
1/2/2016,Mortgage,,Servicing,A Bank,TX,N/A,Web,1/3/2016,Closed,Yes,No
1/3/2016,Mortgage,,"Servicing, late",A Bank,TX,N/A,Web,1/4/2016,Closed,Yes,No
1/4/2016,Mortgage,,Servicing,A Bank,TX,N/A,Web,1/5/2016,Closed,No,No
CSV
damaged() { # TEXT WANTED…: bad.csv is refused, the message has each of WANTED
    local text=$1 out part
    shift
    out=$(at housing import complaint "$WORK/bad.csv" --map "$MAPS/cfpb_complaints.yaml" --rejects "$WORK/rejected.csv" 2>&1) && bad "$text: it came in"
    for part in "$@"; do has "$text: says '$part'" "$out" "$part"; done
    same "… and changes nothing" 0 "$(count_of housing complaint)"
}
sed 's/^\([^,]*\),[^,]*/\1/' "$WORK/good.csv" >"$WORK/bad.csv"
damaged "a missing column" "line 1" Product
sed '3s|^1/3/2016|31/31/2016|' "$WORK/good.csv" >"$WORK/bad.csv"
damaged "a bad date" "line 3: column 1" received_on
sed '3s|late"|late|' "$WORK/good.csv" >"$WORK/bad.csv"
damaged "a quote that never ends" "line 3" column
printf '%s\n' "$(sed -n 1,2p "$WORK/good.csv")" >"$WORK/bad.csv"
printf '1/3/2016,Mort\377gage,,Servicing,A Bank,TX,N/A,Web,1/4/2016,Closed,Yes,No\n' >>"$WORK/bad.csv"
damaged "a byte that is no UTF-8" "line 3" "column 14"
head -c -40 "$WORK/good.csv" >"$WORK/bad.csv"
damaged "a file cut off in a row" "line 4" column
same "nothing is pending after five refusals" 0 "$(status_of housing .pending)"

# ---- the organisation's own wording
wording=$(ls "$SHARED"/seeds/000*.txt 2>/dev/null | head -n 1)
if [ -n "$wording" ]; then
    out=$(at centre standard load "$wording" --language ro --json 2>"$WORK/standard.err")
    same "the organisation's table gives all 57 elements" 57 "$(field .elements <<<"$out")"
    same "… each with its wording" 57 "$(at centre elements --json | jq -n '[inputs | if has("elements") then .elements[] else . end | select(.wording)] | length')"
    has "… the id that was mistyped is named" "$(cat "$WORK/standard.err")" "\".3.3.\" at line 334 read as 4.3.3"
    grep -v '^4\.3\.6' "$wording" >"$WORK/less.txt"
    check_not "a table without one element is refused" at centre standard load "$WORK/less.txt" --language ro
    has "… which is named" "$(cat "$WORK/check.out")" "4.3.6"
else
    skip "no table in $SHARED/seeds"
fi

if [ ! -d "$DATA" ]; then
    skip "no public files in $DATA"
    verify_all centre housing revenues libraries
    exit "$FAILED"
fi

# ---- imported with the broker away
stop centre
out=$(import housing complaint cfpb_consumer_complaints.csv cfpb_complaints)
same "complaints: 3,186 rows" 3186 "$(field .good <<<"$out")"
same "… of which 11 repeat another, kept and named" 11 "$(field .duplicates <<<"$out")"
same "… with the lines" 11 "$(field '.duplicate_lines | length' <<<"$out")"
out=$(import revenues contact baltimore_311_sample.csv baltimore_requests)
same "requests: 10,000 rows" 10000 "$(field .good <<<"$out")"
out=$(import libraries response sfo_customer_survey_2016.csv sfo_survey_2016)
same "survey of 2016: 3,087 rows" 3087 "$(field .good <<<"$out")"
out=$(import libraries response sfo_customer_survey_2017.csv sfo_survey_2017)
same "survey of 2017: 2,831 rows" 2831 "$(field .good <<<"$out")"
out=$(import libraries response nhs_fft_v6framework_230831.csv nhs_fft)
same "friends and family: 7,908 rows are 4,466 respondents" 7908/4466/3442/0 "$(field '"\(.rows)/\(.good)/\(.repeated)/\(.rejected)"' <<<"$out")"
same "… rows whose date could be two days are listed, none is guessed" 2322 "$(field .unclear <<<"$out")"
has "… with both readings" "$(head -c 60000 "$WORK"/*unclear.csv)" "may be 2021-"
out=$(at libraries survey --wave FFT --json)
same "… of whom 4,227 rate, 3,604 well" 4227/3604/239 "$(field '"\(.satisfied.counted)/\(.satisfied.hits)/\(.no_answer)"' <<<"$out")"
same "no broker is needed for the site's own picture" 3093/3186 "$(at_picture housing '.complaints.stage1_on_time | "\(.on_time)/\(.counted)"')"
start_broker
for site in housing revenues libraries; do check "$site delivers" synced "$site" 300; done
all_applied 300

figures() { # PLACE
    same "$1: complaints" 3186 "$(at_picture "$1" .complaints.received)"
    same "$1: answered in time" 3093/3186 "$(at_picture "$1" '.complaints.stage1_on_time | "\(.on_time)/\(.counted)"')"
    same "$1: requests in time, late, not decidable" 10000/7988/1567/445 "$(at_picture "$1" '.contacts | "\(.received)/\(.on_time)/\(.late)/\(.undecidable)"')"
    same "$1: guests of 2016" "2919 80.99" "$(at_picture "$1" '.satisfaction.waves[] | select(.wave == "SFO 2016") | .csat | "\(.valid) \((.satisfied * 10000 / .valid | round) / 100)"')"
    same "$1: guests of 2017" "2688 82.07" "$(at_picture "$1" '.satisfaction.waves[] | select(.wave == "SFO 2017") | .csat | "\(.valid) \((.satisfied * 10000 / .valid | round) / 100)"')"
}
figures centre

for grade in 5:2875 4:729 3:203 2:172 1:248; do
    same "centre: respondents who say ${grade%:*}" "${grade#*:}" "$(at centre list response --where wave=FFT --where "overall=${grade%:*}" --limit 100000 --json | wc -l)"
done
same "centre: positive" 3604/4227 "$(at_picture centre '.satisfaction.waves[] | select(.wave == "FFT") | .csat | "\(.satisfied)/\(.valid)"')"

# ---- timeliness as measurements that contradict a claim
standard=$(at revenues record standard "title=Requests closed by their day" type=timeliness target_share=90 starts_on=2013-01-01)
has "requests are measured" "$(at revenues measure "$standard" --of contacts --by all)" "1 of 1"
has "… once" "$(at revenues measure "$standard" --of contacts --by all)" "0 of 1"
at revenues record assessment element=5.3.2 band=C assessed_on=2018-06-01 >/dev/null
at revenues record publication title=Results type=performance published_on=2019-02-20 >/dev/null
claim() { at revenues picture --as-of 2019-03-31 --element 5.3.2 --json | field ".elements[0] | \"\(.band)/\(.ceiling)/\(.challenged)/\(.challenge.hits)/\(.challenge.counted)\""; }
same "… and challenge the site's own rating" C/PC/true/0/1 "$(claim)"
same "standards: 7,988 of 9,555" 7988/9555/missed "$(at revenues standards --as-of 2019-03-31 --json | field '.standards[0] | "\(.within.hits)/\(.within.counted)/\(.state)"')"

# ---- killed half way
import revenues contact baltimore_311_sample.csv baltimore_requests >/dev/null &
running=$!
half() { curl -sf --unix-socket "$WORK/revenues/cse.sock" http://localhost/api/v1/imports | jq -e '.imports[0] | .state == "running" and .done > 0 and .done < .rows'; }
wait_for 60 half || bad "the import cannot be caught half way"
stop revenues KILL
wait "$running" 2>/dev/null
start_node revenues
batch=$(curl -sf --unix-socket "$WORK/revenues/cse.sock" http://localhost/api/v1/imports | jq -r '.imports[0].id')
finished() { at revenues import status "$batch" --json | jq -e '.state == "done"'; }
check "an import killed half way goes on after the restart" wait_for 120 finished
same "… and every row is there once" 20000 "$(count_of revenues contact)"
check "… and is delivered" synced revenues 300
all_applied 300
same "… exactly" 20000 "$(at_picture centre .contacts.received)"

# ---- taken back
check "an import is taken back" at revenues import undo "$batch"
same "… and only that one" 10000 "$(count_of revenues contact)"
synced revenues 300
all_applied 300
figures centre

# ---- a council's evidence matrix, in and out
printf 'Matrix 2026,,\nRef,Evidence,Owner\n1.1.1,"1. Profile (Strongest)\n2. Survey",Ana\n1.1.2,2,\n,"E7 Journeys",Ion\n' >"$WORK/matrix.csv"
same "an evidence matrix is checked first" 3/0/0 "$(at housing import matrix "$WORK/matrix.csv" --check --json | field '"\(.new)/\(.changed)/\(.unchanged)"')"
same "… and brought in" 3/0/0 "$(at housing import matrix "$WORK/matrix.csv" --json | field '"\(.new)/\(.changed)/\(.unchanged)"')"
check "… comes out as a spreadsheet" at housing export matrix --format xlsx --output "$WORK/matrix.xlsx"
same "… which comes in again without a change" 0/0/3 "$(at housing import matrix "$WORK/matrix.xlsx" --json --language pl | field '"\(.new)/\(.changed)/\(.unchanged)"')"
printf 'Ref,Evidence\n1.1.1,1. Profile (Strongest)\n1.1.1,9\n1.9.9,3. X\n' >"$WORK/matrix.csv"
check_not "a matrix with faults is refused" at housing import matrix "$WORK/matrix.csv"
has "… with each fault and its row" "$(cat "$WORK/check.out")" "row 4: Ref: there is no element '1.9.9'"
has "… that of a number nobody describes too" "$(cat "$WORK/check.out")" "row 3: evidence 9 has no title"
same "… and nothing comes in" 3 "$(count_of housing evidence)"
check "records come out as a spreadsheet" at housing export evidence --format xlsx --output "$WORK/evidence.xlsx"

# ---- an export comes in again
at housing export complaint --format csv --output "$WORK/again.csv" >/dev/null
out=$(at housing import complaint "$WORK/again.csv" --check --json 2>&1)
same "an export is a file that comes in again" 3186/0 "$(field '"\(.good)/\(.rejected)"' <<<"$out")"

verify_all centre housing revenues libraries
exit "$FAILED"
