#!/bin/sh
# The sum over all accounts is zero, or something is very wrong.
set -eu
sum=$(curl --fail --silent --max-time 10 "$1/ledger/sum")
[ "$sum" = 0 ] || { echo "the ledger's sum is $sum"; exit 1; }
