#!/bin/bash
# A real Ceph gateway (S3) on one machine, on loopback, from Debian's packages, as root; no systemd, no mgr.
#
#   apt-get install -y --no-install-recommends radosgw ceph-mon ceph-osd ceph-base ceph-common curl
#   ceph-rgw.sh start|stop|status FOLDER
#
# FOLDER is new or one that `start` made; everything is kept below it. `stop` may be called at any time and
# twice; `start` goes on where an earlier one was broken off. From the environment:
#   RGW_PORT (7480), MON_PORT (3300)   free ports, other ones for each cluster; the OSD finds its own
#   RGW_ACCESS_KEY, RGW_SECRET_KEY     of the user `bak` (baktest, baktestsecret)
#   BLOCK_SIZE (10G)                   how much it holds; the file is sparse
#   RECORDS                            a folder to leave an empty file in for each daemon, named by its number
# cephx stays on: radosgw 16 loops on EACCES with `auth client required = none`.
set -euo pipefail

usage() { sed -n '2,14s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ $# -eq 2 ] || usage
case $2 in /*) D=$2 ;; *) D=$PWD/$2 ;; esac
PORT=${RGW_PORT:-7480}
MONP=${MON_PORT:-3300}
SIZE=${BLOCK_SIZE:-10G}
C="$D/ceph.conf"

alive() { [ -s "$D/run/$1.pid" ] && grep -qaF "$C" "/proc/$(cat "$D/run/$1.pid")/cmdline" 2>/dev/null; }

launch() { # NAME COMMAND...: start a daemon unless it runs, and note it
  local name=$1
  shift
  alive "$name" || "$@" --pid-file "$D/run/$name.pid"
  if [ -n "${RECORDS:-}" ]; then touch "$RECORDS/$(cat "$D/run/$name.pid")"; fi
}

await() { # WHAT COMMAND...: up to a minute
  local what=$1
  shift
  for _ in $(seq 120); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep .5
  done
  echo "$what does not answer; see $D/log" >&2
  exit 1
}

osd_is_up() { timeout 10 ceph -c "$C" osd stat | grep -q '1 up'; }

configure() {
  cat >"$C" <<CONF
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
mon host = [v2:127.0.0.1:$MONP]
ms bind msgr1 = false
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
keyring = $D/keyring
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon allow pool delete = true
mon max pg per osd = 2000
mon warn on pool no redundancy = false
mon data avail crit = 1
mon data avail warn = 1
mon osd full ratio = .97
run dir = $D/run
crash dir = $D/crash
admin socket =
log file = $D/log/\$name.log
pid file = $D/run/\$name.pid
debug ms = 0/0
[mon]
mon data = $D/mon
mon cluster log file = $D/log/\$channel.log
[osd]
keyring = $D/osd0/keyring
osd data = $D/osd0
osd objectstore = bluestore
osd memory target = 1000000000
osd class update on start = true
bluestore block create = true
bluestore block size = $(numfmt --from=iec "$SIZE")
bluestore block wal create = false
bluestore block db create = false
[client.rgw]
rgw data = $D/rgw
rgw frontends = beast endpoint=127.0.0.1:$PORT
rgw thread pool size = 64
rgw gc obj min wait = 1
rgw gc processor period = 10
rgw dynamic resharding = false
rgw override bucket index max shards = 1
rgw enable usage log = false
CONF
}

make_monitor() {
  local fsid
  fsid=$(awk '/^fsid/{print $3}' "$C")
  ceph-authtool --create-keyring "$D/keyring" --gen-key -n mon. --cap mon 'allow *'
  ceph-authtool "$D/keyring" --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
  ceph-authtool "$D/keyring" --gen-key -n client.rgw --cap mon 'allow rwx' --cap osd 'allow rwx' --cap mgr 'allow rwx'
  monmaptool --create --clobber --addv a "[v2:127.0.0.1:$MONP]" --fsid "$fsid" "$D/monmap"
  ceph-mon -c "$C" --mkfs -i a --monmap "$D/monmap" --keyring "$D/keyring"
}

make_osd() {
  local uuid
  uuid=$(cat /proc/sys/kernel/random/uuid)
  ceph -c "$C" osd new "$uuid"
  ceph -c "$C" auth get-or-create osd.0 mon 'allow profile osd' osd 'allow *' mgr 'allow profile osd' -o "$D/osd0/keyring"
  ceph-osd -c "$C" -i 0 --mkfs --osd-uuid "$uuid"
}

make_user() {
  # radosgw-admin takes keys by its command line alone: made for this one cluster, on loopback, worth nothing.
  radosgw-admin -c "$C" -n client.rgw user info --uid=bak >/dev/null 2>&1 ||
    radosgw-admin -c "$C" -n client.rgw user create --uid=bak --display-name=bak --max-buckets=0 \
      --access-key="${RGW_ACCESS_KEY:-baktest}" --secret-key="${RGW_SECRET_KEY:-baktestsecret}" >/dev/null
}

start() {
  mkdir -p "$D"/{run,log,mon,osd0,rgw,crash}
  [ -s "$C" ] || configure
  [ -e "$D/mon/store.db" ] || make_monitor
  launch mon.a ceph-mon -c "$C" -i a
  await "the monitor" timeout 10 ceph -c "$C" mon stat
  [ -e "$D/osd0/ceph_fsid" ] || make_osd
  launch osd.0 ceph-osd -c "$C" -i 0
  await "the OSD" osd_is_up
  launch rgw radosgw -c "$C" -n client.rgw
  await "the gateway" curl -s "http://127.0.0.1:$PORT/"
  make_user
  echo "ready: http://127.0.0.1:$PORT"
}

stop() { # the gateway first: it writes to the OSD, and that asks the monitor
  local name
  for name in rgw osd.0 mon.a; do
    if alive "$name"; then kill "$(cat "$D/run/$name.pid")" || true; fi
    for _ in $(seq 50); do
      alive "$name" || break
      sleep .1
    done
    if alive "$name"; then kill -KILL "$(cat "$D/run/$name.pid")" || true; fi
  done
}

case $1 in
start) start ;;
stop) stop ;;
status) ceph -c "$C" -s ;;
*) usage ;;
esac
