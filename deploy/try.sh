#!/bin/sh
# Build the image and run it; boot a machine with systemd and run the unit. Prints "ok" or "FAILED" for each point.
#   deploy/try.sh image | unit | all
# The machine is a container of systemd's own; with EMULATED=1 it has a kernel of its own, and is many times slower.
# Needs root on a Debian, its packages (debootstrap; buildah, podman, runc for the image; systemd-container, or
# qemu-system-x86 and e2fsprogs, for the machine), a package index for Python, and 6 GB in $WORK, which it clears away.
set -eu
WORK=${WORK:-${TMPDIR:-/tmp}/disengage-try}
SUITE=${SUITE:-bookworm}
CERTIFICATES=${CERTIFICATES:-/etc/ssl/certs/ca-certificates.crt}
here=$(cd "$(dirname "$0")/.." && pwd)
failed=0

say() { echo "$1"; case $1 in FAILED*) failed=1 ;; esac; }
check() { # check WHAT COMMAND…: say whether the command succeeds
    what=$1; shift
    if "$@" >"$WORK/check.out" 2>&1; then say "ok      $what"; else say "FAILED  $what"; cat "$WORK/check.out"; fi
}
needs() { for tool; do command -v "$tool" >/dev/null || { echo "try.sh: $tool is needed." >&2; exit 2; }; done; }
size() { du -sh "$1" | cut -f1; }

source_tree() { # source_tree FOLDER: what is committed or about to be, without what was built
    mkdir -p "$1"
    git -C "$here" ls-files -z --cached --others --exclude-standard |
        (cd "$here" && xargs -0 ls -d 2>/dev/null | tar -cf - -T -) | tar -xf - -C "$1"
}

# --- the image

pod() { podman --root "$WORK/storage" --runroot "$WORK/run" --cgroup-manager cgroupfs --runtime runc "$@" 2>>"$WORK/podman.log"; }
# Limits are lowered only: raising them takes a right that a container's host may not have.
run() { pod run --network none --read-only --tmpfs /tmp --cap-drop all --security-opt no-new-privileges \
    --ulimit nofile=4096:4096 --ulimit nproc=4096:4096 --log-driver k8s-file -v "$WORK/data:/var/lib/disengage" "$@"; }
answers() { pod exec disengage python -c "import urllib.request as u; assert u.urlopen('http://127.0.0.1:9391/$1', timeout=10).status == 200"; }
soon() { for _ in $(seq 120); do "$@" && return; sleep 0.5; done; return 1; }
exit_code() { pod inspect disengage --format '{{.State.ExitCode}}'; }

image() {
    needs debootstrap buildah podman runc
    debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates "$SUITE" "$WORK/base" >"$WORK/base.log"
    tar -C "$WORK/base" --one-file-system -c . | pod import - localhost/python-of-debian >/dev/null
    source_tree "$WORK/src"
    begun=$(date +%s)
    check "the image is built" buildah --root "$WORK/storage" --runroot "$WORK/run" bud --isolation chroot --format docker \
        --network host -v "$(dirname "$CERTIFICATES"):$(dirname "$CERTIFICATES"):ro" --build-arg PIP_CERT="$CERTIFICATES" \
        --build-arg SSL_CERT_FILE="$CERTIFICATES" --build-arg PYTHON=localhost/python-of-debian \
        -f "$WORK/src/deploy/Containerfile" -t localhost/disengage "$WORK/src"
    say "        in $(($(date +%s) - begun)) s, on a Debian of $(pod images --format '{{.Size}}' localhost/python-of-debian): \
$(pod images --format '{{.Size}}' localhost/disengage)"
    install -d -o 10001 -g 10001 -m 700 "$WORK/data"
    check "the store is set up" run --rm localhost/disengage init /var/lib/disengage
    check "all kinds of work can be done on a read-only file system (disengage demo)" \
        run --rm localhost/disengage demo --no-keep
    run -d --name disengage localhost/disengage >/dev/null
    check "the daemon is healthy" soon answers healthz
    check "the store can be used" answers readyz
    check "the image's own check of health says so" pod healthcheck run disengage
    check "it runs as nobody in particular, without any right" pod exec disengage sh -c \
        'grep -q "^Uid:.10001.10001" /proc/1/status && grep -qx "CapEff:.0000000000000000" /proc/1/status'
    check "nothing but its folder can be written" pod exec disengage sh -c \
        'touch /var/lib/disengage/x && rm /var/lib/disengage/x && ! touch /opt/x && ! touch /etc/x'
    check "people's commands work beside it" pod exec disengage disengage tasks
    begun=$(date +%s)
    pod stop --time 40 disengage >/dev/null || true
    check "SIGTERM ends it, well ($(($(date +%s) - begun)) s)" [ "$(exit_code)" = 0 ]
    pod rm disengage >/dev/null || true
    run -d --name disengage localhost/disengage >/dev/null
    pod stop --time 40 disengage >/dev/null || true
    check "SIGTERM right at the start ends it too" [ "$(exit_code)" != 137 ]
    pod rm disengage >/dev/null || true
}

# --- the unit

machine() { # machine TREE: boot it on the kernel that runs here, or emulated on its own, and say what it says
    if [ -z "${EMULATED:-}" ]; then
        systemd-nspawn --quiet --register=no --keep-unit --private-network --boot -D "$1" systemd.show_status=no </dev/null
        return
    fi
    truncate -s 4G "$WORK/disk"
    mkfs.ext4 -q -d "$1" "$WORK/disk"
    qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m 2048 -nographic -nic none -no-reboot \
        -drive "file=$WORK/disk,format=raw,if=virtio" -kernel "$1"/boot/vmlinuz-* -initrd "$1"/boot/initrd.img-* \
        -append "root=/dev/vda rw console=ttyS0 quiet loglevel=0 systemd.show_status=no" </dev/null
}

unit() {
    needs debootstrap
    tree=$WORK/tree packages=systemd-sysv,dbus,python3,python3-venv,make,ca-certificates,procps
    if [ -n "${EMULATED:-}" ]; then
        needs qemu-system-x86_64 mkfs.ext4
        packages=$packages,linux-image-cloud-amd64,initramfs-tools
    else
        needs systemd-nspawn
    fi
    debootstrap --variant=minbase --include="$packages" "$SUITE" "$tree" >"$WORK/tree.log"
    source_tree "$tree/opt/disengage"
    cp /etc/resolv.conf "$tree/etc/resolv.conf"
    cp "$CERTIFICATES" "$tree/tmp/certificates"
    chroot "$tree" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root SSL_CERT_FILE=/tmp/certificates \
        PIP_CERT=/tmp/certificates make -s -C /opt/disengage
    cat >"$tree/etc/systemd/system/try.service" <<'END'
[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/bin/sh /opt/disengage/deploy/try-inside.sh
ExecStopPost=/bin/systemctl --no-block poweroff
StandardOutput=tty
StandardError=tty
TTYPath=/dev/console
TimeoutStartSec=infinity
[Install]
WantedBy=default.target
END
    for terminal in serial-getty@ttyS0 console-getty; do
        ln -sf /dev/null "$tree/etc/systemd/system/$terminal.service"
    done
    chroot "$tree" systemctl --quiet enable try.service
    machine "$tree" | tr -d '\r' | tee "$WORK/machine.log" | grep -E "^(ok|FAILED|END|  )" || true
    check "the machine came to its end, and nothing failed in it" grep -qx "END     0 failed" "$WORK/machine.log"
}

away() { # what was mounted in it is let go first
    pod unmount --all >/dev/null 2>&1 || true
    rm -rf --one-file-system "$WORK"
}

[ "$(id -u)" = 0 ] || { echo "try.sh: root is needed, for debootstrap." >&2; exit 2; }
[ ! -e "$WORK" ] || { echo "try.sh: $WORK is there already; name another place with WORK=." >&2; exit 2; }
what=${1:-all}
case $what in image | unit | all) ;; *) echo "try.sh: image, unit or all." >&2; exit 2 ;; esac
mkdir -p "$WORK"
[ -n "${KEEP:-}" ] || trap away EXIT
[ "$what" = unit ] || image
[ "$what" = image ] || unit
exit $failed
