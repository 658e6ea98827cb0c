"""Makes tokens.txt and vectors.bin from the sentence model all-MiniLM-L6-v2; README.md says how to run it.

Each token of the model's vocabulary is read by the model alone, its three positions averaged, the axes of greatest
variance kept, and the direction stored in whole numbers from -127 to 127.
"""

import re
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

DIMENSIONS = 128
# The vocabulary is ordered by how often a token is met; what comes later is mostly names.
LAST_TOKEN = 24_000
# Before it stand signs and single letters, which are in no such order.
FIRST_WORD = 1996
# The axes are those of the frequent tokens.
OF_AXES = 12_000
BEGIN, END, HEADS, LAYERS, BATCH = 101, 102, 12, 6, 256


def erf(x):
    """Abramowitz and Stegun 7.1.26."""
    t = 1 / (1 + 0.3275911 * np.abs(x))
    poly = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
    return np.sign(x) * (1 - poly * np.exp(-x * x))


class Model:
    def __init__(self, weights):
        self.weights = weights

    def linear(self, x, name):
        weight = self.weights[name + ".weight"]
        flat = x.reshape(-1, x.shape[-1]) @ weight.T
        return flat.reshape(*x.shape[:-1], weight.shape[0]) + self.weights[name + ".bias"]

    def norm(self, x, name):
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
        return scaled * self.weights[name + ".weight"] + self.weights[name + ".bias"]

    def attention(self, x, layer):
        batch, length, width = x.shape

        def heads(name):
            split = self.linear(x, f"{layer}.attention.self.{name}").reshape(batch, length, HEADS, width // HEADS)
            return split.transpose(0, 2, 1, 3)

        scores = heads("query") @ heads("key").transpose(0, 1, 3, 2) / np.sqrt(width // HEADS)
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = (scores / scores.sum(-1, keepdims=True)) @ heads("value")
        return mixed.transpose(0, 2, 1, 3).reshape(batch, length, width)

    def hidden(self, ids):
        embeddings = "embeddings."
        x = self.weights[embeddings + "word_embeddings.weight"][ids]
        x = x + self.weights[embeddings + "position_embeddings.weight"][: ids.shape[1]]
        x = self.norm(x + self.weights[embeddings + "token_type_embeddings.weight"][0], embeddings + "LayerNorm")
        for number in range(LAYERS):
            layer = f"encoder.layer.{number}"
            out = self.linear(self.attention(x, layer), layer + ".attention.output.dense")
            x = self.norm(x + out, layer + ".attention.output.LayerNorm")
            inner = self.linear(x, layer + ".intermediate.dense")
            inner = inner * 0.5 * (1 + erf(inner / np.sqrt(2)))
            x = self.norm(x + self.linear(inner, layer + ".output.dense"), layer + ".output.LayerNorm")
        return x


def tokens_of(vocabulary):
    """Words and ends of words by how often they are met, then the single letters and digits: (id, token)."""
    plain = [(i, t) for i, t in enumerate(vocabulary[:LAST_TOKEN]) if re.fullmatch(r"(##)?[a-z0-9]+", t)]
    return [x for x in plain if x[0] >= FIRST_WORD] + [x for x in plain if x[0] < FIRST_WORD]


def table(means):
    means = means / np.linalg.norm(means, axis=1, keepdims=True)
    centre = means.mean(0)
    axes = np.linalg.svd((means - centre)[:OF_AXES], full_matrices=False)[2][:DIMENSIONS]
    vectors = (means - centre) @ axes.T
    return np.round(vectors / np.abs(vectors).max(1, keepdims=True) * 127).astype(np.int8)


def save(tokens, means):
    here = Path(__file__).parent
    (here / "tokens.txt").write_text("".join(token + "\n" for _, token in tokens))
    (here / "vectors.bin").write_bytes(table(means).tobytes())


def main(folder):
    vocabulary = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
    weights = {name: w.astype(np.float32) for name, w in load_file(folder / "model.safetensors").items()}
    model, tokens = Model(weights), tokens_of(vocabulary)
    ids = np.array([[BEGIN, number, END] for number, _ in tokens])
    means = [model.hidden(ids[at : at + BATCH]).mean(1) for at in range(0, len(ids), BATCH)]
    save(tokens, np.concatenate(means))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
