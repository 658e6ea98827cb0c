"""Teaches the sentence model which clause of a travel policy answers a question, or that none does; README.md says how.

A larger model is taught first, and then a small one by it: by its vectors, its scores, and the same labels. At last the
small one goes on by itself, through more policies than the larger one knew, and through many short ones.
"""

import argparse
import copy
import random
from pathlib import Path

import torch
import torch.nn.functional as F

from encoder import MOST_OF_CLAUSE, MOST_OF_QUESTION, Answering, Encoder, Tokens

TAUGHT = Path(__file__).parent / "taught"
LAYERS_KEPT, INNER_KEPT = (0, 1, 3, 5), 576
# Of each series of nine policies the last is only counted.
COUNTED = "09"
# The first eight series, which the first lesson is made of, and the sixteen that the larger model knew.
FIRST, EARLIER = "abcdefgh", "abcdefghijklmnop"
# Written when the small model had gone through the others: first these six, then these seven of six policies each.
LATER, LAST = ("sb", "sc", "sd", "ta", "tb", "td"), ("ra", "rb", "ua", "ub", "va", "vb", "wa")
# Short policies have few questions each: so many of them make a step.
SHORT_AT_ONCE, SHORT_STEPS = 5, 420
# What a second and third clause of the same answer counts beside any of them.
EACH_CLAUSE = 0.3
# Of the weights averaged so far, what is kept at each step.
KEPT = 0.99


class Policy:
    def __init__(self, name, clauses, questions, tokens):
        self.name = name
        at = {number: position for position, (number, _) in enumerate(clauses)}
        self.clauses = [tokens.of(text, MOST_OF_CLAUSE) for _, text in clauses]
        self.questions = [tokens.of(text, MOST_OF_QUESTION) for text, _ in questions]
        # The last column of the scores is none's.
        self.answers = [[at[number] for number in numbers] or [len(clauses)] for _, numbers in questions]


def lines(name):
    text = (TAUGHT / name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


def policies(tokens, kind=""):
    clauses, questions = {}, {}
    for name, number, section, text in lines(kind + "clauses.tsv"):
        clauses.setdefault(name, []).append((number, f"{section}: {text}" if section else text))
    for name, text, *numbers in lines(kind + "questions.tsv"):
        questions.setdefault(name, []).append((text, numbers[0].split() if numbers else []))
    return [Policy(name, clauses[name], questions[name], tokens) for name in clauses]


def drawn(policies, at_once=1):
    """All of them in some order, so many at a time, and then again."""
    waiting = []
    while True:
        waiting = waiting or random.sample(policies, len(policies))
        yield waiting[:at_once]
        waiting = waiting[at_once:]


def either(one, other):
    while True:
        yield next(random.choice((one, other)))


def teach(net, groups, steps, asked, rate, teacher=None, elsewhere=(), averaged=None):
    """`asked`: how many of a policy's questions at a time. The rate rises over the first steps, then falls to nothing.

    `averaged`: what gets the mean of the last steps' weights.
    """
    own = [value for name, value in net.named_parameters() if not name.startswith("enc.")]
    rates = [{"params": net.enc.parameters(), "rate": rate}, {"params": own, "rate": rate * 20, "weight_decay": 0}]
    optimiser, steps = torch.optim.AdamW(rates, weight_decay=0.01), int(steps)
    for step in range(1, steps + 1):
        net.train()
        slope = min(1, step / (0.08 * steps)) * max(0.02, 1 - (step - 1) / steps)
        for part in optimiser.param_groups:
            part["lr"] = slope * part["rate"]
        group = next(groups)
        loss = sum(loss_of(net, policy, asked, teacher, elsewhere) for policy in group) / len(group)
        optimiser.zero_grad(), loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        if averaged is not None:
            average(averaged, net, min(KEPT, step / (step + 9)))
        if step % 50 == 0:
            print(f"step {step} of {steps}, the last loss {float(loss.detach()):.3f}", flush=True)


@torch.no_grad()
def average(averaged, net, kept):
    for mean, value in zip(averaged.parameters(), net.parameters()):
        mean.lerp_(value, 1 - kept)


def loss_of(net, policy, asked, teacher, elsewhere):
    picked = random.sample(range(len(policy.questions)), min(asked, len(policy.questions)))
    # One question from elsewhere to four of the policy's own.
    elsewhere = random.sample(elsewhere, min(len(picked) // 4, len(elsewhere)))
    questions = net.enc.read([policy.questions[at] for at in picked] + elsewhere)
    clauses = net.enc.read(policy.clauses)
    chances = F.log_softmax(net.scores(questions, clauses), 1)
    loss = -chances[len(picked) :, -1].sum()
    for row, at in enumerate(picked):
        answers = policy.answers[at]
        loss = loss - torch.logsumexp(chances[row, answers], 0)
        if len(answers) > 1:
            loss = loss - EACH_CLAUSE * chances[row, answers].mean()
    loss = loss / len(questions)
    if teacher is None:
        return loss
    told = teacher[policy.name]
    asked, said = net.vectors(questions[: len(picked)]), net.vectors(clauses)
    apart = (1 - (asked * told["questions"][picked]).sum(1)).mean() + (1 - (said * told["clauses"]).sum(1)).mean()
    wanted = F.log_softmax(told["scores"][picked], 1)
    return loss + F.kl_div(chances[: len(picked)], wanted, log_target=True, reduction="batchmean") + 2 * apart


@torch.no_grad()
def told_by(net, policies):
    net.eval()
    told = {}
    for policy in policies:
        questions, clauses = net.enc.read(policy.questions), net.enc.read(policy.clauses)
        vectors = {"questions": net.vectors(questions), "clauses": net.vectors(clauses)}
        told[policy.name] = {**vectors, "scores": net.scores(questions, clauses)}
    return told


@torch.no_grad()
def count(name, net, policies):
    """The share of right clauses among the first five, and how well silence is told: the area under its curve."""
    net.eval()
    found, answered, unanswered = [], [], []
    for policy in policies:
        scores = net(policy.questions, policy.clauses)
        odds = torch.logsumexp(scores[:, :-1], 1) - scores[:, -1]
        for row, answers in enumerate(policy.answers):
            if answers == [len(policy.clauses)]:
                unanswered.append(float(odds[row]))
                continue
            answered.append(float(odds[row]))
            first = scores[row, :-1].topk(min(5, len(policy.clauses))).indices.tolist()
            found.append(sum(answer in first for answer in answers) / len(answers))
    one, other = torch.tensor(answered), torch.tensor(unanswered)
    area = (one[:, None] > other[None]).float().mean()
    print(f"{name}: recall@5 {sum(found) / len(found):.3f}, area {area:.3f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", help="with model.safetensors and tokenizer.json of all-MiniLM-L6-v2")
    parser.add_argument("into", help="the file that make.py reads")
    given = parser.parse_args()
    random.seed(1), torch.manual_seed(1)
    tokens = Tokens(given.folder)
    every = policies(tokens)
    counted = [policy for policy in every if policy.name.endswith(COUNTED)]
    taught = [policy for policy in every if policy not in counted]
    earlier = [policy for policy in taught if policy.name[0] in EARLIER]
    elsewhere = [tokens.of(text, MOST_OF_QUESTION) for (text,) in lines("elsewhere.txt")]

    first = Answering(Encoder.pretrained(given.folder))
    count("before", first, counted)
    eight = [policy for policy in earlier if policy.name[0] in FIRST]
    teach(first, drawn(eight), 3 * len(eight), asked=80, rate=6e-5)
    count("first lesson", first, counted)
    second = Answering(Encoder.pretrained(given.folder), by_tokens=True)
    second.load_state_dict(first.state_dict(), strict=False)
    teach(second, drawn(earlier), len(earlier), asked=60, rate=5e-5)
    count("second lesson", second, counted)
    # Midway between the two both old and new cases are told better than by either.
    theirs = second.state_dict()
    first.load_state_dict({name: (value + theirs[name]) / 2 for name, value in first.state_dict().items()})
    count("midway", first, counted)
    small = Answering(first.enc.smaller(LAYERS_KEPT, INNER_KEPT))
    small.load_state_dict({name: value for name, value in first.state_dict().items() if "enc." not in name}, strict=False)
    told = told_by(first, earlier)
    teach(small, drawn(earlier), 5 * len(earlier), asked=80, rate=1.5e-4, teacher=told, elsewhere=elsewhere)
    count("small", small, counted)
    small.enc.dropped, averaged = 0.05, copy.deepcopy(small)
    last = [policy for policy in taught if policy.name.startswith(LAST)]
    before = [policy for policy in taught if policy not in last]
    thirty = [policy for policy in before if not policy.name.startswith(LATER)]
    for part, epochs, rate in ((thirty, 3, 1e-4), (thirty, 3, 1.2e-4), (before, 1.5, 1e-4), (taught + last, 1.5, 1e-4)):
        small.load_state_dict(averaged.state_dict())
        teach(small, drawn(part), epochs * len(part), asked=80, rate=rate, elsewhere=elsewhere, averaged=averaged)
        count("taught further", averaged, counted)
    small.load_state_dict(averaged.state_dict())
    groups = either(drawn(taught), drawn(policies(tokens, "short-"), SHORT_AT_ONCE))
    teach(small, groups, SHORT_STEPS, asked=80, rate=6e-5, elsewhere=elsewhere, averaged=averaged)
    count("with short ones", averaged, counted)
    torch.save(averaged.state_dict(), given.into)


if __name__ == "__main__":
    main()
