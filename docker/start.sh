#!/bin/sh
# Starts `pippin serve` or `pippin studio` for others than this container, with the secret in PIPPIN_TOKEN or a new one.
set -eu
command=$1
shift
case $command in
    serve) exec pippin serve "$@" --host 0.0.0.0 --port 8018 --token "${PIPPIN_TOKEN:-new}" ;;
    studio) exec pippin studio "$@" --host 0.0.0.0 --port 8017 --no-browser --token "${PIPPIN_TOKEN:-new}" ;;
    *) exec pippin "$command" "$@" ;;
esac
