#!/usr/bin/env bash
# The last job: judges by the evidence alone. It runs whether tasks failed or not, and says what is lacking.
#   array=$(sbatch --parsable docs/recipes/slurm-measure.sh)
#   sbatch --dependency="afterany:$array" docs/recipes/slurm-check.sh
#SBATCH --job-name=headwater-check
#SBATCH --cpus-per-task=2
#SBATCH --mem=8G
set -euo pipefail
: "${HEADWATER_STORE:?name the store of evidence that the array has filled}"

cd "${HEADWATER_REPOSITORY:-${SLURM_SUBMIT_DIR:?}}"
# 0: passes; 1: refused; 3: not whole. The report names the slices to run again, as in
#   sbatch --array=3,7 docs/recipes/slurm-measure.sh
exec headwater check --rev "${HEADWATER_REV:-HEAD}" --all --require-evidence \
    --slices "${HEADWATER_SLICES:-16}" --store "$HEADWATER_STORE" --format text --format json=headwater.json
