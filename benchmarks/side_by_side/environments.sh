#!/bin/sh
# One virtual environment for each peer, with what was measured: environments.sh FOLDER
# torch comes first and by itself: asked for beside others it brings gigabytes that no processor here uses.
set -eu
folder=${1:?environments.sh FOLDER}
here=$(cd "$(dirname "$0")" && pwd)
for peer in langchain llamaindex haystack txtai; do
    [ -e "$folder/$peer/ready" ] && continue
    "${PYTHON:-python3.11}" -m venv "$folder/$peer"
    "$folder/$peer/bin/pip" install -q torch==2.13.0
    "$folder/$peer/bin/pip" install -q -r "$here/requirements/$peer.txt"
    touch "$folder/$peer/ready"
done
