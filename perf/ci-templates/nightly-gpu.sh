#!/usr/bin/env bash
# Every night on a GPU: conformance, scaling with the context, history, gate, report. README.md beside this file explains every part.
# From cron on a machine with a GPU, in a clone of Harness:
#
#     17 2 * * * cd /srv/harness && git pull --quiet && bash perf/ci-templates/nightly-gpu.sh >nightly.log 2>&1 || mail -s "Harness nightly" you <nightly.log
#
# On a Slurm cluster, as a job that puts itself in line again for the next night:
#
#     sbatch --gres=gpu:1 --exclusive --begin=02:17 --time=04:00:00 --output='nightly-%j.log' perf/ci-templates/nightly-gpu.sh
#
# Exit codes: 0 all well (warnings are in the output), 1 something failed or regressed, else a step broke down.
set -uo pipefail

# Slurm runs a copy of this script from a folder of its own, and starts it where sbatch was called.
cd "${SLURM_SUBMIT_DIR:-$(dirname "${BASH_SOURCE[0]}")/../..}" || exit
if [ -n "${SLURM_JOB_ID:-}" ] && [ -z "${NIGHTLY_ONCE:-}" ]; then
    sbatch --gres=gpu:1 --exclusive --begin='tomorrow' --time=04:00:00 --output='nightly-%j.log' perf/ci-templates/nightly-gpu.sh
fi

# The interpreter that has PyTorch with CUDA.
PYTHON=${PYTHON:-python3}
ADAPTER="impl/adapters/python-torch/adapter.py --device ${DEVICE:-cuda}"
# Contexts, systems, rounds: as long a run as you like, but the same every night.
SCALING=${SCALING:-perf scaling --contexts 2^10..2^18 --config small}
# Somewhere that is backed up; each night's export lies beside it.
STORE=${STORE:-$HOME/harness-nightly/perf.db}
OUT=${OUT:-$HOME/harness-nightly/$(date +%Y-%m-%d)}
HARNESS="dotnet artifacts/default/bin/Harness.Cli/release/harness.dll"

# step NAME FINDINGS COMMAND...: runs it. Of the exit codes that are findings, 1 fails the night and the others warn; any other ends it.
failed=0
step() {
    local name=$1 findings=" $2 " code=0
    shift 2
    echo "== $name"
    "$@" || code=$?
    [ $code -ne 0 ] || return 0
    [[ "$findings" == *" $code "* ]] || { echo "broken: $name ended with $code"; exit $code; }
    if [ $code -eq 1 ]; then echo "failed: $name"; failed=1; else echo "warning: $name ended with $code"; fi
}

mkdir -p "$OUT" "$(dirname "$STORE")"
step build "" dotnet build -c Release --nologo -v quiet conformance/Harness.Cli
if [ ! -f "$STORE" ]; then
    # A lost store is made again from the newest export.
    export=$(ls -1 "$(dirname "$STORE")"/*/perf-history.jsonl 2>/dev/null | tail -n 1)
    [ -z "$export" ] || step "import of $export" "" $HARNESS perf import "$export" --store "$STORE"
fi
step conformance "1" $HARNESS verify --impl managed --impl "exec:$PYTHON $ADAPTER" --seed "$(date +%Y%m%d)" --json "$OUT/conformance.json"
step scaling "1 4" $HARNESS $SCALING --exec "$PYTHON $ADAPTER" --json "$OUT/scaling-gpu.json"
step complexity "" $HARNESS perf complexity --json "$OUT/complexity.json"
# Recorded before it is judged: a regression is history too.
step record "" $HARNESS perf record "$OUT/scaling-gpu.json" "$OUT/complexity.json" --store "$STORE"
step export "" $HARNESS perf export "$OUT/perf-history.jsonl" --store "$STORE"
step gate "1 4 5" $HARNESS perf gate "$OUT/scaling-gpu.json" "$OUT/complexity.json" --store "$STORE" \
    --rerun "$HARNESS $SCALING --exec '$PYTHON $ADAPTER' --json {out}" --markdown "$OUT/gate.md" --json "$OUT/gate.json"
step report "" $HARNESS report "$OUT"/conformance.json "$OUT"/scaling-gpu.json "$OUT"/complexity.json --out "$OUT/report"
exit $failed
