#!/usr/bin/env bash
# Checks an adapter on the nodes of a Slurm cluster: an array of jobs, a shard each, and a job after it that puts one report together.
# Run it on a login node, in a folder that all nodes see, with git and the .NET 10 SDK at hand:
#
#     bash slurm-array.sh
#
# The report is harness-report.log, the results are results.json.
set -euo pipefail

# Where Harness comes from: put the owner's name for OWNER, and pin a tag, so that the catalogue changes when you say so.
HARNESS_REPOSITORY=https://github.com/OWNER/harness.git
HARNESS_TAG=v0.1.0
# What starts your adapter, seen from this folder.
export ADAPTER="python3 adapter.py"
# As many shards as you like.
export SHARDS=8
# One seed for all shards, another every day; `SEED=20240711 bash slurm-array.sh` repeats a run.
export SEED=${SEED:-$(date +%Y%m%d)}

# Built once: every shard must have the same catalogue.
[ -d harness ] || git clone --depth 1 --branch "$HARNESS_TAG" "$HARNESS_REPOSITORY" harness
dotnet build -c Release harness/conformance/Harness.Cli
export HARNESS="dotnet run -c Release --no-build --project harness/conformance/Harness.Cli --"
# Results of an earlier run must not be taken for this one's.
rm -f shard-*.json

# Exit code 1 says that checks failed: the report decides about those. Add --gres=gpu:1 and the like where your adapter needs them.
verify=$(sbatch --parsable --job-name=harness-verify --array="1-$SHARDS" --cpus-per-task=4 --time=00:30:00 --output='%x-%a.log' <<'JOB'
#!/usr/bin/env bash
$HARNESS verify --exec "$ADAPTER" --shard "$SLURM_ARRAY_TASK_ID/$SHARDS" --seed "$SEED" \
    --jobs "$SLURM_CPUS_PER_TASK" --json "shard-$SLURM_ARRAY_TASK_ID.json" || [ $? -eq 1 ]
JOB
)

# After the array, however it ended: the report names the shards that are missing.
sbatch --job-name=harness-report --dependency="afterany:${verify%%;*}" --time=00:10:00 --output='%x.log' <<'JOB'
#!/usr/bin/env bash
$HARNESS merge shard-*.json --json results.json
JOB
