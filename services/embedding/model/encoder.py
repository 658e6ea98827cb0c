"""The sentence model in PyTorch, and how it tells which clause answers a question, or that none does."""

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import nn

WIDTH, HEADS, INNER, VOCABULARY, POSITIONS = 384, 12, 1536, 30522, 512
# What training reads of a clause and of a question, in tokens.
MOST_OF_CLAUSE, MOST_OF_QUESTION = 96, 64
# Texts of about one length are read together, so that little of it is padding.
AT_ONCE = 32
# Directions of questions that go unanswered.
UNANSWERED = 64
TOKENS_MEET_IN = 64


class Tokens:
    def __init__(self, folder):
        self.tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
        self.tokenizer.no_padding(), self.tokenizer.no_truncation()

    def of(self, text, most):
        ids = self.tokenizer.encode(text).ids
        return ids if len(ids) <= most else ids[: most - 1] + ids[-1:]


class Layer(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.qkv, self.o = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, inner), nn.Linear(inner, WIDTH)
        self.ln1, self.ln2 = nn.LayerNorm(WIDTH, eps=1e-12), nn.LayerNorm(WIDTH, eps=1e-12)

    def forward(self, x, mask, dropped):
        texts, length, _ = x.shape
        query, key, value = self.qkv(x).view(texts, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=mask).transpose(1, 2).reshape(x.shape)
        x = self.ln1(x + F.dropout(self.o(mixed), dropped, self.training))
        return self.ln2(x + F.dropout(self.down(F.gelu(self.up(x))), dropped, self.training))


class Encoder(nn.Module):
    def __init__(self, layers, inner=INNER, dropped=0.1):
        super().__init__()
        self.dropped = dropped
        self.word, self.pos = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(POSITIONS, WIDTH)
        self.ln = nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(Layer(inner) for _ in range(layers))

    @classmethod
    def pretrained(cls, folder):
        loaded = load_file(Path(folder) / "model.safetensors").items()
        weights = {name.removeprefix("bert."): w.float() for name, w in loaded if w.is_floating_point()}
        encoder, state = cls(6), {}

        def take(into, source):
            for part in (".weight", ".bias"):
                state[into + part] = weights[source + part]

        state["word.weight"] = weights["embeddings.word_embeddings.weight"]
        types = weights["embeddings.token_type_embeddings.weight"][0]
        state["pos.weight"] = weights["embeddings.position_embeddings.weight"] + types
        take("ln", "embeddings.LayerNorm")
        for number in range(6):
            layer, source = f"layers.{number}.", f"encoder.layer.{number}."
            for part in (".weight", ".bias"):
                three = [weights[f"{source}attention.self.{name}{part}"] for name in ("query", "key", "value")]
                state[layer + "qkv" + part] = torch.cat(three)
            take(layer + "o", source + "attention.output.dense")
            take(layer + "ln1", source + "attention.output.LayerNorm")
            take(layer + "up", source + "intermediate.dense")
            take(layer + "down", source + "output.dense")
            take(layer + "ln2", source + "output.LayerNorm")
        encoder.load_state_dict(state)
        return encoder

    def smaller(self, layers, inner):
        """With only these layers, and of each the inner neurons whose weights are longest."""
        encoder = Encoder(len(layers), inner, dropped=0.0)
        for name in ("word", "pos", "ln"):
            getattr(encoder, name).load_state_dict(getattr(self, name).state_dict())
        with torch.no_grad():
            for into, number in zip(encoder.layers, layers):
                source = self.layers[number]
                for name in ("qkv", "o", "ln1", "ln2"):
                    getattr(into, name).load_state_dict(getattr(source, name).state_dict())
                lengths = source.up.weight.norm(dim=1) * source.down.weight.norm(dim=0)
                keep = lengths.topk(inner).indices
                into.up.weight.copy_(source.up.weight[keep]), into.up.bias.copy_(source.up.bias[keep])
                into.down.weight.copy_(source.down.weight[:, keep]), into.down.bias.copy_(source.down.bias)
        return encoder

    def forward(self, texts):
        length = max(map(len, texts))
        ids, mask = torch.zeros(len(texts), length, dtype=torch.long), torch.zeros(len(texts), length, dtype=torch.bool)
        for row, text in enumerate(texts):
            ids[row, : len(text)], mask[row, : len(text)] = torch.tensor(text), True
        x = F.dropout(self.ln(self.word(ids) + self.pos.weight[:length]), self.dropped, self.training)
        for layer in self.layers:
            x = layer(x, mask[:, None, None, :], self.dropped)
        return x

    def read(self, texts):
        """For each text a row for each of its tokens."""
        order, out = sorted(range(len(texts)), key=lambda at: len(texts[at])), [None] * len(texts)
        for begin in range(0, len(order), AT_ONCE):
            part = order[begin : begin + AT_ONCE]
            for row, at in zip(self([texts[at] for at in part]), part):
                out[at] = row[: len(texts[at])]
        return out


class Answering(nn.Module):
    """Scores of each clause for each question, and of none: their softmax is how likely it is that this one answers.

    By tokens only the larger model compares, while it is taught: it helps its vectors, and the service need not do it.
    """

    def __init__(self, encoder, by_tokens=False):
        super().__init__()
        self.enc, self.by_tokens = encoder, by_tokens
        self.scale, self.bias = nn.Parameter(torch.tensor(20.0)), nn.Parameter(torch.tensor(8.0))
        self.proto, self.pbias = nn.Parameter(torch.randn(UNANSWERED, WIDTH) * 0.05), nn.Parameter(torch.tensor(0.0))
        if by_tokens:
            self.proj, self.weigh = nn.Linear(WIDTH, TOKENS_MEET_IN, bias=False), nn.Linear(WIDTH, 1)
            nn.init.orthogonal_(self.proj.weight), nn.init.zeros_(self.weigh.weight), nn.init.zeros_(self.weigh.bias)
            self.mix = nn.Parameter(torch.tensor(20.0))

    @staticmethod
    def vectors(read):
        return F.normalize(torch.stack([tokens.mean(0) for tokens in read]), dim=-1)

    def forward(self, questions, clauses):
        questions, clauses = self.enc.read(questions), self.enc.read(clauses)
        return self.scores(questions, clauses)

    def scores(self, questions, clauses):
        """A row for each question: a column for each clause, and the last for none."""
        asked, said = self.vectors(questions), self.vectors(clauses)
        scores = self.scale * asked @ said.T
        if self.by_tokens:
            scores = scores + self.mix * self.nearest_tokens(questions, clauses)
        kinds = self.scale * asked @ F.normalize(self.proto, dim=-1).T + self.pbias
        none = torch.logsumexp(torch.cat([self.bias.expand(len(asked), 1), kinds], 1), 1, keepdim=True)
        return torch.cat([scores, none], 1)

    def nearest_tokens(self, questions, clauses):
        padded = nn.utils.rnn.pad_sequence([F.normalize(self.proj(tokens), dim=-1) for tokens in clauses], True)
        beyond = torch.arange(padded.shape[1])[None] >= torch.tensor([len(tokens) for tokens in clauses])[:, None]
        every = torch.cat(questions)
        near = torch.einsum("nd,ctd->nct", F.normalize(self.proj(every), dim=-1), padded)
        nearest = near.masked_fill(beyond[None], -1e4).amax(-1)
        lengths = [len(tokens) for tokens in questions]
        shares = [F.softmax(part, 0) for part in self.weigh(every)[:, 0].split(lengths)]
        return torch.stack([share @ part for share, part in zip(shares, nearest.split(lengths))])
