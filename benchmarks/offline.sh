#!/bin/sh
# The main job on a machine without any network: a namespace whose only interface is loopback, every system call that
# could leave it on record. Needs unshare and strace; run it from the project's folder.
#
#     sh benchmarks/offline.sh
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/job" <<'JOB'
set -eu
ip link set lo up 2>/dev/null || true
pincite="$PWD/.venv/bin/pincite --library $1/library"
$pincite add examples/documents
$pincite search "suction lift"
$pincite ask "How tight must the impeller nut of a TW-410 be?"
$pincite ask "一般故障工程师多久到达现场？"
$pincite doctor
JOB
unshare --map-root-user --net strace --follow-forks --quiet=all --trace=connect,sendto,sendmsg --output="$work/calls" sh "$work/job" "$work"
# Loopback and sockets between processes stay on the machine; anything else tried to leave.
left=$(grep -E 'AF_INET6?' "$work/calls" | grep -vE '127\.0\.0\.1|"::1"' || true)
if [ -n "$left" ]; then
    echo "Something tried to leave:"
    echo "$left"
    exit 1
fi
echo "Nothing tried to leave: $(grep -c . "$work/calls") calls on record, none to an address beyond loopback."
