"""Fits the weights of silence (src/retrieval/silence.rs) to what `bench retrieval --signs` prints."""

import sys

import numpy as np
from sklearn.linear_model import LogisticRegression

NAMES = ["odds", "covered"]
# Of the unanswerable questions, how many are to meet silence.
SHARES = (0.8, 0.81, 0.85, 0.9)


def fitted(signs, answered):
    """In shares of the first sign's weight."""
    spread = signs.std(0)
    model = LogisticRegression(C=0.3, class_weight="balanced").fit(signs / spread, answered)
    weights = model.coef_[0] / spread
    return weights / weights[0]


def main(lines):
    rows = [line.rstrip("\n").split("\t") for line in lines]
    sets, answered = np.array([row[0] for row in rows]), np.array([row[2] == "true" for row in rows])
    found, signs = np.array([float(row[3]) for row in rows]), np.array([[float(x) for x in row[4:6]] for row in rows])
    weights = fitted(signs, answered)
    print("weights", dict(zip(NAMES, weights.round(2).tolist())))
    sums = signs @ weights
    for share in SHARES:
        least = np.quantile(sums[~answered], share)
        print(f"least {least:.2f}")
        for name in np.unique(sets):
            of, silent = sets == name, sums < least
            recall, recognised, doubted = found[of & answered], silent[of & ~answered], silent[of & answered]
            print(f"  {name:7} recall@5 {recall.mean():.3f} recognised {recognised.mean():.3f} doubted {doubted.mean():.3f}")


if __name__ == "__main__":
    main(sys.stdin)
