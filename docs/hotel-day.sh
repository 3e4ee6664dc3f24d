#!/bin/sh
# A day of a hotel, as its property management system would tell it: docs/hotel-day.sh [BASE] [HOTEL]
#
# Needs a key that may tell of and read stays, in KEY (make one under /admin/hotels/HOTEL). Watch the desk beside it.
set -eu
base=${1:-http://127.0.0.1:3000}
hotel=${2:-seehof}
: "${KEY:?make a key on $base/admin/hotels/$hotel and put it into KEY}"
stays="$base/api/v1/hotels/$hotel/stays"
run=$(date +%s)
reference="DAY-$run"
today=$(date +%F)
leaves=$(date -d '+3 days' +%F 2>/dev/null || date -v+3d +%F)

# tell WHAT IDEMPOTENCY-KEY JSON
tell() {
    printf '\n\033[1m%s\033[0m\n' "$1"
    curl -sS "$stays" -H "Authorization: Bearer $KEY" -H "Idempotency-Key: $run-$2" -H 'Content-Type: application/json' \
        -d "$3" -w '\n%{http_code}\n'
}

tell 'Morning: a reservation is made' 1 "{\"event\":\"reserved\",\"reference\":\"$reference\",\"version\":1,\"arrival\":\"$today\",
  \"departure\":\"$leaves\",\"party\":2,\"guest\":{\"name\":\"Alma Reyes\",\"phone\":\"+34 600 000 001\",\"language\":\"es\"}}"
tell 'A child comes along' 2 "{\"event\":\"changed\",\"reference\":\"$reference\",\"version\":2,\"party\":3}"
tell 'Noon: a room is ready' 3 "{\"event\":\"room_assigned\",\"reference\":\"$reference\",\"version\":3,\"room\":\"214\"}"
tell 'They check in' 4 "{\"event\":\"checked_in\",\"reference\":\"$reference\",\"version\":4}"
tell 'The network stalls; the system sends the same again, and gets the same answer' 4 \
    "{\"event\":\"checked_in\",\"reference\":\"$reference\",\"version\":4}"
tell 'The street is loud: they move' 6 "{\"event\":\"room_moved\",\"reference\":\"$reference\",\"version\":6,\"room\":\"310\"}"
tell 'An event of before arrives late: it is taken in at its place, and the room stays' 5 \
    "{\"event\":\"changed\",\"reference\":\"$reference\",\"version\":5,\"room\":\"215\",\"guest\":{\"email\":\"alma@example.org\"}}"
tell 'A slip of the keyboard is told by its field' 7 \
    "{\"event\":\"changed\",\"reference\":\"$reference\",\"version\":7,\"departure\":\"2026-02-30\"}"
printf '\n\033[1m%s\033[0m\n' 'As it stands in the evening'
curl -sS "$stays/$reference" -H "Authorization: Bearer $KEY" -w '\n'
tell 'Three days later they leave' 8 "{\"event\":\"checked_out\",\"reference\":\"$reference\",\"version\":8}"
