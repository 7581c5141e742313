#!/bin/sh
# The half of try.sh that runs inside the machine it boots: follows deploy/README.md and says how each point went.
# It creates a user and a service: never run it on a machine of your own.
set -u
failed=0
check() { # check WHAT COMMAND…: say whether the command succeeds
    what=$1; shift
    if "$@" >/tmp/check.out 2>&1; then echo "ok      $what"; else echo "FAILED  $what"; failed=$((failed + 1)); cat /tmp/check.out; fi
}
show() { systemctl show disengage --property="$1" --value; }
seconds() { cut -d. -f1 /proc/uptime; }
is() { [ "$(show "$1")" = "$2" ] || { echo "$1 is $(show "$1"), not $2"; return 1; }; }
until_restarted() { # until_restarted TIMES WITHIN: wait until it runs again after so many restarts
    for _ in $(seq "$2"); do [ "$(show NRestarts)" = "$1" ] && is ActiveState active && return; sleep 1; done; return 1
}
objects() { # every line that the program itself wrote is one JSON object
    journalctl --identifier=disengage --boot --output=cat --no-pager >/tmp/lines
    python3 -c 'import json; lines = open("/tmp/lines").read().splitlines(); print(*lines[:3], sep="\n")
assert [json.loads(line)["event"] for line in lines][0] == "started", lines'
}
status() { grep -E "^($1):" "/proc/$(show MainPID)/status"; }
page() { python3 -c "import urllib.request as u; assert u.urlopen('http://127.0.0.1:9391/$1', timeout=10).status == 200"; }

echo "        $(systemctl --version | head -n 1), Linux $(uname -r), $(python3 --version), $(nproc) processors"
cd /
/opt/disengage/.venv/bin/python -m compileall -q /opt/disengage/.venv /opt/disengage/core /opt/disengage/plugins >/dev/null
useradd --system --home-dir /var/lib/disengage disengage
install -d -o disengage -g disengage -m 700 /var/lib/disengage
install -d -m 700 /etc/disengage
cp /opt/disengage/deploy/disengage.service /etc/systemd/system/
check "the store is set up by its own user" \
    runuser -u disengage -- /opt/disengage/.venv/bin/disengage init /var/lib/disengage
sed -i -e 's/^health_port = 0 /health_port = 9391 /' -e 's/^log = "console"/log = "json"/' /var/lib/disengage/disengage.toml
check "systemd finds no fault in the unit" systemd-analyze verify /etc/systemd/system/disengage.service
systemctl daemon-reload
echo "        $(systemd-analyze security --no-pager disengage.service | grep 'Overall exposure' | sed 's/.*→ //')"

begun=$(seconds)
check "it starts, and systemd waits for READY=1" systemctl enable --now disengage
echo "        ready after $(($(seconds) - begun)) s; $(show StatusText)"
check "it is active" is SubState running
check "it says so itself" sh -c 'systemctl show disengage -p StatusText --value | grep -q "^Working on"'
check "it runs as its own user without any right" sh -c \
    "grep -qx 'CapEff:	0000000000000000' /proc/$(show MainPID)/status && [ \"\$(stat -c %U /proc/$(show MainPID))\" = disengage ]"
status 'NoNewPrivs|Seccomp|VmRSS|Threads' | sed 's/^/        /'
check "health is shown" page healthz
check "the store can be used" page readyz
check "its lines in the journal are JSON, an object each" objects

sed -e 's/^Type=.*/Type=oneshot/' -e 's/^ExecStart=.*/ExecStart=\/opt\/disengage\/.venv\/bin\/disengage demo --no-keep/' \
    -e 's/^TimeoutStartSec=.*/TimeoutStartSec=1800/' -e '/^Watchdog/d' -e '/^Restart/d' -e 's/^SyslogId.*/SyslogIdentifier=demo/' /etc/systemd/system/disengage.service \
    >/etc/systemd/system/demo.service
systemctl daemon-reload
check "all kinds of work can be done under the unit's restrictions (disengage demo)" systemctl start demo
journalctl --identifier=demo --boot --output=cat --no-pager | tail -n 5 | sed 's/^/        /'

fed=$(show WatchdogTimestampMonotonic)
sleep 95
check "the watchdog is fed" [ "$(show WatchdogTimestampMonotonic)" -gt "$fed" ]

main=$(show MainPID) begun=$(seconds)
kill -KILL "$main"
check "killed, it is started again" until_restarted 1 120
echo "        works again after $(($(seconds) - begun)) s"

begun=$(seconds)
kill -STOP "$(show MainPID)"
check "held up, the watchdog ends it and it is started again" until_restarted 2 300
echo "        works again after $(($(seconds) - begun)) s"
check "the watchdog did it" sh -c 'journalctl --boot --no-pager -u disengage | grep -q "Watchdog timeout"'
check "no memory was written to the disk" sh -c '! find / -xdev -name "core*" -newer /tmp/check.out -type f -size +1M | grep .'
check "afterwards it is healthy" page readyz

begun=$(seconds)
check "it stops" systemctl stop disengage
echo "        after $(($(seconds) - begun)) s"
check "by itself, well" sh -c '[ "$(systemctl show disengage -p Result,ExecMainStatus --value | tr "\n" " ")" = "success 0 " ]'

systemctl start disengage
kill -STOP "$(show MainPID)"
begun=$(seconds)
systemctl stop disengage
spent=$(($(seconds) - begun))
check "held up and told to stop, it is gone within a minute ($spent s)" [ "$spent" -le 60 ]

sed -i 's/^stop_seconds = 20/stop_seconds = "soon"/' /var/lib/disengage/disengage.toml
systemctl reset-failed disengage
check "a wrong configuration is a start that fails" sh -c '! systemctl start disengage'
journalctl --identifier=disengage --boot --output=cat --no-pager | tail -n 2 | sed 's/^/        /'
check "it is tried again" sh -c 'sleep 15; [ "$(systemctl show disengage -p NRestarts --value)" -ge 1 ]'
sed -i 's/^stop_seconds = "soon"/stop_seconds = 20/' /var/lib/disengage/disengage.toml
restarts=$(show NRestarts)
check "mended, it works" sh -c 'for _ in $(seq 300); do systemctl is-active --quiet disengage && exit; sleep 1; done; exit 1'
echo "        after $restarts restarts"
echo "END     $failed failed"
