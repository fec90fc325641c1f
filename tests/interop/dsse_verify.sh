#!/bin/sh
# Checks one signature of a signed NDB file with jq, base64 and openssl, without any program of ours.
#
#   sh dsse_verify.sh FILE KEY.pub [NUMBER]
#
# FILE is a .ndbcard, .ndbreceipt, an opened .ndbscore or manifest.dsse.json; KEY.pub holds one line
# "ssh-ed25519 AAAA... comment"; NUMBER counts the signatures from 0. Exit code 0 means the signature is good.
set -eu

file=$1
key=$2
number=${3:-0}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The last 32 bytes of the SSH key blob are the Ed25519 key; the 12 bytes before it make that an X.509 public key.
{
    printf '\060\052\060\005\006\003\053\145\160\003\041\000'
    cut -d' ' -f2 "$key" | base64 -d | tail -c 32
} > "$work/key.der"

# What was signed is not the payload alone: "DSSEv1", then type and payload, each after its length in bytes.
kind=$(jq -r '.payloadType' "$file")
jq -r '.payload' "$file" | base64 -d > "$work/payload"
{
    printf 'DSSEv1 %d %s %d ' "${#kind}" "$kind" "$(wc -c < "$work/payload")"
    cat "$work/payload"
} > "$work/signed"

jq -r --argjson n "$number" '.signatures[$n].sig' "$file" | base64 -d > "$work/signature"
openssl pkeyutl -verify -pubin -keyform DER -inkey "$work/key.der" -rawin -in "$work/signed" -sigfile "$work/signature"
