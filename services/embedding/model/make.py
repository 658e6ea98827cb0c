"""Makes vocabulary.txt, weights.bin and expected.tsv of what teach.py taught; README.md says how to run it.

All matrices become whole numbers of a byte, with a scale for each row.
"""

import sys
import zlib
from pathlib import Path

import torch
import torch.nn.functional as F

from encoder import WIDTH, Answering, Encoder, Tokens

HERE = Path(__file__).parent
# What the crate reads of a text, in tokens.
POSITIONS = 128
EXPECTED = [
    "",
    "May I fly business class?",
    "Who approves a hotel above the limit",
    "Meals on a travel day are paid at half the daily rate, unless the client pays for them; keep the receipts.",
    "reimbursable per-diems",
]


def whole(matrix):
    scale = matrix.abs().amax(1, keepdim=True).clamp_min(1e-12) / 127
    return [(matrix / scale).round().to(torch.int8), scale[:, 0]]


def write(net, vocabulary):
    """In the order in which src/model.rs, attention.rs and answering.rs read. Only tokens of ASCII: others are never looked for."""
    rows = [i for i, token in enumerate(vocabulary) if token.isascii() and not token.startswith("[unused")]
    (HERE / "vocabulary.txt").write_text("".join(vocabulary[i] + "\n" for i in rows))
    encoder = net.enc
    linear = lambda layer: [*whole(layer.weight), layer.bias]
    norm = lambda layer: [layer.weight, layer.bias]
    parts = [*whole(encoder.word.weight[rows]), encoder.pos.weight[:POSITIONS], *norm(encoder.ln)]
    for layer in encoder.layers:
        for at in range(3):
            of = slice(at * WIDTH, (at + 1) * WIDTH)
            parts += [*whole(layer.qkv.weight[of]), layer.qkv.bias[of]]
        parts += [*linear(layer.o), *norm(layer.ln1), *linear(layer.up), *linear(layer.down), *norm(layer.ln2)]
    parts += [torch.stack([net.scale, net.bias, net.pbias]), whole(net.proto)[0]]
    numbers = [part.contiguous().numpy() for part in parts]
    written = b"".join(part.astype(part.dtype.newbyteorder("<")).tobytes() for part in numbers)
    (HERE / "weights.bin").write_bytes(zlib.crc32(written).to_bytes(4, "little") + written)


def expect(net, tokens):
    """What the test compares with: before anything was rounded to a byte."""
    read = lambda text: F.normalize(net.enc.read([tokens.of(text, POSITIONS)])[0].mean(0), dim=0).tolist()
    written = [f"{text}\t{' '.join(f'{x:.4f}' for x in read(text))}\n" for text in EXPECTED]
    (HERE / "expected.tsv").write_text("".join(written))


@torch.no_grad()
def main(folder, taught):
    state = torch.load(taught)
    layers = 1 + max(int(name.split(".")[2]) for name in state if name.startswith("enc.layers."))
    net = Answering(Encoder(layers, len(state["enc.layers.0.up.bias"])))
    net.load_state_dict(state)
    net.eval()
    expect(net, Tokens(folder))
    write(net, (Path(folder) / "vocab.txt").read_text(encoding="utf-8").splitlines())


if __name__ == "__main__":
    main(*sys.argv[1:])
