#!/usr/bin/env bash
# One task of the array measures one slice; sbatch docs/recipes/slurm-measure.sh, with HEADWATER_STORE exported.
#SBATCH --job-name=headwater
#SBATCH --array=1-16
#SBATCH --cpus-per-task=8
#SBATCH --mem=8G
#SBATCH --time=04:00:00
#SBATCH --requeue
set -euo pipefail
: "${HEADWATER_STORE:?name the store of evidence, such as s3://bucket/evidence or a folder that all nodes see}"

cd "${HEADWATER_REPOSITORY:-${SLURM_SUBMIT_DIR:?}}"
# On the node's own disk. Entries are sent as they are made; a task that was killed takes up what the store has.
export HEADWATER_CACHE_DIR="${HEADWATER_CACHE_DIR:-${TMPDIR:-/tmp}/headwater-$SLURM_ARRAY_JOB_ID-$SLURM_ARRAY_TASK_ID}"

# As many as the array has tasks, and the same when only some of them run again: sbatch --array=3,7 docs/recipes/slurm-measure.sh
slices=${HEADWATER_SLICES:-16}
options=(--download --slice "$SLURM_ARRAY_TASK_ID/$slices" --store "$HEADWATER_STORE" --jobs "${SLURM_CPUS_PER_TASK:-1}")
if [ -n "${SLURM_MEM_PER_NODE:-}" ]; then options+=(--memory "${SLURM_MEM_PER_NODE}M"); fi

# 2: the command or the store is wrong; 3: a shard could not be measured, and is named. Slurm keeps either as FAILED.
exec headwater measure "${options[@]}"
